/** Replications of the cell-size study, by the library as it is built. */
import type { Estimate, ReplicationResult } from '../src/index.ts';
import {
  replicationsOf,
  SATURATED,
  SATURATING_RATE,
  scenarioText,
  sineArrivals,
  sourcesOf,
  type MeasureName,
  type StudyCase,
} from './cell-size-cases.ts';

const library = (await import(
  new URL('../dist/index.js', import.meta.url).href
)) as typeof import('../src/index.ts');
const { estimate, readCatalog, readScenario, replicate, SourceDocument, Streams } = library;
export const { erlangC, mmck } = library;

const LEVEL = 0.95;
const catalog = readCatalog();

/** What a size of a case came to. Estimates are in the units of the case's measures. */
export interface SizeResult {
  readonly replicas: number;
  readonly replications: number;
  /** That arrived in the windows of all replications. */
  readonly requests: number;
  readonly estimates: Readonly<Partial<Record<MeasureName, Estimate>>>;
}

export interface CaseResult {
  readonly studied: StudyCase;
  /** From the smallest size to the largest. */
  readonly sizes: readonly SizeResult[];
}

type Kept = ReplicationResult['measurements'];

/** One replication; of its measurements, those of the whole cell that are asked for. */
function kept(
  one: StudyCase,
  replicas: number,
  capacity: number,
  index: number,
  metrics: readonly string[],
): Kept {
  // Each size has streams of its own: sizes are independent of each other.
  const seed = `${one.name}, ${replicas} replicas`;
  const sine =
    one.peak === null ? null : sineArrivals(one, replicas, capacity, new Streams(seed, index).stream('sine'));
  const document = new SourceDocument(scenarioText(one, replicas, capacity), `${seed}.yaml`);
  const scenario = readScenario(document, sourcesOf(catalog, sine));
  return replicate(scenario, seed, index, { byHour: false }).measurements.filter(
    ({ scope, metric }) => scope === 'total' && metrics.includes(metric),
  );
}

/** What one saturated replica serves [requests/s]. */
export function measureCapacity(one: StudyCase = SATURATED): Estimate {
  const metrics = ['throughput.requests'];
  const replications = replicationsOf(one, 1, SATURATING_RATE);
  const runs = Array.from({ length: replications }, (_, index) =>
    kept(one, 1, SATURATING_RATE, index, metrics),
  );
  return estimate(runs, LEVEL)[0]!;
}

/** All replications of a size of a case; `told` hears of each that is done. */
export function runSize(
  one: StudyCase,
  replicas: number,
  capacity: number,
  told: (done: number, of: number) => void = () => undefined,
): SizeResult {
  const replications = replicationsOf(one, replicas, capacity);
  const metrics = ['requests.arrived', ...one.measures.map(({ metric }) => metric)];
  const runs = Array.from({ length: replications }, (_, index) => {
    const run = kept(one, replicas, capacity, index, metrics);
    told(index + 1, replications);
    return run;
  });
  const all = new Map(estimate(runs, LEVEL).map((one) => [one.metric, one]));
  return {
    replicas,
    replications,
    requests: Math.round(all.get('requests.arrived')!.mean! * replications),
    estimates: Object.fromEntries(
      one.measures.map(({ name, metric, perReplica }) => [
        name,
        perReplica ? dividedBy(all.get(metric)!, replicas) : all.get(metric)!,
      ]),
    ),
  };
}

function dividedBy(one: Estimate, replicas: number): Estimate {
  return {
    ...one,
    mean: one.mean === null ? null : one.mean / replicas,
    halfWidth: one.halfWidth === null ? null : one.halfWidth / replicas,
  };
}
