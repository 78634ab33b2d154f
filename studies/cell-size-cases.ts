/**
 * The cases of the cell-size study: what is offered to cells of each size, for how long and how often. Knows scenarios
 * and nothing of results. Every size of a case has the same load per replica and the same horizon, so what is left of
 * the transient is the same kind of thing in all of them; smaller cells are replicated more often.
 */
import type { LoadedTrace, ScenarioSources } from '../src/scenario/named-files.ts';
import type { UniformSource } from '../src/stats/index.ts';
import { traceOf } from '../src/workload/traces/trace.ts';

/** What of a case is measured, in the order of its tables. */
export type MeasureName = 'throughput' | 'TTFT mean' | 'TTFT p50' | 'TTFT p99' | 'E2E mean' | 'wait' | 'lost';

export interface Measure {
  readonly name: MeasureName;
  /** A metric of `fleetyield list metrics`. */
  readonly metric: string;
  readonly unit: string;
  /** Whether it grows with the cell and is told per replica. */
  readonly perReplica: boolean;
}

const throughput: Measure = {
  name: 'throughput',
  metric: 'throughput.outputTokens',
  unit: 'output tokens/s a replica',
  perReplica: true,
};
const seconds = (name: MeasureName, metric: string): Measure => ({
  name,
  metric,
  unit: 's',
  perReplica: false,
});
const share = (name: MeasureName, metric: string): Measure => ({
  name,
  metric,
  unit: '1',
  perReplica: false,
});

const LATENCIES = [
  seconds('TTFT mean', 'ttft.mean'),
  seconds('TTFT p50', 'ttft.p50'),
  seconds('TTFT p99', 'ttft.p99'),
  seconds('E2E mean', 'e2e.mean'),
];
const SERVED = [throughput, ...LATENCIES];

export interface StudyCase {
  /** Short, for tables and the picture. */
  readonly name: string;
  readonly about: string;
  /** Arrivals ÷ what saturated replicas serve; the mean where it varies. */
  readonly load: number;
  /** A sine about the load with this peak, one period long as the window; `null` for a constant load. */
  readonly peak: number | null;
  /** `engine`: replicas of continuous batching. `slots`: as many exponential servers of one second. */
  readonly kind: 'engine' | 'slots';
  readonly routing: 'least-loaded' | 'central';
  /** Requests that may wait per replica; `null` for any number. */
  readonly waitingPerReplica: number | null;
  /** Mean of exponential patience [s]; `null` for clients who wait for ever. */
  readonly patience: number | null;
  /** [s] */
  readonly warmUp: number;
  readonly window: number;
  readonly sizes: readonly number[];
  /** Requests of all replications of a size together, at least. */
  readonly requests: number;
  readonly measures: readonly Measure[];
}

const constant: Omit<StudyCase, 'name' | 'about' | 'load' | 'sizes' | 'measures'> = {
  kind: 'engine',
  peak: null,
  routing: 'least-loaded',
  waitingPerReplica: null,
  patience: null,
  warmUp: 10,
  window: 15,
  requests: 1_200_000,
};

/** Without the largest: one line for all and a bounded line look at every replica at each request, in this version. */
const UP_TO_1024 = [16, 64, 256, 1_024];
const ALL = [...UP_TO_1024, 4_096];

export const CASES: readonly StudyCase[] = [
  {
    ...constant,
    name: 'constant 70 %',
    load: 0.7,
    sizes: ALL,
    measures: SERVED,
    about: 'Poisson arrivals, each to the least loaded replica.',
  },
  {
    ...constant,
    name: 'constant 95 %',
    load: 0.95,
    sizes: ALL,
    measures: SERVED,
    about: 'The same, nearer to what the replicas can do.',
  },
  {
    ...constant,
    name: 'constant 95 %, one line',
    load: 0.95,
    sizes: UP_TO_1024,
    measures: SERVED,
    routing: 'central',
    window: 8,
    requests: 600_000,
    about: 'One line for all: the next replica that composes a step takes what waits.',
  },
  {
    ...constant,
    name: 'day, peak 105 %',
    load: 0.7,
    peak: 1.05,
    sizes: UP_TO_1024,
    measures: SERVED,
    window: 180,
    requests: 1_500_000,
    about:
      'A sine from 35 % to 105 %, a day compressed into three minutes; clients wait as long as it takes.',
  },
  {
    ...constant,
    name: 'bounded line, 100 %',
    load: 1,
    waitingPerReplica: 4,
    sizes: UP_TO_1024,
    warmUp: 40,
    requests: 700_000,
    measures: [...SERVED, share('lost', 'share.shed')],
    about: 'At most four requests a replica wait; the others are shed. Clients do not come back.',
  },
  {
    ...constant,
    name: 'bounded line, 105 %',
    load: 1.05,
    waitingPerReplica: 4,
    sizes: UP_TO_1024,
    warmUp: 40,
    requests: 700_000,
    measures: [...SERVED, share('lost', 'share.shed')],
    about: 'The same with more than can be served.',
  },
  {
    ...constant,
    name: 'patience, 105 %',
    load: 1.05,
    patience: 5,
    sizes: UP_TO_1024,
    warmUp: 40,
    requests: 700_000,
    measures: [...SERVED, share('lost', 'share.abandoned')],
    about: 'Nobody is shed; clients give up waiting after an exponential time, five seconds in the mean.',
  },
  {
    ...constant,
    name: 'M/M/c, 95 %',
    kind: 'slots',
    routing: 'central',
    load: 0.95,
    sizes: ALL,
    warmUp: 400,
    window: 200,
    requests: 3_000_000,
    measures: [share('wait', 'wait.probability')],
    about: 'No engine: so many servers with exponential times of one second, whose answer is known.',
  },
];

/** Fewer have intervals of no use: Student's factor is 3.18 with four and 12.7 with two. */
const FEWEST_REPLICATIONS = 4;

/** Arrivals a second. `capacity` is what one saturated replica serves [requests/s]. */
export const arrivalRate = (one: StudyCase, replicas: number, capacity: number): number =>
  one.load * replicas * (one.kind === 'slots' ? 1 : capacity);

/** How often a size is replicated. */
export function replicationsOf(one: StudyCase, replicas: number, capacity: number): number {
  const each = arrivalRate(one, replicas, capacity) * (one.warmUp + one.window);
  return Math.max(FEWEST_REPLICATIONS, Math.ceil(one.requests / each));
}

/** The engine’s limit on sequences in a step [assumed]: a provider that promises a time per token keeps batches small. */
export const MAX_SEQUENCES = 64;

const LENGTHS =
  'lengths: { prompt: { kind: empirical, table: azure-2023-conversation.prompt }, output: { kind: empirical, table: azure-2023-conversation.output } }';
const ENGINE = `{ kind: continuous-batching, maxSequences: ${MAX_SEQUENCES}, stepTime: { kind: roofline } }`;

/** The scenario of a case at a size, as YAML. */
export function scenarioText(one: StudyCase, replicas: number, capacity: number): string {
  const { kind, peak, patience, routing, warmUp, window, waitingPerReplica } = one;
  const rate = arrivalRate(one, replicas, capacity);
  const arrivals =
    peak === null
      ? `{ kind: poisson, ratePerSecond: ${rate} }`
      : '{ kind: replay, file: sine, format: azure-llm-2023 }';
  const admission =
    waitingPerReplica === null
      ? '{ kind: unbounded }'
      : `{ kind: bounded, maxWaiting: ${waitingPerReplica * replicas} }`;
  const clients = patience === null ? '' : `, patience: { kind: exponential, mean: ${patience}s }`;
  const pool =
    kind === 'slots'
      ? `replicas: 1, serving: { kind: slots, concurrency: ${replicas}, serviceTime: { kind: exponential, mean: 1s } }`
      : `accelerator: h100-sxm, replicas: ${replicas}, serving: ${ENGINE}`;
  return `
fleetyield: 1
name: cell-size
horizon: { warmUp: ${warmUp}s, duration: ${window}s }
workload:
  tiers:
    - { name: all, arrivals: ${arrivals}, ${LENGTHS}, model: llama-3.1-8b${clients} }
fleet:
  pools:
    - { name: main, model: llama-3.1-8b, ${pool} }
gateway: { admission: ${admission}, routing: { kind: ${routing} } }
`;
}

/** One replica with a line that never ends: what it serves is the capacity that loads refer to. */
export const SATURATED: StudyCase = {
  ...constant,
  name: 'saturated',
  about: 'What a replica serves whose line never ends.',
  sizes: [1],
  measures: [],
  // Of what rate is of no concern as long as the line never ends.
  load: 1,
  warmUp: 100,
  window: 1_000,
  requests: 200_000,
};
/** Arrivals at a saturated replica [1/s]: about three times what it serves. */
export const SATURATING_RATE = 45;

/**
 * Arrivals of a case whose load is a sine, lowest at the start and the end of the window: Poisson of the peak's rate,
 * thinned (Lewis and Shedler 1979). Lengths are left to the scenario.
 */
export function sineArrivals(
  one: StudyCase,
  replicas: number,
  capacity: number,
  source: UniformSource,
): LoadedTrace {
  const mean = arrivalRate(one, replicas, capacity);
  const swing = one.peak! / one.load - 1;
  const highest = mean * (1 + swing);
  const end = one.warmUp + one.window;
  const at: number[] = [];
  for (let now = -Math.log(1 - source.next()) / highest; now < end;) {
    const rate = mean * (1 - swing * Math.cos((2 * Math.PI * (now - one.warmUp)) / one.window));
    if (source.next() * highest < rate) at.push(now);
    now -= Math.log(1 - source.next()) / highest;
  }
  return { trace: traceOf(at.map((instant) => ({ at: instant }))), digest: 'sine' };
}

/** Where a scenario of the study finds what it names: it has no traces but that of a sine. */
export const sourcesOf = (
  catalog: ScenarioSources['catalog'],
  sine: LoadedTrace | null,
): ScenarioSources => ({
  catalog,
  trace: (file) => {
    if (sine === null) throw new Error(`a case of the study names the trace ${file}`);
    return sine;
  },
});
