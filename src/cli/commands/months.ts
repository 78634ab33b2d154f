/**
 * `subscribers`: projects subscribers and load month by month, each driving the other through service quality, for several
 * fleet sizes.
 */
import { InputError, ParameterError } from '../../errors.ts';
import { elasticity } from '../../experiments/elasticity.ts';
import { sizesAt } from '../../experiments/fleet-sizes.ts';
import {
  afterMonth,
  overridesOfMonth,
  subscribedTiers,
  type SubscribedTier,
} from '../../experiments/months.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import { inputFiles, tellNotes } from '../input.ts';
import { monthsTable } from '../months-table.ts';
import { mergedText } from '../scaling-table.ts';
import type { Month, MonthOfSize, MonthsDocument } from '../../campaigns/subscribers-document.ts';
import { EXIT_INTERRUPTED, withRuns, type Variant, type VariantOptions } from '../variants.ts';
import { notice } from '../terminal.ts';

export interface MonthsOptions extends Omit<VariantOptions, 'byHour'> {
  readonly months: number;
  /** Multiples of the fleet. */
  readonly gpus: readonly number[];
  readonly set: readonly string[];
  readonly json: boolean;
}

/** Returns the exit code. Throws `InputError` for faults in the file or the options, and what running throws. */
export async function months(file: string, options: MonthsOptions, version: string): Promise<number> {
  const catalog = readCatalog();
  const path = scenarioPath(file);
  const files = inputFiles(options.quiet);
  const load = (overrides: readonly string[]) => {
    const request = { path, overrides: [...options.set, ...overrides], files };
    const scenario = loadScenario(request, catalog);
    tellNotes(scenario);
    return { request, scenario };
  };
  const { scenario } = load([]);
  const tiers = at('subscribers', () => subscribedTiers(scenario));
  const sizes = at('--gpus', () => sizesAt(scenario.cell, options.gpus, null));
  for (const text of mergedText(sizes)) notice(text);
  const { replications, confidence } = options;
  /** A month in every size, starting with the given subscribers in each. */
  const monthAt = (there: readonly (readonly number[])[]) =>
    sizes.map(({ replicas }, size) =>
      load([
        ...replicas.map((count, pool) => `fleet.pools[${pool}].replicas=${count}`),
        ...overridesOfMonth(scenario, tiers, there[size]!),
      ]),
    );
  let there = sizes.map(() => tiers.map(({ subscribers }) => subscribers));
  const first = monthAt(there);
  // The load of later months depends on earlier ones: each is estimated to take as long as the first.
  const expected = Array.from({ length: options.months }, (_, before) =>
    first.map(({ scenario, request }) => ({
      scenario,
      request: before === 0 ? request : null,
      replications,
    })),
  ).flat();
  const told = await withRuns(expected, { ...options, byHour: false }, async (runs) => {
    const months: Month[] = [];
    for (let month = 1; month <= options.months; month++) {
      const variants = await runs.run(month === 1 ? first : monthAt(there), replications);
      if (variants === null) return null;
      const found = variants.map((variant, size) =>
        monthOf(variant, sizes[size]!.gpus, tiers, there[size]!, options),
      );
      const arcs = variants.slice(1).map((variant, before) => {
        const { mean, halfWidth } = elasticity(
          {
            below: { at: sizes[before]!.gpus, values: revenueOf(variants[before]!) },
            above: { at: sizes[before + 1]!.gpus, values: revenueOf(variant) },
          },
          confidence,
        );
        return { mean, halfWidth };
      });
      months.push({ month, sizes: found, elasticity: arcs });
      there = found.map(({ tiers: ofSize }) =>
        tiers.map((tier, index) => {
          const { subscribers, servedWell } = ofSize[index]!;
          return afterMonth(scenario, tier, subscribers, servedWell);
        }),
      );
    }
    return months;
  });
  if (told === null) return EXIT_INTERRUPTED;
  const document: MonthsDocument = {
    fleetyield: version,
    scenario: { name: scenario.name, hash: scenario.hash, changes: options.set },
    seed: options.seed,
    replications: options.replications,
    confidence: options.confidence,
    months: told,
  };
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : monthsTable(document));
  return 0;
}

const MONTHS_PER_YEAR = 12;

function monthOf(
  { batch }: Variant,
  gpus: number,
  tiers: readonly SubscribedTier[],
  there: readonly number[],
  { confidence, replications }: MonthsOptions,
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
    throw new InputError([{ place, path: '', message: error.message }]);
  }
}
