/**
 * The coverage study: queues whose answers are known exactly, and which of a run's estimates are held against them.
 * Every answer is a law worked out beside it; nothing here knows what the engine says.
 */
import { mmck, mm1, waitQuantile } from '../src/stats/index.ts';
import { poissonTier, queueText } from '../tests/helpers/queue.ts';

export interface Answer {
  readonly metric: string;
  readonly unit: string;
  /** How the estimate is put together from replications. */
  readonly estimator: 'mean' | 'ratio' | 'quantile';
  readonly law: string;
  readonly exact: number;
}

export interface CoverageCase {
  readonly name: string;
  readonly about: string;
  /** The scenario, with windows and warm-ups so many times as long as in the published study. */
  text(length: number): string;
  readonly answers: readonly Answer[];
}

const exponential = '{ kind: exponential, mean: 1s }';

/** M/M/1 at 0.8 relaxes in 1 ÷ (1 − √0.8)² = 90 s: the warm-up is eleven times that. */
const LOAD = 0.8;
const queue = mm1(LOAD, 1);
const singleServer = (window: number): CoverageCase => ({
  name: `M/M/1 at ${LOAD}`,
  about: `One server of one second, an unbounded line; warm-up 1,000 s, window ${window.toLocaleString('en-US')} s.`,
  text: (length) =>
    queueText({
      tiers: [poissonTier(LOAD)],
      slots: 1,
      service: exponential,
      warmUp: 1_000 * length,
      duration: window * length,
    }),
  answers: [
    { metric: 'queue.length', unit: '1', estimator: 'mean', law: 'ρ² ÷ (1 − ρ)', exact: queue.queueLength },
    { metric: 'wait.mean', unit: 's', estimator: 'ratio', law: 'ρ ÷ (μ − λ)', exact: queue.wait },
    { metric: 'wait.probability', unit: '1', estimator: 'ratio', law: 'ρ', exact: LOAD },
    {
      metric: 'wait.p99',
      unit: 's',
      estimator: 'quantile',
      law: 'ln(100 ρ) ÷ (μ − λ)',
      exact: waitQuantile(LOAD, 1, 1, 0.99),
    },
  ],
});

const SERVERS = 4;
const PLACES = 6;
const OFFERED = 4;

/** Shares of an arrival that is let in, by how many are in the system: those of all arrivals but the full. */
function foundByAdmitted(): number[] {
  const weights = [1];
  for (let n = 1; n < SERVERS + PLACES; n++) weights.push((weights[n - 1]! * OFFERED) / Math.min(n, SERVERS));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/**
 * P(wait > t) of those let in: who finds n ≥ 4 waits for n − 3 ends of service, which come at rate 4, so that it is
 * longer than t with the probability that fewer than n − 3 come within it.
 */
function tailOfBounded(t: number): number {
  let tail = 0;
  foundByAdmitted().forEach((share, n) => {
    let term = Math.exp(-SERVERS * t);
    for (let ends = 0; ends < n - SERVERS + 1; ends++) {
      tail += share * term;
      term *= (SERVERS * t) / (ends + 1);
    }
  });
  return tail;
}

const bounded = mmck(OFFERED, 1, SERVERS, SERVERS + PLACES);
const withLoss = (window: number): CoverageCase => ({
  name: 'M/M/4 with six places',
  about: `Load ${OFFERED} on ${SERVERS} servers of one second; who finds ten in the system is lost. Warm-up 100 s, window ${window.toLocaleString('en-US')} s.`,
  text: (length) =>
    queueText({
      tiers: [poissonTier(OFFERED)],
      slots: SERVERS,
      service: exponential,
      warmUp: 100 * length,
      duration: window * length,
      gateway: `{ admission: { kind: bounded, maxWaiting: ${PLACES} } }`,
    }),
  answers: [
    {
      metric: 'throughput.requests',
      unit: '1/s',
      estimator: 'mean',
      law: 'λ (1 − p₁₀)',
      exact: bounded.throughput,
    },
    { metric: 'share.shed', unit: '1', estimator: 'ratio', law: 'p₁₀', exact: bounded.blocking },
    { metric: 'wait.mean', unit: 's', estimator: 'ratio', law: 'of those let in', exact: bounded.wait },
    {
      metric: 'wait.p99',
      unit: 's',
      estimator: 'quantile',
      law: 'of those let in, root of the tail',
      exact: rootOf((t) => tailOfBounded(t) - 0.01, 0, 20),
    },
  ],
});

/**
 * An engine with room for all whose steps take a tenth of a second whatever is in them. It never rests (20 sequences on
 * average; it is empty e⁻²⁰ of the time), so an arrival waits a uniform part of a step for the next one, which gives its
 * first token, and each further token takes a step.
 */
const STEP = 0.1;
const OUTPUT = 20;
const RATE = 10;
const PROMISED = 0.19;

/** P(e2e > y steps) = P(U + output > y), U uniform: of outputs of exactly ⌊y⌋ the part with U above what is left. */
function tailOfEngine(y: number): number {
  const on = 1 - 1 / OUTPUT;
  const whole = Math.floor(y);
  return on ** whole + (1 / OUTPUT) * on ** (whole - 1) * (1 - (y - whole));
}

const engine: CoverageCase = {
  name: 'an engine that batches',
  about: `Continuous batching with room for all: steps of ${STEP} s, ${RATE} requests/s, geometric outputs of ${OUTPUT} tokens. Warm-up 60 s, window 600 s.`,
  text: (length) => `
fleetyield: 1
name: engine
horizon: { warmUp: ${60 * length}s, duration: ${600 * length}s }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: poisson, ratePerSecond: ${RATE} }
      lengths: { prompt: { kind: constant, value: 1 }, output: { kind: geometric, mean: ${OUTPUT} } }
      slo: { ttft: ${PROMISED}s }
fleet:
  pools:
    - name: main
      model: any
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: 1000
        maxBatchedTokens: 100000
        kv: { capacityTokens: 1000000 }
        stepTime: { kind: affine, base: ${STEP}s, perSequence: 0s, perPrefillToken: 0s }
`,
  answers: [
    {
      metric: 'throughput.outputTokens',
      unit: 'tokens/s',
      estimator: 'mean',
      law: 'λ × output',
      exact: RATE * OUTPUT,
    },
    { metric: 'ttft.mean', unit: 's', estimator: 'ratio', law: '1½ steps', exact: 1.5 * STEP },
    {
      metric: 'slo.attainmentServed',
      unit: '1',
      estimator: 'ratio',
      law: 'uniform over a step',
      exact: (PROMISED - STEP) / STEP,
    },
    {
      metric: 'e2e.p99',
      unit: 's',
      estimator: 'quantile',
      law: 'uniform + geometric, root of the tail',
      exact: STEP * rootOf((y) => tailOfEngine(y) - 0.01, 1, 1_000),
    },
  ],
};

/** Where a falling function crosses zero, by halving. */
function rootOf(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Held against ten replications, as `run --replications 10` makes them. */
export const FIXED: readonly CoverageCase[] = [singleServer(10_000), withLoss(1_000), engine];

/** Held against as many replications as `run --precision` asks for. */
export const SEQUENTIAL: readonly {
  readonly studied: CoverageCase;
  readonly relative: number;
  readonly watched: readonly string[];
}[] = [
  { studied: singleServer(2_000), relative: 0.1, watched: ['wait.mean'] },
  { studied: singleServer(2_000), relative: 0.1, watched: ['queue.length', 'wait.mean', 'wait.probability'] },
  { studied: withLoss(500), relative: 0.05, watched: ['share.shed'] },
];
