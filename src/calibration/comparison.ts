/** A measured run beside a simulated one: the same statistics of both, and the signed errors of the simulated. */
import { quantileOfSorted } from '../stats/index.ts';
import type { ReplayedRun } from './engine-replay.ts';
import type { MeasuredRun } from './measured-run.ts';
import { e2eOf, tpotOf, ttftOf, type Instants } from './request-times.ts';

export const TIMES = ['ttft', 'tpot', 'e2e'] as const;
export type Time = (typeof TIMES)[number];

export interface ComparedMetric {
  /** `ttft.mean`, `tpot.p99`, `throughput.requests`, … */
  readonly metric: string;
  readonly unit: 's' | '1/s';
  /** `null` where there is no data. */
  readonly measured: number | null;
  readonly simulated: number | null;
  /** (Simulated − measured) ÷ measured. */
  readonly error: number | null;
}

export interface Comparison {
  readonly requests: number;
  readonly metrics: readonly ComparedMetric[];
  /** Mean over requests of |simulated − measured| ÷ measured. */
  readonly perRequest: Readonly<Record<Time, number | null>>;
}

const QUANTILES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

/**
 * Compares the requests at `indices`, in order of arrival. `frontEnd` is the time that each spends outside the simulated
 * engine [s]. Quantiles are those of `stats/quantiles.ts`; throughput is over the span from the first arrival of the
 * requests to their last token.
 */
export function compare(
  run: MeasuredRun,
  replayed: ReplayedRun,
  frontEnd: number,
  indices: readonly number[],
): Comparison {
  const measured = timesOf(run, run, 0, indices);
  const simulated = timesOf(run, replayed, frontEnd, indices);
  return {
    requests: indices.length,
    metrics: [
      ...TIMES.flatMap((time) => compareTime(time, measured[time], simulated[time])),
      ...compareThroughput(run, replayed, frontEnd, indices),
    ],
    perRequest: {
      ttft: meanAbsoluteError(measured.ttft, simulated.ttft),
      tpot: meanAbsoluteError(measured.tpot, simulated.tpot),
      e2e: meanAbsoluteError(measured.e2e, simulated.e2e),
    },
  };
}

/** The times of the requests that have them, in order [s]. */
export function timesOf(
  { arrivedAt, outputTokens }: MeasuredRun,
  instants: Instants,
  frontEnd: number,
  indices: readonly number[],
): Record<Time, number[]> {
  return {
    ttft: indices.map((index) => ttftOf(arrivedAt, instants, index) + frontEnd),
    tpot: indices.map((index) => tpotOf(outputTokens, instants, index)).filter((time) => time !== null),
    e2e: indices.map((index) => e2eOf(arrivedAt, instants, index) + frontEnd),
  };
}

function compareTime(
  time: Time,
  measured: readonly number[],
  simulated: readonly number[],
): ComparedMetric[] {
  const sorted = [measured, simulated].map((values) => values.toSorted((a, b) => a - b));
  const quantiles = Object.entries(QUANTILES).map(([name, p]) =>
    metric(`${time}.${name}`, 's', quantileOfSorted(sorted[0]!, p), quantileOfSorted(sorted[1]!, p)),
  );
  return [metric(`${time}.mean`, 's', meanOf(measured), meanOf(simulated)), ...quantiles];
}

function compareThroughput(
  run: MeasuredRun,
  replayed: ReplayedRun,
  frontEnd: number,
  indices: readonly number[],
): ComparedMetric[] {
  const first = run.arrivedAt[indices[0]!]!;
  const lastOf = ({ lastTokenAt }: Instants) =>
    indices.reduce((latest, index) => Math.max(latest, lastTokenAt[index]!), 0);
  const measured = lastOf(run) - first;
  const simulated = lastOf(replayed) + frontEnd - first;
  const tokens = indices.reduce((sum, index) => sum + run.outputTokens[index]!, 0);
  return [
    metric('throughput.requests', '1/s', indices.length / measured, indices.length / simulated),
    metric('throughput.outputTokens', '1/s', tokens / measured, tokens / simulated),
  ];
}

function metric(
  name: string,
  unit: ComparedMetric['unit'],
  measured: number | null,
  simulated: number | null,
): ComparedMetric {
  const error = measured === null || simulated === null ? null : simulated / measured - 1;
  return { metric: name, unit, measured, simulated, error };
}

/** `null` of no values. */
export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const meanAbsoluteError = (measured: readonly number[], simulated: readonly number[]): number | null =>
  meanOf(measured.map((value, place) => Math.abs(simulated[place]! / value - 1)));
