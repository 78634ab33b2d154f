/** `sweep`: runs a scenario with some of its values varied, under common random numbers. */
import { stringify } from 'csv-stringify/sync';
import { markedText } from '../../input/csv-text.ts';
import { InputError } from '../../errors.ts';
import { gridOf, latinHypercube, SOBOL_FACTORS, sobolPoints } from '../../experiments/designs.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import type { Factor } from '../../experiments/factors.ts';
import type { MetricAddress } from '../../experiments/metric-address.ts';
import { Streams } from '../../stats/index.ts';
import {
  atPoints,
  estimatesAt,
  readFactors,
  refusal,
  requireFewPoints,
  type Values,
} from '../experiment-points.ts';
import { readMetrics } from '../../campaigns/chosen-metrics.ts';
import { checkOutputs, writeOutput } from '../output-file.ts';
import { sweepTable } from '../sweep-table.ts';
import { EXIT_INTERRUPTED, type VariantOptions } from '../variants.ts';

export const DESIGNS = ['grid', 'latin-hypercube', 'sobol'] as const;
export type Design = (typeof DESIGNS)[number];

export interface SweepOptions extends Omit<VariantOptions, 'byHour'> {
  readonly vary: readonly string[];
  readonly design: Design;
  readonly points?: number | undefined;
  readonly metric: readonly string[];
  readonly set: readonly string[];
  readonly out?: string | undefined;
  readonly picture?: string | undefined;
  readonly json: boolean;
}

/** One point of a sweep and its results. */
export interface SweptPoint {
  readonly values: Values;
  readonly estimates: readonly Estimate[];
}

export interface Sweep {
  readonly scenario: string;
  /** The `--set` overrides applied at every point. */
  readonly changes: readonly string[];
  readonly design: Design;
  readonly factors: readonly Factor[];
  readonly points: readonly SweptPoint[];
}

/** Metrics shown by default, where the scenario has them. */
const SHOWN: readonly MetricAddress[] = ['share.served', 'e2e.mean', 'ttft.p99', 'revenue'].map((metric) => ({
  scope: 'total',
  metric,
}));

/** Returns the exit code. */
export async function sweep(file: string, options: SweepOptions, version: string): Promise<number> {
  const factors = readFactors(options.vary);
  const chosen = readMetrics(options.metric);
  if (options.picture !== undefined && factors.length > 2)
    throw new InputError([
      refusal('--picture', 'draws one or two varied values; vary fewer, or leave it out'),
    ]);
  const points = pointsOf(factors, options);
  requireFewPoints(points.length);
  checkOutputs(options.out, options.picture);
  const swept = await atPoints(
    file,
    options.set,
    factors,
    points,
    chosen,
    { ...options, byHour: false },
    (variants): Sweep => ({
      scenario: variants[0]!.scenario.name,
      changes: options.set,
      design: options.design,
      factors,
      points: variants.map((variant, index) => ({
        values: points[index]!,
        estimates: estimatesAt(variant, options.confidence, chosen),
      })),
    }),
  );
  if (swept === null) return EXIT_INTERRUPTED;
  const shown = chosen ?? SHOWN;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(documentOf(swept, options, version), null, 2)}\n`
      : sweepTable(swept, shown, options),
  );
  if (options.out !== undefined) writeOutput(options.out, csvOf(swept));
  if (options.picture !== undefined) {
    const { sweepPicture } = await import('../sweep-picture.ts');
    writeOutput(options.picture, sweepPicture(swept, shown[0]!));
  }
  return 0;
}

function pointsOf(factors: readonly Factor[], { design, points, seed }: SweepOptions): Values[] {
  const refuse = (place: string, message: string): never => {
    throw new InputError([refusal(place, message)]);
  };
  if (design === 'grid') {
    if (points !== undefined)
      refuse('--points', 'is of a design that samples; add --design latin-hypercube or sobol');
    const sampled = factors.find(({ values }) => values === null);
    if (sampled !== undefined)
      refuse(
        `--vary ${sampled.path}=${sampled.distribution}`,
        'a grid takes values; list them, or sample the distribution with --design latin-hypercube --points 50',
      );
    requireFewPoints(factors.reduce((product, { values }) => product * values!.length, 1));
    return gridOf(factors.map(({ values }) => values!.length)).map((choice) =>
      choice.map((index, factor) => factors[factor]!.values![index]!),
    );
  }
  if (points === undefined) return refuse(`--design ${design}`, 'samples: say how often with --points 50');
  requireFewPoints(points);
  if (design === 'sobol' && factors.length > SOBOL_FACTORS)
    refuse('--design sobol', `varies at most ${SOBOL_FACTORS} values; take latin-hypercube`);
  const source = new Streams(seed, 0).stream(`design/${design}`);
  const sample = design === 'sobol' ? sobolPoints : latinHypercube;
  return sample(points, factors.length, source).map((point) =>
    point.map((share, factor) => factors[factor]!.at(share)),
  );
}

function documentOf(
  { scenario, changes, design, factors, points }: Sweep,
  { seed, replications, confidence }: SweepOptions,
  version: string,
) {
  return {
    fleetyield: version,
    ...{ scenario, changes, design, seed, replications, confidence },
    varied: factors.map(({ path, values, distribution }) =>
      distribution === null ? { path, values } : { path, distribution },
    ),
    points: points.map(({ values, estimates }) => ({
      values: Object.fromEntries(values.map((value, index) => [factors[index]!.path, value])),
      estimates,
    })),
  };
}

/** A row for each metric of each point, with the value of every path in its own column. */
function csvOf({ factors, points }: Sweep): string {
  const paths = factors.map(({ path }) => path);
  return stringify(
    points.flatMap(({ values, estimates }, point) =>
      estimates.map(({ scope, metric, unit, mean, halfWidth, n }) => [
        ...[point, ...values, scope, metric, unit, mean, halfWidth, n],
      ]),
    ),
    {
      header: true,
      columns: ['point', ...paths, 'scope', 'metric', 'unit', 'mean', 'half_width', 'n'],
      cast: { string: markedText },
    },
  );
}
