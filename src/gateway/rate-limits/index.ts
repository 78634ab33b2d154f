/** The algorithms a rate limit can use. */
import { Family } from '../../input/strategy.ts';
import { concurrency } from './concurrency.ts';
import { fixedWindow } from './fixed-window.ts';
import { gcra } from './gcra.ts';
import { quota } from './quota.ts';
import { slidingWindow } from './sliding-window.ts';
import { tokenBucket } from './token-bucket.ts';

export const rateLimits = new Family('rate limit', 'How much a tenant, a tier or everyone may use.', [
  tokenBucket,
  gcra,
  fixedWindow,
  slidingWindow,
  quota,
  concurrency,
]);

export type { RateLimit, Settlement } from './rate-limit.ts';
