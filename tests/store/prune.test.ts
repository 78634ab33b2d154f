/** What is taken out of a store to make room, and what is said of a batch without its samples. */
import { afterAll, describe, expect, it } from 'vitest';
import type { PruneOptions } from '../../src/cli/results/command.ts';
import { pruneResults } from '../../src/cli/results/prune.ts';
import { InputError } from '../../src/errors.ts';
import { packReplication } from '../../src/store/packed-replication.ts';
import { SamplesPruned } from '../../src/store/store-errors.ts';
import { replicationRows } from '../../src/store/export-rows.ts';
import { Store } from '../../src/store/store.ts';
import { Folder } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { replications, scenarioOf } from '../helpers/scenario.ts';
import { batchOf, packed } from '../helpers/stored.ts';

const folder = new Folder();
afterAll(() => folder.remove());
let files = 0;
const newPath = () => folder.of(`store-${++files}.sqlite`);

const results = replications(
  scenarioOf(
    queueText({
      tiers: [poissonTier(2)],
      slots: 3,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 0,
      duration: 2_000,
    }),
  ),
  3,
);

/** What pruning wrote. */
function pruned(store: string, options: Partial<PruneOptions>): string {
  let text = '';
  const { write } = process.stdout;
  process.stdout.write = (piece) => (text += String(piece)) !== '';
  try {
    pruneResults({ store, failed: false, otherPrograms: false, samples: false, dryRun: false, ...options });
  } finally {
    process.stdout.write = write;
  }
  return text;
}

/** A finished batch of three replications, and one in which a replication failed. */
function written(): string {
  const path = newPath();
  const store = Store.open(path);
  const finished = batchOf(store, 'finished');
  finished.plan(3, 0.95);
  finished.keep(
    results.map((result) => packReplication(result, 1)),
    [],
    'here',
  );
  const failed = batchOf(store, 'failed');
  failed.keep([packed(0)], [{ replication: 1, failure: 'died', message: 'x' }], 'here');
  store.close();
  return path;
}

/** The size of a store that holds nothing. */
function emptyBytes(): number {
  const store = Store.open(newPath());
  const bytes = store.bytes();
  store.close();
  return bytes;
}

describe('pruning', () => {
  it('of samples keeps the estimates and values of finished batches, and says that all else needs another run', () => {
    const path = written();
    const before = Store.openToRead(path);
    const [, summary] = before.summaries();
    const { batch } = before.read(summary!);
    const estimates = batch.estimates(0.95, 3);
    const rows = [...replicationRows({ batch: '', scenario: '', scenario_hash: '', seed: '' }, batch)];
    const bytes = before.bytes();
    before.close();
    expect(pruned(path, { samples: true, dryRun: true })).toMatch(/would be given back; without --dry-run/);
    const said = pruned(path, { samples: true });
    expect(said).toMatch(/^[0-9a-f]{12} {2}queue, 3 replications, its samples: \d.* [KM]iB\n/);
    const store = Store.openToRead(path);
    // More than half of what is stored were samples; tables without a row take pages too.
    expect(store.bytes() - emptyBytes()).toBeLessThan((bytes - emptyBytes()) / 2);
    const after = store.read(summary!).batch;
    expect(after.isPruned()).toBe(true);
    expect(after.estimates(0.95, 3)).toEqual(estimates);
    expect([...replicationRows({ batch: '', scenario: '', scenario_hash: '', seed: '' }, after)]).toEqual(
      rows,
    );
    const quantile = after.metrics().findIndex(({ kind }) => kind === 'quantile');
    expect(() => after.column(quantile, [0, 1])).toThrow(SamplesPruned);
    expect(() => after.estimates(0.9, 3)).toThrow(/its samples were pruned.*run it with --fresh/);
    store.close();
  });

  it('of failed batches takes them whole, never what is running, and asks what is to go', () => {
    const path = written();
    expect(() => pruned(path, {})).toThrow(InputError);
    const store = Store.open(path);
    const failed = batchOf(store, 'failed');
    expect(failed.claim()).toBeNull();
    expect(pruned(path, { failed: true })).not.toContain('failed');
    expect(store.summaries()).toHaveLength(2);
    failed.release();
    expect(pruned(path, { failed: true })).toContain('queue, 1 replications, failed: ');
    expect(store.summaries()).toMatchObject([{ status: 'finished' }]);
    store.close();
  });

  it('of other programs takes what this one does not continue: here all, for the program of these tests is none', () => {
    const path = written();
    expect(pruned(path, { otherPrograms: true })).toContain('of another program');
    const store = Store.openToRead(path);
    expect(store.summaries()).toEqual([]);
    store.close();
  });
});
