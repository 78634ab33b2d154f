/**
 * The whole path: what `fleetyield run` does for one replication, from the text of a scenario to measurements, dollars
 * and audit. Three tiers with limits, priorities, promises and prices; lengths are drawn from the catalogue's table of
 * the Azure conversation trace.
 */
import { createHash } from 'node:crypto';
import { ACCELERATOR, MODEL } from './engine.ts';
import { readCatalog, readScenario, replicate, SourceDocument } from './built.ts';
import { startWatch } from './stopwatch.ts';

export interface PathSize {
  readonly replicas: number;
  readonly routing: string;
  /** Arrivals of all tiers [1/s]. */
  readonly rate: number;
  readonly requests: number;
}

export interface PathRun {
  readonly seconds: number;
  readonly requests: number;
  readonly events: number;
  readonly steps: number;
  /** Of all measurements, hourly series, audit and fingerprints. */
  hash(): string;
}

const LENGTHS =
  'lengths: { prompt: { kind: empirical, table: azure-2023-conversation.prompt }, output: { kind: empirical, table: azure-2023-conversation.output } }';
const TOKEN_PRICE = 'revenue: { kind: per-token, inputPerMillion: 0.20, outputPerMillion: 0.60 }';

/** A fifth of the requests from few large customers, half from subscribers, the rest from many who pay nothing. */
const scenarioText = ({ replicas, routing, rate, requests }: PathSize): string => `
fleetyield: 1
name: bench
horizon: { start: Tue 12:00, duration: ${requests / rate}s }
workload:
  tiers:
    - { name: enterprise, priority: 0, tenants: ${10 * replicas}, activity: { kind: zipf, exponent: 0.9 }, arrivals: { kind: poisson, ratePerSecond: ${0.2 * rate} }, ${LENGTHS}, model: ${MODEL}, slo: { ttft: 1s, tpot: 50ms, target: 0.99 }, ${TOKEN_PRICE} }
    - { name: paid, priority: 1, tenants: ${100 * replicas}, arrivals: { kind: poisson, ratePerSecond: ${0.5 * rate} }, ${LENGTHS}, model: ${MODEL}, slo: { ttft: 2s, target: 0.95 }, revenue: { kind: subscription, usdPerMonth: 20 } }
    - { name: free, priority: 2, tenants: ${1_000 * replicas}, arrivals: { kind: poisson, ratePerSecond: ${0.3 * rate} }, ${LENGTHS}, model: ${MODEL} }
fleet:
  pools:
    - { name: main, model: ${MODEL}, accelerator: ${ACCELERATOR}, replicas: ${replicas}, serving: { kind: continuous-batching, stepTime: { kind: roofline } } }
gateway:
  rateLimits:
    - { scope: tenant, tiers: [enterprise], resource: totalTokens, algorithm: { kind: token-bucket, perMinute: 10000000, burst: 10000000 } }
    - { scope: tenant, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perMinute: 3, burst: 10 } }
  discipline: { kind: strict-priority }
  routing: { kind: ${routing} }
economics:
  gpuHour: { kind: rented, usdPerGpuHour: 2.50 }
`;

const catalog = readCatalog();

/** Runs one replication; reading the scenario is part of it, and the hash, which is text of all it holds, is not. */
export function runPath(size: PathSize): PathRun {
  const text = scenarioText(size);
  const elapsed = startWatch();
  const scenario = readScenario(new SourceDocument(text, 'bench.yaml'), {
    catalog,
    trace: (file) => {
      throw new Error(`the benchmark names no trace, and ${file} was asked for`);
    },
  });
  const { events, ...result } = replicate(scenario, 'bench', 0, { byHour: false });
  const seconds = elapsed();
  const observed = (metric: string) =>
    result.measurements.find((one) => one.metric === metric && one.scope === 'total')?.observation;
  const requests = observed('requests.arrived');
  const batch = observed('batch.mean');
  if (requests?.kind !== 'value' || batch?.kind !== 'ratio')
    throw new Error('a metric of the benchmark is gone');
  return {
    seconds,
    events,
    requests: requests.value!,
    // The mean batch is a ratio over the steps that ended.
    steps: batch.denominator,
    hash: () => createHash('sha256').update(plainText(result)).digest('hex').slice(0, 8),
  };
}

/** The result as text, typed arrays as lists. */
function plainText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    ArrayBuffer.isView(inner) ? Array.from(inner as Float64Array) : inner,
  );
}
