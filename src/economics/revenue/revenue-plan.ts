/** Revenue plans: what a tier pays. A plan sees what service completed and how long its tenants subscribed. */
import { strategiesOf } from '../../strategy.ts';

/** What service completed for a tier. */
export interface Use {
  readonly completed: number;
  /** Tokens of the prompts, cached ones included. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** The same of requests given up after their first token: their output is what they had received. */
  readonly cancelledPromptTokens: number;
  readonly cancelledCachedTokens: number;
  readonly cancelledOutputTokens: number;
}

export interface RevenuePlan {
  /** What is earned by use [USD]. */
  fromUse(use: Use): number;
  /** What a number of tenants pays for being subscribed over a time [USD]. */
  overTime(tenants: number, seconds: number): number;
}

export const revenuePlan = strategiesOf<null, RevenuePlan>();
