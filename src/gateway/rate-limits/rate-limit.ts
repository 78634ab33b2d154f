/**
 * Rate-limit algorithms: how much a key (a tenant, a tier, everyone) may use, and when more conforms. An algorithm
 * knows amounts, keys and time, and nothing of requests: the limiter decides which it counts and what happens to the
 * rest.
 */
import { ParameterError } from '../../errors.ts';
import { Count, OneOf, Positive } from '../../input/schema.ts';
import { strategiesOf } from '../../input/strategy.ts';
import { belowClockStep, NANOSECONDS_PER_SECOND, shareOf } from '../../units.ts';

/** An allowance for each of its keys. Instants are those of the run [s], and never decrease. */
export interface RateLimit {
  /** Whether an amount is held until the request ends and released then, instead of refilling with time. */
  readonly untilEnd: boolean;
  /**
   * How long until `amount` conforms if no other request arrives [s]: 0 now, ∞ never, NaN when unknown because requests
   * in flight must end first. Changes no allowance.
   */
  delay(key: number, amount: number, now: number): number;
  /** The same for any amount: 0 while the allowance is above zero. */
  delayUntilPositive(key: number, now: number): number;
  /** Uses `amount`, whether or not it conforms. */
  debit(key: number, amount: number, now: number): void;
  /** Refunds what was debited in excess at `debitedAt`; what has refilled since is not refunded twice. */
  credit(key: number, amount: number, now: number, debitedAt: number): void;
  /** The unused allowance of a key now, for reports and tests; below 0 when overdrawn. */
  level(key: number, now: number): number;
}

export interface RateLimitEnvironment {
  /** Keys are 0 ≤ key < keys. */
  readonly keys: number;
  /** Factor on allowances of the scenario: the cell's share, or 1 for limits per tenant. */
  readonly scale: number;
  /** Units of an amount per unit of the scenario: 1, or more where limits have fractions. */
  readonly units: number;
  /** Time of the week at which the run starts [s since Monday 00:00]: where windows of the clock begin. */
  readonly startOfWeek: number;
  /** The date of its start [s since 1970-01-01 00:00]; `null` where none is known. */
  readonly startDate: number | null;
}

/**
 * When a token rule counts the output: `reserve` what may be used and refund the rest at the end, `pre` the true cost
 * before service (clairvoyant: for comparison only), `post` the true cost at the end, admitting while the level is
 * positive. Of cached tokens, those that the request declares are known before service; those that a replica finds for
 * a session or a shared prefix count as uncached until the end, in all three modes, and are settled then.
 */
export const SETTLEMENTS = ['reserve', 'pre', 'post'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

/** The parameters of every algorithm that can count tokens. */
export const settlement = {
  settle: OneOf(SETTLEMENTS, {
    default: 'reserve',
    description:
      'For token and usd resources. reserve: prompt + the declared maximum output, the rest refunded at the end; pre: the true cost before service (clairvoyant); post: the true cost at the end, admitting while the level is positive. Hits in the prefix cache of a replica are known at the end, and refunded then.',
  }),
  undeclaredMaxOutput: Count({
    default: 4096,
    description: 'Output tokens that reserve assumes for a request that declares no maximum.',
  }),
};

/** The limit of a counting algorithm. */
export const Limit = (description: string) =>
  Positive({ description: `${description} A whole number, except for usd.` });

/**
 * A limit scaled to the cell, in units. Like replicas and tenants it must be whole: a window of 1.5 requests would let
 * 1 pass, which is another limit. Throws `ParameterError` with the nearest limits that are whole.
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

/** The nearest number of units to a fractional limit; throws where sums of units would not be exact. */
function wholeUnits(limit: number, scale: number, units: number): number {
  const amount = Math.round(limit * scale * units);
  if (amount >= 1 && amount <= Number.MAX_SAFE_INTEGER) return amount;
  const [least, most] = [1 / units, Number.MAX_SAFE_INTEGER / units].map((bound) => bound / scale);
  throw new ParameterError(
    'limit',
    `${limit} is out of range; give from ${least!.toPrecision(1)} to ${Math.floor(most!)}`,
  );
}

/** The clock steps in a duration [s]. Throws `ParameterError` at `path` when it is shorter than one. */
export function clockSteps(path: string, duration: number): number {
  const steps = Math.round(duration * NANOSECONDS_PER_SECOND);
  if (steps >= 1) return steps;
  throw new ParameterError(path, belowClockStep(`${Number(duration.toPrecision(6))} s`));
}

export const rateLimitStrategy = strategiesOf<RateLimitEnvironment, RateLimit>();
