/** Batches in a store for tests that keep replications of their own making. */
import type { BatchDescription } from '../../src/store/batch-identity.ts';
import type { PackedReplication } from '../../src/store/packed-replication.ts';
import { recordsOf } from '../../src/store/records.ts';
import type { Store } from '../../src/store/store.ts';
import type { StoredBatch } from '../../src/store/stored-batch.ts';

/** A description whose content is the hash and what more is told. */
export function descriptionOf(hash: string, more: Partial<BatchDescription> = {}): BatchDescription {
  return {
    kind: 'run',
    seed: 'test',
    byHour: false,
    program: { version: '0.0.0', code: 'test' },
    outline: {
      name: 'queue',
      description: null,
      hash,
      share: 1,
      startOfWeek: 0,
      window: { from: 0, to: 3_600 },
      tiers: ['all'],
      pools: [{ name: 'main', gpus: 1 }],
    },
    text: 'name: queue',
    overrides: [],
    resolved: '{}',
    ...more,
  };
}

export const batchOf = (store: Store, hash: string): StoredBatch => store.batch(descriptionOf(hash));

/** A replication of one metric that took a quarter of a second. */
export const packed = (replication: number, value = 1): PackedReplication => ({
  replication,
  wallSeconds: 0.25,
  events: 1,
  layout: JSON.stringify([{ scope: 'total', metric: 'm', unit: '1', kind: 'value', p: null, sample: null }]),
  records: recordsOf({
    numbers: Float64Array.of(value, NaN, NaN, NaN),
    audit: [],
    fingerprints: [],
    hourly: '{}',
    books: null,
    sketches: [],
  }),
});
