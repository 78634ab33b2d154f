/**
 * The price book: every price used to value a run. It is separate from the run, so that a finished ledger can be valued
 * again at other prices.
 */
import { Type, type Static } from 'typebox';
import { Fields, NonNegative, Positive } from '../input/schema.ts';
import { gpuHours, type GpuHourCost } from './costs/index.ts';
import type { RevenuePlan, SlaCredits } from './revenue/index.ts';

const shareOfRevenue = (what: string) =>
  Type.Optional(
    NonNegative({
      description: `${what} that grows with revenue, as a share of it, beside the yearly sum; 0 when left out.`,
      examples: [0.1],
    }),
  );

export const economicsSchema = Fields(
  {
    gpuHour: gpuHours.schema,
    pools: Type.Optional(
      Type.Array(
        Fields({
          pool: Type.String({ description: 'A pool of the fleet.', examples: ['spot'] }),
          gpuHour: gpuHours.schema,
        }),
        {
          description: 'Pools whose GPUs cost something else, such as those that are rented at spot prices.',
        },
      ),
    ),
    costs: Fields(
      {
        trainingUsdPerYear: NonNegative({
          default: 0,
          description: 'Training, of the provider [USD/year]; GPUs of the fleet that train are added.',
        }),
        trainingShareOfRevenue: shareOfRevenue('Training'),
        postTrainingUsdPerYear: NonNegative({
          default: 0,
          description: 'Post-training, of the provider [USD/year].',
        }),
        postTrainingShareOfRevenue: shareOfRevenue('Post-training'),
        overheadUsdPerYear: NonNegative({
          default: 0,
          description: 'Everything else, of the provider [USD/year].',
        }),
        overheadShareOfRevenue: shareOfRevenue('Overhead'),
        overheadGrowth: Type.Optional(
          Fields(
            {
              elasticity: NonNegative({
                description: 'Per cent by which the yearly sum rises for one per cent more revenue.',
                examples: [0.5],
              }),
              revenueUsdPerYear: Positive({
                description: 'Revenue of the provider at which it is as stated [USD/year].',
                examples: [1e9],
              }),
            },
            { description: 'How overheadUsdPerYear follows revenue; it does not when left out.' },
          ),
        ),
        otherCostOfRevenueUsdPerYear: NonNegative({
          default: 0,
          description:
            'Cost of revenue beside GPUs, of the provider: payment fees, support, partners [USD/year].',
        }),
        otherServingGpus: NonNegative({
          default: 0,
          description:
            'GPUs of the provider that serve what the scenario does not simulate, at the same price.',
        }),
      },
      { default: {}, description: 'Costs beside those of the pools.' },
    ),
    otherRevenueUsdPerYear: NonNegative({
      default: 0,
      description: 'Revenue of the provider that no tier of the scenario brings [USD/year].',
    }),
  },
  { description: 'What the fleet costs and what is spent beside it.' },
);

export type EconomicsRule = Static<typeof economicsSchema>;

export interface PriceBook {
  /** By tier; `null` for a tier that pays nothing. */
  readonly plans: readonly (RevenuePlan | null)[];
  /** The kind of each plan. */
  readonly kinds: readonly (string | null)[];
  /** By tier: the credits owed when its SLO is missed; `null` where there are none. */
  readonly credits: readonly (SlaCredits | null)[];
  /** Tenants of each tier in the cell. */
  readonly tenants: readonly number[];
  /** The cell's share of the provider. */
  readonly share: number;
  /** `null` when the scenario has no costs. */
  readonly costs: {
    /** By pool. */
    readonly gpuHour: readonly GpuHourCost[];
    readonly rule: EconomicsRule;
  } | null;
}
