/** Paid on success: an agent run that succeeds, or a request that resolves what it was sent for. */
import { Type } from 'typebox';
import { NonNegative, OneOf, Probability } from '../../input/schema.ts';
import { revenuePlan } from './revenue-plan.ts';

/**
 * A served request reaches its outcome with a probability that degraded service scales by its quality; for a run, the
 * lowest quality of its calls counts. The sum of the probabilities is paid: outcomes are not drawn. 0.99 dollars is
 * what Intercom charges for a resolution (reported, 2026: pulserevops.com/reviews/q12973).
 */
export const perOutcome = revenuePlan({
  kind: 'per-outcome',
  summary: 'A price per agent run or request that succeeds; quality scales success.',
  parameters: {
    usdPerOutcome: NonNegative({ description: 'Price of an outcome [USD].' }),
    of: OneOf(['run', 'request'], { description: 'What has an outcome: an agent run, or each request.' }),
    successRate: Type.Optional(
      Probability({
        description: 'Share of what is served in full quality that reaches its outcome; 1 when left out.',
      }),
    ),
  },
  example: { kind: 'per-outcome', usdPerOutcome: 0.99, of: 'request', successRate: 0.6 },
  declares: {
    needs: ({ of }) =>
      of === 'run'
        ? {
            of: 'runs',
            key: 'of',
            otherwise: 'is run, but the tier has no agent runs; add session with run, or set of: request',
          }
        : null,
    billsTokens: false,
  },
  create: ({ usdPerOutcome, of, successRate = 1 }) => ({
    fromUse: ({ quality, runQuality }) => usdPerOutcome * successRate * (of === 'run' ? runQuality : quality),
    overTime: () => 0,
  }),
});
