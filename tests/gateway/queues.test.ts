/**
 * The contract of each discipline, whichever it is: held to by its example, so that a new one needs its order in
 * `ORDERS` and nothing else here. Whatever joins, leaves from the middle or returns, the queue is what a sorted list
 * would be; ties go by arrival and then by id; nothing is drawn, and nothing latent is read.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { disciplines, QueueLinks, type WaitingQueue } from '../../src/gateway/disciplines/index.ts';
import { NO_ROW, type RequestRow } from '../../src/ids.ts';
import { RequestTable } from '../../src/workload/request-table.ts';
import { queueEnvironment } from '../helpers/queue-environment.ts';
import { readExample } from '../helpers/example.ts';

interface Waiting {
  readonly row: RequestRow;
  readonly tier: number;
  readonly priority: number;
  readonly attemptAt: number;
  readonly id: number;
  readonly prompt: number;
}

/** What the slow list depends on besides the waiting requests. */
interface State {
  readonly now: number;
  /** Tokens ÷ weight that each tier was served. */
  readonly served: readonly number[];
}

const TIERS = [
  { name: 'a', weight: 1, ttft: 2 },
  { name: 'b', weight: 3, ttft: null },
  { name: 'c', weight: 0.5, ttft: 5 },
];

/** What policies may know of a request: any numbers with ties among them. */
const workOf = ({ id }: { readonly id: number }) => (id * 7) % 5;
const worthOf = ({ id, tier }: { readonly id: number; readonly tier: number }) => ((id * 3) % 4) + tier;

/** By kind, the key of a request; the smallest comes first. */
const ORDERS: Readonly<Record<string, (one: Waiting, state: State) => number>> = {
  fcfs: () => 0,
  'strict-priority': ({ priority }) => priority,
  // Slopes of the example are 4 and 1.
  'ageing-priority': ({ priority, attemptAt }, { now }) => -[4, 1][priority]! * (now - attemptAt),
  'weighted-fair': ({ tier }, { served }) => served[tier]!,
  // Without a promise the example's 60 s.
  'earliest-deadline': ({ tier, attemptAt }) => attemptAt + (TIERS[tier]!.ttft ?? 60),
  'shortest-predicted': (one) => workOf(one),
  'highest-value': (one) => -worthOf(one),
};

/** By these an arrival overtakes requests with a larger key. */
const OVERTAKING = ['strict-priority', 'earliest-deadline', 'shortest-predicted', 'highest-value'];

class Bench {
  readonly table: RequestTable;
  readonly queue: WaitingQueue;
  now = 0;
  private ids = 0;
  private readonly known: Waiting[] = [];

  constructor(kind: string, table = new RequestTable(), links = new QueueLinks()) {
    this.table = table;
    const forbidden = new Proxy({}, { get: (_, column) => expect.fail(`reads ${String(column)}`) });
    Object.assign(table, { latent: forbidden, progress: forbidden, granted: forbidden });
    this.queue = disciplines.create(
      readExample(disciplines, kind),
      queueEnvironment(table, {
        links,
        classes: 2,
        tiers: TIERS,
        now: () => this.now,
        predictedWork: (row) => workOf(this.known[row]!),
        worth: (row) => worthOf(this.known[row]!),
      }),
    );
  }

  arrival(tier: number, priority: number, prompt = 10): Waiting {
    const row = this.table.open();
    const one = { row, tier, priority, attemptAt: this.now, id: this.ids++, prompt };
    const { declared } = this.table;
    Object.assign(declared.tier, { [row]: tier });
    Object.assign(declared.priority, { [row]: priority });
    Object.assign(declared.attemptAt, { [row]: one.attemptAt });
    Object.assign(declared.id, { [row]: one.id });
    Object.assign(declared.promptTokens, { [row]: prompt });
    Object.assign(declared.cachedTokens, { [row]: 0 });
    this.known[row] = one;
    return one;
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('join' as const),
      tier: fc.integer({ min: 0, max: 2 }),
      priority: fc.integer({ min: 0, max: 1 }),
      gap: fc.integer({ min: 0, max: 2 }),
      prompt: fc.constantFrom(6, 12),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('serve' as const), output: fc.constantFrom(0, 6) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('return' as const), which: fc.nat() }) },
);

describe.each(disciplines.strategies.map(({ kind, declares: { ranks } }) => [kind, ranks] as const))(
  'a queue by %s',
  (kind, ranks) => {
    const order = ORDERS[kind];

    test('has its order stated here', () => expect(order).toBeDefined());

    test('equals a sorted list, whatever joins, leaves from the middle or returns', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (script) => {
          const bench = new Bench(kind);
          const { queue } = bench;
          let waiting: Waiting[] = [];
          const served: Waiting[] = [];
          const tokens = [0, 0, 0];
          let lastServed = 0;
          const comesBefore = (a: Waiting, b: Waiting) => {
            const state = { now: bench.now, served: tokens };
            return order!(a, state) - order!(b, state) || a.attemptAt - b.attemptAt || a.id - b.id;
          };
          const join = (one: Waiting) => {
            // A tier that begins to wait has no claim to unused share.
            if (!waiting.some(({ tier }) => tier === one.tier)) {
              const least = Math.min(...waiting.map(({ tier }) => tokens[tier]!));
              tokens[one.tier] = Math.max(
                tokens[one.tier]!,
                waiting.length > 0 ? least : tokens[lastServed]!,
              );
            }
            queue.push(one.row);
            waiting.push(one);
          };
          for (const now of script) {
            if (now.does === 'join') {
              bench.now += now.gap;
              const one = bench.arrival(now.tier, now.priority, now.prompt);
              join(one);
            } else if (now.does === 'leave' && waiting.length > 0) {
              const [one] = waiting.splice(now.which % waiting.length, 1);
              queue.remove(one!.row);
            } else if (now.does === 'serve' && waiting.length > 0) {
              const one = waiting.shift()!;
              expect(queue.peek()).toBe(one.row);
              queue.remove(one.row);
              queue.account?.started(one.row);
              queue.account?.ended(one.row, now.output);
              lastServed = one.tier;
              tokens[one.tier]! += (one.prompt + now.output) / TIERS[one.tier]!.weight;
              served.push(one);
            } else if (now.does === 'return' && served.length > 0) {
              const [one] = served.splice(now.which % served.length, 1);
              join(one!);
            }
            waiting = waiting.toSorted(comesBefore);
            // Work-conserving: there is a head if and only if a request waits.
            expect(queue.peek()).toBe(waiting[0]?.row ?? NO_ROW);
            expect(queue.length).toBe(waiting.length);
            expect(queue.oldestAt()).toBe(Math.min(...waiting.map(({ attemptAt }) => attemptAt)));
            waiting.slice(1).forEach(({ row }, n) => {
              expect(queue.precedes(waiting[n]!.row, row)).toBe(true);
              expect(queue.precedes(row, waiting[n]!.row)).toBe(false);
            });
          }
        }),
        { seed: 3, numRuns: 60 },
      );
    });

    test('finds the last arrival of a tier and the last that an arrival overtakes, of those never served', () => {
      const first = fc.array(fc.tuple(fc.nat(2), fc.nat(1), fc.nat(1)), { maxLength: 12 });
      fc.assert(
        fc.property(first, fc.nat(2), fc.nat(1), (arrivals, tier, priority) => {
          const bench = new Bench(kind);
          const waiting = arrivals.map(([tier, priority, gap]) => {
            bench.now += gap;
            const one = bench.arrival(tier, priority);
            bench.queue.push(one.row);
            return one;
          });
          const state = { now: bench.now, served: [0, 0, 0] };
          const key = (one: Waiting) => order!(one, state);
          const inOrder = waiting.toSorted(
            (a, b) => key(a) - key(b) || a.attemptAt - b.attemptAt || a.id - b.id,
          );
          const arrival = bench.arrival(tier, priority);
          const behind = OVERTAKING.includes(kind) ? inOrder.filter((one) => key(one) > key(arrival)) : [];
          expect(bench.queue.lastBehind(arrival.row)).toBe(behind.at(-1)?.row ?? NO_ROW);
          expect(bench.queue.behind(arrival.row)).toBe(behind.length);
          expect(bench.queue.servedBehind(arrival.row)).toBe(0);
          expect(bench.queue.lastOfTier(tier)).toBe(
            waiting.findLast((one) => one.tier === tier)?.row ?? NO_ROW,
          );
        }),
        { seed: 4, numRuns: 60 },
      );
    });

    test('hands an engine its order where that stays as it is, and none but arrival where it changes', () => {
      const bench = new Bench(kind);
      const requests = [0, 1, 2, 0, 1, 2, 1].map((tier, n) => {
        bench.now = n;
        return bench.arrival(tier, n % 2);
      });
      bench.now = 10;
      const state = { now: bench.now, served: [5, 0, 2] };
      const ranked = requests.map(({ row }) => bench.queue.importance(row));
      const own = requests.map((one) => (ranks === 'none' ? 0 : order!(one, state)));
      expect(ranked.map((a) => ranked.map((b) => Math.sign(a - b)))).toEqual(
        own.map((a) => own.map((b) => Math.sign(a - b))),
      );
      // Deferrable requests come behind all others, the less important of them last.
      const [one, other] = [bench.arrival(0, 0), bench.arrival(0, 1)];
      Object.assign(bench.table.declared.deferrable, { [one.row]: 1, [other.row]: 1 });
      if (kind === 'strict-priority') return;
      expect(bench.queue.importance(one.row)).toBeGreaterThan(Math.max(...ranked));
      expect(bench.queue.importance(other.row)).toBeGreaterThan(bench.queue.importance(one.row));
    });

    test('is empty without requests: no head, no oldest', () => {
      const { queue } = new Bench(kind);
      expect([queue.length, queue.peek(), queue.oldestAt(), queue.lastOfTier(0)]).toEqual([
        0,
        NO_ROW,
        Infinity,
        NO_ROW,
      ]);
    });

    test('shares its links with other queues: a request in one is not in another', () => {
      const links = new QueueLinks();
      const table = new RequestTable();
      const benches = [new Bench(kind, table, links), new Bench(kind, table, links)];
      const all = Array.from({ length: 600 }, (_, n) => {
        const bench = benches[n % 2]!;
        bench.now = n;
        const { row } = bench.arrival(0, 1);
        bench.queue.push(row);
        return row;
      });
      benches.forEach(({ queue }, odd) => {
        const drained: RequestRow[] = [];
        for (let row = queue.peek(); row !== NO_ROW; row = queue.peek()) {
          drained.push(row);
          queue.remove(row);
        }
        expect(drained.toSorted((a, b) => a - b)).toEqual(all.filter((_, n) => n % 2 === odd));
      });
    });
  },
);

test('a queue does not displace requests that were served before', () => {
  for (const { kind } of disciplines.strategies) {
    const table = new RequestTable();
    const queue = disciplines.create(
      readExample(disciplines, kind),
      queueEnvironment(table, { classes: 2, tiers: TIERS, wasServed: () => true, worth: (row) => -row }),
    );
    const row = table.open();
    Object.assign(table.declared.priority, { [row]: 1 });
    queue.push(row);
    const arrival = table.open();
    expect([queue.lastBehind(arrival), queue.lastOfTier(0), queue.oldestAt()], kind).toEqual([
      NO_ROW,
      NO_ROW,
      Infinity,
    ]);
    expect(queue.servedBehind(arrival), kind).toBe(queue.behind(arrival));
  }
});
