/**
 * Rate-limit algorithms: how much a key (a tenant, a tier, everyone) may use, and when more conforms. An algorithm
 * knows amounts, keys and time; which requests it counts and what happens to the rest is the limiter's affair.
 */
import { strategiesOf } from '../../strategy.ts';

export interface RateLimit {
  /** How long until `amount` conforms [s]: 0 now, ∞ never. Changes nothing. */
  delay(key: number, amount: number, now: number): number;
  /** How long until anything at all is allowed [s]: 0 while the allowance is above nothing. Changes nothing. */
  delayUntilPositive(key: number, now: number): number;
  /** Uses `amount`, whether or not it conforms. */
  debit(key: number, amount: number, now: number): void;
  /** Gives back what was used too much. */
  credit(key: number, amount: number, now: number): void;
  /** The unused allowance of a key now, for reports and tests. */
  level(key: number, now: number): number;
}

export interface RateLimitEnvironment {
  /** Keys are 0 ≤ key < keys. */
  readonly keys: number;
  /** What allowances in the scenario are multiplied by: the cell's share, or 1 for limits per tenant. */
  readonly scale: number;
}

/**
 * When a token rule counts the output: `reserve` what may be used and refund the rest at the end, `pre` the true cost
 * before service (clairvoyant: for comparison only), `post` the true cost at the end, admitting while the level is
 * positive.
 */
export const SETTLEMENTS = ['reserve', 'pre', 'post'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

export const rateLimitStrategy = strategiesOf<RateLimitEnvironment, RateLimit>();
