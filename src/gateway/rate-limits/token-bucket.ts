/**
 * The token bucket: an allowance that refills at a rate, continuously or in ticks, up to a burst, and starts full. A
 * key's bucket is updated when it is read, so that idle keys cost nothing.
 */
import { Type } from 'typebox';
import { PositiveDuration } from '../../input/schema.ts';
import { CLOCK_STEP, NANOSECONDS_PER_SECOND } from '../../units.ts';
import { clockSteps, rateLimitStrategy, settlement, type RateLimit } from './rate-limit.ts';
import { refill, scaledRefill } from './refill.ts';

export const tokenBucket = rateLimitStrategy({
  kind: 'token-bucket',
  summary: 'An allowance that refills up to a burst; starts full.',
  parameters: {
    ...refill,
    tick: Type.Optional(
      PositiveDuration({
        description:
          'Refills in ticks at multiples of this since the start of the run; continuously when left out.',
        examples: ['1s'],
      }),
    ),
    ...settlement,
  },
  example: { kind: 'token-bucket', perMinute: 500, burst: 500 },
  create: (parameters, environment) => {
    const { keys } = environment;
    const { rate, burst } = scaledRefill(parameters, environment);
    const { tick } = parameters;
    return tick === undefined
      ? new TokenBucket(keys, rate, burst)
      : new TickedBucket(keys, rate, burst, clockSteps('tick', tick));
  },
});

/**
 * Tolerance: a conforming amount may exceed the level by this share of it (the rounding of many refills, never a whole
 * request) and by the refill of one clock step, so that a retry exactly at Retry-After is not marginally early.
 */
const ROUNDING = 1e-9;

export class TokenBucket implements RateLimit {
  readonly untilEnd = false;
  private readonly rate: number;
  private readonly burst: number;
  /** Per key its level and the time of that level [s], interleaved: keys are many, and both are read together. */
  private readonly buckets: Float64Array;

  /** `rate` per second, up to `burst`, for each of `keys`. */
  constructor(keys: number, rate: number, burst: number) {
    this.rate = rate;
    this.burst = burst;
    this.buckets = new Float64Array(2 * keys);
    for (let key = 0; key < keys; key++) this.buckets[2 * key] = burst;
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
    this.set(key, this.level(key, now) - amount, now);
  }

  credit(key: number, amount: number, now: number): void {
    this.set(key, Math.min(this.burst, this.level(key, now) + amount), now);
  }

  level(key: number, now: number): number {
    const { buckets } = this;
    return Math.min(this.burst, buckets[2 * key]! + this.rate * (now - buckets[2 * key + 1]!));
  }

  private set(key: number, level: number, now: number): void {
    this.buckets[2 * key] = level;
    this.buckets[2 * key + 1] = now;
  }
}

/** The bucket that refills in ticks, and not in between. */
class TickedBucket implements RateLimit {
  readonly untilEnd = false;
  private readonly perTick: number;
  private readonly burst: number;
  /** Time between ticks [clock steps]. */
  private readonly tick: number;
  private readonly levels: Float64Array;
  /** The tick up to which each key is refilled. */
  private readonly refilledTo: Float64Array;

  constructor(keys: number, rate: number, burst: number, tick: number) {
    this.perTick = (rate * tick) / NANOSECONDS_PER_SECOND;
    this.burst = burst;
    this.tick = tick;
    this.levels = new Float64Array(keys).fill(burst);
    this.refilledTo = new Float64Array(keys);
  }

  delay(key: number, amount: number, now: number): number {
    const missing = amount - this.level(key, now);
    if (missing <= ROUNDING * amount) return 0;
    if (amount > this.burst) return Infinity;
    return this.untilTick(Math.ceil((missing - ROUNDING * amount) / this.perTick), now);
  }

  delayUntilPositive(key: number, now: number): number {
    const level = this.level(key, now);
    return level > 0 ? 0 : this.untilTick(Math.floor(-level / this.perTick) + 1, now);
  }

  debit(key: number, amount: number, now: number): void {
    this.levels[key] = this.level(key, now) - amount;
    this.refilledTo[key] = this.ticksBy(now);
  }

  credit(key: number, amount: number, now: number): void {
    this.debit(key, -Math.min(amount, this.burst - this.level(key, now)), now);
  }

  level(key: number, now: number): number {
    const ticks = this.ticksBy(now) - this.refilledTo[key]!;
    return Math.min(this.burst, this.levels[key]! + this.perTick * ticks);
  }

  private ticksBy(now: number): number {
    return Math.floor(Math.round(now * NANOSECONDS_PER_SECOND) / this.tick);
  }

  private untilTick(ticks: number, now: number): number {
    return ((this.ticksBy(now) + ticks) * this.tick) / NANOSECONDS_PER_SECOND - now;
  }
}
