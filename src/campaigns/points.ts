/**
 * The points of an experiment: a scenario with various values replaced, run under the same random numbers through the
 * store. Sweeps and sensitivities share it.
 */
import { InputError, ParameterError, type Fault } from '../errors.ts';
import type { Estimate } from '../experiments/estimate.ts';
import { parseFactor, type Factor } from '../experiments/factors.ts';
import type { MetricAddress } from '../experiments/metric-address.ts';
import {
  campaignOf,
  refusal,
  variantOf,
  type Campaign,
  type CampaignInputs,
  type ScenarioCampaign,
} from './campaign.ts';
import { chosenOf, requireMetrics } from './chosen-metrics.ts';
import type { Variant } from './variants.ts';

/** What sweeps and sensitivities are asked. */
export interface PointsRequest extends ScenarioCampaign {
  /** The values to vary, each `PATH=VALUES`. */
  readonly vary: readonly string[];
  /** The metrics of interest, each `[SCOPE/]NAME`. */
  readonly metrics: readonly string[];
  /** Of each point. */
  readonly replications: number;
}

/** Above this many points a mistake is likelier than an intention. */
const MOST_POINTS = 1_000;

/** The factors to vary, from texts `PATH=VALUES`. Throws `InputError` with every fault. */
export function readFactors(texts: readonly string[], { option }: CampaignInputs): Factor[] {
  const vary = option('vary');
  const faults: Fault[] = [];
  const refuse = (place: string, message: string, path = '') =>
    faults.push({ kind: 'option', place, path, message });
  if (texts.length === 0) refuse(vary, `nothing is varied; add ${vary} fleet.pools[0].replicas=2,3,4`);
  const factors = texts.flatMap((text) => {
    try {
      return [parseFactor(text)];
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      refuse(`${vary} ${text}`, error.message, error.path);
      return [];
    }
  });
  const twice = factors.find(({ path }, index) => factors.findIndex((one) => one.path === path) < index);
  if (twice !== undefined) refuse(vary, `${twice.path} is varied twice; write it once`);
  if (faults.length > 0) throw new InputError(faults);
  return factors;
}

/** Throws `InputError` for an implausible number of points. */
export function requireFewPoints(points: number, { option }: CampaignInputs): void {
  if (points <= MOST_POINTS) return;
  throw refusal(
    option('vary'),
    `makes ${points.toLocaleString('en-US')} points; at most ${MOST_POINTS.toLocaleString('en-US')}: vary fewer values, or sample them with ${option('design')} latin-hypercube ${option('points')} N`,
  );
}

/** A value for each factor, as written; an empty one leaves the scenario unchanged. */
export type Values = readonly string[];

/**
 * A campaign that runs the scenario at every distinct point once; `documentOf` makes its document of the results, in
 * the order of the points. Throws `InputError` for an invalid value, and for a metric that a point does not have.
 */
export function pointsCampaign<Document>(
  { scenario, seed, confidence, replications }: PointsRequest,
  factors: readonly Factor[],
  points: readonly Values[],
  metrics: readonly MetricAddress[] | null,
  inputs: CampaignInputs,
  documentOf: (variants: readonly Variant[]) => Document,
): Campaign<Document> {
  const settings = { seed, confidence, replications, byHour: false };
  const distinct = [...new Map(points.map((values) => [JSON.stringify(values), values])).values()];
  const requests = distinct.map((values) => {
    const varied = values.flatMap((value, index) =>
      value === '' ? [] : [`${factors[index]!.path}=${value}`],
    );
    const variant = reportedAtVary(varied, inputs, () => variantOf(scenario, varied, inputs));
    requireMetrics(metrics, variant.scenario, settings.byHour, inputs.option('metric'));
    return variant;
  });
  const places = new Map(distinct.map((values, index) => [JSON.stringify(values), index]));
  const expected = requests.map((one) => ({ ...one, replications }));
  return campaignOf({ settings, expected }, async (runs) => {
    const variants = await runs.run(requests, replications);
    return documentOf(points.map((values) => variants[places.get(JSON.stringify(values))!]!));
  });
}

/** Reads a scenario, and reports faults in a varied value at the option that varies it. */
function reportedAtVary<T>(varied: readonly string[], { option }: CampaignInputs, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const places = new Map(varied.map((change) => [`--set ${change}`, `${option('vary')} ${change}`]));
    throw new InputError(
      error.faults.map((fault) => ({ ...fault, place: places.get(fault.place) ?? fault.place })),
    );
  }
}

/** The estimates of a point, for the given metrics, which it has, or for all. */
export function estimatesAt(
  { batch, replications }: Variant,
  confidence: number,
  metrics: readonly MetricAddress[] | null,
): Estimate[] {
  const all = batch.estimates(confidence, replications.length);
  return metrics === null ? all : metrics.map((address) => chosenOf(all, address));
}
