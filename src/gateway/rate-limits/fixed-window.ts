/**
 * The fixed window: a count that is reset at each window boundary. Up to twice the limit may pass around a boundary:
 * the bound holds only within its own windows. Two numbers per key.
 */
import { Type } from 'typebox';
import { Period, WindowStartTime } from '../../input/schema.ts';
import { clockTurns, type ClockTurns } from './clock-turns.ts';
import { Limit, rateLimitStrategy, scaledLimit, settlement, type RateLimit } from './rate-limit.ts';

export const fixedWindow = rateLimitStrategy({
  kind: 'fixed-window',
  summary: 'A count that is reset with each window of the clock, such as a day, a week or a calendar month.',
  parameters: {
    limit: Limit('The most in a window.'),
    window: Period({
      description:
        'Length of a window, such as 1d; windows are consecutive from Monday 00:00, so days begin at midnight. Or calendar months, such as 1month, where horizon.start is a date.',
    }),
    from: Type.Optional(
      WindowStartTime({
        description:
          'When windows begin, if not at 00:00 of Monday or of the first of a month: a time of day such as 09:00, of the week such as Sun 09:00, or of the month such as day 15 09:00 (its last day where a month is shorter).',
        examples: ['Sun 09:00'],
      }),
    ),
    ...settlement,
  },
  example: { kind: 'fixed-window', limit: 10000, window: '1d' },
  create: ({ limit, window, from }, environment) =>
    new FixedWindow(environment.keys, scaledLimit(limit, environment), clockTurns(window, from, environment)),
});

class FixedWindow implements RateLimit {
  readonly untilEnd = false;
  private readonly limit: number;
  private readonly turns: ClockTurns;
  private readonly used: Float64Array;
  /** The window in which each key's count began; NaN before its first. */
  private readonly countedIn: Float64Array;

  constructor(keys: number, limit: number, turns: ClockTurns) {
    this.limit = limit;
    this.turns = turns;
    this.used = new Float64Array(keys);
    this.countedIn = new Float64Array(keys).fill(NaN);
  }

  delay(key: number, amount: number, now: number): number {
    if (amount > this.limit) return Infinity;
    return amount <= this.level(key, now) ? 0 : this.turns.next(now) - now;
  }

  delayUntilPositive(key: number, now: number): number {
    return this.level(key, now) > 0 ? 0 : this.turns.next(now) - now;
  }

  debit(key: number, amount: number, now: number): void {
    this.used[key] = this.limit - this.level(key, now) + amount;
    this.countedIn[key] = this.turns.windowOf(now);
  }

  credit(key: number, amount: number, now: number, debitedAt: number): void {
    if (this.turns.windowOf(debitedAt) === this.turns.windowOf(now)) this.used[key]! -= amount;
  }

  level(key: number, now: number): number {
    return this.countedIn[key] === this.turns.windowOf(now) ? this.limit - this.used[key]! : this.limit;
  }
}
