/**
 * Quantities: how the values of a distribution are written in a scenario, as durations (`250ms`) or as numbers of tokens
 * (`250`). After reading both are numbers, so samplers never ask.
 */
import { Type, type TUnsafe } from 'typebox';
import { Duration, NonNegative, Positive, PositiveDuration, type Notes } from '../../input/schema.ts';
import type { Distribution, DistributionEnvironment } from './distribution.ts';

/** The `$ref` under which the validator knows `durationDistributions.schema`, for distributions inside distributions. */
export const DURATION_DISTRIBUTION = 'durationDistribution';
/** The `$ref` under which the validator knows `tokenDistributions.schema`. */
export const TOKEN_DISTRIBUTION = 'tokenDistribution';

export interface Quantity {
  positive(notes: Notes): TUnsafe<number>;
  zeroOrMore(notes: Notes): TUnsafe<number>;
  /** A number of the quantity's customary unit (milliseconds, tokens) as written in an example. */
  written(amount: number): string | number;
}

/** A quantity whose distributions may be nested. `Nested` is the choice of such a distribution. */
export interface NestingQuantity<Nested> extends Quantity {
  readonly distribution: TUnsafe<Nested>;
  create(choice: Nested, environment: DistributionEnvironment): Distribution;
}

export const DURATIONS: Quantity = {
  positive: PositiveDuration,
  zeroOrMore: Duration,
  written: (amount) => `${amount}ms`,
};

/** Tokens of one prompt or answer at most: the sum of two is a whole number of 32 bits, as engines count them. */
export const MOST_TOKENS = 1_000_000_000;

export const TOKENS: Quantity = {
  positive: (notes) => Type.Unsafe<number>({ ...Positive(notes), maximum: MOST_TOKENS }),
  zeroOrMore: (notes) => Type.Unsafe<number>({ ...NonNegative(notes), maximum: MOST_TOKENS }),
  written: (amount) => amount,
};
