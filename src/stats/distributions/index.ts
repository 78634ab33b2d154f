/** The distributions there are. To add one: a file beside this one, its import, and its entry in one list or both. */
import { Type, type TUnsafe } from 'typebox';
import type { Notes } from '../../input/schema.ts';
import { Family } from '../../input/strategy.ts';
import type { Noted, Written } from '../../input/written.ts';
import type {
  DurationDistributionChoice,
  DurationDistributionWritten,
  TokenDistributionChoice,
  TokenDistributionWritten,
} from './choice.ts';
import { constant } from './constant.ts';
import { empirical } from './empirical.ts';
import { erlang } from './erlang.ts';
import { exponential } from './exponential.ts';
import { gamma } from './gamma.ts';
import { geometric } from './geometric.ts';
import { hyperexponential } from './hyperexponential.ts';
import { lognormal } from './lognormal.ts';
import { mixture } from './mixture.ts';
import { pareto } from './pareto.ts';
import {
  DURATION_DISTRIBUTION,
  DURATIONS,
  TOKEN_DISTRIBUTION,
  TOKENS,
  type NestingQuantity,
} from './quantity.ts';
import { truncated } from './truncated.ts';
import { uniform } from './uniform.ts';
import { weibull } from './weibull.ts';

/** What is said of a reference; a description is optional, because the family has one. */
type ReferenceNotes = Partial<Notes>;

/** The schema of a distribution of durations, by reference. */
export const durationDistribution = <const N extends ReferenceNotes>(notes: N) =>
  Type.Unsafe<DurationDistributionChoice>({ $ref: DURATION_DISTRIBUTION, ...notes }) as Noted<
    TUnsafe<DurationDistributionChoice> & Written<DurationDistributionWritten>,
    N
  >;

/** The schema of a distribution of numbers of tokens, by reference. */
export const tokenDistribution = <const N extends ReferenceNotes>(notes: N) =>
  Type.Unsafe<TokenDistributionChoice>({ $ref: TOKEN_DISTRIBUTION, ...notes }) as Noted<
    TUnsafe<TokenDistributionChoice> & Written<TokenDistributionWritten>,
    N
  >;

const durations: NestingQuantity<string, DurationDistributionChoice, DurationDistributionWritten> = {
  ...DURATIONS,
  distribution: durationDistribution({}),
  create: (choice, environment) => durationDistributions.create(choice, environment),
};

const tokens: NestingQuantity<number, TokenDistributionChoice, TokenDistributionWritten> = {
  ...TOKENS,
  distribution: tokenDistribution({}),
  create: (choice, environment) => tokenDistributions.create(choice, environment),
};

/** Distributions of durations; parameters are written `250ms`, and values are in seconds. */
export const durationDistributions = new Family('distribution of durations', 'How long something takes.', [
  constant(durations),
  exponential(durations),
  lognormal(durations),
  gamma(durations),
  erlang(durations),
  weibull(durations),
  hyperexponential(durations),
  uniform(durations),
  pareto(durations),
  empirical(durations),
  mixture(durations),
  truncated(durations),
]);

/** Distributions of numbers of tokens; parameters are plain numbers. `wholeTokens` makes a value a whole number. */
export const tokenDistributions = new Family(
  'distribution of tokens',
  'How many tokens a prompt or an answer has.',
  [
    constant(tokens),
    exponential(tokens),
    lognormal(tokens),
    gamma(tokens),
    erlang(tokens),
    weibull(tokens),
    hyperexponential(tokens),
    uniform(tokens),
    geometric,
    pareto(tokens),
    empirical(tokens),
    mixture(tokens),
    truncated(tokens),
  ],
);

export type { DurationDistributionChoice, DistributionChoice, TokenDistributionChoice } from './choice.ts';
export type { Distribution, DistributionEnvironment, QuantileTable } from './distribution.ts';
export { DURATION_DISTRIBUTION, MOST_TOKENS, TOKEN_DISTRIBUTION } from './quantity.ts';
export { lognormalFactor } from './lognormal.ts';
export { sampledMean } from './sampled-mean.ts';
export { wholeTokens } from './tokens.ts';
export { weibullScale, weibullShape } from './weibull.ts';
