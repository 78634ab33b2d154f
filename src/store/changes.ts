/** The values replaced in the scenario of a batch, each `PATH=VALUE`, which distinguish batches of the same name. */

import { visible } from '../shown.ts';

/** Characters of the changes that a title shows. */
const MOST_OF_CHANGES = 200;

/**
 * What a scenario is called where its batches must be distinguished: its name, with the values replaced in it, on one
 * line.
 */
export function titleOf({
  name,
  changes,
}: {
  readonly name: string;
  readonly changes?: readonly string[];
}): string {
  const shown = changesText(simulatedChanges(changes ?? []), MOST_OF_CHANGES);
  return visible(shown === '' ? name : `${name} with ${shown}`);
}

/** Changes as one text of at most `most` characters; empty without any. */
export function changesText(changes: readonly string[], most: number): string {
  const text = changes.join(', ');
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** The overrides that change what is simulated: another name or description does not. */
export const simulatedChanges = (overrides: readonly string[]): string[] =>
  overrides.filter((one) => !/^(name|description)=/.test(one));

/** How many changes a summary lists, and how much of each: lists of batches stay short whatever is replaced. */
const MOST_TOLD = 20;
const MOST_OF_CHANGE = 100;

/** The changes that a summary lists, from all. */
export const shortChanges = (overrides: readonly string[]): string[] =>
  simulatedChanges(overrides)
    .slice(0, MOST_TOLD)
    .map((one) => changesText([one], MOST_OF_CHANGE));
