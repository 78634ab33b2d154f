/** `results compare`: compares two stored batches. */
import { openedBatch, storedComparison } from '../../store/stored-comparison.ts';
import { comparisonTable } from '../shared/comparison-table.ts';
import { reading } from '../shared/stores.ts';
import { printJson } from '../shared/terminal.ts';
import type { CompareOptions } from './command.ts';

/**
 * The difference of a second batch from a first, over the replications that both have: the table or document that
 * `compare` prints.
 */
export function compareResults(
  baseline: string,
  other: string,
  options: CompareOptions,
  version: string,
): void {
  reading(options.store, (store) => {
    const [a, b] = [openedBatch(store, baseline), openedBatch(store, other)];
    const { seed, confidence } = a.summary;
    const { replications, ...comparison } = storedComparison([
      { given: baseline, ...a },
      { given: other, ...b },
    ]);
    if (options.json) printJson({ fleetyield: version, seed, replications, confidence, ...comparison });
    else process.stdout.write(comparisonTable(comparison, { seed, replications, confidence }));
  });
}
