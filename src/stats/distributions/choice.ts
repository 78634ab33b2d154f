/** Types of what a user writes to choose a law, after reading. Laws may stand inside laws, so these are spelt out. */
import type { Choice } from '../../strategy.ts';
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

type SharedLawChoice = Choice<
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

interface MixtureOf<Law> {
  readonly kind: 'mixture';
  of: { weight: number; law: Law }[];
}

interface TruncationOf<Law> {
  readonly kind: 'truncated';
  law: Law;
  max: number;
}

/** A law of durations: every value in seconds. */
export type DurationLawChoice =
  SharedLawChoice | MixtureOf<DurationLawChoice> | TruncationOf<DurationLawChoice>;

/** A law of numbers of tokens. */
export type TokenLawChoice =
  SharedLawChoice | Choice<typeof geometric> | MixtureOf<TokenLawChoice> | TruncationOf<TokenLawChoice>;

/** A law of either. */
export type LawChoice = DurationLawChoice | TokenLawChoice;
