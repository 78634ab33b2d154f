/** Jobs in the store: who is served next, what outlives a server, and the tallies that lists rest on. */
import { afterAll, describe, expect, it } from 'vitest';
import { Store } from '../../src/store/store.ts';
import { Folder } from '../helpers/command.ts';
import { batchOf, packed } from '../helpers/stored.ts';

const stores: Store[] = [];
const folder = new Folder();
afterAll(() => {
  for (const store of stores) store.close();
  folder.remove();
});

function newStore(): Store {
  const store = Store.temporary();
  stores.push(store);
  return store;
}

function submit(store: Store, hash: string, caller: string, replications = 2, key: string | null = null) {
  const { id } = batchOf(store, hash);
  const idempotency = key === null ? null : { key, digest: String(replications) };
  const request = { replications, precision: null, confidence: 0.95 };
  return { id, submission: store.jobs.submit({ id, caller, request, most: 3, idempotency }) };
}

describe('jobs', () => {
  it('are taken from the caller who has fewest running, then in the order in which they came', () => {
    const store = newStore();
    const [a1, a2, b1] = [submit(store, 'a1', 'a'), submit(store, 'a2', 'a'), submit(store, 'b1', 'b')];
    expect([1, 2, 3, 4].map(() => store.jobs.take([])?.id ?? null)).toEqual([a1.id, b1.id, a2.id, null]);
  });

  it('of which one was cancelled and asked for again wait for their first run to end', () => {
    const store = newStore();
    const { id } = submit(store, 'a', 'a');
    store.jobs.take([]);
    expect(store.jobs.cancel(id)).toBe(true);
    submit(store, 'a', 'a');
    expect(store.jobs.take([id])).toBeNull();
    expect(store.jobs.take([])!.id).toBe(id);
  });

  it('that a server left running wait again, and those that were cancelled stay so', () => {
    const store = newStore();
    const [running, cancelled] = [submit(store, 'a', 'a'), submit(store, 'b', 'b')];
    store.jobs.take([]);
    store.jobs.take([]);
    store.jobs.cancel(cancelled.id);
    store.jobs.end(cancelled.id, 'finished', 1);
    expect(store.jobs.recover()).toBe(1);
    expect([running, cancelled].map(({ id }) => store.jobs.job(id)!.status)).toEqual(['queued', 'cancelled']);
    expect(store.jobs.events(running.id, 0, 10).map(({ event, type }) => [event, type])).toEqual([
      [1, 'queued'],
      [2, 'started'],
      [3, 'queued'],
    ]);
  });

  it('are bounded by caller, refused where they run otherwise, and one for each key', () => {
    const store = newStore();
    const outcomes = ['a', 'b', 'c', 'd'].map((hash) => submit(store, hash, 'a').submission.outcome);
    expect(outcomes).toEqual(['queued', 'queued', 'queued', 'too many']);
    expect(submit(store, 'a', 'b').submission.outcome).toBe('there');
    expect(submit(store, 'a', 'b', 9).submission.outcome).toBe('runs otherwise');
    expect(submit(store, 'e', 'b', 2, 'k').submission.outcome).toBe('queued');
    expect(submit(store, 'e', 'b', 2, 'k').submission.outcome).toBe('replayed');
    expect(submit(store, 'e', 'b', 3, 'k').submission.outcome).toBe('key reused');
    expect(submit(store, 'f', 'c', 3, 'k').submission.outcome).toBe('queued');
  });
});

describe('tallies', () => {
  it('are those of the replications, whether they come, fail, are replaced or go', () => {
    const store = newStore();
    const batch = batchOf(store, 'a');
    const failure = (replication: number) => ({ replication, failure: 'died' as const, message: 'x' });
    const told = () => {
      const { done, failed, wallSeconds } = store.summary(batch.id)!;
      return { done, failed, wallSeconds };
    };
    expect(told()).toEqual({ done: 0, failed: 0, wallSeconds: 0 });
    batch.keep([packed(0), packed(1)], [failure(2)], 'here');
    expect(told()).toEqual({ done: 2, failed: 1, wallSeconds: 0.5 });
    batch.keep([packed(2)], [failure(0)], 'here');
    expect(told()).toEqual({ done: 2, failed: 1, wallSeconds: 0.5 });
    batch.clear();
    expect(told()).toEqual({ done: 0, failed: 0, wallSeconds: 0 });
  });
});

describe('a page of batches', () => {
  it('that is told again has what any other connection wrote before it was asked for', () => {
    const path = folder.of('pages.sqlite');
    const writer = Store.open(path);
    const reader = Store.openToRead(path);
    stores.push(writer, reader);
    const page = () => reader.jobs.batches({}, 10, null).rows.map(({ id, done }) => [id, done]);
    const told = () => reader.jobs.batches({}, 10, null);
    const { id: a } = submit(writer, 'a', 'me');
    expect(page()).toEqual([[a, 0]]);
    // Nothing was written: the same object.
    expect(told()).toBe(told());
    for (let replication = 0; replication < 5; replication++) {
      batchOf(writer, 'a').keep([packed(replication)], [], 'm');
      expect(page()).toEqual([[a, replication + 1]]);
    }
    const { id: b } = submit(writer, 'b', 'me');
    expect(page()).toEqual([
      [b, 0],
      [a, 5],
    ]);
    expect(reader.jobs.batches({ seed: 'other' }, 10, null).rows).toEqual([]);
    writer.delete({ id: a }, { room: 'keep' });
    expect(page()).toEqual([[b, 0]]);
  });
});
