import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { growColumns } from '../../src/kernel/columns.ts';
import { EventQueue } from '../../src/kernel/event-queue.ts';

interface Event {
  readonly time: number;
  readonly kind: number;
  readonly subject: number;
  readonly version: number;
}

const event = fc.record({
  // Few distinct times, so that ties of every sort come up.
  time: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 1e9, noNaN: true })),
  kind: fc.integer({ min: 0, max: 31 }),
  subject: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
});

const popped = ({ time, kind, subject, version }: EventQueue): Event => ({ time, kind, subject, version });

const SEARCH = { seed: 7, numRuns: 300 } as const;

describe('the event queue', () => {
  test('gives events in order of (time, kind, insertion), with all they came with', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400 }), (events) => {
        const queue = new EventQueue();
        for (const { time, kind, subject, version } of events) queue.push(time, kind, subject, version);
        expect(queue.length).toBe(events.length);
        // A stable sort keeps insertion order among equals.
        const sorted = [...events].sort((a, b) => a.time - b.time || a.kind - b.kind);
        const given: Event[] = [];
        while (queue.pop()) given.push(popped(queue));
        expect(given).toEqual(sorted.map(({ time, ...rest }) => ({ time: time + 0, ...rest })));
        expect(queue.length).toBe(0);
      }),
      SEARCH,
    );
  });

  test('keeps that order when events are pushed between pops, as a run does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean()), { maxLength: 400 }), (script) => {
        const queue = new EventQueue();
        const waiting: (Event & { readonly order: number })[] = [];
        script.forEach(([one, pops], order) => {
          queue.push(one.time, one.kind, one.subject, one.version);
          waiting.push({ ...one, order });
          if (!pops) return;
          waiting.sort((a, b) => a.time - b.time || a.kind - b.kind || a.order - b.order);
          const { order: _, ...first } = waiting.shift()!;
          expect(queue.pop()).toBe(true);
          expect(popped(queue)).toEqual({ ...first, time: first.time + 0 });
        });
        expect(queue.length).toBe(waiting.length);
      }),
      SEARCH,
    );
  });

  test('says that it is empty and leaves its fields as they were', () => {
    const queue = new EventQueue();
    expect(queue.pop()).toBe(false);
    queue.push(3, 1, 5, 9);
    expect(queue.pop()).toBe(true);
    expect(queue.pop()).toBe(false);
    expect(popped(queue)).toEqual({ time: 3, kind: 1, subject: 5, version: 9 });
  });

  test('distinguishes kinds at an instant after millions of events', () => {
    const queue = new EventQueue();
    for (let n = 0; n < 2_000_000; n++) {
      queue.push(n, 31, n, 0);
      queue.pop();
    }
    queue.push(1, 31, 1, 0);
    queue.push(1, 0, 2, 0);
    queue.push(1, 31, 3, 0);
    const order = [];
    while (queue.pop()) order.push([queue.kind, queue.subject]);
    expect(order).toEqual([
      [0, 2],
      [31, 1],
      [31, 3],
    ]);
  });
});

describe('growing columns', () => {
  test('keeps what they hold and their kind, and fills the rest with zero', () => {
    const group = { a: Float64Array.of(1.5, NaN), b: Int32Array.of(-7, 8), c: Uint8Array.of(1, 0) };
    growColumns(group, 4);
    expect(group).toEqual({
      a: Float64Array.of(1.5, NaN, 0, 0),
      b: Int32Array.of(-7, 8, 0, 0),
      c: Uint8Array.of(1, 0, 0, 0),
    });
  });
});
