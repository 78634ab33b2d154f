/** Paid by advertisers for requests served. */
import { NonNegative } from '../../input/schema.ts';
import { revenuePlan } from './revenue-plan.ts';

const REQUESTS_PER_THOUSAND = 1_000;

export const advertising = revenuePlan({
  kind: 'advertising',
  summary: 'A price per thousand completed requests.',
  parameters: {
    usdPerThousandRequests: NonNegative({ description: 'Price of a thousand completed requests [USD].' }),
  },
  example: { kind: 'advertising', usdPerThousandRequests: 0.4 },
  declares: { needs: null, billsTokens: false },
  create: ({ usdPerThousandRequests }) => ({
    fromUse: ({ completed }) => (completed * usdPerThousandRequests) / REQUESTS_PER_THOUSAND,
    overTime: () => 0,
  }),
});
