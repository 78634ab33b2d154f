/**
 * Scenarios with exact answers: how a case is written, run through the engine, and held against its oracle. It knows
 * nothing of where the exact values come from.
 *
 * Precision. Horizons are those of continuous integration: the half-widths stated with each number are what they reach.
 * `FLEETYIELD_PRECISION=full` multiplies horizons by the case's factor, and asks for the oracle's own precision (for
 * standard deviations and quantiles, which converge more slowly, for 1.5 times that).
 */
import { expect, test } from 'vitest';
import { FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { queueText, type QueueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { near, oracle } from '../helpers/shared.ts';

export const REPLICATIONS = 32;

export interface Checked {
  /** Metric, and scope when it is not the total. */
  readonly metric: string;
  readonly scope?: string;
  readonly exact: number;
  /** Half-width at CI scale, as a share of the exact value. */
  readonly within: number;
  /** The oracle's name for it; left out where it has none. */
  readonly key?: string;
}

/** A queue, or the text of another scenario of a given duration [s]. */
export type CaseText = QueueText | { readonly duration: number; text(duration: number): string };

export interface Case {
  readonly id: string;
  readonly behaviour: string;
  readonly queue: CaseText;
  /** What `FLEETYIELD_PRECISION=full` multiplies the duration by. */
  readonly factor: number;
  /** The precision at full scale: that of the oracle. */
  readonly precision: number;
  readonly checks: readonly Checked[];
}

export const is = (metric: string, exact: number, within: number, key?: string, scope?: string): Checked => ({
  metric,
  exact,
  within,
  ...(key === undefined ? {} : { key }),
  ...(scope === undefined ? {} : { scope }),
});

/** One test a case: every number of it from the same 32 replications. */
export function testThroughEngine(cases: readonly Case[]): void {
  for (const { id, behaviour, queue, factor, precision, checks } of cases) {
    test(`${behaviour} (${id})`, () => {
      const duration = queue.duration * (FULL_PRECISION ? factor : 1);
      const text = 'text' in queue ? queue.text(duration) : queueText({ ...queue, duration });
      const estimates = new Estimates(replications(scenarioOf(text), REPLICATIONS, { seed: `oracle ${id}` }));
      const verdicts = checks.map(({ metric, scope, exact, within }) => {
        const full = /\.(sd|p95|p99)$/.test(metric) ? 1.5 * precision : precision;
        return verdictOn(estimates.of(metric, scope), exact, FULL_PRECISION ? full : within);
      });
      expect(verdicts.map(({ objection }) => objection).filter((one) => one !== null)).toEqual([]);
    });
  }
}

/** The oracles have ten digits; the alternating sum of the token buckets keeps eight of them. */
const DIGITS = 1e-8;

/** One test a case: its exact values and its precision are the oracle's. */
export function testAgainstOracles(cases: readonly Case[]): void {
  for (const { id, behaviour, checks, precision } of cases) {
    test(`are those of oracle ${id}: ${behaviour}`, () => {
      const { metrics, rel_precision } = oracle(id);
      const wrong = checks.filter(
        ({ key, exact }) => key !== undefined && !near(exact, metrics[key], DIGITS),
      );
      expect(wrong).toEqual([]);
      expect(precision).toBe(rel_precision);
    });
  }
}
