/** Stores in which a bit is another than was written: every answer is the same, or names what is damaged. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { EnvironmentError, InputError } from '../../src/errors.ts';
import { Streams } from '../../src/stats/index.ts';
import { checksumOf } from '../../src/store/checksum.ts';
import { packReplication } from '../../src/store/packed-replication.ts';
import { DamagedRecord } from '../../src/store/store-errors.ts';
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
      duration: 100,
    }),
  ),
  4,
);

/** A store of two batches, jobs, events, a token and a scenario, all of it in the file itself. */
function writeStore(path: string): void {
  const store = Store.open(path);
  for (const hash of ['one', 'two']) {
    const batch = batchOf(store, hash);
    batch.plan(4, 0.95);
    batch.keep(
      results.map((result) => packReplication(result, 0.5)),
      [],
      'a machine',
    );
    batch.estimates(0.95, 4);
    const request = { replications: 4, precision: null, confidence: 0.95 };
    store.jobs.submit({ id: batch.id, caller: 'somebody', request, most: 9, idempotency: null });
  }
  store.tokens.create('dashboard', ['read']);
  store.close();
}

/** Everything that a store says, as one text. */
function said(path: string): string {
  const store = Store.openToRead(path);
  try {
    const batches = store.summaries();
    return JSON.stringify([
      batches,
      store.tokens.list(),
      store.jobs.batches({}, 10, null),
      batches.map((summary) => {
        const { batch, ...texts } = store.read(summary);
        const done = batch.done();
        const head = { batch: '', scenario: '', scenario_hash: '', seed: '' };
        return [
          texts,
          done,
          batch.failures(),
          batch.origin(),
          batch.metrics(),
          batch.estimates(summary.confidence, batch.end()),
          // Folded, and not kept.
          batch.estimates(0.9, batch.end()),
          batch.hourly(done),
          batch.fingerprints(done),
          batch.audit(0),
          batch.books(3),
          [...replicationRows(head, batch)],
          store.jobs.events(summary.id, 0, 10),
        ];
      }),
    ]);
  } finally {
    store.close();
  }
}

/** The path of a copy in which one bit is another. */
function flipped(bytes: Uint8Array, place: number): string {
  const path = newPath();
  const copy = Uint8Array.from(bytes);
  copy[place >>> 3]! ^= 1 << (place & 7);
  writeFileSync(path, copy);
  return path;
}

describe('a flipped bit', () => {
  const path = newPath();
  writeStore(path);
  const bytes = readFileSync(path);
  const whole = said(path);

  it('anywhere in a store leaves every answer as it was, or is named as damage', () => {
    const places = new Streams('flips', 0).stream('places');
    const outcomes = { same: 0, named: 0 };
    for (let flip = 0; flip < 150; flip++) {
      const place = Math.floor(places.next() * 8 * bytes.length);
      const copy = flipped(bytes, place);
      let answer: string;
      try {
        answer = said(copy);
      } catch (error) {
        expect(
          error instanceof EnvironmentError || error instanceof InputError,
          `bit ${place}: ${(error as Error).stack}`,
        ).toBe(true);
        outcomes.named += 1;
        rmSync(copy);
        continue;
      }
      expect(answer, `bit ${place}`).toBe(whole);
      outcomes.same += 1;
      rmSync(copy);
    }
    // Most of the file is what replications said: of those bits none may pass.
    expect(outcomes.named).toBeGreaterThan(40);
  });

  it('in a record is told with its replication and what to do, and that one alone is forgotten by mending', () => {
    const copy = newPath();
    copyFileSync(path, copy);
    const database = new Sqlite(copy);
    const { rowid, content } = database
      .prepare("SELECT rowid, content FROM records WHERE part = 'numbers' AND replication = 2 LIMIT 1")
      .get() as { rowid: number; content: Uint8Array };
    content[content.length >>> 1]! ^= 4;
    database.prepare('UPDATE records SET content = ? WHERE rowid = ?').run(content, rowid);
    database.close();
    const store = Store.open(copy);
    const batch = batchOf(store, 'one');
    expect(() => batch.estimates(0.9, 4)).toThrow(DamagedRecord);
    expect(() => batch.estimates(0.9, 4)).toThrow(
      /replication 2 \(numbers\) of batch [0-9a-f]{12} of queue is not what was written; the same fleetyield run computes/,
    );
    // Estimates that were kept before it was damaged are those of what was written.
    expect(batch.estimates(0.95, 4)).toHaveLength(batch.metrics().length);
    expect(batch.removeDamaged()).toEqual([2]);
    expect(batch.done()).toEqual([0, 1, 3]);
    batch.keep([packReplication(results[2]!, 0.5)], [], 'a machine');
    const fresh = batchOf(store, 'two');
    expect(batch.estimates(0.9, 4)).toEqual(fresh.estimates(0.9, 4));
    expect(batchOf(store, 'one').removeDamaged()).toEqual([]);
    store.close();
  });

  it.each([
    ['the row of a replication', "UPDATE replications SET status = 'failed' WHERE replication = 1"],
    ['the list of metrics', "UPDATE layouts SET layout = replace(layout, 'wait', 'Wait')"],
    ['a record that is gone', "DELETE FROM records WHERE part = 'hourly' AND replication = 0"],
    ['a replication that is gone', 'DELETE FROM replications WHERE replication = 3'],
    ['records without a replication', 'DELETE FROM replications WHERE replication = 0'],
  ])('or more: %s is found, and what is computed anew makes the batch whole', (_, sql) => {
    const copy = newPath();
    copyFileSync(path, copy);
    const database = new Sqlite(copy);
    database.exec(sql);
    database.close();
    expect(() => said(copy)).toThrow(DamagedRecord);
    const store = Store.open(copy);
    const batch = batchOf(store, 'one');
    const damaged = batch.removeDamaged();
    expect(damaged.length).toBeGreaterThan(0);
    batch.keep(
      results
        .filter(({ replication }) => damaged.includes(replication) || !batch.done().includes(replication))
        .map((result) => packReplication(result, 0.5)),
      [],
      'a machine',
    );
    expect(batch.done()).toEqual([0, 1, 2, 3]);
    expect(batchOf(store, 'one').removeDamaged()).toEqual([]);
    expect(store.summary(batch.id)).toMatchObject({ done: 4, failed: 0, wallSeconds: 2 });
    store.close();
  });

  it('in the row of a batch does not stand in the way of others, and the batch can be run or deleted', () => {
    const copy = newPath();
    copyFileSync(path, copy);
    const database = new Sqlite(copy);
    database.exec("UPDATE batches SET seed = 'tesu' WHERE batch = 1");
    database.close();
    const store = Store.open(copy);
    const [one, two] = ['one', 'two'].map((hash) => batchOf(Store.temporary(), hash).id) as [string, string];
    expect(() => store.summaries()).toThrow(/row of batch/);
    expect(() => store.find(one)).toThrow(DamagedRecord);
    expect(store.find(two).done).toBe(4);
    expect(batchOf(store, 'one').done()).toEqual([0, 1, 2, 3]);
    expect(store.find(one)).toMatchObject({ seed: 'test', done: 4 });
    store.close();
  });
});

describe('a checksum', () => {
  it('is another for values that are written alike, and for the same in other columns', () => {
    const sums = [
      checksumOf('a', 'b'),
      checksumOf('ab'),
      checksumOf('a', null, 'b'),
      checksumOf('b', 'a'),
      checksumOf('1'),
      checksumOf(1),
      checksumOf(null),
      checksumOf('null'),
      checksumOf(new Uint8Array([49])),
    ];
    expect(new Set(sums).size).toBe(sums.length);
  });
});

describe('a file that is no whole store is told as what it is', () => {
  const faults: Readonly<
    Record<string, readonly [change: (database: Sqlite.Database) => void, says: RegExp]>
  > = {
    'of a form that no program writes': [
      (database) => database.pragma('user_version = -1'),
      /is no whole store: it says that it is of form -1/,
    ],
    'of form 0, with tables': [
      (database) => database.pragma('user_version = 0'),
      /is no whole store: it says that it is of form 0/,
    ],
    'without its table of records': [
      (database) => database.exec('DROP TABLE records'),
      /is no whole store: its table records is missing/,
    ],
  };

  it.each(Object.keys(faults))('%s', (title) => {
    const [change, says] = faults[title]!;
    const path = newPath();
    const store = Store.open(path);
    batchOf(store, 'a').keep([packed(0)], [], 'here');
    store.close();
    const database = new Sqlite(path);
    change(database);
    database.close();
    for (const open of [Store.openToRead, Store.open]) {
      expect(() => open(path)).toThrow(InputError);
      expect(() => open(path)).toThrow(says);
    }
  });

  it('empty, as it is when it was made and nothing kept, or its -wal was taken away', () => {
    const path = newPath();
    writeFileSync(path, '');
    expect(() => Store.openToRead(path)).toThrow(/is empty: .*-wal file was removed/);
    Store.open(path).close();
    expect(Store.openToRead(path).summaries()).toEqual([]);
  });

  it('its tables are in the file itself as soon as it is made: a -wal that is taken away takes no more than what is in it', () => {
    const path = newPath();
    const store = Store.open(path);
    batchOf(store, 'a').keep([packed(0)], [], 'here');
    const copy = newPath();
    copyFileSync(path, copy);
    store.close();
    expect(Store.openToRead(copy).summaries()).toEqual([]);
  });
});
