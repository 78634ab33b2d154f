/** Budgets in dollars: what tenants spend at the prices of their tier, to the last cent, by any algorithm. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

/** 3 USD for a million prompt tokens, 0.30 if they are cached, 15 for output. */
const PRICES = 'kind: per-token, inputPerMillion: 3, cachedInputPerMillion: 0.3, outputPerMillion: 15';

interface Case {
  readonly algorithm: string;
  readonly arrivals?: string;
  readonly more?: string;
  readonly revenue?: string;
  readonly resource?: string;
}

/** 10,000 × 3 ÷ 10⁶ + 1,000 × 15 ÷ 10⁶ = 0.045 USD each, one every 10 s, each of 1 s. */
const replay = (requests: readonly string[]) => `{ kind: replay, requests: [${requests.join(', ')}] }`;
const TWENTY = replay(
  Array.from({ length: 20 }, (_, n) => `{ at: ${10 * n}s, prompt: 10000, output: 1000 }`),
);

const textOf = ({ algorithm, arrivals = TWENTY, more = '', revenue = PRICES, resource = 'usd' }: Case) => `
fleetyield: 1
name: budgets
horizon: { start: 2026-01-31 23:58, duration: 10min }
workload:
  tiers:
    - { name: all, model: m, tenants: 10, arrivals: ${arrivals}, revenue: { ${revenue} }${more} }
fleet: { pools: [{ name: main, model: m, replicas: 10, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { rateLimits: [{ scope: everyone, resource: ${resource}, algorithm: { ${algorithm} } }] }
`;

const scenario = (one: Case) => scenarioOf(textOf(one));

const served = (one: Case) =>
  runOf(scenario(one)).stories.flatMap(({ outcome }, n) => (outcome === 'served' ? [n] : []));
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('a budget', () => {
  test('lets as many requests of 0.045 USD pass as it pays for, and not one for a hundredth of a cent less', () => {
    for (const kind of ['fixed-window, window: 1d', 'sliding-window, window: 1d', 'quota, window: 1d']) {
      expect(served({ algorithm: `kind: ${kind}, limit: 0.045, settle: pre` }), kind).toEqual(
        // The run goes from one day, and one month, into the next after two minutes.
        kind.startsWith('fixed') ? [0, 12] : [0],
      );
      expect(served({ algorithm: `kind: ${kind}, limit: 0.0449, settle: pre` }), kind).toEqual([]);
    }
    expect(served({ algorithm: 'kind: quota, window: 1d, limit: 0.45, settle: pre' })).toEqual(upTo(10));
    expect(served({ algorithm: 'kind: quota, window: 1d, limit: 0.4499, settle: pre' })).toEqual(upTo(9));
  });

  test('starts anew with the month', () => {
    // 0.1 USD is two requests; those from 120 s on are of February.
    expect(served({ algorithm: 'kind: fixed-window, window: 1month, limit: 0.1, settle: pre' })).toEqual([
      0, 1, 12, 13,
    ]);
  });

  test('reserves the declared maximum at the price of output, and gives back what was not used', () => {
    // At most 0.03 + 2,000 × 15 ÷ 10⁶ = 0.06 USD; 0.045 in the end: after the n-th 0.045 n are spent.
    const reserve = (limit: number) =>
      served({ algorithm: `kind: quota, window: 1d, limit: ${limit}, undeclaredMaxOutput: 2000` });
    expect(reserve(0.06 + 3 * 0.045)).toEqual(upTo(4));
    expect(reserve(0.06 + 3 * 0.045 - 1e-6)).toEqual(upTo(3));
  });

  test('that is debited after is overdrawn by the last request, as in gateways', () => {
    // 0.09 USD is not above 0.09: two pass, and of 0.091 the third too.
    expect(served({ algorithm: 'kind: quota, window: 1d, limit: 0.09, settle: post' })).toEqual(upTo(2));
    expect(served({ algorithm: 'kind: quota, window: 1d, limit: 0.091, settle: post' })).toEqual(upTo(3));
  });

  test('counts cached tokens at their price', () => {
    // 2,000 × 3 + 8,000 × 0.3 + 0 × 15 = 8,400 millionths, and 15 for the one token of output.
    const cached = upTo(8).map((n) => `{ at: ${n}s, prompt: 10000, cached: 8000, output: 1 }`);
    const limited = (limit: number) =>
      served({
        algorithm: `kind: quota, window: 1d, limit: ${limit}, settle: pre`,
        arrivals: replay(cached),
      });
    expect(limited(5 * 0.008415)).toEqual(upTo(5));
    expect(limited(5 * 0.008415 - 1e-9)).toEqual(upTo(4));
  });

  test('refills like any bucket: 0.27 USD a minute is a request of 0.045 every 10 s', () => {
    for (const kind of ['token-bucket', 'gcra']) {
      expect(served({ algorithm: `kind: ${kind}, perMinute: 0.27, burst: 0.045, settle: pre` })).toEqual(
        upTo(20),
      );
      expect(served({ algorithm: `kind: ${kind}, perMinute: 0.135, burst: 0.045, settle: pre` })).toEqual(
        upTo(10).map((n) => 2 * n),
      );
    }
  });

  test('of everyone is the share of a cell, fractions and all', () => {
    // Half of 0.18 USD is two of the requests that the half of the tenants sends.
    const one = {
      algorithm: 'kind: quota, window: 1d, limit: 0.18, settle: pre',
      arrivals: '{ kind: poisson, ratePerSecond: 0.2 }',
      more: ', lengths: { prompt: { kind: constant, value: 10000 }, output: { kind: constant, value: 1000 } }',
    };
    const { stories } = runOf(scenarioOf(textOf(one), ['cell.share=0.5']));
    expect(stories.length).toBeGreaterThan(20);
    expect(stories.filter(({ outcome }) => outcome === 'served')).toHaveLength(2);
  });

  test('is charged for what was received of a request that was given up, unless the plan does not bill it', () => {
    // Slots give the first token at once: 0.03 USD for the prompt, and none for output, of each. The n-th needs
    // 0.03 n + 0.045, so that 0.075 are enough for two.
    const givenUp = (revenue: string) =>
      runOf(
        scenario({
          algorithm: 'kind: quota, window: 1d, limit: 0.075, settle: pre',
          more: ', deadline: { kind: constant, value: 500ms }',
          revenue,
        }),
      ).stories.filter(({ outcome }) => outcome === 'abandoned').length;
    expect(givenUp(PRICES)).toBe(2);
    expect(givenUp(`${PRICES}, billCancelled: false`)).toBe(20);
  });
});

describe('what no budget can count is refused', () => {
  const faultOf = (one: Case) => {
    try {
      scenario(one);
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    return '';
  };
  const day = 'kind: quota, window: 1d';

  test.each([
    [
      { algorithm: `${day}, limit: 1`, revenue: 'kind: advertising, usdPerThousandRequests: 1' },
      /rateLimits\[0\]\.resource: usd counts what tenants pay per token, but tier "all" has no per-token prices; give it revenue: \{ kind: per-token/,
    ],
    [{ algorithm: `${day}, limit: 0` }, /algorithm\.limit: 0 is out of range; expected a number above 0/],
    [
      { algorithm: `${day}, limit: 1e-10` },
      /algorithm\.limit: 1e-10 is out of range; give from 1e-9 to 9007199/,
    ],
    [{ algorithm: `${day}, limit: 1e7` }, /algorithm\.limit: 10000000 is out of range/],
    [
      { algorithm: `${day}, limit: 1.5`, resource: 'requests' },
      /algorithm\.limit: 1\.5 is not a whole number, and only limits in usd have fractions/,
    ],
  ])('%j', (one, message) => {
    expect(faultOf(one)).toMatch(message);
  });
});
