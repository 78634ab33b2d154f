/** The laws there are. To add one: a file beside this one, its import, and its line in either list or both. */
import { Type } from 'typebox';
import { Family } from '../../strategy.ts';
import type { DurationLawChoice, TokenLawChoice } from './choice.ts';
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
import { DURATION_LAW, DURATIONS, TOKEN_LAW, TOKENS, type NestingQuantity } from './quantity.ts';
import { truncated } from './truncated.ts';
import { uniform } from './uniform.ts';
import { weibull } from './weibull.ts';

const durations: NestingQuantity<DurationLawChoice> = {
  ...DURATIONS,
  law: Type.Unsafe<DurationLawChoice>({ $ref: DURATION_LAW }),
  create: (choice, environment) => durationLaws.create(choice, environment),
};

const tokens: NestingQuantity<TokenLawChoice> = {
  ...TOKENS,
  law: Type.Unsafe<TokenLawChoice>({ $ref: TOKEN_LAW }),
  create: (choice, environment) => tokenLaws.create(choice, environment),
};

/** Laws of durations; parameters are written `250ms`, and values are in seconds. */
export const durationLaws = new Family('law of durations', 'How long something takes.', [
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

/** Laws of numbers of tokens; parameters are plain numbers. `wholeTokens` makes a value a whole number. */
export const tokenLaws = new Family('law of tokens', 'How many tokens a prompt or an answer has.', [
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
]);

export type { DurationLawChoice, LawChoice, TokenLawChoice } from './choice.ts';
export type { Law, LawEnvironment, QuantileTable } from './law.ts';
export { DURATION_LAW, MOST_TOKENS, TOKEN_LAW } from './quantity.ts';
export { lognormalFactor } from './lognormal.ts';
export { sampledMean } from './sampled-mean.ts';
export { wholeTokens } from './tokens.ts';
export { weibullScale, weibullShape } from './weibull.ts';
