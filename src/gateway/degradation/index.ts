/** Degradation: worse service for some instead of none for others; when, for whom, and what. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Fields, Share } from '../../schema.ts';
import { Family } from '../../strategy.ts';
import { capOutput } from './cap-output.ts';
import { clock } from './clock.ts';
import { featureOff } from './feature-off.ts';
import { load } from './load.ts';
import { lowerEffort } from './lower-effort.ts';
import { quantisedPool } from './quantised-pool.ts';
import { smallerModel } from './smaller-model.ts';
import { utilisation } from './utilisation.ts';

export const triggers = new Family('degradation trigger', 'When a degradation is in force.', [
  load,
  utilisation,
  clock,
]);
export const actions = new Family('degradation action', 'What a degraded request is granted.', [
  smallerModel,
  capOutput,
  lowerEffort,
  featureOff,
  quantisedPool,
]);

export const degradationRuleSchema = Fields({
  trigger: triggers.schema,
  tiers: Type.Array(Type.String(), { minItems: 1, description: 'The tiers that are degraded.' }),
  fraction: Share({
    default: 1,
    description: 'The fraction of their requests that is degraded, drawn by request.',
  }),
  action: actions.schema,
});

export type DegradationRule = Static<typeof degradationRuleSchema>;
export type { DegradationAction } from './action.ts';
export type { Trigger } from './trigger.ts';
