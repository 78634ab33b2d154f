/** Paid by the month, whatever is used. */
import { NonNegative } from '../../schema.ts';
import { SECONDS_PER_MONTH } from '../../units.ts';
import { revenuePlan } from './revenue-plan.ts';

export const subscription = revenuePlan({
  kind: 'subscription',
  summary: 'A price per tenant and month, accrued over time.',
  parameters: { usdPerMonth: NonNegative({ description: 'Price of a month for one tenant [USD].' }) },
  example: { kind: 'subscription', usdPerMonth: 20 },
  create: ({ usdPerMonth }) => ({
    fromUse: () => 0,
    overTime: (tenants, seconds) => (tenants * usdPerMonth * seconds) / SECONDS_PER_MONTH,
  }),
});
