import jStat from 'jstat';
import { describe, expect, test } from 'vitest';
import { Streams } from '../../src/stats/index.ts';
import { arrivalsOf, arrivalsUntil, gapsOf, uniforms, type ArrivalChoice } from '../helpers/arrivals.ts';
import { KS_LIMIT, ksDistance, objections } from '../stats/goodness.ts';

const HOUR = 3_600;

type Renewal = Extract<ArrivalChoice, { readonly kind: 'renewal' }>;
const renewal = (gap: Renewal['gap'], more: object = {}): Renewal => ({
  kind: 'renewal',
  ratePerSecond: 1,
  gap,
  ...more,
});
const EVEN = { kind: 'constant' } as const;

interface KnownGaps {
  readonly choice: Renewal;
  readonly cv: number;
  /** Distribution function of a gap of mean 1. */
  readonly cdf: (x: number) => number;
  /** That of the rest of the gap that covers the start: the integral of 1 − cdf. */
  readonly restCdf: (x: number) => number;
}

/** Γ(k, θ) of a gap with cv² = 1 ÷ k; picked by length it is Γ(k + 1, θ). ∫(1 − F) = x (1 − F(x)) + ∫ t dF(t). */
function gammaGaps(cv: number): KnownGaps {
  const scale = cv * cv;
  const cdf = (x: number) => jStat.gamma.cdf(x, 1 / scale, scale);
  const picked = (x: number) => jStat.gamma.cdf(x, 1 / scale + 1, scale);
  return { choice: renewal({ kind: 'gamma', cv }), cv, cdf, restCdf: (x) => x * (1 - cdf(x)) + picked(x) };
}

/** A lognormal gap picked by length has its logarithm shifted by σ². */
function lognormalGaps(cv: number): KnownGaps {
  const sigma = Math.sqrt(Math.log(1 + cv * cv));
  const mu = -(sigma ** 2) / 2;
  const cdf = (x: number) => jStat.normal.cdf((Math.log(x) - mu) / sigma, 0, 1);
  const picked = (x: number) => jStat.normal.cdf((Math.log(x) - mu) / sigma - sigma, 0, 1);
  return {
    choice: renewal({ kind: 'lognormal', cv }),
    cv,
    cdf,
    restCdf: (x) => x * (1 - cdf(x)) + picked(x),
  };
}

/** Weibull of shape ½ and scale ½: mean ½ Γ(3) = 1, E[X²] = ¼ Γ(5) = 6. ∫(1 − F) to x is 1 − (1 + √2x) e^(−√2x). */
const WEIBULL: KnownGaps = {
  choice: renewal({ kind: 'weibull', cv: Math.sqrt(5) }),
  cv: Math.sqrt(5),
  cdf: (x) => 1 - Math.exp(-Math.sqrt(2 * x)),
  restCdf: (x) => 1 - (1 + Math.sqrt(2 * x)) * Math.exp(-Math.sqrt(2 * x)),
};

/** Of three phases of a third: F = 1 − e^(−3x) (1 + 3x + 9x² ÷ 2). ∫(1 − F) = 1 − e^(−3x) (1 + 2x + 3x² ÷ 2). */
const ERLANG: KnownGaps = {
  choice: renewal({ kind: 'erlang', shape: 3 }),
  cv: Math.sqrt(1 / 3),
  cdf: (x) => 1 - Math.exp(-3 * x) * (1 + 3 * x + 4.5 * x * x),
  restCdf: (x) => 1 - Math.exp(-3 * x) * (1 + 2 * x + 1.5 * x * x),
};

/** cv² = 4 by balanced means: phase k with chance p and mean 1 ÷ 2p, so ∫(1 − F) is half of either's distribution. */
function hyperexponentialGaps(): KnownGaps {
  const rare = (1 - Math.sqrt(3 / 5)) / 2;
  const phases = [rare, 1 - rare];
  const passed = (p: number, x: number) => 1 - Math.exp(-2 * p * x);
  return {
    choice: renewal({ kind: 'hyperexponential', cv: 2 }),
    cv: 2,
    cdf: (x) => phases.reduce((sum, p) => sum + p * passed(p, x), 0),
    restCdf: (x) => phases.reduce((sum, p) => sum + passed(p, x) / 2, 0),
  };
}

const exponentialCdf = (x: number) => 1 - Math.exp(-x);

const KNOWN: Readonly<Record<string, KnownGaps>> = {
  exponential: {
    choice: renewal({ kind: 'exponential' }),
    cv: 1,
    cdf: exponentialCdf,
    restCdf: exponentialCdf,
  },
  'Erlang of three phases': ERLANG,
  'hyperexponential with balanced means': hyperexponentialGaps(),
  'Weibull given by its shape': { ...WEIBULL, choice: renewal({ kind: 'weibull', shape: 0.5 }) },
  'gamma, more regular than Poisson': gammaGaps(0.5),
  'gamma, more bursty': gammaGaps(2),
  'Weibull of shape one half': WEIBULL,
  'lognormal, bursty': lognormalGaps(1.5),
};

describe('renewal arrivals', () => {
  test.each(Object.entries(KNOWN))(
    'have gaps of their distribution: %s (mean and KS: four in a million)',
    (name, known) => {
      const gaps = gapsOf(arrivalsUntil(40_000, known.choice, { name })).slice(1);
      expect(objections(gaps, { cdf: known.cdf, mean: 1, variance: known.cv ** 2 })).toEqual([]);
    },
  );

  test.each(Object.entries(KNOWN))(
    'have been running before the start: %s (Kolmogorov-Smirnov: three in a million)',
    (name, { choice, restCdf }) => {
      const source = new Streams('first gaps', 0).stream(name);
      const firsts = Array.from({ length: 20_000 }, () => arrivalsOf(choice, { source }).next());
      expect(Math.sqrt(firsts.length) * ksDistance(firsts, restCdf)).toBeLessThan(KS_LIMIT);
    },
  );

  test('of deterministic gaps are even, from a uniform beginning', () => {
    const process = arrivalsOf({ ...renewal(EVEN), ratePerSecond: 4 }, { source: uniforms(0.25) });
    expect([process.next(), process.next(), process.next()]).toEqual([0.0625, 0.3125, 0.5625]);
  });

  test('of deterministic gaps come in each hour as the rate has them', () => {
    // Factors 0, 3, 1, …, 1 of mean 25 ÷ 24: nothing in the first hour, 5.76 in the second, 1.92 in each other.
    const hourOfDay = Array.from({ length: 24 }, (_, hour) => (hour === 0 ? 0 : hour === 1 ? 3 : 1));
    const process = arrivalsOf(
      { ...renewal(EVEN, { hourOfDay }), ratePerSecond: 2 / HOUR },
      { source: uniforms(0.5) },
    );
    const hours = Array.from({ length: 8 }, () => process.next() / HOUR);
    const second = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map((n) => 1 + n / 5.76);
    const third = [6.5, 7.5].map((n) => 2 + (n - 5.76) / 1.92);
    [...second, ...third].forEach((hour, n) => expect(hours[n]).toBeCloseTo(hour, 9));
  });

  test('keep their distribution in operational time, whatever the hour (mean and KS: four in a million)', () => {
    const hourOfDay = Array.from({ length: 24 }, (_, hour) => 1 + (hour % 3));
    const gamma = gammaGaps(2);
    const choice = { ...renewal({ kind: 'gamma', cv: 2 }, { hourOfDay }), ratePerSecond: 20 / HOUR };
    const times = arrivalsUntil(60 * 24 * HOUR, choice, { name: 'operational' });
    // The integral of the rate: 10, 20 and 30 an hour in turn.
    const integral = (at: number) => {
      const hour = Math.floor(at / HOUR);
      const passed = 60 * Math.floor(hour / 3) + [0, 10, 30][hour % 3]!;
      return passed + 10 * (1 + (hour % 3)) * (at / HOUR - hour);
    };
    const gaps = gapsOf(times.map(integral)).slice(1);
    expect(objections(gaps, { cdf: gamma.cdf, mean: 1, variance: 4 })).toEqual([]);
  });

  test.each([
    [
      'a share',
      renewal({ kind: 'gamma', cv: 2 }),
      0.5,
      /gaps of another distribution, so cell\.share must be 1/,
    ],
    ['a distribution that says nothing', renewal({ kind: 'weibull' }), 1, /take shape or cv, one of them/],
    [
      'a distribution said twice',
      renewal({ kind: 'weibull', shape: 1, cv: 1 }),
      1,
      /take shape or cv, one of them/,
    ],
    ['a cv that exponentials have', renewal({ kind: 'hyperexponential', cv: 1 }), 1, /must be above 1/],
    [
      'a cv beyond a Weibull distribution',
      renewal({ kind: 'weibull', cv: 2_000 }),
      1,
      /2000 is beyond .* 0\.01 to 1000/,
    ],
    ['a cv beyond a gamma distribution', renewal({ kind: 'gamma', cv: 2_000 }), 1, /2000 is too large/],
    [
      'a shape of the week said twice',
      renewal({ kind: 'gamma', cv: 1 }, { profile: 'x', dayOfWeek: Array(7).fill(1) }),
      1,
      /give either the profile or the lists/,
    ],
  ])('refuse %s', (_, choice, share, says) => {
    expect(() => arrivalsOf(choice, { share })).toThrow(says);
  });
});
