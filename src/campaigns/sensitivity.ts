/** `sensitivity`: shows which values of a scenario matter, by Morris's elementary effects or one at a time. */
import { contributionsOf, differenceOf, intervalOf } from '../experiments/contributions.ts';
import { morrisTrajectories } from '../experiments/designs.ts';
import { shareBetweenEnds, type Factor } from '../experiments/factors.ts';
import { isSameMetric, parseMetricAddress, type MetricAddress } from '../experiments/metric-address.ts';
import { elementaryEffects, type ElementaryEffects } from '../experiments/screening.ts';
import { runningProgram } from '../files/program.ts';
import { Streams, type Interval } from '../stats/index.ts';
import { refusal, type Campaign, type CampaignInputs } from './campaign.ts';
import { chosenOf, readMetrics } from './chosen-metrics.ts';
import type { Method } from './choices.ts';
import {
  estimatesAt,
  pointsCampaign,
  readFactors,
  requireFewPoints,
  type PointsRequest,
  type Values,
} from './points.ts';
import type { Variant } from './variants.ts';

/** What `sensitivity` is asked. Without metrics it judges by the mean latency and the throughput. */
export interface SensitivityRequest extends PointsRequest {
  readonly method: Method;
  /** Trajectories of Morris's method. */
  readonly walks: number;
  /** Values of each factor in Morris's grid, an even number. */
  readonly levels: number;
}

interface SensitivityOf<Method, Result> {
  readonly fleetyield: string;
  readonly seed: string;
  readonly replications: number;
  readonly confidence: number;
  readonly method: Method;
  readonly scenario: string;
  /** The overrides applied at every point. */
  readonly changes: readonly string[];
  readonly results: readonly Result[];
}

/** The JSON document of `sensitivity` by Morris's method. */
export interface MorrisDocument extends SensitivityOf<'morris', MorrisOfMetric> {
  readonly walks: number;
}

/** Morris effects of every factor on one metric, in the metric's unit over the whole range of the factor. */
export interface MorrisOfMetric extends MetricAddress {
  readonly unit: string;
  readonly effects: readonly (ElementaryEffects & { readonly path: string })[];
}

/** The JSON document of `sensitivity`, one value at a time. */
export type TornadoDocument = SensitivityOf<'tornado', TornadoOfMetric>;

/** One metric with each factor at its ends, the most influential first. */
export interface TornadoOfMetric extends MetricAddress {
  readonly unit: string;
  readonly base: number | null;
  readonly bars: readonly TornadoBar[];
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

/** The JSON document of `sensitivity`. */
export type SensitivityDocument = MorrisDocument | TornadoDocument;

const DEFAULT_METRICS = ['e2e.mean', 'throughput.requests'];

/** Reads the scenario at every point. Throws `InputError` for what the request or a point has wrong. */
export function sensitivityCampaign(
  request: SensitivityRequest,
  inputs: CampaignInputs,
): Campaign<SensitivityDocument> {
  const factors = readFactors(request.vary, inputs);
  const metrics =
    readMetrics(request.metrics, inputs.option('metric'), request.scenario.plugins) ??
    DEFAULT_METRICS.map(parseMetricAddress);
  return request.method === 'morris'
    ? morrisCampaign(request, factors, metrics, inputs)
    : tornadoCampaign(request, factors, metrics, inputs);
}

function morrisCampaign(
  request: SensitivityRequest,
  factors: readonly Factor[],
  metrics: readonly MetricAddress[],
  inputs: CampaignInputs,
): Campaign<MorrisDocument> {
  const { walks, levels, confidence, seed } = request;
  if (levels % 2 === 1)
    throw refusal(
      `${inputs.option('levels')} ${levels}`,
      'must be even, so that steps are alike up and down',
    );
  requireFewPoints(walks * (factors.length + 1), inputs);
  const source = new Streams(seed, 0).stream('design/morris');
  const trajectories = morrisTrajectories(walks, factors.length, levels, source);
  const points = trajectories.flatMap(({ points: own }) =>
    own.map((point) => point.map((place, index) => valueAt(factors[index]!, place))),
  );
  return pointsCampaign(request, factors, points, metrics, inputs, (variants) => {
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
    const { scenario } = variants[0]!;
    return {
      ...headOf(request),
      method: 'morris',
      scenario: scenario.name,
      changes: request.scenario.overrides,
      walks,
      results,
    };
  });
}

function tornadoCampaign(
  request: SensitivityRequest,
  factors: readonly Factor[],
  metrics: readonly MetricAddress[],
  inputs: CampaignInputs,
): Campaign<TornadoDocument> {
  requireFewPoints(2 * factors.length + 1, inputs);
  const ends = factors.map((factor) => [valueAt(factor, 0), valueAt(factor, 1)] as const);
  // Factors that are not varied at a point keep the scenario's value.
  const points: Values[] = [
    factors.map(() => ''),
    ...ends.flatMap((pair, varied) =>
      pair.map((value) => factors.map((_, at) => (at === varied ? value : ''))),
    ),
  ];
  return pointsCampaign(request, factors, points, metrics, inputs, (variants) => {
    const [base, ...others] = variants;
    const results = metrics.map((address): TornadoOfMetric => {
      const { unit } = chosenOf(base!.batch.metrics(), address);
      const before = contributionsAt(base!, address);
      const end = (place: number, value: string): TornadoEnd => ({
        value,
        difference: intervalOf(
          differenceOf(before, contributionsAt(others[place]!, address)),
          request.confidence,
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
    const { scenario } = base!;
    return {
      ...headOf(request),
      method: 'tornado',
      scenario: scenario.name,
      changes: request.scenario.overrides,
      results,
    };
  });
}

const headOf = ({ seed, replications, confidence }: SensitivityRequest) => ({
  fleetyield: runningProgram().version,
  seed,
  replications,
  confidence,
});

/** The value at a position between the ends of a factor; for a list, its first value at 0 and its last at 1. */
const valueAt = (factor: Factor, place: number): string => factor.at(shareBetweenEnds(factor, place));

function contributionsAt({ batch, replications }: Variant, address: MetricAddress) {
  const measured = batch.metrics();
  chosenOf(measured, address);
  const place = measured.findIndex((one) => isSameMetric(one, address));
  return contributionsOf(batch.column(place, replications));
}
