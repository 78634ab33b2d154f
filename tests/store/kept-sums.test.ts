/** Sums of a batch that are kept and extended say what a fold of all its replications says, to the last bit. */
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { QuantileSketch } from '../../src/stats/index.ts';
import { BatchFold } from '../../src/store/batch-fold.ts';
import type { MetricLayout } from '../../src/experiments/observation-parts.ts';
import type { PackedReplication } from '../../src/store/packed-replication.ts';
import { recordsOf } from '../../src/store/records.ts';
import { sketchBytes } from '../../src/store/sketch-bytes.ts';
import { Store } from '../../src/store/store.ts';
import { Folder } from '../helpers/command.ts';
import { batchOf } from '../helpers/stored.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const metric = (
  name: string,
  kind: MetricLayout['kind'],
  p: number | null = null,
  sample: number | null = null,
) => ({ scope: 'total', metric: name, unit: '1', kind, p, sample }) satisfies MetricLayout;

/** Every kind of metric, and samples in two records. */
const LAYOUT: readonly MetricLayout[] = [
  metric('value', 'value'),
  metric('ratio', 'ratio'),
  metric('spread', 'spread'),
  ...[0, 1, 2, 17].flatMap((sample) =>
    [0.02, 0.5, 0.99].map((p) => metric(`q${p} of ${sample}`, 'quantile', p, sample)),
  ),
];
const SAMPLES = 18;

interface Said {
  readonly numbers: readonly number[];
  /** Values with weights; in bins from the start where `binned`. */
  readonly samples: readonly {
    readonly binned: boolean;
    readonly of: readonly (readonly [number, number])[];
  }[];
}

function packedOf(replication: number, { numbers, samples }: Said, wallSeconds = 0.25): PackedReplication {
  const [a, b, c, d] = numbers as [number, number, number, number];
  const sketches = Array.from({ length: SAMPLES }, (_, at) => {
    const sample = samples[at % samples.length]!;
    const sketch = new QuantileSketch(sample.binned ? 0 : undefined);
    for (const [value, weight] of sample.of) sketch.add(value, weight);
    const state = sketch.toState();
    return sketchBytes({ ...state, values: state.values.toSorted() });
  });
  const all = [a, NaN, NaN, NaN, a / (b + 1), a, b + 1, NaN, NaN, 3, c, d * d];
  return {
    replication,
    wallSeconds,
    events: 1,
    layout: JSON.stringify(LAYOUT),
    records: recordsOf({
      numbers: Float64Array.from([...all, ...Array<number>(4 * (LAYOUT.length - 3)).fill(NaN)]),
      audit: [],
      fingerprints: [],
      hourly: '{}',
      books: null,
      sketches,
    }),
  };
}

const number = fc.double({ min: 0, max: 1e3, noNaN: true });
const sampled = (weight: fc.Arbitrary<number>, binned: boolean) =>
  fc
    .array(fc.tuple(fc.oneof(number, fc.constantFrom(0, 1, 2)), weight), { maxLength: 12 })
    .map((of) => ({ binned, of }));
const sample = fc.oneof(
  sampled(fc.constant(1), false),
  sampled(fc.integer({ min: 1, max: 5 }), true),
  // Of these the order of merging shows in the last bit.
  sampled(fc.double({ min: 0.01, max: 1, noNaN: true }), true),
);
const said: fc.Arbitrary<Said> = fc.record({
  numbers: fc.array(number, { minLength: 4, maxLength: 4 }),
  samples: fc.array(sample, { minLength: 4, maxLength: 4 }),
});
/** Replications in the order in which they finish, and how many at a time. */
const history = fc
  .array(said, { minLength: 2, maxLength: 40 })
  .chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 }),
    ),
  );

/** A fold of replications that has seen none of them before. */
const freshly = (packed: readonly PackedReplication[], replications: readonly number[]) =>
  new BatchFold((one, part) => packed[one]!.records[part]!, LAYOUT, replications);

let batches = 0;

describe('the sums of a batch that are kept', () => {
  it('say after every piece what a fold of all replications says, to the last bit', () => {
    const store = Store.temporary();
    fc.assert(
      fc.property(history, ([all, order, pieces]) => {
        const batch = batchOf(store, `pieces ${++batches}`);
        const packed = all.map((one, index) => packedOf(index, one));
        for (let from = 0, piece = 0; from < order.length; piece++) {
          const to = from + pieces[piece % pieces.length]!;
          batch.keep(
            order.slice(from, to).map((index) => packed[index]!),
            [],
            'm',
          );
          from = to;
          // Of a confidence level of its own each time, so that nothing is found in the store.
          const confidence = 0.5 + piece / 1_000;
          expect(batch.estimates(confidence, Infinity)).toEqual(
            freshly(packed, batch.done()).estimates(confidence, () => true),
          );
        }
      }),
      { seed: 16, numRuns: 30 },
    );
    store.close();
  });

  it('say of one metric, asked for alone or in any order, what they say of it among all', () => {
    const said = (index: number): Said => ({
      numbers: [index, 2 * index, 3, index],
      samples: [{ binned: false, of: [[index, 1]] }],
    });
    const packed = [3, 1, 4, 1, 5].map((one, index) => packedOf(index, said(one)));
    const store = Store.temporary();
    const all = freshly(packed, [0, 1, 2, 3, 4]).estimates(0.95, () => true);
    for (const [place, { metric: name }] of LAYOUT.entries()) {
      const batch = batchOf(store, `alone ${place}`);
      for (const { replication } of packed) {
        batch.keep([packed[replication]!], [], 'm');
        // As the rule of --precision asks between replications.
        expect(batch.estimatesOf('total', [name], 0.95, Infinity)).toHaveLength(1);
      }
      expect(batch.estimatesOf('total', [name], 0.95, Infinity)).toEqual([all[place]]);
      expect(batch.column(LAYOUT.length - 1 - place, batch.done())).toEqual(
        freshly(packed, [0, 1, 2, 3, 4]).column(LAYOUT.length - 1 - place),
      );
    }
    store.close();
  });

  it('are extended by what came since: of the others hardly any record is read again', () => {
    // 240 replications of 30 values of one distribution, extended by 20 at a time from 100 on.
    const values = (seed: number) =>
      Array.from({ length: 30 }, (_, at) => [((seed * 7_919 + at * 104_729) % 10_007) / 10, 1] as const);
    const packed = Array.from({ length: 240 }, (_, index) =>
      packedOf(index, { numbers: [index, 1, 2, 3], samples: [{ binned: false, of: values(index) }] }),
    );
    let read = 0;
    const record = (replication: number, part: string) => {
      read++;
      return packed[replication]!.records[part]!;
    };
    const some = (end: number) => Array.from({ length: end }, (_, index) => index);
    const fold = new BatchFold(record, LAYOUT, some(100));
    fold.estimates(0.95, () => true);
    // Numbers and two records of samples, each once: all fit into memory.
    expect(read).toBe(300);
    for (let end = 120; end <= 240; end += 20) {
      fold.extend(some(end));
      expect(fold.estimates(0.9, () => true)).toEqual(
        new BatchFold((one, part) => packed[one]!.records[part]!, LAYOUT, some(end)).estimates(
          0.9,
          () => true,
        ),
      );
    }
    expect(read).toBe(3 * 240);
  });

  it('are made anew where a replication was replaced, taken out as damaged, or begun afresh', () => {
    const path = folder.of('stale.sqlite');
    const store = Store.open(path);
    const batch = batchOf(store, 'stale');
    const reader = Store.openToRead(path).read({ id: batch.id }).batch;
    const of = (value: number): Said => ({
      numbers: [value, 0, 0, 0],
      samples: [{ binned: false, of: [[value, 1]] }],
    });
    const means = (one: typeof batch) => {
      const found = one.estimates(0.95, Infinity);
      return [found[0]!.mean, found[5]!.mean];
    };
    batch.keep(
      [10, 20, 30].map((value, index) => packedOf(index, of(value))),
      [],
      'm',
    );
    for (const one of [batch, reader]) expect(means(one)).toEqual([20, 30]);
    // (10 + 20 + 60) / 3, and the largest.
    batch.keep([packedOf(2, of(60), 0.5)], [], 'm');
    for (const one of [batch, reader]) expect(means(one)).toEqual([30, 60]);
    // Another program turns a bit of what replication 0 said: it is found, forgotten, and the others remain.
    const other = new Sqlite(path);
    other.exec(
      "UPDATE records SET content = zeroblob(length(content)) WHERE replication = 0 AND part = 'numbers'",
    );
    other.close();
    expect(batch.removeDamaged()).toEqual([0]);
    for (const one of [batch, reader]) expect(means(one)).toEqual([40, 60]);
    batch.clear();
    batch.keep([packedOf(1, of(5))], [], 'm');
    expect(means(batch)).toEqual([5, 5]);
    expect(() => means(reader)).toThrow(/begun afresh|gone|deleted/);
    store.close();
  });
});
