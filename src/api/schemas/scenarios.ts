/** Schemas of scenarios: how they are sent and chosen, and what is answered of them. */
import { Type, type Static } from 'typebox';
import { Fields } from '../../input/schema.ts';
import {
  component,
  Hash,
  Instant,
  orNull,
  Overrides,
  pageOf,
  ScenarioName,
  ScenarioText,
} from './components.ts';

export const ScenarioBody = Fields({ text: ScenarioText, overrides: Overrides });

const scenarioKinds = [
  Fields({ kind: Type.Literal('text'), text: ScenarioText }, { description: 'The scenario itself.' }),
  Fields(
    { kind: Type.Literal('stored'), name: ScenarioName, hash: Type.Optional(Hash) },
    { description: 'A stored scenario; its newest version unless a hash is given.' },
  ),
  Fields({ kind: Type.Literal('shipped'), name: ScenarioName }, { description: 'A shipped scenario.' }),
] as const;

export const scenarioChoice = Type.Unsafe<Static<(typeof scenarioKinds)[number]>>({
  type: 'object',
  noun: 'choice of a scenario',
  discriminator: { propertyName: 'kind' },
  required: ['kind'],
  oneOf: scenarioKinds,
});

const outline = {
  name: Type.String(),
  description: orNull(Type.String()),
  hash: Type.String({ description: 'Digest of everything that affects the numbers.' }),
  tiers: Type.Array(Type.String()),
  pools: Type.Array(Type.Object({ name: Type.String(), gpus: Type.Number() })),
};

export const CheckedScenario = component('CheckedScenario', {
  ...outline,
  gpus: Type.Number({ description: 'In the cell.' }),
});

const version = {
  ...outline,
  overrides: Type.Array(Type.String()),
  createdAt: Instant,
};

export const ScenarioVersion = component('ScenarioVersion', version);

export const WholeScenario = component('Scenario', { ...version, text: Type.String() });

export const ScenarioPage = component('ScenarioPage', pageOf(ScenarioVersion));
