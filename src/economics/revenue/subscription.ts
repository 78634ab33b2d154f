/** Paid by the month, independent of use. Good service retains subscribers and attracts new ones. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Fields, NonNegative, Probability } from '../../input/schema.ts';
import { SECONDS_PER_MONTH } from '../../units.ts';
import { revenuePlan, type Course } from './revenue-plan.ts';

const MONTHS_PER_YEAR = 12;

/**
 * Money of the window is that of the current tenants. With `churn` or `signUps` the year ahead is projected too,
 * assuming service stays as it was measured: of the subscribers at the beginning of a month the share `base` + `slope`
 * × (share of requests not served well) leaves, and (signUps.base + signUps.perSubscriber × subscribers) × (1 − `slope`
 * × that share) join: some of their own accord, others because of existing subscribers (innovation and imitation; Bass,
 * "A new product growth for model consumer durables", Management Science 15, 1969, here far from saturation). How much
 * quality affects either is *assumed* by the author of the scenario; no source is known.
 */
export const subscription = revenuePlan({
  kind: 'subscription',
  summary: 'A price per tenant and month, accrued over time; quality of service may move churn and sign-ups.',
  parameters: {
    usdPerMonth: NonNegative({ description: 'Price of a month for one tenant [USD].' }),
    churn: Type.Optional(
      Fields(
        {
          base: Probability({
            description:
              'Share of the tenants who leave in a month when all is served well; 0.05 is assumed for a paid consumer plan.',
            examples: [0.05],
          }),
          slope: NonNegative({
            description: 'What it rises by, times the share of requests not served well.',
            examples: [0.1],
          }),
        },
        { description: 'How tenants leave; none do when left out.' },
      ),
    ),
    signUps: Type.Optional(
      Fields(
        {
          base: NonNegative({
            description: 'Tenants of the provider who join in a month when all is served well.',
            examples: [20_000],
          }),
          perSubscriber: Type.Optional(
            NonNegative({
              description:
                'Further tenants who join per existing tenant, as by word of mouth; 0 when left out.',
              examples: [0.01],
            }),
          ),
          slope: Probability({
            description: 'Share of them who do not, times the share of requests not served well.',
            examples: [0.5],
          }),
        },
        { description: 'How tenants join; none do when left out.' },
      ),
    ),
  },
  example: { kind: 'subscription', usdPerMonth: 20 },
  declares: { needs: null, billsTokens: false },
  create: ({ usdPerMonth, churn, signUps }) => {
    const { base, slope } = churn ?? { base: 0, slope: 0 };
    if (base + slope > 1) {
      throw new ParameterError(
        'churn.slope',
        `${slope} and base ${base} are more than all tenants where nothing is served well; write at most ${1 - base}`,
      );
    }
    const plan = {
      fromUse: () => 0,
      overTime: (tenants: number, seconds: number) => (tenants * usdPerMonth * seconds) / SECONDS_PER_MONTH,
    };
    if (churn === undefined && signUps === undefined) return plan;
    return {
      ...plan,
      course: (tenants: number, servedWell: number): Course => {
        const badly = 1 - servedWell;
        const churnPerMonth = base + slope * badly;
        const { base: market, perSubscriber = 0, slope: lost } = signUps ?? { base: 0, slope: 0 };
        const joining = (there: number) => (market + perSubscriber * there) * (1 - lost * badly);
        const subscribers: number[] = [];
        for (let month = 0, there = tenants; month < MONTHS_PER_YEAR; month++) {
          there = there * (1 - churnPerMonth) + joining(there);
          subscribers.push(there);
        }
        return { churnPerMonth, subscribers, usdPerSubscriberMonth: usdPerMonth };
      },
    };
  },
});
