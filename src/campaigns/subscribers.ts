/**
 * `subscribers`: projects subscribers and load month by month, each driving the other through service quality, for several
 * fleet sizes.
 */
import { InputError, ParameterError } from '../errors.ts';
import { elasticity } from '../experiments/elasticity.ts';
import { sizesAt, type AskedSize } from '../experiments/fleet-sizes.ts';
import {
  afterMonth,
  overridesOfMonth,
  subscribedTiers,
  type SubscribedTier,
} from '../experiments/subscribers.ts';
import { runningProgram } from '../files/program.ts';
import {
  campaignOf,
  variantOf,
  type Campaign,
  type CampaignInputs,
  type ScenarioCampaign,
} from './campaign.ts';
import { mergedText } from './merged-sizes.ts';
import type { Month, MonthOfSize, SubscribersDocument } from './subscribers-document.ts';
import type { Variant } from './variants.ts';

/** What `subscribers` is asked. */
export interface SubscribersRequest extends ScenarioCampaign {
  /** Of each month and size. */
  readonly replications: number;
  readonly months: number;
  /** Multiples of the fleet. */
  readonly gpus: readonly number[];
}

/** Reads the first month at every size. Throws `InputError` for what the request or the scenario has wrong. */
export function subscribersCampaign(
  request: SubscribersRequest,
  inputs: CampaignInputs,
): Campaign<SubscribersDocument> {
  const { seed, confidence, replications } = request;
  const load = (overrides: readonly string[]) => variantOf(request.scenario, overrides, inputs);
  const { scenario } = load([]);
  const tiers = at('subscribers', () => subscribedTiers(scenario));
  const sizes = at(inputs.option('gpus'), () => sizesAt(scenario.cell, request.gpus, null));
  /** A month in every size, starting with the given subscribers in each. */
  const monthAt = (there: readonly (readonly number[])[]) =>
    sizes.map(({ replicas }, size) =>
      load([
        ...replicas.map((count, pool) => `fleet.pools[${pool}].replicas=${count}`),
        ...overridesOfMonth(scenario, tiers, there[size]!),
      ]),
    );
  const atFirst = sizes.map(() => tiers.map(({ subscribers }) => subscribers));
  const first = monthAt(atFirst);
  // The load of later months depends on earlier ones: each is estimated to take as long as the first.
  const expected = Array.from({ length: request.months }, (_, before) =>
    first.map((one) => ({
      scenario: one.scenario,
      request: before === 0 ? one.request : null,
      replications,
    })),
  ).flat();
  const settings = { seed, confidence, replications, byHour: false };
  return campaignOf(
    { settings, expected, notes: mergedText(sizes) },
    async (runs): Promise<SubscribersDocument> => {
      let there = atFirst;
      const months: Month[] = [];
      for (let month = 1; month <= request.months; month++) {
        const variants = await runs.run(month === 1 ? first : monthAt(there), replications);
        const found = variants.map((variant, size) =>
          monthOf(variant, sizes[size]!.gpus, tiers, there[size]!, request),
        );
        months.push({ month, sizes: found, elasticity: arcsOf(variants, sizes, confidence) });
        there = found.map(({ tiers: ofSize }) =>
          tiers.map((tier, index) => {
            const { subscribers, servedWell } = ofSize[index]!;
            return afterMonth(scenario, tier, subscribers, servedWell);
          }),
        );
      }
      return {
        fleetyield: runningProgram().version,
        scenario: { name: scenario.name, hash: scenario.hash, changes: request.scenario.overrides },
        seed,
        replications,
        confidence,
        months,
      };
    },
  );
}

/** The elasticity of revenue from each size to the next. */
function arcsOf(variants: readonly Variant[], sizes: readonly AskedSize[], confidence: number) {
  return variants.slice(1).map((variant, before) => {
    const { mean, halfWidth } = elasticity(
      {
        below: { at: sizes[before]!.gpus, values: revenueOf(variants[before]!) },
        above: { at: sizes[before + 1]!.gpus, values: revenueOf(variant) },
      },
      confidence,
    );
    return { mean, halfWidth };
  });
}

const MONTHS_PER_YEAR = 12;

function monthOf(
  { batch }: Variant,
  gpus: number,
  tiers: readonly SubscribedTier[],
  there: readonly number[],
  { confidence, replications }: SubscribersRequest,
): MonthOfSize {
  const estimates = batch.estimates(confidence, replications);
  const of = (metric: string, scope = 'total') => {
    const { mean = null, halfWidth = null } =
      estimates.find((one) => one.metric === metric && one.scope === scope) ?? {};
    return { mean, halfWidth };
  };
  const inMonth = (metric: string) => {
    const { mean, halfWidth } = of(`${metric}.perYear`);
    const share = (value: number | null) => (value === null ? null : value / MONTHS_PER_YEAR);
    return { mean: share(mean), halfWidth: share(halfWidth) };
  };
  return {
    gpus,
    tiers: tiers.map(({ name }, index) => {
      const servedWell = of('servedWell', `tier:${name}`).mean;
      if (servedWell === null)
        throw new InputError([
          {
            kind: 'option',
            place: name,
            path: '',
            message:
              'had no requests in the window, so that nothing is known of its service; make the window longer',
          },
        ]);
      return {
        tier: name,
        subscribers: there[index]!,
        servedWell,
        churn: of('churn', `tier:${name}`).mean,
      };
    }),
    served: of('share.served'),
    revenue: inMonth('revenue'),
    cost: inMonth('cost'),
    margin: inMonth('margin'),
  };
}

/** Revenue by replication [USD]. */
function revenueOf({ batch, replications }: Variant): readonly number[] {
  const place = batch.metrics().findIndex(({ scope, metric }) => scope === 'total' && metric === 'revenue');
  const column = batch.column(place, replications);
  if (column.kind !== 'value') throw new RangeError('revenue has no value by replication');
  return column.values.map((usd) => usd ?? Number.NaN);
}

/** Runs `work` and attributes the faults it finds to a place. */
function at<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([{ kind: 'option', place, path: '', message: error.message }]);
  }
}
