/**
 * Distributions of the gaps between arrivals, without their mean, which the rate says. Each also knows what is left of
 * the gap that covers an arbitrary instant: that gap is picked by its length (density x times as high), and the instant
 * lies uniformly in it. Source: Cox, Renewal Theory (1962), chapter 5.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Count, Positive } from '../../input/schema.ts';
import {
  durationDistributions,
  weibullScale,
  weibullShape,
  type DurationDistributionChoice,
  type Distribution,
  type UniformSource,
} from '../../stats/index.ts';
import { Family, strategiesOf } from '../../input/strategy.ts';

export interface Gaps {
  /** The distribution of a gap, of mean 1. */
  readonly distribution: Distribution;
  /** What is left of the gap that covers the start. */
  first(source: UniformSource): number;
}

const gapDistribution = strategiesOf<null, Gaps>();

const distributionOf = (choice: DurationDistributionChoice): Distribution =>
  durationDistributions.create(choice, { quantileTable: () => null });

const uniformIn = (covering: Distribution) => (source: UniformSource) =>
  source.next() * covering.sample(source);

const Cv = (more = '') =>
  Positive({
    description: `Coefficient of variation of the gaps (standard deviation ÷ mean)${more}.`,
    examples: [2],
  });

const constant = gapDistribution({
  kind: 'constant',
  summary: 'Constant gaps, from a uniform start.',
  parameters: {},
  example: { kind: 'constant' },
  create: () => ({ distribution: { sample: () => 1 }, first: (source) => source.next() }),
});

const exponential = gapDistribution({
  kind: 'exponential',
  summary: 'The gaps of Poisson arrivals.',
  parameters: {},
  example: { kind: 'exponential' },
  create: () => {
    const distribution = distributionOf({ kind: 'exponential', mean: 1 });
    return { distribution, first: (source) => distribution.sample(source) };
  },
});

const erlang = gapDistribution({
  kind: 'erlang',
  summary: 'Sums of equal exponential phases, more regular than Poisson.',
  parameters: {
    shape: Count({
      description: 'Number of phases; the coefficient of variation is 1 ÷ √shape.',
    }),
  },
  example: { kind: 'erlang', shape: 3 },
  create: ({ shape }) => ({
    distribution: distributionOf({ kind: 'erlang', mean: 1, shape }),
    // Picked by length it has one phase more.
    first: uniformIn(distributionOf({ kind: 'erlang', mean: 1 + 1 / shape, shape: shape + 1 })),
  }),
});

const gamma = gapDistribution({
  kind: 'gamma',
  summary: 'Gamma gaps, more regular or more bursty than Poisson.',
  parameters: { cv: Cv() },
  example: { kind: 'gamma', cv: 2 },
  create: ({ cv }) => ({
    distribution: distributionOf({ kind: 'gamma', mean: 1, cv }),
    // Picked by length it has one more to its shape 1 ÷ cv² at the same scale cv².
    first: uniformIn(distributionOf({ kind: 'gamma', mean: 1 + cv * cv, cv: cv / Math.sqrt(1 + cv * cv) })),
  }),
});

const weibull = gapDistribution({
  kind: 'weibull',
  summary: 'Weibull gaps, by their shape or their coefficient of variation.',
  parameters: {
    shape: Type.Optional(Positive({ description: 'Shape; 1 is Poisson, below it the gaps are bursty.' })),
    cv: Type.Optional(Cv(', instead of the shape')),
  },
  example: { kind: 'weibull', shape: 0.6 },
  create: ({ shape: given, cv }) => {
    if ((given === undefined) === (cv === undefined))
      throw new ParameterError('kind', 'weibull gaps take shape or cv, one of them');
    const shape = given ?? weibullShape(cv!);
    const distribution = distributionOf({ kind: 'weibull', mean: 1, shape });
    const scale = weibullScale(1, shape);
    // The rest has the density exp(−(x ÷ scale)^shape): (rest ÷ scale)^shape is gamma of scale 1 and shape 1 ÷ shape.
    const power = distributionOf({ kind: 'gamma', mean: 1 / shape, cv: Math.sqrt(shape) });
    return { distribution, first: (source) => scale * power.sample(source) ** (1 / shape) };
  },
});

const lognormal = gapDistribution({
  kind: 'lognormal',
  summary: 'Lognormal gaps.',
  parameters: { cv: Cv() },
  example: { kind: 'lognormal', cv: 1.5 },
  create: ({ cv }) => ({
    distribution: distributionOf({ kind: 'lognormal', mean: 1, cv }),
    // Picked by length its logarithm is shifted by the variance of the logarithm, ln(1 + cv²).
    first: uniformIn(distributionOf({ kind: 'lognormal', mean: 1 + cv * cv, cv })),
  }),
});

const hyperexponential = gapDistribution({
  kind: 'hyperexponential',
  summary: 'Two exponential phases with balanced means: many short gaps, a few long.',
  parameters: { cv: Cv(', above 1') },
  example: { kind: 'hyperexponential', cv: 2 },
  create: ({ cv }) => {
    const distribution = distributionOf({ kind: 'hyperexponential', mean: 1, cv });
    const s = Math.sqrt((cv * cv - 1) / (cv * cv + 1));
    // Either phase makes up half the time, and what is left of a phase is exponential with its mean.
    const rareMean = ((cv * cv + 1) * (1 + s)) / 2;
    const commonMean = 1 / (1 + s);
    return {
      distribution,
      first: (source) => (source.next() < 0.5 ? -rareMean : -commonMean) * Math.log(1 - source.next()),
    };
  },
});

export const gapDistributions = new Family(
  'distribution of gaps',
  'How the gaps between arrivals vary about their mean.',
  [constant, exponential, erlang, gamma, weibull, lognormal, hyperexponential],
);
