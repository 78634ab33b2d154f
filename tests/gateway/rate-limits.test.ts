/**
 * What every rate-limit algorithm must keep, for each in the list with its example and some further forms: nobody uses
 * more than is promised, keys are apart, Retry-After is honest to the step of the clock, and nothing is debited in part.
 * Searches have fixed seeds; a failure prints the history, shrunk.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter, type RateLimitRule } from '../../src/gateway/rate-limiter.ts';
import { BLOCK, LimitsAsNeeded } from '../../src/gateway/limits-as-needed.ts';
import { rateLimits, type RateLimit } from '../../src/gateway/rate-limits/index.ts';
import type { RequestRow } from '../../src/ids.ts';
import { onGrid, parseRunStart, SECONDS_PER_DAY } from '../../src/units.ts';
import { RequestTable } from '../../src/workload/request-table.ts';
import { scenarioOf } from '../helpers/scenario.ts';

type Choice = RateLimitRule['algorithm'];

/** The algorithm as a scenario file describes it, defaults filled in. */
function read(algorithm: object): Choice {
  const scenario = scenarioOf(`
fleetyield: 1
name: limits
horizon: { start: 2026-02-10 08:00, duration: 1s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { rateLimits: [{ scope: tenant, resource: requests, algorithm: ${JSON.stringify(algorithm)} }] }
`);
  return scenario.cell.gateway.rateLimits[0]!.algorithm;
}

const FORMS: readonly (readonly [title: string, choice: Choice])[] = [
  ...rateLimits.strategies.map(({ kind, example }) => [kind, read(example)] as const),
  ...[
    { kind: 'token-bucket', perSecond: 3, burst: 7, tick: '2s' },
    { kind: 'sliding-window', limit: 100_000, window: '1min' },
    { kind: 'quota', limit: 40, window: '5h', resets: 'first-use' },
    { kind: 'fixed-window', limit: 300, window: '1week', from: 'Sun 09:00' },
    { kind: 'fixed-window', limit: 1_000, window: '1month', from: 'day 31' },
  ].map((example) => [`${example.kind} ${JSON.stringify(example)}`, read(example)] as const),
];

/** Noon of the last day of January; the time of the week is independent of it. */
const START = '2028-01-31 12:00';

const create = (choice: Choice, keys = 1, scale = 1, startOfWeek = 0): RateLimit =>
  rateLimits.create(choice, { keys, scale, units: 1, startOfWeek, startDate: parseRunStart(START)!.date });

interface Use {
  readonly at: number;
  readonly amount: number;
  /** When it ends, for algorithms that count until then. */
  readonly until: number;
}

/** A sum over uses that may not be above a bound, for each use that ends it. */
type Promised = (uses: readonly Use[], last: Use) => readonly [used: number, bound: number];

const sum = (uses: readonly Pick<Use, 'amount'>[]) => uses.reduce((total, { amount }) => total + amount, 0);

interface Windows {
  readonly limit: number;
  readonly window: number;
}

const inAnyWindow =
  ({ limit, window }: Windows): Promised =>
  (uses, last) => [sum(uses.filter(({ at }) => onGrid(at + window) > last.at)), limit];

const inWindowsFromFirstUse =
  ({ limit, window }: Windows): Promised =>
  (uses) => {
    let opened = -Infinity;
    let used = 0;
    for (const { at, amount } of uses) {
      if (at >= onGrid(opened + window)) [opened, used] = [at, 0];
      used += amount;
    }
    return [used, limit];
  };

/** What each algorithm promises, counted by brute force; the worst window that ends with the last use. */
function promiseOf(choice: Choice): Promised {
  switch (choice.kind) {
    case 'token-bucket':
    case 'gcra': {
      const rate = choice.perSecond ?? choice.perMinute! / 60;
      // A tick brings at once what would have come since the tick before.
      const early = 'tick' in choice && choice.tick !== undefined ? choice.tick : 0;
      return (uses, last) => {
        const worst = uses.map(
          ({ at }, first) => sum(uses.slice(first)) - choice.burst - rate * (last.at - at + early),
        );
        return [Math.max(...worst), 1e-6];
      };
    }
    case 'fixed-window': {
      const { window, from } = choice;
      const windowOf = ({ at }: Use): number => {
        if (typeof window !== 'number') {
          // From the last day of each month on: to the second, a day later it is the first of the next.
          const next = new Date(Date.parse(`${START}Z`) + 1_000 * (Math.floor(at) + SECONDS_PER_DAY));
          return 12 * next.getUTCFullYear() + next.getUTCMonth();
        }
        const begins = from === undefined ? 0 : from.dayOfWeek! * SECONDS_PER_DAY + from.ofDay;
        return Math.floor(Math.round((at - begins) * 1e9) / Math.round(window * 1e9));
      };
      return (uses, last) => [sum(uses.filter((use) => windowOf(use) === windowOf(last))), choice.limit];
    }
    case 'quota':
      return choice.resets === 'rolling' ? inAnyWindow(choice) : inWindowsFromFirstUse(choice);
    case 'sliding-window':
      return inAnyWindow(choice);
    case 'concurrency':
      return (uses, last) => [sum(uses.filter(({ until }) => until > last.at)), choice.limit];
  }
}

/** The time over which an allowance comes back [s]. */
function spanOf(choice: Choice): number {
  if ('window' in choice)
    return typeof choice.window === 'number' ? choice.window : choice.window.months * 31 * SECONDS_PER_DAY;
  return 'burst' in choice ? choice.burst / (choice.perSecond ?? choice.perMinute! / 60) : 10;
}

const share = fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000);

/** Arrivals as shares of the span and of a third of the allowance, so that one history suits every algorithm. */
const history = fc.array(
  fc.record({
    gap: fc.oneof(fc.constant(0), share),
    amount: fc.oneof(fc.constant(0), share),
    stay: share,
    key: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** Sends a history to an algorithm; returns what it admitted of each key, and where it ended. */
function play(choice: Choice, sent: History, keys: readonly number[] = [0, 1]) {
  const limit = create(choice, 2);
  const whole = limit.level(0, 0);
  const span = spanOf(choice);
  const admitted: Use[][] = [[], []];
  const ended: boolean[][] = [[], []];
  let now = 0;
  for (const { gap, amount, stay, key } of sent) {
    now = onGrid(now + (gap * span) / 20);
    if (!keys.includes(key)) continue;
    if (limit.untilEnd) {
      admitted[key]!.forEach((use, index) => {
        if (use.until > now || ended[key]![index]) return;
        ended[key]![index] = true;
        limit.credit(key, use.amount, now, use.at);
      });
    }
    const asked = 1 + Math.floor((amount * whole) / 3);
    if (limit.delay(key, asked, now) !== 0) continue;
    limit.debit(key, asked, now);
    admitted[key]!.push({ at: now, amount: asked, until: onGrid(now + stay * span) });
  }
  return { limit, admitted, now, whole };
}

/**
 * How much too early a retry is forgiven [s]. A token bucket that refills continuously forgives a step of the clock and
 * the rounding of its levels, 1e-9 of the amount; the others nothing.
 */
function forgiven(choice: Choice, amount: number): number {
  if (choice.kind !== 'token-bucket' || choice.tick !== undefined) return 0;
  return 1e-9 + (1e-9 * amount) / (choice.perSecond ?? choice.perMinute! / 60);
}

describe.each(FORMS)('%s', (_title, choice) => {
  test('never lets through more than it promises', () => {
    let refused = 0;
    fc.assert(
      fc.property(history, (sent) => {
        const { admitted } = play(choice, sent);
        refused += sent.length - admitted.flat().length;
        for (const uses of admitted) {
          uses.forEach((last, index) => {
            const [used, bound] = promiseOf(choice)(uses.slice(0, index + 1), last);
            expect(used).toBeLessThanOrEqual(bound);
          });
        }
      }),
      { seed: 4, numRuns: 200 },
    );
    // The search is one that reaches the limit.
    expect(refused).toBeGreaterThan(500);
  });

  test('keeps tenants apart, and decides the same again', () => {
    fc.assert(
      fc.property(history, (sent) => {
        const together = play(choice, sent).admitted;
        expect(play(choice, sent).admitted).toEqual(together);
        expect(play(choice, sent, [0]).admitted[0]).toEqual(together[0]);
        expect(play(choice, sent, [1]).admitted[1]).toEqual(together[1]);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  test('says when a retry conforms: then it does, and a step of the clock earlier it does not', () => {
    let asked = 0;
    fc.assert(
      fc.property(history, share, (sent, part) => {
        const { limit, now, whole } = play(choice, sent);
        const amount = 1 + Math.floor(part * (whole - 1));
        for (const ask of [
          (one: RateLimit, at: number) => one.delay(0, amount, at),
          (one: RateLimit, at: number) => one.delayUntilPositive(0, at),
        ]) {
          const delay = ask(limit, now);
          if (delay === 0 || Number.isNaN(delay)) continue;
          asked += 1;
          const at = onGrid(now + delay);
          // An algorithm's time does not go back: each question is put to one of its own.
          expect(ask(play(choice, sent).limit, at)).toBe(0);
          const early = onGrid(at - 1e-9 - forgiven(choice, amount));
          if (early > now) expect(ask(play(choice, sent).limit, early)).toBeGreaterThan(0);
        }
      }),
      { seed: 6, numRuns: 300 },
    );
    if (choice.kind === 'concurrency') expect(asked).toBe(0);
    else expect(asked).toBeGreaterThan(50);
  });

  test('starts whole, lets the whole pass at once, and more than that never', () => {
    const limit = create(choice);
    const whole = limit.level(0, 0);
    expect(limit.delay(0, whole, 0)).toBe(0);
    expect(limit.delay(0, whole + 1, 0)).toBe(Infinity);
    limit.debit(0, whole, 0);
    expect(limit.level(0, 0)).toBe(0);
    expect(limit.delay(0, 1, 0)).not.toBe(0);
    expect(limit.delayUntilPositive(0, 0)).not.toBe(0);
  });

  test('takes back what was not used, and nothing that has come back by itself', () => {
    const limit = create(choice);
    const whole = limit.level(0, 0);
    limit.debit(0, 5, 0);
    limit.credit(0, 3, 0, 0);
    expect(limit.level(0, 0)).toBeCloseTo(whole - 2, 9);
    if (limit.untilEnd) return;
    const later = onGrid(2 * spanOf(choice));
    limit.credit(0, 2, later, 0);
    expect(limit.level(0, later)).toBe(whole);
  });

  test('loses nothing to a request that another rule refuses, and never asks what the client hides', () => {
    const table = new RequestTable();
    const rule = (resource: RateLimitRule['resource'], algorithm: Choice): RateLimitRule => ({
      scope: 'tenant',
      resource,
      algorithm,
      onExceed: { kind: 'refuse' },
    });
    const small = read({ kind: 'token-bucket', perSecond: 1, burst: 100 });
    const limiter = new RateLimiter(
      [rule('requests', choice), rule('inputTokens', small)],
      [{ name: 'all', tenants: 2, spend: null }],
      { share: 1, startOfWeek: 0, startDate: parseRunStart(START)!.date, model: () => -1, modelNames: [] },
      {
        declared: table.declared,
        granted: table.granted,
        trueOutput: () => {
          throw new Error('the true output is hidden');
        },
        lookAgain: () => {
          throw new Error('no request is held');
        },
      },
    );
    const send = (promptTokens: number) => {
      const row = table.open();
      for (const [column, value] of [
        [table.declared.tier, 0],
        [table.declared.tenant, 1],
        [table.declared.promptTokens, promptTokens],
        [table.declared.maxOutput, 0],
      ] as const)
        column[row as RequestRow] = value;
      const conforms = limiter.conforms(row, 0);
      table.close(row);
      return conforms;
    };
    for (let n = 0; n < 2_000; n++) expect(send(101)).toBe(false);
    const whole = create(choice).level(0, 0);
    // A request without a prompt asks nothing of the second bucket: what passes is the first rule's whole.
    let passed = 0;
    while (passed <= whole && send(0)) passed += 1;
    expect(passed).toBe(whole);
  });
});

describe('a fixed window', () => {
  const day = read({ kind: 'fixed-window', limit: 3, window: '1d' });

  test('turns with the clock of the week, not with the start of the run: from Tue 20:00 it is 4 h to midnight', () => {
    const limit = create(day, 1, 1, 44 * 3_600);
    limit.debit(0, 3, 0);
    expect(limit.delay(0, 1, 0)).toBe(4 * 3_600);
    expect(limit.level(0, 4 * 3_600 - 1e-9)).toBe(0);
    expect(limit.level(0, 4 * 3_600)).toBe(3);
  });

  test('may be overdrawn by what is debited after, and forgets that at its turn', () => {
    const limit = create(day);
    limit.debit(0, 8, 100);
    expect(limit.level(0, 100)).toBe(-5);
    expect(limit.level(0, 86_400)).toBe(3);
  });
});

describe('a sliding window', () => {
  test('is exact: what is left is the limit less the uses of the last window, whatever was given back', () => {
    fc.assert(
      fc.property(history, (sent) => {
        const choice = read({ kind: 'sliding-window', limit: 1_000, window: '10s' });
        const limit = create(choice, 2);
        const uses: { key: number; at: number; amount: number }[] = [];
        let now = 0;
        for (const { gap, amount, stay, key } of sent) {
          now = onGrid(now + gap);
          const past = uses[Math.floor(stay * uses.length)];
          if (past !== undefined && past.amount > 1 && onGrid(past.at + 10) > now) {
            const back = Math.floor(past.amount / 2);
            limit.credit(past.key, back, now, past.at);
            past.amount -= back;
          }
          const asked = 1 + Math.floor(300 * amount);
          const left = 1_000 - sum(uses.filter((use) => use.key === key && onGrid(use.at + 10) > now));
          expect(limit.level(key, now)).toBe(left);
          limit.debit(key, asked, now);
          uses.push({ key, at: now, amount: asked });
        }
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  test('above 1,024 is at most a 1,024th of the window late, and never early', () => {
    const limit = create(read({ kind: 'sliding-window', limit: 2_048, window: '1024s' }));
    limit.debit(0, 2_048, 3.25);
    // The use at 3.25 s belongs to the slot that ends at 4 s, and comes back 1,024 s after that.
    expect(limit.delay(0, 1, 10)).toBe(1_018);
    expect(limit.level(0, 1_027.99)).toBe(0);
    expect(limit.level(0, 1_028)).toBe(2_048);
  });

  test('keeps every chain when its memory grows in the middle of a turn', () => {
    const limit = create(read({ kind: 'sliding-window', limit: 5, window: '1s' }), 400);
    for (let key = 0; key < 200; key++) limit.debit(key, 1, 0);
    // The first 200 are forgotten here, and 800 uses follow where there was room for 256.
    for (const at of [1.5, 1.75]) for (let key = 0; key < 400; key++) limit.debit(key, 2, at);
    const levels = (at: number) => new Set(Array.from({ length: 400 }, (_, key) => limit.level(key, at)));
    expect([1.75, 2.5, 2.75].map(levels)).toEqual([new Set([1]), new Set([3]), new Set([5])]);
  });

  test('remembers the uses of 1,000 tenants at once, and forgets each in its turn', () => {
    const limit = create(read({ kind: 'sliding-window', limit: 5, window: '100s' }), 1_000);
    for (let use = 0; use < 3_000; use++) limit.debit(use % 1_000, 1, use / 100);
    for (const key of [0, 499, 999]) expect(limit.level(key, 30)).toBe(2);
    // Of key 499 the uses at 4.99, 14.99 and 24.99 s; at 110 s the first has come back.
    expect(limit.level(499, 110)).toBe(3);
    for (let use = 0; use < 3_000; use++) limit.debit(use % 1_000, 1, 200);
    expect(limit.level(499, 200)).toBe(2);
  });
});

describe('an allowance of windows', () => {
  test.each(['fixed-window', 'sliding-window', 'quota', 'quota, first-use'])(
    'is given back nothing in a later window for a use of an earlier one (%s)',
    (name) => {
      const [kind, resets] = name.split(', ');
      const limit = create(read({ kind, limit: 10, window: '1min', ...(resets && { resets }) }));
      limit.debit(0, 3, 0);
      limit.debit(0, 4, 60);
      limit.credit(0, 2, 60, 0);
      expect(limit.level(0, 60)).toBe(6);
    },
  );
});

describe('a quota', () => {
  const uses = [0, 3_600, 7_200];

  test('that rolls gives each use back after 5 h', () => {
    const limit = create(read({ kind: 'quota', limit: 3, window: '5h' }));
    for (const at of uses) limit.debit(0, 1, at);
    expect(limit.delay(0, 1, 7_200)).toBe(5 * 3_600 - 7_200);
    expect([5, 6, 7].map((hour) => limit.level(0, hour * 3_600))).toEqual([1, 2, 3]);
  });

  test('that resets opens with the first use and gives all back 5 h later', () => {
    const limit = create(read({ kind: 'quota', limit: 3, window: '5h', resets: 'first-use' }));
    for (const at of uses) limit.debit(0, 1, 1_000 + at);
    expect(limit.delay(0, 1, 8_200)).toBe(19_000 - 8_200);
    expect(limit.level(0, 19_000 - 1e-9)).toBe(0);
    expect(limit.level(0, 19_000)).toBe(3);
  });
});

describe('GCRA', () => {
  test('is the token bucket of the same rate and burst: the levels agree after any history', () => {
    const bucket = read({ kind: 'token-bucket', perSecond: 3, burst: 20 });
    const gcra = read({ kind: 'gcra', perSecond: 3, burst: 20 });
    fc.assert(
      fc.property(history, (sent) => {
        const one = play(bucket, sent);
        const other = play(gcra, sent);
        expect(other.admitted).toEqual(one.admitted);
        expect(other.limit.level(0, other.now)).toBeCloseTo(one.limit.level(0, one.now), 6);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('the limit of a cell', () => {
  const scaled = (algorithm: object, scale: number) => create(read(algorithm), 1, scale).level(0, 0);

  test('of a hundredth of 500 a window is 5, and of 2 in flight at a half 1', () => {
    for (const kind of ['fixed-window', 'sliding-window', 'quota'])
      expect(scaled({ kind, limit: 500, window: '1h' }, 0.01), kind).toBe(5);
    expect(scaled({ kind: 'concurrency', limit: 2 }, 0.5)).toBe(1);
  });

  test('must come out whole, and one at least', () => {
    expect(() => scaled({ kind: 'quota', limit: 150, window: '1h' }, 0.01)).toThrow(
      /150 × cell\.share 0\.01 leaves 1\.5 in the cell.*nearest that do: 100 and 200/,
    );
    expect(() => scaled({ kind: 'concurrency', limit: 50 }, 0.01)).toThrow(
      /leaves 0\.5.*nearest that do: 100/,
    );
  });
});

describe.each(FORMS)('%s, made as keys appear,', (_, choice) => {
  test('answers as with room for all keys from the start', () => {
    const KEYS = 3 * BLOCK;
    const use = fc.record({
      key: fc.constantFrom(0, 1, BLOCK - 1, BLOCK, KEYS - 1),
      after: fc.nat(2_000),
      amount: fc.integer({ min: 1, max: 9 }),
      refund: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 80 }), (uses) => {
        const whole = create(choice, KEYS);
        const asNeeded = new LimitsAsNeeded(() => create(choice, BLOCK));
        let now = 0;
        for (const { key, after, amount, refund } of uses) {
          now = onGrid(now + after / 7);
          const answers = [whole, asNeeded].map((limit) => {
            const before = [limit.delay(key, amount, now), limit.delayUntilPositive(key, now)];
            limit.debit(key, amount, now);
            if (refund) limit.credit(key, amount / 2, now, now);
            return [...before, limit.level(key, now), limit.untilEnd];
          });
          expect(answers[1]).toEqual(answers[0]);
        }
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});

/** Of the limiter, the conclusions and the instants at which it wants to look again. */
function storyOf(tenants: number, uses: readonly { tenant: number; after: number }[]): unknown[] {
  const table = new RequestTable();
  const story: unknown[] = [];
  const limiter = new RateLimiter(
    [
      {
        scope: 'tenant',
        resource: 'requests',
        algorithm: read({ kind: 'token-bucket', perSecond: 1, burst: 2 }),
        onExceed: { kind: 'hold' },
      },
    ],
    [{ name: 'all', tenants, spend: null }],
    { share: 1, startOfWeek: 0, startDate: null, model: () => -1, modelNames: [] },
    {
      declared: table.declared,
      granted: table.granted,
      trueOutput: () => 1,
      lookAgain: (row, at) => story.push([row, at]),
    },
  );
  let now = 0;
  const held: RequestRow[] = [];
  for (const { tenant, after } of uses) {
    now = onGrid(now + after / 10);
    const row = table.open();
    table.declared.tier[row] = 0;
    table.declared.tenant[row] = tenant;
    story.push(limiter.conforms(row, now), limiter.isHeld(row), limiter.isFirstHeld(row));
    if (limiter.isHeld(row)) held.push(row);
    const first = held[0];
    if (first === undefined || !limiter.isFirstHeld(first)) continue;
    story.push(limiter.conforms(first, now));
    if (!limiter.isHeld(first)) held.shift();
  }
  return story;
}

test('a rule of many tenants answers those that appear as a rule of few does, and holds them in the same order', () => {
  // Beyond 16,384 keys a rule numbers them as they appear.
  const tenant = fc.oneof(fc.nat(3), fc.nat(9_999), fc.integer({ min: 9_990, max: 9_999 }));
  const use = fc.record({ tenant, after: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(use, { maxLength: 200, size: 'max' }), (uses) => {
      expect(storyOf(4_000_000, uses)).toEqual(storyOf(10_000, uses));
    }),
    { seed: 13, numRuns: 100 },
  );
});
