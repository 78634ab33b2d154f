/**
 * Quotas: an allowance for hours, a day or a week, as in consumer plans. Either each use expires one window after it,
 * or all uses expire together, one window after the first.
 */
import { OneOf, PositiveDuration } from '../../input/schema.ts';
import { onGrid } from '../../units.ts';
import {
  clockSteps,
  Limit,
  rateLimitStrategy,
  scaledLimit,
  settlement,
  type RateLimit,
} from './rate-limit.ts';
import { UseLog } from './use-log.ts';

export const quota = rateLimitStrategy({
  kind: 'quota',
  summary: 'An allowance for a rolling window of hours, a day or a week.',
  parameters: {
    limit: Limit('The allowance.'),
    window: PositiveDuration({ description: 'Length of the window, such as 5h, 1d or 1week.' }),
    resets: OneOf(['rolling', 'first-use'] as const, {
      default: 'rolling',
      description:
        'rolling: each use comes back one window after it; first-use: the window opens with the first use, and all comes back at its end.',
    }),
    ...settlement,
  },
  example: { kind: 'quota', limit: 40, window: '5h' },
  create: ({ limit, window, resets }, environment) => {
    const { keys } = environment;
    clockSteps('window', window);
    const whole = scaledLimit(limit, environment);
    return resets === 'rolling' ? new UseLog(keys, whole, window) : new SessionQuota(keys, whole, window);
  },
});

/** The quota whose window opens with a key's first use since the last window closed. Two numbers per key. */
class SessionQuota implements RateLimit {
  readonly untilEnd = false;
  private readonly limit: number;
  private readonly window: number;
  private readonly used: Float64Array;
  private readonly closesAt: Float64Array;

  constructor(keys: number, limit: number, window: number) {
    this.limit = limit;
    this.window = window;
    this.used = new Float64Array(keys);
    this.closesAt = new Float64Array(keys);
  }

  delay(key: number, amount: number, now: number): number {
    if (amount > this.limit) return Infinity;
    return amount <= this.level(key, now) ? 0 : this.closesAt[key]! - now;
  }

  delayUntilPositive(key: number, now: number): number {
    return this.level(key, now) > 0 ? 0 : this.closesAt[key]! - now;
  }

  debit(key: number, amount: number, now: number): void {
    if (now >= this.closesAt[key]!) {
      this.used[key] = 0;
      this.closesAt[key] = onGrid(now + this.window);
    }
    this.used[key]! += amount;
  }

  credit(key: number, amount: number, now: number, debitedAt: number): void {
    const opensAt = this.closesAt[key]! - this.window;
    if (now < this.closesAt[key]! && debitedAt >= onGrid(opensAt)) this.used[key]! -= amount;
  }

  level(key: number, now: number): number {
    return now < this.closesAt[key]! ? this.limit - this.used[key]! : this.limit;
  }
}
