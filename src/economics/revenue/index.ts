/** The revenue plans of a tier. */
import { Family } from '../../input/strategy.ts';
import { advertising } from './advertising.ts';
import { perOutcome } from './per-outcome.ts';
import { perToken } from './per-token.ts';
import { provisioned } from './provisioned.ts';
import { subscription } from './subscription.ts';

export const revenuePlans = new Family('revenue plan', 'What a tier pays.', [
  perToken,
  subscription,
  provisioned,
  perOutcome,
  advertising,
]);

export type { Bill, Course, RevenuePlan, Terms, Use } from './revenue-plan.ts';
export { creditOf, slaCreditsSchema, type SlaCredits } from './sla-credits.ts';
