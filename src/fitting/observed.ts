/**
 * A trace as it is fitted: its arrivals from the first on, the resolution of its times, and its lengths. It
 * reads recorded requests, and knows no arrival process.
 */
import { ParameterError } from '../errors.ts';
import type { Trace } from '../workload/traces/index.ts';

/** Fewer requests than this are too few: a gap variation from 100 gaps is uncertain by a tenth. */
export const LEAST_REQUESTS = 100;

export interface Observed {
  readonly requests: number;
  /** Arrivals from the first request on, never falling [s]. */
  readonly at: Float64Array;
  /** From the first arrival to one mean gap after the last [s]. */
  readonly length: number;
  /** Arrivals a second. */
  readonly rate: number;
  /** The step of the recorded times [s], to which arrivals are rounded; 0 where it is too fine to matter. */
  readonly tick: number;
  /** Whether that step is as long as the gaps, so that gaps carry no information. */
  readonly isCoarse: boolean;
  /** Recorded lengths [tokens] in order of arrival; `null` where some are not recorded. */
  readonly prompt: Int32Array | null;
  readonly output: Int32Array | null;
  readonly tenants: { readonly count: number; readonly requests: Float64Array } | null;
  readonly sessions: SessionSummary | null;
  /** What else is recorded, and is not part of a fitted workload. */
  readonly notFitted: readonly string[];
}

/** The sessions of a trace, which a fitted workload does not have. */
export interface SessionSummary {
  readonly sessions: number;
  readonly turns: number;
  /** Share of prompt tokens that repeat the context of their session. */
  readonly repeatedShare: number;
}

/** Recorded steps below this share of the mean gap give hardly any two requests the same instant. */
const FINE = 0.001;
/** Recorded steps above this share of the mean gap hide how gaps vary. */
const COARSE = 0.1;

/** Throws `ParameterError` where there are too few requests, or all come at once. */
export function observe(trace: Trace): Observed {
  const requests = trace.at.length;
  if (requests < LEAST_REQUESTS)
    throw new ParameterError(
      '',
      `holds ${requests} requests; at least ${LEAST_REQUESTS} are needed to fit a workload`,
    );
  let at = trace.at.map((instant) => instant - trace.at[0]!);
  const meanGap = at.at(-1)! / (requests - 1);
  if (meanGap === 0)
    throw new ParameterError('', 'all requests arrive at once, which has no rate; check the times');
  const tick = tickOf(at, meanGap);
  if (tick > 0) at = at.map((instant) => Math.round(instant / tick) * tick);
  const recorded = (column: Int32Array | null) =>
    column !== null && column.every((value) => value > 0) ? column : null;
  return {
    requests,
    at,
    length: at.at(-1)! + Math.max(meanGap, tick),
    rate: requests / (at.at(-1)! + Math.max(meanGap, tick)),
    tick,
    isCoarse: tick > COARSE * meanGap,
    prompt: recorded(trace.promptTokens),
    output: recorded(trace.outputTokens),
    tenants: tenantsOf(trace),
    sessions: sessionsOf(trace),
    notFitted: [
      ...(trace.cachedTokens === null ? [] : ['cached tokens']),
      ...(trace.patience === null ? [] : ['patience']),
      ...(trace.priority === null ? [] : ['priorities']),
    ],
  };
}

/** Recorded steps may be off by this share, as when a clock in milliseconds records steps of seconds. */
const JITTER = 0.01;

/**
 * The step of the recorded times [s]: the gap of which all others are multiples. 0 where it is fine, and where all gaps
 * are one, which is a regular process and not a coarse clock.
 */
function tickOf(at: Float64Array, meanGap: number): number {
  const gaps = at.subarray(1).map((instant, index) => instant - at[index]!);
  const moves = gaps.filter((gap) => gap > 0);
  const least = moves.reduce((a, b) => Math.min(a, b), Infinity);
  if (least <= FINE * meanGap) return 0;
  const steps = moves.map((gap) => Math.round(gap / least));
  if (!moves.every((gap, index) => Math.abs(gap / least - steps[index]!) <= JITTER * steps[index]!)) return 0;
  if (moves.length === gaps.length && steps.every((count) => count === 1)) return 0;
  const all = steps.reduce((a, b) => a + b, 0);
  const tick = at.at(-1)! / all;
  // The written step, where the clock has not drifted from it.
  const written = Number(tick.toPrecision(3));
  return Math.abs(written - tick) * all < JITTER * tick * 10 ? written : tick;
}

function tenantsOf({ tenant, tenants }: Trace): Observed['tenants'] {
  if (tenant === null || tenant.some((number) => number < 0)) return null;
  const requests = new Float64Array(tenants);
  for (const number of tenant) requests[number]! += 1;
  return { count: tenants, requests };
}

function sessionsOf({ session, sessions, prefixTokens, promptTokens }: Trace): SessionSummary | null {
  if (session === null || prefixTokens === null || promptTokens === null) return null;
  let [turns, prefix, prompt] = [0, 0, 0];
  session.forEach((number, index) => {
    if (number < 0) return;
    turns += 1;
    prefix += prefixTokens[index]!;
    prompt += promptTokens[index]!;
  });
  return { sessions, turns: turns / sessions, repeatedShare: prefix / prompt };
}
