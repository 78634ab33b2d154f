/** Concurrency: how many requests may be in flight, from their admission by the limits to their end. One number a key. */
import { Count } from '../../schema.ts';
import { rateLimitStrategy, scaledLimit, type RateLimit } from './rate-limit.ts';

export const concurrency = rateLimitStrategy({
  kind: 'concurrency',
  summary: 'A bound on the requests in flight: taken at admission, given back when the request ends.',
  parameters: { limit: Count({ description: 'The most requests in flight.' }) },
  example: { kind: 'concurrency', limit: 10 },
  create: ({ limit }, { keys, scale }) => new Concurrency(keys, scaledLimit(limit, scale)),
});

class Concurrency implements RateLimit {
  readonly untilEnd = true;
  private readonly limit: number;
  private readonly inFlight: Float64Array;

  constructor(keys: number, limit: number) {
    this.limit = limit;
    this.inFlight = new Float64Array(keys);
  }

  delay(key: number, amount: number): number {
    if (amount > this.limit) return Infinity;
    return amount <= this.level(key) ? 0 : NaN;
  }

  delayUntilPositive(key: number): number {
    return this.level(key) > 0 ? 0 : NaN;
  }

  debit(key: number, amount: number): void {
    this.inFlight[key]! += amount;
  }

  credit(key: number, amount: number): void {
    this.inFlight[key]! -= amount;
  }

  level(key: number): number {
    return this.limit - this.inFlight[key]!;
  }
}
