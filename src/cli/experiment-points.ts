/**
 * The points of an experiment: a scenario with various values replaced, run under the same random numbers through the
 * store. Sweeps and sensitivities share it.
 */
import { InputError, ParameterError, type Fault } from '../errors.ts';
import type { Estimate } from '../experiments/estimate.ts';
import { parseFactor, type Factor } from '../experiments/factors.ts';
import type { MetricAddress } from '../experiments/metric-address.ts';
import { readCatalog } from '../files/catalog-files.ts';
import { loadScenario } from '../files/scenario-files.ts';
import { scenarioPath } from '../files/shipped-scenarios.ts';
import { inputFiles, tellNotes } from './input.ts';
import { chosenOf, requireMetrics } from '../campaigns/chosen-metrics.ts';
import { withVariants, type Variant, type VariantOptions } from './variants.ts';

/** Above this many points a mistake is likelier than an intention. */
const MOST_POINTS = 1_000;

/** The factors to vary, from the texts of `--vary`. Throws `InputError` with every fault. */
export function readFactors(texts: readonly string[]): Factor[] {
  const faults: Fault[] = [];
  if (texts.length === 0)
    faults.push(refusal('--vary', 'nothing is varied; add --vary fleet.pools[0].replicas=2,3,4'));
  const factors = texts.flatMap((text) => {
    try {
      return [parseFactor(text)];
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      faults.push({ place: `--vary ${text}`, path: error.path, message: error.message });
      return [];
    }
  });
  const twice = factors.find(({ path }, index) => factors.findIndex((one) => one.path === path) < index);
  if (twice !== undefined) faults.push(refusal('--vary', `${twice.path} is varied twice; write it once`));
  if (faults.length > 0) throw new InputError(faults);
  return factors;
}

export const refusal = (place: string, message: string): Fault => ({ place, path: '', message });

/** Throws `InputError` for an implausible number of points. */
export function requireFewPoints(points: number): void {
  if (points <= MOST_POINTS) return;
  throw new InputError([
    refusal(
      '--vary',
      `makes ${points.toLocaleString('en-US')} points; at most ${MOST_POINTS.toLocaleString('en-US')}: vary fewer values, or sample them with --design latin-hypercube --points N`,
    ),
  ]);
}

/** A value for each factor, as written; an empty one leaves the scenario unchanged. */
export type Values = readonly string[];

/**
 * Runs the scenario at every distinct point once, and passes the results to `work` in the order of the points; `null`
 * when it was interrupted. Throws `InputError` for an invalid value, and for a metric that a point does not have,
 * before any point is run.
 */
export async function atPoints<T>(
  file: string,
  set: readonly string[],
  factors: readonly Factor[],
  points: readonly Values[],
  metrics: readonly MetricAddress[] | null,
  options: VariantOptions,
  work: (variants: readonly Variant[]) => T,
): Promise<T | null> {
  const catalog = readCatalog();
  const files = inputFiles(options.quiet);
  const distinct = [...new Map(points.map((values) => [JSON.stringify(values), values])).values()];
  const requests = distinct.map((values) => {
    const varied = values.flatMap((value, index) =>
      value === '' ? [] : [`${factors[index]!.path}=${value}`],
    );
    const overrides = [...set, ...varied];
    const request = { path: scenarioPath(file), overrides, files };
    const scenario = toldAtVary(varied, () => loadScenario(request, catalog));
    tellNotes(scenario);
    requireMetrics(metrics, scenario, options.byHour);
    return { request, scenario };
  });
  const places = new Map(distinct.map((values, index) => [JSON.stringify(values), index]));
  return withVariants(requests, options, (variants) =>
    work(points.map((values) => variants[places.get(JSON.stringify(values))!]!)),
  );
}

/** Reads a scenario, and reports faults in a varied value at the option that varies it. */
function toldAtVary<T>(varied: readonly string[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const places = new Map(varied.map((change) => [`--set ${change}`, `--vary ${change}`]));
    throw new InputError(
      error.faults.map((fault) => ({ ...fault, place: places.get(fault.place) ?? fault.place })),
    );
  }
}

/**
 * The estimates of a point, for the given metrics or for all. Throws `InputError` for a metric that it does not have.
 */
export function estimatesAt(
  { batch, replications }: Variant,
  confidence: number,
  metrics: readonly MetricAddress[] | null,
): Estimate[] {
  const all = batch.estimates(confidence, replications.length);
  return metrics === null ? all : metrics.map((address) => chosenOf(all, address));
}
