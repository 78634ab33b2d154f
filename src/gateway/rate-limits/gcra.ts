/**
 * GCRA, the generic cell rate algorithm in its virtual-scheduling form (ITU-T I.371): a token bucket that stores,
 * instead of a level and its date, the instant at which the bucket will be full again. One number per key, exact to the
 * clock.
 */
import { NANOSECONDS_PER_SECOND } from '../../units.ts';
import { rateLimitStrategy, settlement, type RateLimit } from './rate-limit.ts';
import { refill, scaledRefill } from './refill.ts';

export const gcra = rateLimitStrategy({
  kind: 'gcra',
  summary: 'A token bucket stored as the instant at which it is full again; one number per key.',
  parameters: { ...refill, ...settlement },
  example: { kind: 'gcra', perMinute: 500, burst: 500 },
  create: (parameters, environment) => {
    const { keys } = environment;
    const { rate, burst } = scaledRefill(parameters, environment);
    return new Gcra(keys, rate, burst);
  },
});

/** Tolerance for rounding of sums of increments [clock steps]: too small to advance a request by a step. */
const ROUNDING = 0.25;

class Gcra implements RateLimit {
  readonly untilEnd = false;
  private readonly burst: number;
  /** Seconds that one unit takes to refill. */
  private readonly interval: number;
  /** The theoretical arrival time: when the bucket of each key is full again [s]; in the past for a full one. */
  private readonly fullAt: Float64Array;

  constructor(keys: number, rate: number, burst: number) {
    this.burst = burst;
    this.interval = 1 / rate;
    this.fullAt = new Float64Array(keys);
  }

  delay(key: number, amount: number, now: number): number {
    if (amount > this.burst) return Infinity;
    const due = this.fullAt[key]! + (amount - this.burst) * this.interval;
    if (due <= now) return 0;
    const wait = Math.ceil(due * NANOSECONDS_PER_SECOND - ROUNDING) / NANOSECONDS_PER_SECOND - now;
    return wait > 0 ? wait : 0;
  }

  delayUntilPositive(key: number, now: number): number {
    const emptyUntil = this.fullAt[key]! - this.burst * this.interval;
    const wait =
      (Math.floor(emptyUntil * NANOSECONDS_PER_SECOND + ROUNDING) + 1) / NANOSECONDS_PER_SECOND - now;
    return wait > 0 ? wait : 0;
  }

  debit(key: number, amount: number, now: number): void {
    this.fullAt[key] = Math.max(this.fullAt[key]!, now) + amount * this.interval;
  }

  credit(key: number, amount: number): void {
    this.fullAt[key]! -= amount * this.interval;
  }

  level(key: number, now: number): number {
    return this.burst - Math.max(0, this.fullAt[key]! - now) / this.interval;
  }
}
