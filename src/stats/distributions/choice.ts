/**
 * Types of what a user writes to choose a distribution, after reading and before it. Distributions may be nested, so
 * these are spelt out.
 */
import type { Choice, WrittenChoice } from '../../input/strategy.ts';
import type { constant } from './constant.ts';
import type { empirical } from './empirical.ts';
import type { erlang } from './erlang.ts';
import type { exponential } from './exponential.ts';
import type { gamma } from './gamma.ts';
import type { geometric } from './geometric.ts';
import type { hyperexponential } from './hyperexponential.ts';
import type { lognormal } from './lognormal.ts';
import type { pareto } from './pareto.ts';
import type { uniform } from './uniform.ts';
import type { weibull } from './weibull.ts';

type SharedDistributionChoice = Choice<
  | ReturnType<typeof constant>
  | ReturnType<typeof exponential>
  | ReturnType<typeof lognormal>
  | ReturnType<typeof gamma>
  | ReturnType<typeof erlang>
  | ReturnType<typeof weibull>
  | ReturnType<typeof hyperexponential>
  | ReturnType<typeof uniform>
  | ReturnType<typeof pareto>
  | ReturnType<typeof empirical>
>;

interface MixtureOf<Nested> {
  readonly kind: 'mixture';
  of: { weight: number; distribution: Nested }[];
}

interface TruncationOf<Nested> {
  readonly kind: 'truncated';
  distribution: Nested;
  max: number;
}

type SharedWritten<Amount> = WrittenChoice<
  | ReturnType<typeof constant<Amount>>
  | ReturnType<typeof exponential<Amount>>
  | ReturnType<typeof lognormal<Amount>>
  | ReturnType<typeof gamma<Amount>>
  | ReturnType<typeof erlang<Amount>>
  | ReturnType<typeof weibull<Amount>>
  | ReturnType<typeof hyperexponential<Amount>>
  | ReturnType<typeof uniform<Amount>>
  | ReturnType<typeof pareto<Amount>>
  | ReturnType<typeof empirical<Amount>>
>;

interface MixtureWritten<Nested> {
  readonly kind: 'mixture';
  readonly of: readonly { readonly weight: number; readonly law: Nested }[];
}

interface TruncationWritten<Amount, Nested> {
  readonly kind: 'truncated';
  readonly law: Nested;
  readonly max: Amount;
}

/** A distribution of durations as a user writes it: every duration as text. */
export type DurationDistributionWritten =
  | SharedWritten<string>
  | MixtureWritten<DurationDistributionWritten>
  | TruncationWritten<string, DurationDistributionWritten>;

/** A distribution of numbers of tokens as a user writes it. */
export type TokenDistributionWritten =
  | SharedWritten<number>
  | WrittenChoice<typeof geometric>
  | MixtureWritten<TokenDistributionWritten>
  | TruncationWritten<number, TokenDistributionWritten>;

/** A distribution of durations: every value in seconds. */
export type DurationDistributionChoice =
  SharedDistributionChoice | MixtureOf<DurationDistributionChoice> | TruncationOf<DurationDistributionChoice>;

/** A distribution of numbers of tokens. */
export type TokenDistributionChoice =
  | SharedDistributionChoice
  | Choice<typeof geometric>
  | MixtureOf<TokenDistributionChoice>
  | TruncationOf<TokenDistributionChoice>;

/** A distribution of either. */
export type DistributionChoice = DurationDistributionChoice | TokenDistributionChoice;
