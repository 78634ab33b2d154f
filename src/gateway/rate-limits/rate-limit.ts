/**
 * Rate-limit algorithms: how much a key (a tenant, a tier, everyone) may use, and when more conforms. An algorithm
 * knows amounts, keys and time; which requests it counts and what happens to the rest is the limiter's affair.
 */
import { ParameterError } from '../../errors.ts';
import { Count, OneOf, Positive } from '../../schema.ts';
import { strategiesOf } from '../../strategy.ts';
import { belowClockStep, NANOSECONDS_PER_SECOND, shareOf } from '../../units.ts';

/** An allowance for each of its keys. Instants are those of the run [s], and never go back. */
export interface RateLimit {
  /** Whether an amount is held until the request ends and given back then, instead of coming back with time. */
  readonly untilEnd: boolean;
  /**
   * How long until `amount` conforms if nothing else comes [s]: 0 now, ∞ never, NaN when no instant is known because
   * requests in flight must end first. Changes no allowance.
   */
  delay(key: number, amount: number, now: number): number;
  /** The same for anything at all: 0 while the allowance is above nothing. */
  delayUntilPositive(key: number, now: number): number;
  /** Uses `amount`, whether or not it conforms. */
  debit(key: number, amount: number, now: number): void;
  /** Gives back what was used too much at `debitedAt`; what has come back by itself since is not given twice. */
  credit(key: number, amount: number, now: number, debitedAt: number): void;
  /** The unused allowance of a key now, for reports and tests; below 0 when overdrawn. */
  level(key: number, now: number): number;
}

export interface RateLimitEnvironment {
  /** Keys are 0 ≤ key < keys. */
  readonly keys: number;
  /** What allowances in the scenario are multiplied by: the cell's share, or 1 for limits per tenant. */
  readonly scale: number;
  /** Units that amounts are counted in, in one of what the scenario states: 1, or more where that has fractions. */
  readonly units: number;
  /** Time of the week at which the run starts [s since Monday 00:00]: where windows of the clock begin. */
  readonly startOfWeek: number;
  /** The date of its start [s since 1970-01-01 00:00]; `null` where none is known. */
  readonly startDate: number | null;
}

/**
 * When a token rule counts the output: `reserve` what may be used and refund the rest at the end, `pre` the true cost
 * before service (clairvoyant: for comparison only), `post` the true cost at the end, admitting while the level is
 * positive. Of what is read from a prefix cache, what the request declares is known before service; what a replica finds
 * of a session or of a shared beginning is counted as not cached until the end, by all three, and settled there.
 */
export const SETTLEMENTS = ['reserve', 'pre', 'post'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

/** The parameters of every algorithm that can count tokens. */
export const settlement = {
  settle: OneOf(SETTLEMENTS, {
    default: 'reserve',
    description:
      'For resources of tokens and usd. reserve: prompt + the declared maximum output, the rest refunded at the end; pre: the true cost before service (clairvoyant); post: the true cost at the end, admitting while the level is positive. Hits in the prefix cache of a replica are known at the end, and refunded then.',
  }),
  undeclaredMaxOutput: Count({
    default: 4096,
    description: 'Output tokens that reserve assumes of a client that declares no maximum.',
  }),
};

/** The limit of an algorithm that keeps a count. */
export const Limit = (description: string) =>
  Positive({ description: `${description} A whole number, but of usd.` });

/**
 * A limit as the cell has it, in units. Like replicas and tenants it must come out whole: a window of 1.5 requests would
 * let 1 pass, which is another limit. Throws `ParameterError` naming the nearest limits that do.
 */
export function scaledLimit(limit: number, { scale, units }: RateLimitEnvironment): number {
  if (units > 1) return wholeUnits(limit, scale, units);
  if (!Number.isInteger(limit))
    throw new ParameterError(
      'limit',
      `${limit} is not a whole number, and only limits in usd have fractions`,
    );
  const { whole, comesTo, nearest } = shareOf(limit, scale);
  if (whole !== null) return whole;
  throw new ParameterError(
    'limit',
    `${limit} × cell.share ${scale} leaves ${comesTo} in the cell, which is not a whole number of one or more; ` +
      `change the limit (nearest that do: ${nearest.join(' and ')}) or the share`,
  );
}

/** The nearest number of units to a limit that has fractions, where there is one of which sums are exact. */
function wholeUnits(limit: number, scale: number, units: number): number {
  const amount = Math.round(limit * scale * units);
  if (amount >= 1 && amount <= Number.MAX_SAFE_INTEGER) return amount;
  const [least, most] = [1 / units, Number.MAX_SAFE_INTEGER / units].map((bound) => bound / scale);
  throw new ParameterError(
    'limit',
    `${limit} is out of range; give from ${least!.toPrecision(1)} to ${Math.floor(most!)}`,
  );
}

/** The steps of the run's clock in a duration [s]. Throws `ParameterError` at `path` when there is none. */
export function clockSteps(path: string, duration: number): number {
  const steps = Math.round(duration * NANOSECONDS_PER_SECOND);
  if (steps >= 1) return steps;
  throw new ParameterError(path, belowClockStep(`${Number(duration.toPrecision(6))} s`));
}

export const rateLimitStrategy = strategiesOf<RateLimitEnvironment, RateLimit>();
