import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { admissions, type AdmissionEnvironment } from '../../src/gateway/admission/index.ts';
import type { QueueView } from '../../src/gateway/telemetry.ts';
import type { RequestRow } from '../../src/ids.ts';
import type { ChoiceOf } from '../../src/input/strategy.ts';
import { RequestTable } from '../../src/workload/request-table.ts';
import { readExample } from '../helpers/example.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const HOUR = 3_600;

/** A rule over three tiers, and whether a request of a tier may enter a queue seen so. Worth: 1, 2, 3 USD per GPU-hour. */
function ruleOf(choice: ChoiceOf<typeof admissions>, more: Partial<AdmissionEnvironment> = {}) {
  const table = new RequestTable();
  const forbidden = new Proxy({}, { get: (_, column) => expect.fail(`reads ${String(column)}`) });
  Object.assign(table, { latent: forbidden, progress: forbidden });
  const { tier } = table.declared;
  const rows = [0, 1, 2].map((index) => {
    const row = table.open();
    Object.assign(tier, { [row]: index });
    return row;
  });
  const rule = admissions.create(choice, {
    declared: table.declared,
    tiers: ['free', 'plus', 'paid'],
    startOfWeek: 0,
    worth: (row: RequestRow) => (1 + tier[row]!) / HOUR,
    ...more,
  });
  /** A queue in which nothing is overtaken and nothing pre-empted, by default. */
  const admits = (index: number, view: Partial<QueueView> = {}, now = 0) => {
    const { waiting = 0, room = 10 } = view;
    const plain = { placesTaken: () => waiting, ahead: () => waiting, roomFor: () => room };
    const seen = { waiting, room, capacity: 10, gapBetweenStarts: NaN, ...plain, ...view };
    return rule.admits(rows[index]!, seen, now);
  };
  return { rule, admits };
}

const KINDS = admissions.strategies.map(({ kind }) => kind);

describe.each(KINDS)('admission by %s, by its example', (kind) => {
  const choice = readExample(admissions, kind);

  test('answers the same when it is asked again, and reads nothing latent', () => {
    const views = [0, 1, 3, 10, 500].flatMap((waiting) =>
      [0, 1, 3, 10].map((room) => ({ waiting, room, gapBetweenStarts: 0.5 })),
    );
    const answers = () => {
      const { admits } = ruleOf(choice);
      return [0, 1, 2].flatMap((tier) => views.map((view) => admits(tier, view, 7 * HOUR)));
    };
    expect(answers()).toEqual(answers());
  });

  test('admits with a shorter queue and more room whatever it admits with a longer one and less room', () => {
    const { admits } = ruleOf(choice);
    for (const tier of [0, 1, 2]) {
      for (let waiting = 0; waiting < 300; waiting += 7) {
        for (let room = 1; room <= 10; room++) {
          const view = { waiting, room, gapBetweenStarts: 0.5 };
          if (!admits(tier, view)) continue;
          expect(admits(tier, { ...view, room: Math.min(10, room + 1) })).toBe(true);
          expect(admits(tier, { ...view, waiting: Math.max(0, waiting - 7) })).toBe(true);
        }
      }
    }
  });

  test('says that it reads room, or gaps, when they decide anything', () => {
    const { rule, admits } = ruleOf(choice);
    const answersTo = (views: readonly Partial<QueueView>[]) =>
      new Set(views.map((view) => [0, 1, 2].map((tier) => admits(tier, view)).join()));
    if (answersTo([0, 1, 2, 5, 10].map((room) => ({ room, waiting: 203 }))).size > 1)
      expect(rule.readsRoom).toBe(true);
    if (answersTo([0.1, 1, 10].map((gapBetweenStarts) => ({ gapBetweenStarts, room: 0 }))).size > 1)
      expect(rule.readsGaps).toBe(true);
  });
});

describe('bounded admission', () => {
  test('lets in as many as can be served at once and as may wait', () => {
    const { admits } = ruleOf({ kind: 'bounded', maxWaiting: 2, displace: false });
    const among = (waiting: number, room: number) => admits(0, { waiting, room });
    expect([among(0, 0), among(1, 0), among(2, 0)]).toEqual([true, true, false]);
    // Three wait to be put into three free servers: two more may come.
    expect([among(4, 3), among(5, 3)]).toEqual([true, false]);
  });

  test('with no place to wait serves requests that find a free server and sheds the others, also at one instant', () => {
    const { stories } = runOf(
      scenarioOf(`
fleetyield: 1
name: loss
horizon: { duration: 60s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [{ at: 0s }, { at: 0s }, { at: 0s }, { at: 1s }, { at: 2s }] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1500ms } } }] }
gateway: { admission: { kind: bounded, maxWaiting: 0 } }
`),
    );
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'served', 'shed', 'shed', 'served']);
  });

  /** One server until 1 s and one place to wait, for which five requests of two tiers come. */
  const outcomesWith = (admission: string, discipline: string) =>
    runOf(
      scenarioOf(`
fleetyield: 1
name: displace
horizon: { duration: 60s }
workload:
  tiers:
    - { name: a, priority: 0, model: any, arrivals: { kind: replay, requests: [{ at: 0s }, { at: 200ms }, { at: 300ms }] } }
    - { name: b, priority: 1, model: any, arrivals: { kind: replay, requests: [{ at: 100ms }, { at: 400ms }] } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { admission: { kind: bounded, maxWaiting: 1${admission} }, discipline: { kind: ${discipline} } }
`),
    ).stories.map(({ tier, outcome }) => [tier, outcome]);

  test('sheds the last in queue for a strictly more important request, and for no other', () => {
    // `b` waits from 0.1 s; `a` takes its place at 0.2 s, and no request takes a's.
    expect(outcomesWith('', 'strict-priority')).toEqual([
      [0, 'served'],
      [1, 'shed'],
      [0, 'served'],
      [0, 'shed'],
      [1, 'shed'],
    ]);
  });

  test.each([
    [', displace: false', 'strict-priority'],
    ['', 'fcfs'],
  ])('sheds the last arrival where none is displaced or overtaken (%s %s)', (admission, discipline) => {
    expect(outcomesWith(admission, discipline)).toEqual([
      [0, 'served'],
      [1, 'served'],
      [0, 'shed'],
      [0, 'shed'],
      [1, 'shed'],
    ]);
  });

  test('sheds tiers in the order listed, whatever the discipline, and no tier for itself', () => {
    // `b` waits from 0.1 s. With b shed first, a takes its place at 0.2 s; with a shed first no request takes that of
    // b.
    expect(outcomesWith(', shedFirst: [b, a]', 'fcfs')).toEqual([
      [0, 'served'],
      [1, 'shed'],
      [0, 'served'],
      [0, 'shed'],
      [1, 'shed'],
    ]);
    expect(outcomesWith(', shedFirst: [a]', 'strict-priority')).toEqual([
      [0, 'served'],
      [1, 'served'],
      [0, 'shed'],
      [0, 'shed'],
      [1, 'shed'],
    ]);
  });

  test('refuses a tier that is not there, and an order that nothing follows', () => {
    expect(() => ruleOf({ kind: 'bounded', maxWaiting: 1, displace: true, shedFirst: ['gold'] })).toThrow(
      /no tier is called "gold"; there are free, plus, paid/,
    );
    expect(() => ruleOf({ kind: 'bounded', maxWaiting: 1, displace: false, shedFirst: ['free'] })).toThrow(
      ParameterError,
    );
  });

  test('is no bound without a rule', () => {
    expect(ruleOf({ kind: 'unbounded' }).admits(0, { waiting: 1e9, room: 0 })).toBe(true);
  });
});

describe('admission by expected delay', () => {
  test('expects a gap per waiting request and one for the request itself: 4 × 1.2 s are within 5 s, 5 are not', () => {
    const { admits } = ruleOf({ kind: 'expected-delay', maxWait: 5 });
    const behind = (waiting: number, room = 0) => admits(0, { waiting, room, gapBetweenStarts: 1.2 });
    expect([behind(3), behind(4)]).toEqual([true, false]);
    // With two servers free, two of the waiting requests are as good as served.
    expect([behind(5, 2), behind(6, 2)]).toEqual([true, false]);
  });

  test('admits all requests while there is room for all, or none has waited yet', () => {
    const { admits } = ruleOf({ kind: 'expected-delay', maxWait: 5 });
    expect(admits(0, { waiting: 9, room: 10, gapBetweenStarts: 100 })).toBe(true);
    expect(admits(0, { waiting: 900, room: 0 })).toBe(true);
  });

  test('lets wait one server’s worth of the bound, once it has seen its pace', () => {
    // One server of 1 s, arrivals every 0.25 s. All enter until two starts in a row show the pace, 1 s, at 2 s. From
    // there on a request that finds two waiting is expected to wait for three starts, 3 s, and enters; one that finds
    // three does not.
    const requests = Array.from({ length: 60 }, (_, n) => `{ at: ${250 * n}ms }`).join(', ');
    const { stories } = runOf(
      scenarioOf(`
fleetyield: 1
name: pace
horizon: { duration: 60s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [${requests}] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { admission: { kind: expected-delay, maxWait: 3s } }
`),
    );
    const later = stories.filter(({ arrivedAt }) => arrivedAt > 2);
    const waits = later
      .filter(({ outcome }) => outcome === 'served')
      .map(({ admittedAt, arrivedAt }) => admittedAt - arrivedAt);
    expect(waits.length).toBeGreaterThan(8);
    // The next start is at most a gap away, and two wait before: between 2 and 3 s.
    waits.forEach((wait) => {
      expect(wait).toBeGreaterThanOrEqual(2);
      expect(wait).toBeLessThanOrEqual(3);
    });
  });
});

describe('a trunk reservation', () => {
  test('keeps what is left for the tiers named: with three free, others are shed', () => {
    const { admits } = ruleOf({ kind: 'trunk-reservation', reserve: 3, tiers: ['paid'], maxWaiting: 0 });
    const free = (tier: number) => [0, 1, 2, 3, 4, 5].map((room) => admits(tier, { room }));
    expect(free(2)).toEqual([false, true, true, true, true, true]);
    expect(free(0)).toEqual([false, false, false, false, true, true]);
  });

  test('lets those tiers wait up to maxWaiting, and counts waiting requests as taking room', () => {
    const { admits } = ruleOf({ kind: 'trunk-reservation', reserve: 3, tiers: ['paid'], maxWaiting: 2 });
    expect([1, 2, 3].map((waiting) => admits(2, { waiting, room: 0 }))).toEqual([true, false, false]);
    expect([1, 2].map((waiting) => admits(0, { waiting, room: 5 }))).toEqual([true, false]);
  });

  test('refuses a tier that is not there', () => {
    expect(() =>
      ruleOf({ kind: 'trunk-reservation', reserve: 3, tiers: ['paid', 'gold'], maxWaiting: 0 }),
    ).toThrow(/no tier is called "gold"/);
  });
});

describe('a bid price', () => {
  test('of one number admits requests worth at least that', () => {
    const { admits } = ruleOf({ kind: 'bid-price', usdPerGpuHour: 2 });
    expect([0, 1, 2].map((tier) => admits(tier))).toEqual([false, true, true]);
  });

  test('by hour follows the clock of the day on which the run starts', () => {
    const byHour = Array.from({ length: 24 }, (_, hour) => (hour === 13 ? 2.5 : 0));
    const { admits } = ruleOf({ kind: 'bid-price', byHour }, { startOfWeek: 24 * HOUR + 12 * HOUR });
    expect([HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR].map((now) => admits(1, {}, now))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('in steps rises with the share of room that is taken', () => {
    const { admits } = ruleOf({
      kind: 'bid-price',
      steps: [
        { busy: 0.5, usdPerGpuHour: 1.5 },
        { busy: 0.9, usdPerGpuHour: 2.5 },
      ],
    });
    const at = (room: number) => [0, 1, 2].map((tier) => admits(tier, { room }));
    expect([at(6), at(5), at(2), at(1)]).toEqual([
      [true, true, true],
      [false, true, true],
      [false, true, true],
      [false, false, true],
    ]);
  });

  test.each([
    [{}],
    [{ usdPerGpuHour: 1, byHour: Array<number>(24).fill(1) }],
    [
      {
        steps: [
          { busy: 0.9, usdPerGpuHour: 1 },
          { busy: 0.8, usdPerGpuHour: 2 },
        ],
      },
    ],
    [
      {
        steps: [
          { busy: 0.8, usdPerGpuHour: 2 },
          { busy: 0.9, usdPerGpuHour: 1 },
        ],
      },
    ],
  ])('refuses %j', (price) => {
    expect(() => ruleOf({ kind: 'bid-price', ...price })).toThrow(ParameterError);
  });

  test('holds what a tier pays against the time of GPUs: 1 USD for half a second of two GPUs is 3,600 an hour', () => {
    // A request takes 2 s of one of 4 slots of a replica of 2 GPUs: 2 × 2 ÷ 4 = 1 GPU-second. Tier a pays 1 USD, b 0.5.
    const served = (price: number) =>
      runOf(
        scenarioOf(`
fleetyield: 1
name: bid
horizon: { duration: 60s }
workload:
  tiers:
    - { name: a, model: any, revenue: { kind: advertising, usdPerThousandRequests: 1000 }, arrivals: { kind: replay, requests: [{ at: 0s }] } }
    - { name: b, model: any, revenue: { kind: advertising, usdPerThousandRequests: 500 }, arrivals: { kind: replay, requests: [{ at: 0s }] } }
    - { name: c, model: any, revenue: { kind: subscription, usdPerMonth: 20 }, arrivals: { kind: replay, requests: [{ at: 0s }] } }
fleet: { pools: [{ name: main, model: any, gpusPerReplica: 2, replicas: 1, serving: { kind: slots, concurrency: 4, serviceTime: { kind: constant, value: 2s } } }] }
gateway: { admission: { kind: bid-price, usdPerGpuHour: ${price} } }
`),
      ).stories.map(({ outcome }) => outcome === 'served');
    expect([0, 1_800, 1_801, 3_600, 3_601].map(served)).toEqual([
      [true, true, true],
      [true, true, false],
      [true, false, false],
      [true, false, false],
      [false, false, false],
    ]);
  });
});
