/** The algorithms a rate limit can use. */
import { Family } from '../../strategy.ts';
import { tokenBucket } from './token-bucket.ts';

export const rateLimits = new Family('rate limit', 'How much a tenant, a tier or everyone may use.', [
  tokenBucket,
]);

export type { RateLimit, Settlement } from './rate-limit.ts';
