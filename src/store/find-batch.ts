/**
 * Which stored batch a user means by the beginning of an id or by a name. It knows summaries, and not where they are
 * kept.
 */
import { InputError } from '../errors.ts';
import { alternatives } from '../input/suggest.ts';
import { SHORT_ID } from './batch-identity.ts';
import { changesText, titleOf } from './changes.ts';
import type { BatchSummary } from './batch-summary.ts';

/**
 * The batch that is meant: by the first digits of its id, by the name of a scenario for that scenario unchanged, or by
 * its title, which is the name `with` the values replaced. Of batches of the same scenario and seed, such as those of
 * an older program, the one that changed last. Throws `InputError` with a list if several batches differ, or if all
 * batches of that name have changes.
 *
 * @param all every batch, most recently changed first
 * @param path of the store, as messages show it
 */
export function batchMeant(given: string, all: readonly BatchSummary[], path: string): BatchSummary {
  const refuse = (message: string, choices: readonly string[] = []): never => {
    throw new InputError([{ kind: 'no-batch', place: given, path: '', message, choices }]);
  };
  const byId = /^[0-9a-f]{4,64}$/.test(given) ? all.filter(({ id }) => id.startsWith(given)) : [];
  const named = all.filter(({ scenario }) => scenario === given);
  const titled = all.filter(({ scenario: name, changes }) => titleOf({ name, changes }) === given);
  const meant = new Set([...byId, ...latestOfEach(titled)]);
  const [found] = meant;
  if (found !== undefined && meant.size === 1) return found;
  if (found !== undefined)
    return refuse(`means ${meant.size} batches that differ; name one by its id:`, listed([...meant]));
  if (named.length > 0)
    return refuse(
      'means the scenario as it is written, and every batch of it has changes; name one by its id:',
      listed(named),
    );
  const names = [...new Set(all.map(({ scenario }) => scenario))];
  return refuse(
    names.length === 0
      ? `there is no batch in ${path}`
      : `no batch in ${path} has this id, of four digits or more, or is of a scenario of this name; ${alternatives(given, names)}`,
  );
}

/** One batch for each scenario and seed: the latest in which a replication is done, or else the latest. */
function latestOfEach(batches: readonly BatchSummary[]): BatchSummary[] {
  const doneFirst = [...batches.filter(({ done }) => done > 0), ...batches.filter(({ done }) => done === 0)];
  const byContent = new Map<string, BatchSummary>();
  for (const batch of doneFirst) {
    const content = JSON.stringify([batch.scenarioHash, batch.seed]);
    if (!byContent.has(content)) byContent.set(content, batch);
  }
  return [...byContent.values()];
}

/** Batches that a message lists, and characters of the changes of each. */
const MOST_LISTED = 5;
const MOST_OF_CHANGES = 60;

function listed(batches: readonly BatchSummary[]): string[] {
  const lines = batches
    .slice(0, MOST_LISTED)
    .map(
      ({ id, changes, seed, done, updatedAt }) =>
        `${id.slice(0, SHORT_ID)}  ${changesText(changes, MOST_OF_CHANGES) || 'unchanged'}, seed ${seed}, ` +
        `${done} replications, of ${updatedAt.slice(0, 16).replace('T', ' ')}`,
    );
  const more = batches.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more: fleetyield results`] : [])];
}
