/** The ways in which a tier can pay. */
import { Family } from '../../strategy.ts';
import { advertising } from './advertising.ts';
import { perToken } from './per-token.ts';
import { subscription } from './subscription.ts';

export const revenuePlans = new Family('revenue plan', 'What a tier pays.', [
  perToken,
  subscription,
  advertising,
]);

export type { RevenuePlan, Use } from './revenue-plan.ts';
