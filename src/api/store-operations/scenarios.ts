/** Operations on scenarios: read, kept, listed, deleted. */
import type { Scenario } from '../../scenario/scenario.ts';
import { outlineOf, type ScenarioOutline } from '../../store/batch-identity.ts';
import type { ScenarioVersion } from '../../store/stored-scenarios.ts';
import { notFound, Refusal } from '../problems.ts';
import { checkName, readUpload } from '../uploads.ts';
import { answering, connection, limits } from './connection.ts';

export interface SentScenario {
  readonly text: string;
  readonly overrides: readonly string[];
}

/** Reads a scenario and keeps nothing. */
export const validate = answering(({ text, overrides }: SentScenario) =>
  checked(readUpload(text, overrides, limits.depth).scenario),
);

/** Keeps a version of a scenario. */
export const storeScenario = answering(
  ({ text, overrides }: SentScenario): { readonly isNew: boolean; readonly version: ScenarioVersion } => {
    const { toWrite } = connection();
    const { scenario } = readUpload(text, overrides, limits.depth);
    const { name, hash } = scenario;
    checkName(name);
    if (toWrite.scenarios.version(name, hash) === null && toWrite.scenarios.count() >= limits.scenarios)
      throw new Refusal(409, 'store-full', `${limits.scenarios} versions of scenarios are kept; delete some`);
    const isNew = toWrite.scenarios.add({ name, hash, text, overrides, outline: outlineOf(scenario) });
    return { isNew, version: toWrite.scenarios.version(name, hash)! };
  },
);

/** Characters of a description shown in lists. */
const SHOWN = 300;

/** A page of scenarios, without their texts: the newest version of each, or every version of one. */
export const listScenarios = answering(
  ({
    name,
    limit,
    before,
  }: {
    readonly name: string | null;
    readonly limit: number;
    readonly before: number | null;
  }) => {
    const { scenarios } = connection().toRead;
    if (name !== null && scenarios.version(name, null) === null)
      throw notFound(`there is no scenario "${name}"`);
    const { rows, next } =
      name === null ? scenarios.newest(limit, before) : scenarios.versions(name, limit, before);
    const items = rows.map(({ hash, overrides, outline, createdAt, ...version }) => ({
      name: version.name,
      hash,
      overrides,
      createdAt,
      tiers: outline.tiers,
      pools: outline.pools,
      description: beginningOf(outline.description),
    }));
    return { items, next: next === null ? null : String(next) };
  },
);

const beginningOf = (text: string | null): string | null =>
  text === null || text.length <= SHOWN ? text : `${text.slice(0, SHOWN).replace(/\p{Surrogate}$/u, '')}…`;

export const deleteScenario = answering((name: string): null => {
  if (connection().toWrite.scenarios.delete(name) === 0) throw notFound(`there is no scenario "${name}"`);
  return null;
});

/** What reading a scenario found. */
export interface CheckedScenario extends Pick<
  ScenarioOutline,
  'name' | 'description' | 'hash' | 'tiers' | 'pools'
> {
  readonly gpus: number;
}

function checked(scenario: Scenario): CheckedScenario {
  const { name, description, hash, tiers, pools } = outlineOf(scenario);
  return { name, description, hash, tiers, pools, gpus: pools.reduce((sum, { gpus }) => sum + gpus, 0) };
}
