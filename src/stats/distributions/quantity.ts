/**
 * Quantities: how the values of a distribution are written in a scenario, as durations (`250ms`) or as numbers of tokens
 * (`250`). After reading both are numbers, so samplers never ask.
 */
import { Type, type TUnsafe } from 'typebox';
import { Duration, NonNegative, Positive, PositiveDuration, type Notes } from '../../input/schema.ts';
import type { Written } from '../../input/written.ts';
import type { Distribution, DistributionEnvironment } from './distribution.ts';

/** The `$ref` under which the validator knows `durationDistributions.schema`, for distributions inside distributions. */
export const DURATION_DISTRIBUTION = 'durationDistribution';
/** The `$ref` under which the validator knows `tokenDistributions.schema`. */
export const TOKEN_DISTRIBUTION = 'tokenDistribution';

/** A quantity; `Amount` is how a value of it is written. */
export interface Quantity<Amount> {
  positive(notes: Notes): TUnsafe<number> & Written<Amount>;
  zeroOrMore(notes: Notes): TUnsafe<number> & Written<Amount>;
  /** A number of the quantity's customary unit (milliseconds, tokens) as written in an example. */
  written(amount: number): string | number;
}

/**
 * A quantity whose distributions may be nested. `Nested` is the choice of such a distribution, `NestedWritten` how it is
 * written.
 */
export interface NestingQuantity<Amount, Nested, NestedWritten> extends Quantity<Amount> {
  readonly distribution: TUnsafe<Nested> & Written<NestedWritten>;
  create(choice: Nested, environment: DistributionEnvironment): Distribution;
}

export const DURATIONS: Quantity<string> = {
  positive: PositiveDuration,
  zeroOrMore: Duration,
  written: (amount) => `${amount}ms`,
};

/** Tokens of one prompt or answer at most: the sum of two is a whole number of 32 bits, as engines count them. */
export const MOST_TOKENS = 1_000_000_000;

const asWritten = (schema: object) => Type.Unsafe<number>(schema) as TUnsafe<number> & Written<number>;

export const TOKENS: Quantity<number> = {
  positive: (notes) => asWritten({ ...Positive(notes), maximum: MOST_TOKENS }),
  zeroOrMore: (notes) => asWritten({ ...NonNegative(notes), maximum: MOST_TOKENS }),
  written: (amount) => amount,
};
