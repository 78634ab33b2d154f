/**
 * The price book: every price a run is valued at. It is apart from the run, so that a finished ledger can be valued
 * again at other prices.
 */
import type { Static } from 'typebox';
import { Fields, NonNegative } from '../schema.ts';
import { gpuHours, type GpuHourCost } from './costs/index.ts';
import type { RevenuePlan } from './revenue/index.ts';

export const economicsSchema = Fields(
  {
    gpuHour: gpuHours.schema,
    costs: Fields(
      {
        trainingUsdPerYear: NonNegative({
          default: 0,
          description: 'Training, of the provider [USD/year]; GPUs of the fleet that train are added.',
        }),
        postTrainingUsdPerYear: NonNegative({
          default: 0,
          description: 'Post-training, of the provider [USD/year].',
        }),
        overheadUsdPerYear: NonNegative({
          default: 0,
          description: 'Everything else, of the provider [USD/year].',
        }),
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
  /** Tenants of each tier in the cell. */
  readonly tenants: readonly number[];
  /** The cell's share of the provider. */
  readonly share: number;
  /** `null` when the scenario says nothing of cost. */
  readonly costs: {
    /** By pool. */
    readonly gpuHour: readonly GpuHourCost[];
    readonly rule: EconomicsRule;
  } | null;
}
