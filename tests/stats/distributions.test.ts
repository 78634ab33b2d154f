/**
 * Every distribution against what is exactly known of it, with both kinds of source. A distribution's mean, its
 * variance where its fourth moment allows, and its whole distribution function are compared; `goodness.ts` states the
 * alarm rates (five in a million a distribution and source at most, 3e-4 for this file).
 */
import jStat from 'jstat';
import { describe, expect, test } from 'vitest';
import {
  Streams,
  tokenDistributions,
  type TokenDistributionChoice,
  type UniformSource,
} from '../../src/stats/index.ts';
import { objections, type Known } from './goodness.ts';

const N = 40_000;
const NO_TABLES = { quantileTable: () => null };

function sampleOf(choice: TokenDistributionChoice, source: 'stream' | 'counter' = 'stream'): number[] {
  const distribution = tokenDistributions.create(choice, NO_TABLES);
  const streams = new Streams('laws', 0);
  const stream = streams.stream(choice.kind);
  const counter = streams.counter(choice.kind);
  return Array.from({ length: N }, (_, i) =>
    distribution.sample(source === 'stream' ? stream : counter.at(i, 0)),
  );
}

const normalCdf = (z: number) => jStat.normal.cdf(z, 0, 1);

const exponential = (mean: number): Known => ({
  cdf: (x) => 1 - Math.exp(-x / mean),
  mean,
  variance: mean ** 2,
  kurtosis: 9,
});

/** Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 1, chapter 14; w = exp(sigma²) = 1 + cv². */
const lognormal = (mean: number, cv: number): Known => {
  const w = 1 + cv ** 2;
  const sigma = Math.sqrt(Math.log(w));
  const mu = Math.log(mean) - sigma ** 2 / 2;
  return {
    cdf: (x) => normalCdf((Math.log(x) - mu) / sigma),
    mean,
    variance: (mean * cv) ** 2,
    ...(cv <= 0.5 ? { kurtosis: w ** 4 + 2 * w ** 3 + 3 * w ** 2 - 3 } : {}),
  };
};

const gamma = (mean: number, shape: number): Known => ({
  cdf: (x) => jStat.gamma.cdf(x, shape, mean / shape),
  mean,
  variance: mean ** 2 / shape,
  kurtosis: 3 + 6 / shape,
});

const GAMMA_2_25 = 1.1330030963193463; // scipy.special.gamma(2.25)
const weibull08: Known = {
  // Shape 0.8 and mean 1, so scale 1 / gamma(1 + 1 / 0.8); moments from scipy.stats.weibull_min.
  cdf: (x) => 1 - Math.exp(-((x * GAMMA_2_25) ** 0.8)),
  mean: 1,
  variance: 1.588892486,
  kurtosis: 15.740742094,
};

/** Two phases with rates of oracle B04 (mean 1, squared coefficient of variation 4): E[X^k] = k! Σ p / rate^k. */
const hyperexponential: Known = (() => {
  const p = 0.8872983346;
  const [rate1, rate2] = [1.774596669, 0.2254033308];
  const raw = (k: number, factorial: number) => factorial * (p / rate1 ** k + (1 - p) / rate2 ** k);
  const variance = raw(2, 2) - 1;
  return {
    cdf: (x) => 1 - p * Math.exp(-rate1 * x) - (1 - p) * Math.exp(-rate2 * x),
    mean: 1,
    variance,
    kurtosis: (raw(4, 24) - 4 * raw(3, 6) + 6 * raw(2, 2) - 3) / variance ** 2,
  };
})();

const uniform = (low: number, high: number): Known => ({
  cdf: (x) => (x - low) / (high - low),
  mean: (low + high) / 2,
  variance: (high - low) ** 2 / 12,
  kurtosis: 1.8,
});

const geometric = (mean: number): Known => {
  const p = 1 / mean;
  return {
    probability: (k) => p * (1 - p) ** (k - 1),
    mean,
    variance: (1 - p) / p ** 2,
    kurtosis: 9 + p ** 2 / (1 - p),
  };
};

const pareto = (mean: number, shape: number): Known => {
  const smallest = (mean * (shape - 1)) / shape;
  return {
    cdf: (x) => (x < smallest ? 0 : 1 - (smallest / x) ** shape),
    mean,
    variance: (smallest ** 2 * shape) / ((shape - 1) ** 2 * (shape - 2)),
  };
};

/** [0, 0], [0.5, 2], [0.9, 10], [1, 30]: pieces of weight 0.5, 0.4 and 0.1, uniform on 0-2, 2-10 and 10-30. */
const empirical: Known = {
  cdf: (x) => (x < 2 ? x / 4 : x < 10 ? 0.5 + (0.4 * (x - 2)) / 8 : 0.9 + (0.1 * (x - 10)) / 20),
  mean: 0.5 * 1 + 0.4 * 6 + 0.1 * 20,
  // E[X²] of a uniform piece a-b is (a² + ab + b²) / 3: 4/3, 124/3 and 1300/3.
  variance: 0.5 * (4 / 3) + 0.4 * (124 / 3) + 0.1 * (1300 / 3) - 4.9 ** 2,
};

/** A quarter exponential of mean 8, three quarters uniform on 0-4. */
const mixture: Known = {
  cdf: (x) => 0.25 * (1 - Math.exp(-x / 8)) + 0.75 * Math.min(1, x / 4),
  mean: 0.25 * 8 + 0.75 * 2,
  variance: 0.25 * 2 * 64 + 0.75 * (16 / 3) - 3.5 ** 2,
};

/** An exponential of mean 2 given that it is at most 3; b = 3 / 2. */
const truncated: Known = (() => {
  const kept = 1 - Math.exp(-1.5);
  const mean = 2 - (3 * Math.exp(-1.5)) / kept;
  return {
    cdf: (x) => (x > 3 ? 2 : (1 - Math.exp(-x / 2)) / kept),
    mean,
    variance: 4 - (9 * Math.exp(-1.5)) / kept ** 2,
  };
})();

const DISTRIBUTIONS: readonly [string, TokenDistributionChoice, Known][] = [
  ['exponential of mean 2', { kind: 'exponential', mean: 2 }, exponential(2)],
  ['lognormal of cv 0.5', { kind: 'lognormal', mean: 10, cv: 0.5 }, lognormal(10, 0.5)],
  ['lognormal of cv 1.2', { kind: 'lognormal', mean: 900, cv: 1.2 }, lognormal(900, 1.2)],
  ['gamma of cv 0.5', { kind: 'gamma', mean: 3, cv: 0.5 }, gamma(3, 4)],
  ['gamma of cv 1', { kind: 'gamma', mean: 3, cv: 1 }, gamma(3, 1)],
  ['gamma of cv 2', { kind: 'gamma', mean: 3, cv: 2 }, gamma(3, 0.25)],
  ['Erlang of one phase', { kind: 'erlang', mean: 5, shape: 1 }, exponential(5)],
  ['Erlang of 3 phases', { kind: 'erlang', mean: 5, shape: 3 }, gamma(5, 3)],
  ['Erlang of 8 phases', { kind: 'erlang', mean: 5, shape: 8 }, gamma(5, 8)],
  ['Erlang of 9 phases', { kind: 'erlang', mean: 5, shape: 9 }, gamma(5, 9)],
  ['Weibull of shape 0.8', { kind: 'weibull', mean: 1, shape: 0.8 }, weibull08],
  ['Weibull of shape 1', { kind: 'weibull', mean: 7, shape: 1 }, exponential(7)],
  ['hyperexponential of cv 2', { kind: 'hyperexponential', mean: 1, cv: 2 }, hyperexponential],
  ['uniform on 1-5', { kind: 'uniform', low: 1, high: 5 }, uniform(1, 5)],
  ['geometric of mean 4', { kind: 'geometric', mean: 4 }, geometric(4)],
  ['geometric of mean 1.25', { kind: 'geometric', mean: 1.25 }, geometric(1.25)],
  ['Pareto of shape 2.5', { kind: 'pareto', mean: 400, shape: 2.5 }, pareto(400, 2.5)],
  ['Pareto of shape 6', { kind: 'pareto', mean: 400, shape: 6 }, pareto(400, 6)],
  [
    'empirical of four points',
    {
      kind: 'empirical',
      quantiles: [
        [0, 0],
        [0.5, 2],
        [0.9, 10],
        [1, 30],
      ],
    },
    empirical,
  ],
  [
    'mixture of two distributions',
    {
      kind: 'mixture',
      of: [
        { weight: 1, distribution: { kind: 'exponential', mean: 8 } },
        { weight: 3, distribution: { kind: 'uniform', low: 0, high: 4 } },
      ],
    },
    mixture,
  ],
  [
    'truncated exponential',
    { kind: 'truncated', distribution: { kind: 'exponential', mean: 2 }, max: 3 },
    truncated,
  ],
];

describe.each(['stream', 'counter'] as const)('from a %s', (source) => {
  test.each(DISTRIBUTIONS)(
    'the %s distribution has its mean, variance and distribution',
    (_name, choice, known) => {
      expect(objections(sampleOf(choice, source), known)).toEqual([]);
    },
  );
});

describe('the same check refuses', () => {
  const exponentials = sampleOf({ kind: 'exponential', mean: 2 });
  const choose = (choice: TokenDistributionChoice) => sampleOf(choice);
  test.each([
    [
      'a lognormal distribution whose mean was taken as its median',
      choose({ kind: 'lognormal', mean: 900 * Math.sqrt(2.44), cv: 1.2 }),
      lognormal(900, 1.2),
    ],
    [
      'a lognormal distribution whose cv was taken as the sigma of its logarithm',
      choose({ kind: 'lognormal', mean: 10, cv: Math.sqrt(Math.exp(0.25) - 1) }),
      lognormal(10, 0.5),
    ],
    [
      'a gamma distribution whose cv was taken as its shape',
      choose({ kind: 'gamma', mean: 3, cv: 1 / Math.sqrt(0.5) }),
      gamma(3, 4),
    ],
    [
      'an Erlang distribution with a phase too many',
      choose({ kind: 'erlang', mean: 5, shape: 9 }),
      gamma(5, 8),
    ],
    [
      'a Weibull distribution whose mean was taken as its scale',
      choose({ kind: 'weibull', mean: GAMMA_2_25, shape: 0.8 }),
      weibull08,
    ],
    [
      'a Pareto distribution whose mean was taken as its smallest value',
      choose({ kind: 'pareto', mean: 400 / 0.6, shape: 2.5 }),
      pareto(400, 2.5),
    ],
    [
      'a hyperexponential distribution that is really a gamma distribution',
      choose({ kind: 'gamma', mean: 1, cv: 2 }),
      hyperexponential,
    ],
    [
      'a geometric distribution from 0',
      choose({ kind: 'geometric', mean: 4 }).map((k) => k - 1),
      geometric(4),
    ],
    [
      'a geometric distribution made by rounding an exponential up',
      exponentials.map((x) => Math.ceil(2 * x)),
      geometric(4),
    ],
    ['a truncation that clips', exponentials.map((x) => Math.min(3, x)), truncated],
    [
      'an exponential distribution with clipped gaps',
      exponentials.map((x) => Math.max(0.05, x)),
      exponential(2),
    ],
    ['a mean that is 4 % off', exponentials.map((x) => 1.04 * x), exponential(2)],
  ])('%s', (_name, sample, known) => {
    expect(objections(sample, known)).not.toEqual([]);
  });
});

describe('a distribution', () => {
  test('that is constant gives its value and takes no draw', () => {
    const distribution = tokenDistributions.create({ kind: 'constant', value: 0 }, NO_TABLES);
    const exhausted: UniformSource = {
      next: () => {
        throw new Error('drawn from');
      },
    };
    expect(distribution.sample(exhausted)).toBe(0);
  });

  test('given by quantiles has an atom where the value does not rise', () => {
    const quantiles: [number, number][] = [
      [0, 1],
      [0.25, 5],
      [0.75, 5],
      [1, 9],
    ];
    const atFive = sampleOf({ kind: 'empirical', quantiles }).filter((x) => x === 5).length / N;
    // Half the probability; standard error √(0.25 / 40,000) = 0.0025, alarm beyond 4.8 of them.
    expect(Math.abs(atFive - 0.5)).toBeLessThan(4.8 * 0.0025);
  });

  test.each(DISTRIBUTIONS)(
    '%s is finite and not below zero at the extremes of a uniform',
    (_name, choice) => {
      const distribution = tokenDistributions.create(choice, NO_TABLES);
      for (const extreme of [0, Number.MIN_VALUE, 2 ** -53, 0.5, 1 - 2 ** -53]) {
        for (const at of [0, 1, 2]) {
          const stream = new Streams('extremes', 0).stream('x');
          let drawn = 0;
          const value = distribution.sample({ next: () => (drawn++ === at ? extreme : stream.next()) });
          expect(Number.isFinite(value) && value >= 0, `${value} at ${extreme}`).toBe(true);
        }
      }
    },
  );

  test('truncated never passes its maximum', () => {
    expect(
      Math.max(
        ...sampleOf({ kind: 'truncated', distribution: { kind: 'pareto', mean: 10, shape: 1.1 }, max: 20 }),
      ),
    ).toBeLessThanOrEqual(20);
  });
});
