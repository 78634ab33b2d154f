/** Arrival processes in tests, built as a tier builds them. */
import { ParameterError } from '../../src/errors.ts';
import { Streams, type UniformSource } from '../../src/stats/index.ts';
import { arrivals, type ArrivalProcess } from '../../src/workload/arrivals/index.ts';
import type { HourlyShape } from '../../src/workload/hourly-shape.ts';
import type { Trace } from '../../src/workload/traces/index.ts';

export type ArrivalChoice = Parameters<typeof arrivals.create>[0];

export interface Surroundings {
  /** Names the streams, of which each test has its own. */
  readonly name?: string;
  /** In place of the first of the streams. */
  readonly source?: UniformSource;
  readonly startOfWeek?: number;
  readonly share?: number;
  readonly load?: number;
  /** How many equal tenants there are; 20 unless told. */
  readonly tenants?: number;
  readonly profiles?: Readonly<Record<string, HourlyShape>>;
  readonly trace?: Trace;
}

export function arrivalsOf(choice: ArrivalChoice, surroundings: Surroundings = {}): ArrivalProcess {
  const {
    name = 'test',
    startOfWeek = 0,
    share = 1,
    load = 1,
    tenants = 20,
    profiles = {},
    trace,
  } = surroundings;
  const streams = new Streams('arrivals', 0);
  return arrivals.create(choice, {
    source: surroundings.source ?? streams.stream(name),
    stream: (part) => streams.stream(`${name}/${part}`),
    counter: (part) => streams.counter(`${name}/${part}`),
    tenants,
    tenantShares: () => new Float64Array(tenants).fill(1 / tenants),
    share,
    load,
    startOfWeek,
    tierName: name,
    profile: (profile) => profiles[profile] ?? null,
    profileNames: Object.keys(profiles),
    quantileTable: () => null,
    trace: (file) => {
      if (trace === undefined) throw new ParameterError('file', `a test has no trace ${file}`);
      return trace;
    },
  });
}

/** All arrivals before `end` [s]. */
export function arrivalsUntil(end: number, choice: ArrivalChoice, surroundings: Surroundings = {}): number[] {
  const process = arrivalsOf(choice, surroundings);
  const times = [];
  for (let at = process.next(); at < end; at = process.next()) times.push(at);
  return times;
}

/** Times between arrivals, the first of which is counted from the start. */
export const gapsOf = (times: readonly number[]): number[] => times.map((at, n) => at - (times[n - 1] ?? 0));

/** A source that gives these numbers and then no more. */
export const uniforms = (...values: number[]): UniformSource => ({
  next: () => {
    const value = values.shift();
    if (value === undefined) throw new Error('the test has no further uniform number');
    return value;
  },
});
