/**
 * Concurrency: how many requests, or tokens of requests, may be in flight, from their admission by the limits to their
 * end. Tokens are those that a request may use, reserved as long as it is in flight. One number per key.
 */
import { OneOf } from '../../input/schema.ts';
import { Limit, rateLimitStrategy, scaledLimit, settlement, type RateLimit } from './rate-limit.ts';

export const concurrency = rateLimitStrategy({
  kind: 'concurrency',
  summary: 'A bound on the requests or tokens in flight: taken at admission, released when the request ends.',
  parameters: {
    limit: Limit('The most requests in flight, or tokens or dollars of them.'),
    ...settlement,
    settle: OneOf(['reserve', 'pre'] as const, {
      default: 'reserve',
      description:
        'For token resources. reserve: prompt + the declared maximum output are in flight; pre: the tokens that will be (clairvoyant).',
    }),
  },
  example: { kind: 'concurrency', limit: 10 },
  create: ({ limit }, environment) => new Concurrency(environment.keys, scaledLimit(limit, environment)),
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
