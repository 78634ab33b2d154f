/** The store as a file: real databases in a folder of their own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/economics/books.ts';
import { measureMoney } from '../../src/economics/measure.ts';
import { EnvironmentError, InputError } from '../../src/errors.ts';
import { estimate } from '../../src/experiments/estimate.ts';
import { meanSeries } from '../../src/experiments/hourly-series.ts';
import type { ReplicationResult } from '../../src/experiments/replicate.ts';
import { sketchBytes } from '../../src/store/sketch-bytes.ts';
import { textBytes } from '../../src/store/text-bytes.ts';
import { numbersBytes, numbersFrom } from '../../src/store/number-bytes.ts';
import type { MetricLayout } from '../../src/experiments/observation-parts.ts';
import { NUMBERS_PER_METRIC, packReplication } from '../../src/store/packed-replication.ts';
import { batchId } from '../../src/store/batch-identity.ts';
import { replicationRows } from '../../src/store/export-rows.ts';
import { Store } from '../../src/store/store.ts';
import type { StoredBatch } from '../../src/store/stored-batch.ts';
import { Folder } from '../helpers/command.ts';
import { writeOldStore, type OldReplication } from '../helpers/old-store.ts';
import { replications, scenarioOf } from '../helpers/scenario.ts';
import { batchOf, descriptionOf } from '../helpers/stored.ts';

const folder = new Folder();
afterAll(() => folder.remove());

/** Two tiers and two pools, tokens and money: every kind of observation, samples that are shared and samples without data. */
const scenario = scenarioOf(`
fleetyield: 1
name: mixed
horizon: { start: Mon 08:30, warmUp: 60s, duration: 1h }
workload:
  tiers:
    - name: paid
      priority: 0
      model: small
      arrivals: { kind: poisson, ratePerSecond: 0.3 }
      lengths: { prompt: { kind: constant, value: 100 }, output: { kind: geometric, mean: 20 } }
      revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 2 }
    - { name: none, model: tool, arrivals: { kind: replay, requests: [{ at: 0s }] } }
fleet:
  pools:
    - name: engine
      model: small
      replicas: 1
      serving: { kind: continuous-batching, kv: { capacityTokens: 2000 }, stepTime: { kind: affine, base: 50ms } }
    - { name: tools, model: tool, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`);
const results = replications(scenario, 5, { byHour: true });
const measured = (some: readonly ReplicationResult[]) =>
  estimate(
    some.map(({ measurements }) => measurements),
    0.95,
  );
const keep = (batch: StoredBatch, indices: readonly number[]) =>
  batch.keep(
    indices.map((index) => packReplication(results[index]!, 0.5)),
    [],
    'a machine',
  );

let files = 0;
const newPath = () => folder.of(`store-${++files}.sqlite`);

describe('a stored batch', () => {
  it('gives the estimates of its replications to the bit, in whatever order and pieces they came', () => {
    const path = newPath();
    for (const pieces of [[[0, 1, 2, 3, 4]], [[4], [2, 0], [3, 1]]]) {
      const store = Store.open(path);
      const batch = batchOf(store, JSON.stringify(pieces));
      for (const piece of pieces) keep(batch, piece);
      expect(batch.done()).toEqual([0, 1, 2, 3, 4]);
      expect(batch.estimates(0.95, 5)).toEqual(measured(results));
      store.close();
    }
    // And so they are read by another process, that may not write.
    const reader = Store.openToRead(path);
    for (const summary of reader.summaries()) {
      expect(summary).toMatchObject({ done: 5, failed: 0, wallSeconds: 2.5 });
      expect(reader.read(summary).batch.estimates(0.95, 5)).toEqual(measured(results));
      expect(reader.read(summary).batch.estimates(0.99, 3)).toEqual(
        estimate(
          results.slice(0, 3).map(({ measurements }) => measurements),
          0.99,
        ),
      );
    }
    reader.close();
  });

  it('gives back every number as it was kept, to the last bit', () => {
    const store = Store.open(newPath());
    const place = results[0]!.measurements.findIndex(({ observation }) => observation.kind === 'value');
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    let batches = 0;
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 20 }), (values) => {
        const batch = batchOf(store, `exact ${++batches}`);
        const packed = packReplication(results[0]!, 1);
        const kept = values.map((value, replication) => {
          const numbers = numbersFrom(packed.records['numbers']!);
          numbers[place * NUMBERS_PER_METRIC] = value;
          return {
            ...packed,
            replication,
            records: { ...packed.records, numbers: numbersBytes(numbers) },
          };
        });
        batch.keep(kept, [], 'a machine');
        const column = batch.column(place, [...values.keys()]);
        expect(column).toEqual({ kind: 'value', values });
      }),
      { seed: 1, numRuns: 50 },
    );
    store.close();
  });

  it('covers every kind of observation in this test', () => {
    const kinds = results[0]!.measurements.map(({ observation }) => observation.kind);
    expect(new Set(kinds)).toEqual(new Set(['value', 'ratio', 'quantile', 'spread']));
    expect(measured(results).some(({ mean }) => mean === null)).toBe(true);
  });

  it('keeps estimates until a replication is added, and forgets them then', () => {
    const store = Store.open(newPath());
    const batch = batchOf(store, 'grows');
    keep(batch, [0, 1]);
    expect(batch.estimates(0.95, 9)).toEqual(measured(results.slice(0, 2)));
    expect(batch.estimates(0.95, 9)).toEqual(measured(results.slice(0, 2)));
    keep(batch, [2]);
    expect(batch.estimates(0.95, 9)).toEqual(measured(results.slice(0, 3)));
    store.close();
  });

  it('keeps audit and hourly series', () => {
    const store = Store.open(newPath());
    const batch = batchOf(store, 'hours');
    keep(batch, [1, 0]);
    expect(batch.audit(1)).toEqual(results[1]!.audit);
    expect(batch.hourly([0, 1])).toEqual(meanSeries([results[0]!.hourly, results[1]!.hourly]));
    store.close();
  });

  it('keeps failures, and takes them back when the replication succeeds', () => {
    const store = Store.open(newPath());
    const batch = batchOf(store, 'fails');
    const failure = { replication: 1, failure: 'invariant', message: 'the audit failed' } as const;
    batch.plan(2, 0.95);
    batch.keep([packReplication(results[0]!, 1)], [failure], 'a machine');
    expect(batch.failures()).toEqual([failure]);
    expect(batch.done()).toEqual([0]);
    expect(store.summaries()[0]).toMatchObject({ status: 'failed', done: 1, failed: 1 });
    const head = { batch: batch.id, scenario: 'queue', scenario_hash: 'fails', seed: 'test' };
    expect([...replicationRows(head, batch)].at(-1)).toMatchObject({
      ...head,
      replication: 1,
      status: 'failed',
      metric: null,
    });
    keep(batch, [1]);
    expect(batch.failures()).toEqual([]);
    expect(store.summaries()[0]).toMatchObject({ status: 'finished', done: 2, failed: 0 });
    store.close();
  });

  it('keeps all of what it is handed at once, or none', () => {
    const store = Store.open(newPath());
    const batch = batchOf(store, 'whole');
    keep(batch, [0]);
    const other = packReplication(
      { ...results[1]!, measurements: results[1]!.measurements.toReversed() },
      0.5,
    );
    expect(() => batch.keep([packReplication(results[2]!, 0.5), other], [], 'a machine')).toThrow(
      /replication 1 measured other metrics/,
    );
    expect(batch.done()).toEqual([0]);
    expect(batch.estimates(0.95, 5)).toEqual(measured(results.slice(0, 1)));
    store.close();
  });

  it('does not take a number that is none', () => {
    const [first, ...others] = results[0]!.measurements;
    const broken = { ...first!, observation: { kind: 'value', value: NaN } as const };
    expect(() => packReplication({ ...results[0]!, measurements: [broken, ...others] }, 1)).toThrow(
      `${first!.metric} of total is not a finite number: NaN`,
    );
  });

  it('is empty again when it is cleared, and leaves others alone', () => {
    const store = Store.open(newPath());
    const [one, two] = [batchOf(store, 'one'), batchOf(store, 'two')];
    keep(one, [0, 1]);
    keep(two, [0]);
    one.clear();
    expect([one.done(), two.done()]).toEqual([[], [0]]);
    expect(one.estimates(0.95, 2)).toEqual([]);
    keep(one, [1]);
    expect(one.estimates(0.95, 2)).toEqual(measured([results[1]!]));
    store.close();
  });
});

describe('the identity of a batch', () => {
  const base = descriptionOf('a');

  it('is of scenario, seed, hours and program', () => {
    const others = [
      descriptionOf('b'),
      { ...base, seed: '2' },
      { ...base, byHour: true },
      { ...base, program: { version: '0.0.1', code: 'test' } },
      { ...base, program: { version: '0.0.0', code: 'mended' } },
    ].map(batchId);
    expect(new Set([batchId(base), ...others]).size).toBe(6);
  });

  it('is not of the name, the text or the overrides, which are kept as they were last', () => {
    const renamed = { ...base, text: '# again', outline: { ...base.outline, name: 'renamed' } };
    expect(batchId(renamed)).toBe(batchId(base));
    const store = Store.open(newPath());
    keep(store.batch(base), [0]);
    store.batch(renamed);
    expect(store.summaries()).toMatchObject([{ scenario: 'renamed', done: 1 }]);
    store.close();
  });
});

describe('the store', () => {
  it('finds a batch by the beginning of its id', () => {
    const store = Store.open(newPath());
    const ids = ['a', 'b'].map((hash) => batchOf(store, hash).id);
    keep(batchOf(store, 'a'), [0]);
    expect(store.find(ids[1]!.slice(0, 6)).id).toBe(ids[1]);
    expect(() => store.find('queu')).toThrow(/no batch .* did you mean "queue"\?/);
    expect(() => store.find(ids[0]!.slice(0, 3))).toThrow(InputError);
    store.close();
  });

  it('takes a name for the scenario as it is written, whatever changed last', () => {
    const store = Store.open(newPath());
    const changed = (hash: string, overrides: readonly string[], more = {}) =>
      store.batch(descriptionOf(hash, { overrides, ...more }));
    const doubled = changed('doubled', ['fleet.pools[0].replicas=4']);
    // With changes alone there is none that the name means: which there are is told.
    expect(() => store.find('queue')).toThrow(
      new RegExp(
        `^queue means the scenario as it is written, .*:\n  ${doubled.id.slice(0, 12)}  fleet.pools\\[0\\].replicas=4, seed test, 0 replications`,
      ),
    );
    const present = changed('present', []);
    keep(doubled, [0]);
    expect(store.find('queue').id).toBe(present.id);
    // Under another seed it is another answer to the same question; by the hour it is the same answer.
    const byHour = changed('present', [], { byHour: true });
    keep(byHour, [0]);
    expect(store.find('queue').id).toBe(byHour.id);
    const other = changed('present', [], { seed: '2' });
    keep(other, [0, 1]);
    expect(() => store.find('queue')).toThrow(
      new RegExp(
        `^queue means 2 batches that differ; name one by its id:\n  ${other.id.slice(0, 12)}  unchanged, seed 2, 2 replications, of .*\n  ${byHour.id.slice(0, 12)}  unchanged, seed test, 1 replications`,
      ),
    );
    expect(store.find(other.id.slice(0, 5)).id).toBe(other.id);
    // With what was replaced it is a name too: that of titles.
    expect(store.find('queue with fleet.pools[0].replicas=4').id).toBe(doubled.id);
    store.close();
  });

  it('keeps of a scenario the form with the fewest changes: a value replaced by itself is no change', () => {
    const store = Store.open(newPath());
    const { id } = store.batch(descriptionOf('same', { overrides: ['fleet.pools[0].replicas=2'] }));
    expect(store.find(id).changes).toEqual(['fleet.pools[0].replicas=2']);
    store.batch(descriptionOf('same'));
    store.batch(descriptionOf('same', { overrides: ['fleet.pools[0].replicas=2', 'cell.share=1'] }));
    expect(store.find('queue')).toMatchObject({ id, changes: [] });
    store.close();
  });

  it('shows of many and long changes the first twenty, and of each a hundred characters', () => {
    const store = Store.open(newPath());
    const overrides = Array.from({ length: 30 }, (_, index) => `workload.load=${index} ${'x'.repeat(1_000)}`);
    const { id } = store.batch(descriptionOf('long', { overrides }));
    const { changes } = store.find(id);
    expect(changes).toHaveLength(20);
    expect(changes[19]).toBe(`workload.load=19 ${'x'.repeat(82)}…`);
    expect(store.jobs.batch(id)!.changes).toEqual(changes);
    expect(store.read({ id }).overrides).toEqual(overrides);
    store.close();
  });

  it('deletes a batch with everything of it, and gives the room back', () => {
    const path = newPath();
    const store = Store.open(path);
    keep(batchOf(store, 'gone'), [0, 1, 2, 3, 4]);
    keep(batchOf(store, 'stays'), [0]);
    const sizeOf = () => {
      const database = new Sqlite(path, { readonly: true });
      const pages = database.pragma('page_count', { simple: true }) as number;
      database.close();
      return pages;
    };
    const before = sizeOf();
    store.delete(store.find(batchOf(store, 'gone').id));
    expect(store.summaries()).toHaveLength(1);
    expect(sizeOf()).toBeLessThan(before / 2);
    store.close();
  });

  it('is read while another connection is in the middle of writing, as it was before', () => {
    const path = newPath();
    const store = Store.open(path);
    keep(batchOf(store, 'busy'), [0]);
    const writer = new Sqlite(path);
    writer.exec('BEGIN IMMEDIATE; DELETE FROM replications');
    const reader = Store.openToRead(path);
    expect(reader.summaries()).toMatchObject([{ done: 1 }]);
    writer.exec('ROLLBACK');
    for (const one of [reader, writer, store]) one.close();
  });

  it('is on the disk when it says so: WAL, every commit synchronised', () => {
    const path = newPath();
    Store.open(path).close();
    const database = new Sqlite(path);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
  });

  it('makes its folder', () => {
    const path = folder.of('deep/er/store.sqlite');
    Store.open(path).close();
    expect(Store.openToRead(path).summaries()).toEqual([]);
  });
});

describe('a store of an older form', () => {
  /** What an older program would have kept of replications, from what this one keeps. */
  const old = (withBooks: boolean): OldReplication[] =>
    results.slice(0, 3).map((result) => {
      const { records, layout } = packReplication(result, 0.5);
      const numbers = numbersFrom(records['numbers']!);
      const metrics = (JSON.parse(layout) as MetricLayout[]).length;
      const four = (metric: number) =>
        [...numbers.slice(NUMBERS_PER_METRIC * metric, NUMBERS_PER_METRIC * (metric + 1))].map((value) =>
          Number.isNaN(value) ? null : value,
        );
      const states = new Set(
        result.measurements.flatMap(({ observation }) =>
          observation.kind === 'quantile' ? [observation.sketch] : [],
        ),
      );
      return {
        numbers: Array.from({ length: metrics }, (_, metric) => four(metric)),
        sketches: [...states].map((state) => sketchBytes({ ...state, values: state.values.toSorted() })),
        audit: JSON.stringify(result.audit),
        fingerprints: JSON.stringify([...result.fingerprints]),
        hourly: JSON.stringify(result.hourly),
        books: withBooks ? textBytes(JSON.stringify(result.books)) : null,
      };
    });
  const layout = JSON.parse(packReplication(results[0]!, 0.5).layout) as MetricLayout[];
  const id = 'ab'.repeat(32);

  it.each([1, 3] as const)('(%i) is brought forward with all it holds, and says the same', (form) => {
    const path = newPath();
    writeOldStore(path, form, id, layout, old(form > 1));
    const notices: string[] = [];
    const store = Store.openToRead(path, { onNotice: (text) => notices.push(text) });
    expect(notices).toEqual([
      `${path} was brought forward from form ${form} to 6; as it was, it is ${path}.form${form}`,
    ]);
    expect(store.summaries()).toMatchObject([
      { id, scenario: 'old', done: 3, failed: 0, status: 'finished', wallSeconds: 1.5 },
    ]);
    const { batch, text } = store.read({ id });
    expect(text).toBe('name: old');
    expect(batch.estimates(0.95, 3)).toEqual(measured(results.slice(0, 3)));
    expect(batch.audit(1)).toEqual(results[1]!.audit);
    expect(batch.hourly([0, 1])).toEqual(meanSeries([results[0]!.hourly, results[1]!.hourly]));
    expect(batch.books(2)).toEqual(form === 1 ? null : results[2]!.books);
    expect(batch.removeDamaged()).toEqual([]);
    expect(store.jobs.batch(id)!.job?.status).toBe(form === 1 ? undefined : 'finished');
    // What the old program kept is nowhere twice.
    const database = new Sqlite(path, { readonly: true });
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'old%'").all()).toEqual([]);
    database.close();
    store.close();
  });
});

describe('books', () => {
  it('come back as they were, and are priced to the last digit', () => {
    const store = Store.temporary();
    const batch = batchOf(store, 'books');
    keep(batch, [0]);
    expect(batch.books(0)).toEqual(results[0]!.books);
    const { measurements } = results[0]!;
    const money = measureMoney(ledgerOf(batch.books(0)!), scenario.priceBook, true);
    expect(money.length).toBeGreaterThan(0);
    expect(measurements.slice(-money.length)).toEqual(money);
    store.close();
  });
});

describe('a file that is no store of this program is refused and left as it is', () => {
  const faults: Readonly<Record<string, readonly [make: (path: string) => void, says: RegExp]>> = {
    'some text': [
      (path) => writeFileSync(path, 'name: my-fleet\n'.repeat(100)),
      /is not a store of fleetyield/,
    ],
    'a database of another program': [
      (path) => new Sqlite(path).exec('CREATE TABLE mine (a)').close(),
      /is a database of another program/,
    ],
    'a store of a newer program': [
      (path) => {
        Store.open(path).close();
        const database = new Sqlite(path);
        database.pragma('user_version = 99');
        database.close();
      },
      /was written by a newer fleetyield \(form 99, this program knows \d+\); update it/,
    ],
  };

  it.each(Object.keys(faults))('%s', (title) => {
    const [make, says] = faults[title]!;
    const path = newPath();
    make(path);
    const before = readFileSync(path);
    for (const open of [Store.open, Store.openToRead]) {
      expect(() => open(path)).toThrow(InputError);
      expect(() => open(path)).toThrow(says);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('nor is one made where none is to be read', () => {
    expect(() => Store.openToRead(newPath())).toThrow(/there is no store; fleetyield run makes one/);
  });

  it('a folder, and a place below a file, are the machine’s refusal', () => {
    const path = newPath();
    mkdirSync(path);
    expect(() => Store.open(path)).toThrow(EnvironmentError);
    const file = folder.write('a-file', '');
    expect(() => Store.open(`${file}/store.sqlite`)).toThrow(EnvironmentError);
  });
});
