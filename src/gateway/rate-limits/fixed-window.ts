/**
 * The fixed window: a count that starts anew at each turn of the clock. Up to twice the limit may pass around a turn:
 * what it promises, it promises of its own windows. Two numbers a key.
 */
import { Count, PositiveDuration } from '../../schema.ts';
import { NANOSECONDS_PER_SECOND } from '../../units.ts';
import { clockSteps, rateLimitStrategy, scaledLimit, settlement, type RateLimit } from './rate-limit.ts';

export const fixedWindow = rateLimitStrategy({
  kind: 'fixed-window',
  summary: 'A count that starts anew with each window of the clock.',
  parameters: {
    limit: Count({ description: 'The most in a window.' }),
    window: PositiveDuration({
      description:
        'Length of a window; they follow each other from Monday 00:00 on, so days begin at midnight.',
    }),
    ...settlement,
  },
  example: { kind: 'fixed-window', limit: 10000, window: '1d' },
  create: ({ limit, window }, { keys, scale, startOfWeek }) =>
    new FixedWindow(keys, scaledLimit(limit, scale), clockSteps('window', window), startOfWeek),
});

class FixedWindow implements RateLimit {
  readonly untilEnd = false;
  private readonly limit: number;
  /** Length of a window [steps of the clock]: whole numbers, so that a turn falls on its very step. */
  private readonly window: number;
  private readonly startOfWeek: number;
  private readonly used: Float64Array;
  /** The window in which each key's count began; −1 before its first. */
  private readonly countedIn: Float64Array;

  constructor(keys: number, limit: number, window: number, startOfWeek: number) {
    this.limit = limit;
    this.window = window;
    this.startOfWeek = startOfWeek;
    this.used = new Float64Array(keys);
    this.countedIn = new Float64Array(keys).fill(-1);
  }

  delay(key: number, amount: number, now: number): number {
    if (amount > this.limit) return Infinity;
    return amount <= this.level(key, now) ? 0 : this.untilNext(now);
  }

  delayUntilPositive(key: number, now: number): number {
    return this.level(key, now) > 0 ? 0 : this.untilNext(now);
  }

  debit(key: number, amount: number, now: number): void {
    this.used[key] = this.limit - this.level(key, now) + amount;
    this.countedIn[key] = this.windowOf(now);
  }

  credit(key: number, amount: number, now: number, debitedAt: number): void {
    if (this.windowOf(debitedAt) === this.windowOf(now)) this.used[key]! -= amount;
  }

  level(key: number, now: number): number {
    return this.countedIn[key] === this.windowOf(now) ? this.limit - this.used[key]! : this.limit;
  }

  private windowOf(now: number): number {
    return Math.floor(Math.round((this.startOfWeek + now) * NANOSECONDS_PER_SECOND) / this.window);
  }

  private untilNext(now: number): number {
    const turn = ((this.windowOf(now) + 1) * this.window) / NANOSECONDS_PER_SECOND;
    return turn - this.startOfWeek - now;
  }
}
