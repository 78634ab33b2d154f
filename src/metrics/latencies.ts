/** Waiting times and latencies of the requests served: means, quantiles and standard deviations. */
import { LATENCIES, type Latency, type Ledger } from '../simulation/ledger.ts';
import { Sample } from '../simulation/sample.ts';
import { Moments, type QuantileSketchState } from '../stats/index.ts';
import { SHARE } from '../units.ts';
import { ratio, tierOf, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'tier'] as const;

const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

const MEANINGS: Record<Latency, string> = {
  wait: 'Time from the arrival of the attempt that was served to its first admission to service',
  ttft: 'Time from the arrival of the request to its first token',
  tpot: 'Time per output token after the first, of requests with more than one',
  itl: 'Time between successive output tokens, over all tokens emitted in the window',
  e2e: 'Time from the arrival of the request to its last token',
  run: 'Time from the first arrival of an agent run to its last token, of runs that succeed',
};

function latency(quantity: Latency): Metric[] {
  const common = { unit: 's', scopes: SCOPES };
  return [
    {
      ...common,
      name: `${quantity}.mean`,
      summary: `${MEANINGS[quantity]}: the mean.`,
      observe: (ledger, scope) => {
        const { moments } = sampleOf(ledger, quantity, scope);
        return ratio(moments.sum, moments.count);
      },
    },
    ...Object.entries(QUANTILES).map(([name, p]): Metric => ({
      ...common,
      name: `${quantity}.${name}`,
      summary: `${MEANINGS[quantity]}: the ${p * 100} % quantile.`,
      observe: (ledger, scope) => ({
        kind: 'quantile',
        p,
        sketch: sketchOf(sampleOf(ledger, quantity, scope)),
      }),
    })),
    {
      ...common,
      name: `${quantity}.sd`,
      summary: `${MEANINGS[quantity]}: the standard deviation.`,
      observe: (ledger, scope) => {
        const { moments } = sampleOf(ledger, quantity, scope);
        const squares = (moments.variance ?? 0) * Math.max(0, moments.count - 1);
        return { kind: 'spread', count: moments.count, mean: moments.mean ?? 0, squares };
      },
    },
  ];
}

/** Merged samples and plain sketches are made once for each ledger: several metrics read the same. */
const merged = new WeakMap<Ledger, Map<Latency, Sample>>();
const sketches = new WeakMap<Sample, QuantileSketchState>();

function sampleOf(ledger: Ledger, quantity: Latency, scope: Scope): Sample {
  const tier = tierOf(scope);
  const samples = ledger.latencies[quantity];
  if (tier !== null) return samples[tier]!;
  if (samples.length === 1) return samples[0]!;
  const known = merged.get(ledger) ?? new Map<Latency, Sample>();
  merged.set(ledger, known);
  const total = known.get(quantity) ?? mergeOf(samples);
  known.set(quantity, total);
  return total;
}

function mergeOf(samples: readonly Sample[]): Sample {
  const total = new Sample();
  for (const sample of samples) {
    total.moments.merge(sample.moments);
    total.sketch.merge(sample.sketch);
  }
  return total;
}

function sketchOf(sample: Sample): QuantileSketchState {
  const state = sketches.get(sample) ?? sample.sketch.toState();
  sketches.set(sample, state);
  return state;
}

export const latencyMetrics: readonly Metric[] = [
  ...LATENCIES.flatMap(latency),
  {
    name: 'wait.probability',
    unit: SHARE,
    summary: 'Share of the attempts that entered the queue and had to wait.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const entered = ledger.cohortTotal('entered', tierOf(scope));
      return ratio(entered - ledger.cohortTotal('enteredWithoutWait', tierOf(scope)), entered);
    },
  },
  {
    name: 'wait.all.mean',
    unit: 's',
    summary: 'Mean time in queue of all attempts that entered it, including those that left unserved.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const tier = tierOf(scope);
      const all = new Moments();
      ledger.timeInQueue.forEach((moments, index) => {
        if (tier === null || tier === index) all.merge(moments);
      });
      return ratio(all.sum, all.count);
    },
  },
];
