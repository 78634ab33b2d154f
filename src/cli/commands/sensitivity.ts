/** `sensitivity`: shows which values of a scenario matter, by Morris's elementary effects or one at a time. */
import { InputError } from '../../errors.ts';
import { contributionsOf, differenceOf, intervalOf } from '../../experiments/contributions.ts';
import { morrisTrajectories } from '../../experiments/designs.ts';
import { shareBetweenEnds, type Factor } from '../../experiments/factors.ts';
import { isSameMetric, parseMetricAddress, type MetricAddress } from '../../experiments/metric-address.ts';
import { elementaryEffects, type ElementaryEffects } from '../../experiments/screening.ts';
import { Streams, type Interval } from '../../stats/index.ts';
import {
  atPoints,
  estimatesAt,
  readFactors,
  refusal,
  requireFewPoints,
  type Values,
} from '../experiment-points.ts';
import { titleOf } from '../../store/changes.ts';
import { chosenOf, readMetrics } from '../../campaigns/chosen-metrics.ts';
import { checkOutputs, writeOutput } from '../output-file.ts';
import { morrisTable, tornadoTable } from '../sensitivity-table.ts';
import { EXIT_INTERRUPTED, type Variant, type VariantOptions } from '../variants.ts';

export interface SensitivityOptions extends Omit<VariantOptions, 'byHour'> {
  readonly vary: readonly string[];
  readonly method: 'morris' | 'tornado';
  readonly walks: number;
  readonly levels: number;
  readonly metric: readonly string[];
  readonly set: readonly string[];
  readonly picture?: string | undefined;
  readonly json: boolean;
}

/** Morris effects of every factor on one metric, in the metric's unit over the whole range of the factor. */
export interface MorrisOfMetric extends MetricAddress {
  readonly unit: string;
  readonly effects: readonly (ElementaryEffects & { readonly path: string })[];
}

/** One metric with one factor at its low and at its high end, and the others as in the scenario. */
export interface TornadoBar {
  readonly path: string;
  readonly low: TornadoEnd;
  readonly high: TornadoEnd;
}

export interface TornadoEnd {
  readonly value: string;
  /** The difference from the unchanged scenario, paired by replication. */
  readonly difference: Interval;
}

export interface TornadoOfMetric extends MetricAddress {
  readonly unit: string;
  readonly base: number | null;
  readonly bars: readonly TornadoBar[];
}

const DEFAULT_METRICS = ['e2e.mean', 'throughput.requests'];

/** Returns the exit code. */
export async function sensitivity(
  file: string,
  options: SensitivityOptions,
  version: string,
): Promise<number> {
  const factors = readFactors(options.vary);
  const metrics = readMetrics(options.metric) ?? DEFAULT_METRICS.map(parseMetricAddress);
  checkOutputs(options.picture);
  const found =
    options.method === 'morris'
      ? await screen(file, factors, metrics, options)
      : await oneAtATime(file, factors, metrics, options);
  if (found === null) return EXIT_INTERRUPTED;
  const { seed, replications, confidence } = options;
  const document = { fleetyield: version, seed, replications, confidence, ...found };
  if (options.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else if (found.method === 'morris') process.stdout.write(morrisTable(found, options));
  else process.stdout.write(tornadoTable(found, options));
  if (options.picture !== undefined && found.method === 'tornado') {
    const { tornadoPicture } = await import('../sensitivity-picture.ts');
    writeOutput(
      options.picture,
      tornadoPicture(titleOf({ name: found.scenario, changes: found.changes }), found.results[0]!),
    );
  }
  return 0;
}

export interface MorrisScreening {
  readonly method: 'morris';
  readonly scenario: string;
  /** The `--set` overrides applied at every point. */
  readonly changes: readonly string[];
  readonly walks: number;
  readonly results: readonly MorrisOfMetric[];
}

async function screen(
  file: string,
  factors: readonly Factor[],
  metrics: readonly MetricAddress[],
  options: SensitivityOptions,
): Promise<MorrisScreening | null> {
  const { walks, levels, confidence, seed } = options;
  if (options.picture !== undefined)
    throw new InputError([refusal('--picture', 'draws a tornado; add --method tornado')]);
  if (levels % 2 === 1)
    throw new InputError([
      refusal(`--levels ${levels}`, 'must be even, so that steps are alike up and down'),
    ]);
  requireFewPoints(walks * (factors.length + 1));
  const source = new Streams(seed, 0).stream('design/morris');
  const trajectories = morrisTrajectories(walks, factors.length, levels, source);
  const points = trajectories.flatMap(({ points: own }) =>
    own.map((point) => point.map((place, index) => valueAt(factors[index]!, place))),
  );
  return atPoints(file, options.set, factors, points, metrics, { ...options, byHour: false }, (variants) => {
    const estimates = variants.map((variant) => estimatesAt(variant, confidence, metrics));
    const results = metrics.map((address, index): MorrisOfMetric => {
      const outcomes = trajectories.map((_, walk) =>
        Array.from(
          { length: factors.length + 1 },
          (_, step) => estimates[walk * (factors.length + 1) + step]![index]!.mean,
        ),
      );
      const effects = elementaryEffects(trajectories, outcomes, factors.length, confidence);
      return {
        ...address,
        unit: estimates[0]![index]!.unit,
        effects: effects.map((effect, factor) => ({ path: factors[factor]!.path, ...effect })),
      };
    });
    return { method: 'morris', scenario: variants[0]!.scenario.name, changes: options.set, walks, results };
  });
}

export interface Tornado {
  readonly method: 'tornado';
  readonly scenario: string;
  /** The `--set` overrides applied at every point. */
  readonly changes: readonly string[];
  readonly results: readonly TornadoOfMetric[];
}

async function oneAtATime(
  file: string,
  factors: readonly Factor[],
  metrics: readonly MetricAddress[],
  options: SensitivityOptions,
): Promise<Tornado | null> {
  requireFewPoints(2 * factors.length + 1);
  const ends = factors.map((factor) => [valueAt(factor, 0), valueAt(factor, 1)] as const);
  // Factors that are not varied at a point keep the scenario's value.
  const points: Values[] = [
    factors.map(() => ''),
    ...ends.flatMap((pair, varied) =>
      pair.map((value) => factors.map((_, at) => (at === varied ? value : ''))),
    ),
  ];
  return atPoints(file, options.set, factors, points, metrics, { ...options, byHour: false }, (variants) => {
    const [base, ...others] = variants;
    const results = metrics.map((address): TornadoOfMetric => {
      const { unit } = chosenOf(base!.batch.metrics(), address);
      const before = contributionsAt(base!, address);
      const end = (place: number, value: string): TornadoEnd => ({
        value,
        difference: intervalOf(
          differenceOf(before, contributionsAt(others[place]!, address)),
          options.confidence,
        ),
      });
      const bars = factors.map(({ path }, factor): TornadoBar => {
        const [low, high] = ends[factor]!;
        return { path, low: end(2 * factor, low), high: end(2 * factor + 1, high) };
      });
      const size = ({ low, high }: TornadoBar) =>
        Math.max(Math.abs(low.difference.mean ?? 0), Math.abs(high.difference.mean ?? 0));
      return { ...address, unit, base: before.point, bars: bars.toSorted((a, b) => size(b) - size(a)) };
    });
    return { method: 'tornado', scenario: base!.scenario.name, changes: options.set, results };
  });
}

/** The value at a position between the ends of a factor; for a list, its first value at 0 and its last at 1. */
const valueAt = (factor: Factor, place: number): string => factor.at(shareBetweenEnds(factor, place));

function contributionsAt({ batch, replications }: Variant, address: MetricAddress) {
  const measured = batch.metrics();
  chosenOf(measured, address);
  const place = measured.findIndex((one) => isSameMetric(one, address));
  return contributionsOf(batch.column(place, replications));
}
