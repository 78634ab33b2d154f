import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import {
  DURATION_DISTRIBUTION,
  durationDistributions,
  Streams,
  TOKEN_DISTRIBUTION,
  tokenDistributions,
  type DurationDistributionChoice,
  type DistributionEnvironment,
  type TokenDistributionChoice,
} from '../../src/stats/index.ts';

const TABLES: DistributionEnvironment = {
  quantileTable: (name) =>
    name === 'falling'
      ? [
          [0, 5],
          [1, 3],
        ]
      : name === 'measured'
        ? [
            [0, 100],
            [1, 300],
          ]
        : null,
};

function fault(choice: TokenDistributionChoice): string {
  try {
    tokenDistributions.create(choice, TABLES);
  } catch (error) {
    if (error instanceof ParameterError) return `${error.path}: ${error.message}`;
    throw error;
  }
  return 'none';
}

const empirical = (...quantiles: [number, number][]): TokenDistributionChoice => ({
  kind: 'empirical',
  quantiles,
});
const inside = (distribution: TokenDistributionChoice): TokenDistributionChoice => ({
  kind: 'mixture',
  of: [
    { weight: 1, distribution: { kind: 'constant', value: 1 } },
    { weight: 1, distribution },
  ],
});

describe('a distribution is refused with the path of the parameter, the value and what would do:', () => {
  test.each<[string, TokenDistributionChoice, RegExp]>([
    [
      'a cv that two phases cannot have',
      { kind: 'hyperexponential', mean: 1, cv: 0.8 },
      /^cv: .*above 1.*0\.8.*gamma/,
    ],
    ['a cv of exactly 1', { kind: 'hyperexponential', mean: 1, cv: 1 }, /^cv: .*above 1.*exponential/],
    ['a tail without a mean', { kind: 'pareto', mean: 1, shape: 1 }, /^shape: .*above 1, got 1/],
    [
      'limits in the wrong order',
      { kind: 'uniform', low: 5, high: 5 },
      /^high: 5 must be above low, which is 5/,
    ],
    ['a cv of nothing', { kind: 'gamma', mean: 1, cv: 1e-200 }, /^cv: .*constant/],
    ['a cv out of this world', { kind: 'lognormal', mean: 1, cv: 1e200 }, /^cv: .*too large/],
    ['a shape near zero', { kind: 'weibull', mean: 1, shape: 0.001 }, /^shape: 0.001 is too small/],
    ['neither table nor quantiles', { kind: 'empirical' }, /^: needs exactly one of table and quantiles/],
    [
      'both',
      {
        kind: 'empirical',
        table: 'measured',
        quantiles: [
          [0, 1],
          [1, 2],
        ],
      },
      /^: needs exactly one/,
    ],
    ['an unknown table', { kind: 'empirical', table: 'nowhere' }, /^table: unknown quantile table "nowhere"/],
    ['a table that falls', { kind: 'empirical', table: 'falling' }, /^table: point 1 .*value 3 .*below.* 5/],
    [
      'probabilities that do not rise',
      empirical([0, 1], [0.5, 2], [0.5, 3], [1, 4]),
      /^quantiles\[2\]\[0\]: .*0\.5/,
    ],
    ['values that fall', empirical([0, 1], [0.5, 3], [1, 2]), /^quantiles\[2\]\[1\]: .*value 2 .*3/],
    [
      'a first probability above 0',
      empirical([0.1, 1], [1, 2]),
      /^quantiles\[0\]\[0\]: .*must be 0, got 0\.1/,
    ],
    [
      'a last probability below 1',
      empirical([0, 1], [0.9, 2]),
      /^quantiles\[1\]\[0\]: .*must be 1, got 0\.9/,
    ],
    ['one point', empirical([0, 1]), /^quantiles: 1 quantiles; at least 2/],
    [
      'a fault in a mixture',
      inside({ kind: 'pareto', mean: 1, shape: 0.5 }),
      /^of\[1\]\.distribution\.shape: /,
    ],
    [
      'a fault two distributions down',
      inside(inside({ kind: 'uniform', low: 2, high: 1 })),
      /^of\[1\]\.distribution\.of\[1\]\.distribution\.high: /,
    ],
    [
      'a faulty distribution with no parameter to blame',
      inside({ kind: 'empirical' }),
      /^of\[1\]\.distribution: needs exactly one/,
    ],
    [
      'a fault in a truncation',
      { kind: 'truncated', distribution: { kind: 'pareto', mean: 1, shape: 1 }, max: 5 },
      /^distribution\.shape: /,
    ],
    // exp(-6.2 sigma) of a lognormal distribution: 1 of 3.5e9 values is kept.
    [
      'a truncation that keeps nothing',
      { kind: 'truncated', distribution: { kind: 'lognormal', mean: 900, cv: 1 }, max: 3.6 },
      /^max: 3\.6 keeps practically nothing/,
    ],
    [
      'a truncation below all values',
      { kind: 'truncated', distribution: { kind: 'constant', value: 10 }, max: 9 },
      /^max: .*0 of 1000/,
    ],
  ])('%s', (_name, choice, expected) => {
    expect(fault(choice)).toMatch(expected);
  });
});

describe('a distribution is accepted', () => {
  test.each<[string, TokenDistributionChoice]>([
    [
      'a truncation that keeps one value in a hundred',
      { kind: 'truncated', distribution: { kind: 'uniform', low: 0, high: 1000 }, max: 20 },
    ],
    [
      'a truncation within a truncation',
      {
        kind: 'truncated',
        distribution: { kind: 'truncated', distribution: { kind: 'uniform', low: 0, high: 1000 }, max: 20 },
        max: 1,
      },
    ],
    [
      'a mixture of one',
      { kind: 'mixture', of: [{ weight: 7, distribution: { kind: 'geometric', mean: 1 } }] },
    ],
    ['an Erlang distribution of a million phases', { kind: 'erlang', mean: 1, shape: 1e6 }],
  ])('%s', (_name, choice) => {
    expect(fault(choice)).toBe('none');
  });

  test('with a table of the environment, which it samples', () => {
    const distribution = tokenDistributions.create({ kind: 'empirical', table: 'measured' }, TABLES);
    expect(distribution.sample({ next: () => 0.25 })).toBe(150);
  });

  test('when written as in its own example', () => {
    for (const { example } of tokenDistributions.strategies) {
      expect(() => tokenDistributions.create(example as TokenDistributionChoice, TABLES)).not.toThrow();
    }
  });
});

describe('the families', () => {
  test('hold the kinds of the contract; only tokens have a geometric distribution', () => {
    const kinds = (family: { strategies: readonly { kind: string }[] }) =>
      family.strategies.map(({ kind }) => kind).sort();
    const shared =
      'constant empirical erlang exponential gamma hyperexponential lognormal mixture pareto truncated uniform weibull';
    expect(kinds(durationDistributions)).toEqual(shared.split(' '));
    expect(kinds(tokenDistributions)).toEqual([...shared.split(' '), 'geometric'].sort());
  });

  test('write durations with a unit and tokens without, in schemas and in examples', () => {
    const mean = (family: typeof durationDistributions | typeof tokenDistributions) =>
      family.strategies.find(({ kind }) => kind === 'exponential')!;
    expect(mean(durationDistributions).parameters).toMatchObject({
      mean: { type: 'string', duration: 'positive' },
    });
    expect(mean(durationDistributions).example).toMatchObject({ mean: '250ms' });
    expect(mean(tokenDistributions).parameters).toMatchObject({
      mean: { type: 'number', exclusiveMinimum: 0 },
    });
    expect(mean(tokenDistributions).example).toMatchObject({ mean: 250 });
  });

  test('refer to themselves where a distribution stands inside a distribution', () => {
    const text = (family: typeof durationDistributions | typeof tokenDistributions) =>
      JSON.stringify(family.schema);
    expect(text(durationDistributions)).toContain(`{"$ref":"${DURATION_DISTRIBUTION}"}`);
    expect(text(durationDistributions)).not.toContain(TOKEN_DISTRIBUTION);
    expect(text(tokenDistributions)).toContain(`{"$ref":"${TOKEN_DISTRIBUTION}"}`);
    expect(text(tokenDistributions)).not.toContain(DURATION_DISTRIBUTION);
  });

  test('take choices of their own kinds only, by type', () => {
    // @ts-expect-error -- a duration is not geometric
    const duration: DurationDistributionChoice = { kind: 'geometric', mean: 3 };
    const tokens: TokenDistributionChoice = {
      kind: 'truncated',
      max: 3,
      // @ts-expect-error -- the mean is missing, two distributions down
      distribution: { kind: 'exponential' },
    };
    expect(() => durationDistributions.create(duration, TABLES)).toThrow(
      /unknown distribution of durations "geometric"/,
    );
    expect(tokens.kind).toBe('truncated');
  });

  test('give seconds for durations: the same distribution, whatever it is called', () => {
    const distribution = { kind: 'lognormal', mean: 2, cv: 1 } as const;
    const draw = (family: { create: typeof durationDistributions.create }) =>
      family.create(distribution, TABLES).sample(new Streams('1', 0).stream('x'));
    expect(draw(durationDistributions)).toBe(
      tokenDistributions.create(distribution, TABLES).sample(new Streams('1', 0).stream('x')),
    );
  });
});
