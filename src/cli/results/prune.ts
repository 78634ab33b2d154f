/** `results prune`: removes what is no longer needed from a store, and reports how much space that frees. */
import { InputError } from '../../errors.ts';
import { runningProgram } from '../../files/program.ts';
import type { BatchSummary } from '../../store/batch-summary.ts';
import type { Store } from '../../store/store.ts';
import { bytesText } from '../shared/format.ts';
import { SHORT_ID } from '../shared/store-options.ts';
import { openToRead, openToWrite } from '../shared/stores.ts';
import { printLine } from '../shared/terminal.ts';
import type { PruneOptions } from './command.ts';

interface Pruned {
  readonly batch: BatchSummary;
  readonly what: 'batch' | 'samples';
  readonly why: string;
  readonly bytes: number;
}

/** Throws `InputError` where nothing is selected. Batches that a process is running stay. */
export function pruneResults(options: PruneOptions): void {
  if (!options.failed && !options.otherPrograms && !options.samples) {
    throw new InputError([
      {
        kind: 'option',
        place: 'results prune',
        path: '',
        message:
          'what is to go? --failed, --other-programs, --samples, or several of them; --dry-run only says how much they take',
      },
    ]);
  }
  openToRead(options.store).close();
  const store = openToWrite(options.store);
  try {
    const before = store.bytes();
    const pruned = chosen(store, options);
    for (const { batch, what, why, bytes } of pruned) {
      if (!options.dryRun) {
        if (what === 'batch') store.delete(batch, { room: 'keep' });
        else store.pruneSamples(batch);
      }
      printLine(
        `${batch.id.slice(0, SHORT_ID)}  ${batch.scenario}, ${batch.done} replications, ${why}: ${bytesText(bytes)}`,
      );
    }
    const all = bytesText(pruned.reduce((sum, { bytes }) => sum + bytes, 0));
    if (options.dryRun) {
      printLine(`${all} of ${bytesText(before)} would be given back; without --dry-run they are`);
      return;
    }
    if (pruned.length > 0) store.giveBack();
    printLine(`${options.store} takes ${bytesText(store.bytes())}, ${bytesText(before)} before`);
  } finally {
    store.close();
  }
}

/** The selected batches, each once, most recently changed first. */
function chosen(store: Store, { failed, otherPrograms, samples }: PruneOptions): Pruned[] {
  const all = store.sizes();
  const ofSamples = store.sizes('samples');
  const others = otherPrograms ? store.ofOtherPrograms(runningProgram()) : new Set<string>();
  return store.summaries().flatMap((batch): Pruned[] => {
    const { id, status } = batch;
    if (status === 'running') return [];
    const whole = { batch, what: 'batch', bytes: all.get(id) ?? 0 } as const;
    if (failed && status === 'failed') return [{ ...whole, why: 'failed' }];
    if (others.has(id)) return [{ ...whole, why: 'of another program' }];
    const bytes = ofSamples.get(id) ?? 0;
    return samples && status === 'finished' && bytes > 0
      ? [{ batch, what: 'samples', why: 'its samples', bytes }]
      : [];
  });
}
