import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter, type RateLimitRule } from '../../src/gateway/rate-limiter.ts';
import { TokenBucket } from '../../src/gateway/rate-limits/token-bucket.ts';
import { rateLimits } from '../../src/gateway/rate-limits/index.ts';
import { ParameterError } from '../../src/errors.ts';
import { RequestTable } from '../../src/workload/request-table.ts';
import type { RequestRow } from '../../src/ids.ts';

const bucketOf = (rate: number, burst: number, keys = 1) => new TokenBucket(keys, rate, burst);

describe('a token bucket', () => {
  test('starts full, is debited, refills at its rate and never above its burst', () => {
    const bucket = bucketOf(2, 10);
    expect(bucket.level(0, 0)).toBe(10);
    bucket.debit(0, 7, 0);
    expect(bucket.level(0, 0)).toBe(3);
    expect(bucket.level(0, 2)).toBe(7);
    expect(bucket.level(0, 100)).toBe(10);
  });

  test('says when an amount conforms: (8 − 3) ÷ 2 = 2.5 s after 7 of 10 are gone; never, above the burst', () => {
    const bucket = bucketOf(2, 10);
    bucket.debit(0, 7, 0);
    expect(bucket.delay(0, 3, 0)).toBe(0);
    expect(bucket.delay(0, 8, 0)).toBe(2.5);
    expect(bucket.delay(0, 8, 2)).toBe(0.5);
    expect(bucket.delay(0, 8, 2.5)).toBe(0);
    expect(bucket.delay(0, 10.5, 0)).toBe(Infinity);
  });

  test('keeps its keys apart', () => {
    const bucket = bucketOf(1, 5, 3);
    bucket.debit(1, 5, 0);
    expect([0, 1, 2].map((key) => bucket.level(key, 1))).toEqual([5, 1, 5]);
  });

  test('may be overdrawn by a debit, is repaid by the refill, and takes credit up to the burst', () => {
    const bucket = bucketOf(2, 10);
    bucket.debit(0, 30, 0);
    expect(bucket.level(0, 5)).toBe(-10);
    expect(bucket.delay(0, 1, 5)).toBe(5.5);
    bucket.credit(0, 15, 5);
    expect(bucket.level(0, 5)).toBe(5);
    bucket.credit(0, 100, 5);
    expect(bucket.level(0, 5)).toBe(10);
  });

  test('admits in no window more than the burst and the refill of that window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.integer({ min: 1, max: 6 })), {
          minLength: 1,
          maxLength: 80,
        }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 12 }),
        (arrivals, rate, burst) => {
          const bucket = bucketOf(rate, burst);
          const admitted: [number, number][] = [];
          let now = 0;
          for (const [gap, amount] of arrivals) {
            now += gap;
            if (bucket.delay(0, amount, now) > 0) continue;
            bucket.debit(0, amount, now);
            admitted.push([now, amount]);
            expect(bucket.level(0, now)).toBeGreaterThan(-1e-6);
          }
          admitted.forEach(([from], first) => {
            let used = 0;
            for (const [to, amount] of admitted.slice(first)) {
              used += amount;
              expect(used).toBeLessThanOrEqual(burst + rate * (to - from) + 1e-6);
            }
          });
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  test('refuses no request that a bucket of exact arithmetic admits: one a refill, for ever', () => {
    // 3 a second, asked each third of a second: thirds are not exact, and the bucket must not lose one to rounding.
    const bucket = bucketOf(3, 1);
    for (let n = 0; n < 100_000; n++) {
      expect(bucket.delay(0, 1, n / 3)).toBe(0);
      bucket.debit(0, 1, n / 3);
    }
  });

  test('takes a rate by the minute or by the second, and not both or none', () => {
    const make = (rates: object) =>
      rateLimits.create(
        { kind: 'token-bucket', burst: 6, settle: 'reserve', undeclaredMaxOutput: 1, ...rates },
        { keys: 1, scale: 0.5, units: 1, startOfWeek: 0, startDate: null },
      );
    const perMinute = make({ perMinute: 60 });
    // The scale is the cell's share of the limit: burst 3, half a token a second.
    expect(perMinute.level(0, 0)).toBe(3);
    perMinute.debit(0, 3, 0);
    expect(perMinute.level(0, 2)).toBe(1);
    expect(() => make({})).toThrow(ParameterError);
    expect(() => make({ perMinute: 1, perSecond: 1 })).toThrow(ParameterError);
  });
});

interface Spent {
  readonly prompt: number;
  readonly output: number;
  readonly maxOutput?: number;
  readonly cached?: number;
}

/** A limiter over one rule, and requests to send through it. */
function limiterOf(
  settle: 'reserve' | 'pre' | 'post',
  rule: Partial<RateLimitRule> = {},
  burst = 1000,
  rate = 10,
) {
  const table = new RequestTable();
  const limiter = new RateLimiter(
    [
      {
        scope: 'everyone',
        resource: 'totalTokens',
        algorithm: { kind: 'token-bucket', perSecond: rate, burst, settle, undeclaredMaxOutput: 500 },
        onExceed: { kind: 'refuse' },
        ...rule,
      },
    ],
    [
      { name: 'a', tenants: 2, spend: null },
      { name: 'b', tenants: 3, spend: null },
    ],
    { share: 1, startOfWeek: 0, startDate: null, model: () => -1, modelNames: [] },
    {
      declared: table.declared,
      granted: table.granted,
      trueOutput: (row) => table.wantedOutput(row),
      lookAgain: (row) => {
        throw new Error(`row ${row} is not held by these rules`);
      },
    },
  );
  const send = ({ prompt, output, maxOutput = 0, cached = 0 }: Spent, tier = 0, tenant = 0): RequestRow => {
    const row = table.open();
    Object.assign(table.declared.tier, { [row]: tier });
    Object.assign(table.declared.tenant, { [row]: tenant });
    Object.assign(table.declared.promptTokens, { [row]: prompt });
    Object.assign(table.declared.cachedTokens, { [row]: cached });
    Object.assign(table.declared.maxOutput, { [row]: maxOutput });
    Object.assign(table.latent.outputTokens, { [row]: output });
    Object.assign(table.granted.outputCap, { [row]: 0 });
    return row;
  };
  return { table, limiter, send };
}

describe('a limit on tokens', () => {
  test('that reserves takes prompt and declared maximum, and gives back what was not used', () => {
    const { limiter, send } = limiterOf('reserve');
    const row = send({ prompt: 300, output: 50, maxOutput: 200 });
    expect(limiter.conforms(row, 0)).toBe(true);
    // 1000 − 500 = 500 are left: 301 + 200 is one too many, for a tenth of a second.
    expect(limiter.conforms(send({ prompt: 301, output: 1, maxOutput: 200 }), 0)).toBe(false);
    expect(limiter.retryAfter).toBeCloseTo(0.1, 12);
    // 300 + 50 were used: 500 + 150 = 650 at the same instant.
    limiter.settle(row, 300, 0, 50, 0);
    expect(limiter.conforms(send({ prompt: 451, output: 1, maxOutput: 200 }), 0)).toBe(false);
    expect(limiter.conforms(send({ prompt: 450, output: 1, maxOutput: 200 }), 0)).toBe(true);
  });

  test('that reserves assumes a maximum of clients that declare none', () => {
    const { limiter, send } = limiterOf('reserve');
    expect(limiter.conforms(send({ prompt: 501, output: 1 }), 0)).toBe(false);
    expect(limiter.conforms(send({ prompt: 500, output: 1 }), 0)).toBe(true);
  });

  test('that reserves charges what was used beyond the reservation', () => {
    const { limiter, send } = limiterOf('reserve');
    const row = send({ prompt: 100, output: 700 });
    expect(limiter.conforms(row, 0)).toBe(true);
    limiter.settle(row, 100, 0, 700, 0);
    // 1000 − 800 = 200.
    expect(limiter.conforms(send({ prompt: 100, output: 1, maxOutput: 101 }), 0)).toBe(false);
    expect(limiter.conforms(send({ prompt: 100, output: 1, maxOutput: 100 }), 0)).toBe(true);
  });

  test('that is clairvoyant takes the true cost before service and nothing after', () => {
    const { limiter, send } = limiterOf('pre');
    const row = send({ prompt: 300, output: 50, maxOutput: 200 });
    expect(limiter.conforms(row, 0)).toBe(true);
    limiter.settle(row, 300, 0, 50, 0);
    expect(limiter.conforms(send({ prompt: 600, output: 51, maxOutput: 200 }), 0)).toBe(false);
    expect(limiter.conforms(send({ prompt: 600, output: 50, maxOutput: 200 }), 0)).toBe(true);
  });

  test('that is debited after admits while anything is left, and may be overdrawn', () => {
    const { limiter, send } = limiterOf('post', {}, 100);
    const rows = [1, 2, 3].map(() => send({ prompt: 300, output: 100 }));
    for (const row of rows) expect(limiter.conforms(row, 0)).toBe(true);
    limiter.settle(rows[0]!, 300, 0, 100, 0);
    // 100 − 400 = −300, which 10 a second repay in 30 s.
    const next = send({ prompt: 1, output: 1 });
    expect(limiter.conforms(next, 29)).toBe(false);
    // And a step of the clock, for no request is admitted at a level of exactly 0.
    expect(limiter.retryAfter).toBeCloseTo(1 + 1e-9, 12);
    expect(limiter.conforms(next, 30.01)).toBe(true);
  });

  test.each([0.5, 1, 2, 10])(
    'that is debited after admits no request at a level of exactly 0 (refill %d a second)',
    (rate) => {
      const { limiter, send } = limiterOf('post', {}, 10, rate);
      const row = send({ prompt: 9, output: 1 });
      expect(limiter.conforms(row, 0)).toBe(true);
      limiter.settle(row, 9, 0, 1, 0);
      // Convention of the oracles: admitted iff level > 0.
      expect(limiter.conforms(send({ prompt: 1, output: 1 }), 0)).toBe(false);
    },
  );

  test('gives everything back of an attempt that came to nothing', () => {
    for (const settle of ['reserve', 'pre'] as const) {
      const { limiter, send } = limiterOf(settle);
      const row = send({ prompt: 900, output: 100, maxOutput: 100 });
      expect(limiter.conforms(row, 0)).toBe(true);
      limiter.settleUnused(row, 0);
      expect(limiter.conforms(send({ prompt: 900, output: 100, maxOutput: 100 }), 0)).toBe(true);
    }
  });

  test.each(['reserve', 'pre'] as const)(
    'charges what was used (%s) when degradation caps the output between admission and end',
    (settle) => {
      const { limiter, send, table } = limiterOf(settle);
      const row = send({ prompt: 100, output: 400, maxOutput: 400 });
      expect(limiter.conforms(row, 0)).toBe(true);
      Object.assign(table.granted.outputCap, { [row]: 50 });
      limiter.settle(row, 100, 0, 50, 0);
      // 1000 − 150 = 850 are left.
      expect(limiter.conforms(send({ prompt: 450, output: 401, maxOutput: 401 }), 0)).toBe(false);
      expect(limiter.conforms(send({ prompt: 450, output: 400, maxOutput: 400 }), 0)).toBe(true);
    },
  );

  test('counts the tokens it is about', () => {
    for (const [resource, prompt, maxOutput] of [
      ['inputTokens', 1000, 5000],
      ['outputTokens', 5000, 1000],
    ] as const) {
      const { limiter, send } = limiterOf('reserve', { resource });
      const more = resource === 'inputTokens' ? [1, 0] : [0, 1];
      expect(
        limiter.conforms(send({ prompt: prompt + more[0]!, output: 1, maxOutput: maxOutput + more[1]! }), 0),
      ).toBe(false);
      expect(limiter.conforms(send({ prompt, output: 1, maxOutput }), 0)).toBe(true);
    }
  });
});

describe('tokens read from a prefix cache', () => {
  /** What a request of 700 prompt tokens, 600 of them cached, and of 40 output tokens uses. */
  test.each([
    ['inputTokens', 700],
    ['uncachedInputTokens', 100],
    ['outputTokens', 40],
    ['totalTokens', 740],
    ['uncachedTotalTokens', 140],
  ] as const)('count to %s as they should: %d in all', (resource, used) => {
    for (const settle of ['reserve', 'pre'] as const) {
      const request = { prompt: 700, output: 40, maxOutput: 40, cached: 600 };
      const justEnough = limiterOf(settle, { resource }, used);
      expect(justEnough.limiter.conforms(justEnough.send(request), 0)).toBe(true);
      const tooLittle = limiterOf(settle, { resource }, used - 1);
      expect(tooLittle.limiter.conforms(tooLittle.send(request), 0)).toBe(false);
    }
  });

  test.each(['reserve', 'pre'] as const)(
    'are refunded at the end (%s) where they could not be declared, and charged where they were not found',
    (settle) => {
      const { limiter, send } = limiterOf(settle, { resource: 'uncachedInputTokens' });
      const [lucky, unlucky] = [
        send({ prompt: 500, output: 1 }),
        send({ prompt: 500, output: 1, cached: 400 }),
      ];
      for (const row of [lucky, unlucky]) expect(limiter.conforms(row, 0)).toBe(true);
      // 1000 − 500 − 100 = 400 are left; the first finds 450 after all, and the second only 300: 400 + 450 − 100 = 750.
      limiter.settle(lucky, 500, 450, 1, 0);
      limiter.settle(unlucky, 500, 300, 1, 0);
      expect(limiter.conforms(send({ prompt: 751, output: 1 }), 0)).toBe(false);
      expect(limiter.conforms(send({ prompt: 750, output: 1 }), 0)).toBe(true);
    },
  );

  test('are never asked for where tokens are debited after', () => {
    const { limiter, send } = limiterOf('post', { resource: 'uncachedTotalTokens' }, 100);
    const row = send({ prompt: 900, output: 60 });
    expect(limiter.conforms(row, 0)).toBe(true);
    // 900 − 860 + 60 = 100: all of it, and the next comes too late.
    limiter.settle(row, 900, 860, 60, 0);
    expect(limiter.conforms(send({ prompt: 1, output: 1 }), 0)).toBe(false);
  });
});

describe('the scope of a limit', () => {
  const requests = (scope: 'tenant' | 'tier' | 'everyone', more: Partial<RateLimitRule> = {}) =>
    limiterOf('reserve', { scope, resource: 'requests', ...more }, 1, 1e-9);
  /** Which requests pass when each of the five tenants of two tiers sends one at once. */
  const passing = ({ limiter, send }: ReturnType<typeof limiterOf>) =>
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [1, 2],
    ].map(([tier, tenant]) => (limiter.conforms(send({ prompt: 1, output: 1 }, tier, tenant), 0) ? 1 : 0));

  test('is each tenant, each tier or everyone', () => {
    expect(passing(requests('tenant'))).toEqual([1, 1, 1, 1, 1]);
    expect(passing(requests('tier'))).toEqual([1, 0, 1, 0, 0]);
    expect(passing(requests('everyone'))).toEqual([1, 0, 0, 0, 0]);
  });

  test('leaves out the tiers it does not name', () => {
    expect(passing(requests('tier', { tiers: ['b'] }))).toEqual([1, 1, 1, 0, 0]);
    expect(passing(requests('everyone', { tiers: ['a'] }))).toEqual([1, 0, 1, 1, 1]);
  });

  test('keeps tenants of one number in different tiers apart', () => {
    const limited = requests('tenant');
    expect(passing(limited)).toEqual([1, 1, 1, 1, 1]);
    expect(passing(limited)).toEqual([0, 0, 0, 0, 0]);
  });
});
