/** Paid for reserved throughput, used or not. */
import { NonNegative } from '../../input/schema.ts';
import { SECONDS_PER_HOUR } from '../../units.ts';
import { revenuePlan } from './revenue-plan.ts';

/** The throughput of a unit is a limit of the gateway; a plan only prices it. */
export const provisioned = revenuePlan({
  kind: 'provisioned',
  summary: 'A price per hour for throughput that each tenant has committed to, used or not.',
  parameters: {
    units: NonNegative({
      description:
        'Units of throughput that a tenant has, such as PTUs of Azure; what a unit is, gateway.rateLimits say.',
    }),
    usdPerUnitHour: NonNegative({ description: 'Price of a unit for an hour [USD].' }),
  },
  example: { kind: 'provisioned', units: 50, usdPerUnitHour: 1 },
  declares: { needs: null, billsTokens: false },
  create: ({ units, usdPerUnitHour }) => ({
    fromUse: () => 0,
    overTime: (tenants, seconds) => (tenants * units * usdPerUnitHour * seconds) / SECONDS_PER_HOUR,
  }),
});
