/**
 * The token bucket: an allowance that refills continuously at a rate, up to a burst, and starts full. A key's bucket
 * is brought up to date when it is read, so that idle keys cost nothing.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Count, OneOf, Positive } from '../../schema.ts';
import { SECONDS_PER_MINUTE } from '../../units.ts';
import { rateLimitStrategy, SETTLEMENTS, type RateLimit } from './rate-limit.ts';

export const tokenBucket = rateLimitStrategy({
  kind: 'token-bucket',
  summary: 'An allowance that refills continuously up to a burst; starts full.',
  parameters: {
    perMinute: Type.Optional(Positive({ description: 'Refill a minute. Give this or perSecond.' })),
    perSecond: Type.Optional(Positive({ description: 'Refill a second.' })),
    burst: Positive({ description: 'The largest allowance that can gather.' }),
    settle: OneOf(SETTLEMENTS, {
      default: 'reserve',
      description:
        'For token resources. reserve: prompt + the declared maximum output, the rest refunded at the end; pre: the true cost before service (clairvoyant); post: the true cost at the end, admitting while the level is positive.',
    }),
    undeclaredMaxOutput: Count({
      default: 4096,
      description: 'Output tokens that reserve assumes of a client that declares no maximum.',
    }),
  },
  example: { kind: 'token-bucket', perMinute: 500, burst: 500 },
  create: ({ perMinute, perSecond, burst }, { keys, scale }) => {
    if ((perMinute === undefined) === (perSecond === undefined)) {
      throw new ParameterError('', 'needs either perMinute or perSecond, and not both');
    }
    const rate = perSecond ?? perMinute! / SECONDS_PER_MINUTE;
    if (burst * scale < 1) {
      throw new ParameterError(
        'burst',
        `${burst} × cell.share ${scale} is less than one, so nothing could ever pass; give at least ${1 / scale}, or a larger share`,
      );
    }
    return new TokenBucket(keys, rate * scale, burst * scale);
  },
});

/** A conforming amount may miss the level by this share of it: the rounding of many refills, never a whole request. */
const ROUNDING = 1e-9;
/** … and by what refills in the step of the run's clock [s], so that who comes back when told to is not a hair early. */
const CLOCK_STEP = 1e-9;

export class TokenBucket implements RateLimit {
  private readonly rate: number;
  private readonly burst: number;
  private readonly levels: Float64Array;
  private readonly updatedAt: Float64Array;

  /** `rate` per second, `burst` at most, for each of `keys`. */
  constructor(keys: number, rate: number, burst: number) {
    this.rate = rate;
    this.burst = burst;
    this.levels = new Float64Array(keys).fill(burst);
    this.updatedAt = new Float64Array(keys);
  }

  delay(key: number, amount: number, now: number): number {
    const missing = amount - this.level(key, now);
    if (missing <= ROUNDING * amount + CLOCK_STEP * this.rate) return 0;
    return amount > this.burst ? Infinity : missing / this.rate;
  }

  delayUntilPositive(key: number, now: number): number {
    const level = this.level(key, now);
    return level > 0 ? 0 : -level / this.rate + CLOCK_STEP;
  }

  debit(key: number, amount: number, now: number): void {
    this.levels[key] = this.level(key, now) - amount;
    this.updatedAt[key] = now;
  }

  credit(key: number, amount: number, now: number): void {
    this.levels[key] = Math.min(this.burst, this.level(key, now) + amount);
    this.updatedAt[key] = now;
  }

  level(key: number, now: number): number {
    return Math.min(this.burst, this.levels[key]! + this.rate * (now - this.updatedAt[key]!));
  }
}
