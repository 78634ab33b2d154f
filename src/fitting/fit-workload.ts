/**
 * Fitting: from a trace to a workload, and to how well that workload fits. Arrival processes are tried from the
 * simplest on; each is simulated for as long as the trace many times, and the first is accepted whose simulations
 * cover, in every figure of the arrivals, what was measured. Where none does, the nearest is taken and the figures that
 * it misses are named.
 *
 * What is tested is what is printed: rounded parameters, by the program's own arrival processes and distributions of
 * tokens.
 */
import { ParameterError } from '../errors.ts';
import {
  GaussianPair,
  quantileOfSorted,
  Streams,
  tokenDistributions,
  wholeTokens,
  type UniformSource,
} from '../stats/index.ts';
import { arrivals } from '../workload/arrivals/index.ts';
import type { Trace } from '../workload/traces/index.ts';
import {
  curveOf,
  inTicks,
  candidatesFor,
  rounded,
  SIMULTANEOUS,
  type ArrivalChoice,
  type ArrivalCandidate,
} from './arrival-candidates.ts';
import {
  countsIn,
  dispersion,
  gapVariation,
  ksDistance,
  rankCorrelation,
  simultaneousShare,
  windowsIn,
} from './counting.ts';
import { quantileTable, type TablePoint } from './length-table.ts';
import { observe, type Observed } from './observed.ts';

export interface FitOptions {
  /**
   * Windows in which dispersion is compared [s]; those of which the trace has too few, or that it is too coarse for,
   * are left out.
   */
  readonly windows: readonly number[];
  /** Time of the week of the trace's first request [s]. */
  readonly startOfWeek: number;
  /**
   * Simulations of each process. A figure of the right process lies outside their range with probability 2 ÷ (resamples
   * + 1).
   */
  readonly resamples: number;
  readonly seed: string;
  /** Whether the spread of requests over tenants is fitted too. */
  readonly tenants: boolean;
  /** Called now and then with how much of the work is done. */
  progress?(done: number, planned: number): void;
}

/** A figure of the trace, and what the fitted workload has in its place. */
export interface Figure {
  /** `gapVariation`, `dispersion.60s`, `prompt.p99`, … */
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  /** Least, mean and largest of the simulations. */
  readonly low: number;
  readonly mean: number;
  readonly high: number;
  readonly inside: boolean;
}

export interface LengthFit {
  readonly table: readonly TablePoint[];
  /** Distance (Kolmogorov and Smirnov) of a simulated sample of the same size: mean and largest. */
  readonly distance: number;
  readonly largestDistance: number;
}

/** A process that was tried, and the figures that its simulations missed. */
export interface TriedCandidate {
  readonly name: string;
  readonly missed: readonly string[];
}

export interface WorkloadFit {
  readonly requests: number;
  /** Length of the trace [s]. */
  readonly seconds: number;
  /** Step of the recorded times [s]; 0 where it is fine. */
  readonly tick: number;
  readonly isCoarse: boolean;
  readonly resamples: number;
  /** The probability that a figure of the right process would be reported as missed. */
  readonly chanceOutside: number;
  readonly arrivals: ArrivalCandidate;
  /** Whether the process reproduces all figures of the arrivals. */
  readonly accepted: boolean;
  readonly tried: readonly TriedCandidate[];
  readonly figures: readonly Figure[];
  readonly lengths: { readonly prompt: LengthFit | null; readonly output: LengthFit | null };
  /** Spearman’s, of prompt and output; `null` where one of them is not recorded or never varies. */
  readonly rankCorrelation: number | null;
  readonly tenants: TenantFit | null;
  readonly sessions: Observed['sessions'];
  readonly notFitted: Observed['notFitted'];
  /**
   * Dispersion by window [s], measured and simulated, and requests by stretch of time of the trace and of one
   * simulation.
   */
  readonly curves: {
    readonly dispersion: readonly (Figure & { readonly window: number })[];
    readonly rate: { readonly stretch: number; readonly measured: number[]; readonly simulated: number[] };
    readonly lengths: Readonly<
      Record<'prompt' | 'output', { readonly measured: number[]; readonly simulated: number[] } | null>
    >;
  };
}

export interface TenantFit {
  readonly count: number;
  /** Variation of activity over tenants, the chance of counts taken off; 0 where chance explains all. */
  readonly cv: number;
  /** Share of requests of the most active tenth of tenants. */
  readonly topTenth: number;
}

/** With fewer windows than this, dispersion is not estimated. */
const FEWEST_WINDOWS = 10;

/** Points of a picture. */
const STRETCHES = 120;
const CDF_POINTS = 200;

/** Fits a workload. Throws `ParameterError` for a trace that is too short. */
export function fitWorkload(trace: Trace, options: FitOptions): WorkloadFit {
  const observed = observe(trace);
  const measures = measuresOf(observed, options.windows);
  const candidates = candidatesFor(observed, options.startOfWeek);
  const planned = candidates.length + 1;
  const trials: (TriedCandidate & { readonly candidate: ArrivalCandidate; readonly misfit: number })[] = [];
  for (const candidate of candidates) {
    options.progress?.(trials.length, planned);
    const figures = figuresOf(measures, simulate(candidate.choice, observed, measures, options).values);
    const missed = figures.filter(({ inside }) => !inside).map(({ name }) => name);
    trials.push({ candidate, name: candidate.name, missed, misfit: misfitOf(figures) });
    if (missed.length === 0) break;
  }
  const last = trials.at(-1)!;
  const accepted = last.missed.length === 0;
  const chosen = accepted ? last : trials.reduce((a, b) => (b.misfit < a.misfit ? b : a));
  options.progress?.(planned - 1, planned);
  const shown = [rateMeasure(observed), ...measures];
  const points = curveOf(observed);
  const curve = points.map(({ window }) => dispersionMeasure(observed, window));
  const simulated = simulate(chosen.candidate.choice, observed, [...shown, ...curve], options);
  const curveFigures = figuresOf(curve, simulated.values.slice(shown.length));
  const lengths = lengthsOf(observed, options);
  options.progress?.(planned, planned);
  return {
    requests: observed.requests,
    seconds: observed.length,
    tick: observed.tick,
    isCoarse: observed.isCoarse,
    resamples: options.resamples,
    chanceOutside: 2 / (options.resamples + 1),
    arrivals: chosen.candidate,
    accepted,
    tried: trials.map(({ name, missed }) => ({ name, missed })),
    figures: [...figuresOf(shown, simulated.values), ...lengths.figures],
    lengths: { prompt: lengths.prompt?.fit ?? null, output: lengths.output?.fit ?? null },
    rankCorrelation: lengths.rankCorrelation,
    tenants: options.tenants ? tenantsOf(observed) : null,
    sessions: observed.sessions,
    notFitted: observed.notFitted,
    curves: {
      dispersion: curveFigures.map((figure, index) => ({ ...figure, window: points[index]!.window })),
      rate: ratesOf(observed, simulated.first),
      lengths: { prompt: lengths.prompt?.curve ?? null, output: lengths.output?.curve ?? null },
    },
  };
}

/** A figure of arrivals: how it is measured, on the trace and on simulations. */
interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  of(at: Float64Array): number | null;
}

/** The figures by which processes are judged. Dispersion in windows of less than two ticks is that of the clock. */
function measuresOf(observed: Observed, windows: readonly number[]): Measure[] {
  const { at, length, tick, isCoarse } = observed;
  const variation = isCoarse ? null : gapVariation(at);
  const counted = [...new Set(windows.map((window) => inTicks(window, tick)))]
    .filter((window) => windowsIn(length, window) >= FEWEST_WINDOWS && window >= 2 * tick)
    .map((window) => dispersionMeasure(observed, window));
  if (counted.length === 0) {
    throw new ParameterError(
      'bins',
      `none of the windows fits the trace, which has ${rounded(length)} s${tick > 0 ? ` in ticks of ${tick} s` : ''}; ` +
        `give one of two ticks or more, of which there are ${FEWEST_WINDOWS} at least`,
    );
  }
  const gaps =
    variation === null ? [] : [{ name: 'gapVariation', unit: '1', measured: variation, of: gapVariation }];
  return [...gaps, ...simultaneousMeasure(observed), ...counted];
}

/** Requests at one instant are distinguished from short gaps where there are enough of them. */
function simultaneousMeasure({ at, isCoarse }: Observed): Measure[] {
  const measured = simultaneousShare(at);
  return isCoarse || measured < SIMULTANEOUS
    ? []
    : [{ name: 'simultaneous', unit: '1', measured, of: simultaneousShare }];
}

const rateMeasure = ({ rate, length }: Observed): Measure => ({
  name: 'rate',
  unit: '1/s',
  measured: rate,
  of: (at) => at.length / length,
});

const dispersionMeasure = ({ at, length }: Observed, window: number): Measure => ({
  name: `dispersion.${rounded(window)}s`,
  unit: '1',
  measured: dispersion(at, window, length)!,
  of: (simulated) => dispersion(simulated, window, length),
});

/** `values` has the simulated values of each measure, in the same order. */
const figuresOf = (measures: readonly Measure[], values: readonly (readonly (number | null)[])[]): Figure[] =>
  measures.map(({ name, unit, measured }, index) => figureOf(name, unit, measured, values[index]!));

function figureOf(name: string, unit: string, measured: number, values: readonly (number | null)[]): Figure {
  const { low, mean, high } = spreadOf(values);
  return { name, unit, measured, low, mean, high, inside: low <= measured && measured <= high };
}

function spreadOf(values: readonly (number | null)[]): { low: number; mean: number; high: number } {
  const known = values.filter((value) => value !== null);
  const sum = known.reduce((total, value) => total + value, 0);
  return { low: Math.min(...known), mean: sum / known.length, high: Math.max(...known) };
}

/** How far a process is off: the sum of squared logarithms of measured ÷ simulated. */
const misfitOf = (figures: readonly Figure[]): number =>
  figures.reduce((sum, { measured, mean }) => sum + Math.log(measured / mean) ** 2, 0);

/** What simulations of a process give for each measure, and the arrivals of the first. */
function simulate(
  choice: ArrivalChoice,
  observed: Observed,
  measures: readonly Measure[],
  options: FitOptions,
): { readonly values: (number | null)[][]; readonly first: Float64Array } {
  const values = measures.map((): (number | null)[] => []);
  let first = new Float64Array(0);
  for (let resample = 0; resample < options.resamples; resample++) {
    const at = arrivalsOf(choice, observed, options, resample);
    if (resample === 0) first = at;
    measures.forEach(({ of }, index) => values[index]!.push(of(at)));
  }
  return { values, first };
}

/** Arrivals of one simulation as the trace would have recorded them [s]. */
function arrivalsOf(
  choice: ArrivalChoice,
  { length, tick, requests }: Observed,
  { seed, startOfWeek }: FitOptions,
  resample: number,
): Float64Array<ArrayBuffer> {
  const streams = new Streams(seed, resample);
  const source = arrivals.create(choice, {
    source: streams.stream('arrivals'),
    stream: (part) => streams.stream(`arrivals/${part}`),
    counter: (part) => streams.counter(`arrivals/${part}`),
    tenants: 1,
    tenantShares: () => {
      throw new RangeError('a fitted arrival process has no tenants');
    },
    share: 1,
    load: 1,
    startOfWeek,
    tierName: 'fitted',
    quantileTable: () => null,
    profile: () => null,
    profileNames: [],
    trace: () => {
      throw new RangeError('a fitted arrival process replays nothing');
    },
  });
  let at = new Float64Array(2 * requests);
  let count = 0;
  for (let instant = source.next(); instant < length; instant = source.next()) {
    if (count === at.length) {
      const longer = new Float64Array(2 * count);
      longer.set(at);
      at = longer;
    }
    at[count++] = tick === 0 ? instant : Math.floor(instant / tick) * tick;
  }
  return at.slice(0, count);
}

const LENGTH_FIGURES: Readonly<Record<string, (sorted: Float64Array) => number>> = {
  mean: (sorted) => sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
  p50: (sorted) => quantileOfSorted(sorted, 0.5)!,
  p90: (sorted) => quantileOfSorted(sorted, 0.9)!,
  p99: (sorted) => quantileOfSorted(sorted, 0.99)!,
};

interface FittedLength {
  readonly fit: LengthFit;
  readonly figures: readonly Figure[];
  readonly curve: { readonly measured: number[]; readonly simulated: number[] };
}

/** The tables of both lengths, and how samples of them compare with what was recorded. */
function lengthsOf(observed: Observed, options: FitOptions) {
  const prompt = lengthTrial('prompt', observed.prompt);
  const output = lengthTrial('output', observed.output);
  const both = prompt !== null && output !== null;
  const measured = both ? rankCorrelation(observed.prompt!, observed.output!) : null;
  const fittedCorrelation = measured === null ? null : rounded(measured);
  const pair = fittedCorrelation === null ? null : new GaussianPair(fittedCorrelation);
  const correlations: (number | null)[] = [];
  for (let resample = 0; resample < options.resamples; resample++) {
    const streams = new Streams(options.seed, resample);
    const [promptSource, outputSource] = [streams.stream('prompt'), streams.stream('output')];
    const prompts = new Float64Array(prompt?.recorded ?? 0);
    const outputs = new Float64Array(output?.recorded ?? 0);
    for (let index = 0; index < Math.max(prompts.length, outputs.length); index++) {
      pair?.draw(promptSource, outputSource);
      if (prompt !== null) prompts[index] = prompt.one(promptSource, pair?.first);
      if (output !== null) outputs[index] = output.one(outputSource, pair?.second);
    }
    prompt?.take(prompts);
    output?.take(outputs);
    if (both) correlations.push(rankCorrelation(prompts, outputs));
  }
  const fitted = { prompt: prompt?.fitted() ?? null, output: output?.fitted() ?? null };
  return {
    ...fitted,
    rankCorrelation: fittedCorrelation,
    figures: [
      ...(fitted.prompt?.figures ?? []),
      ...(fitted.output?.figures ?? []),
      ...(measured === null ? [] : [figureOf('rankCorrelation', '1', measured, correlations)]),
    ],
  };
}

const NO_TABLES = { quantileTable: () => null };

/**
 * One quantity, sampled repeatedly from its table, as many values as were recorded; correlated with the other where `u`
 * is given.
 */
function lengthTrial(quantity: string, recorded: Int32Array | null) {
  if (recorded === null) return null;
  const sorted = Float64Array.from(recorded).sort();
  const table = quantileTable(sorted);
  const distribution = tokenDistributions.create(
    { kind: 'empirical', quantiles: table as [number, number][] },
    NO_TABLES,
  );
  const figures = Object.entries(LENGTH_FIGURES).map(([name, of]) => ({ name, of, values: [] as number[] }));
  const distances: number[] = [];
  let first: Float64Array | null = null;
  return {
    recorded: recorded.length,
    one: (source: UniformSource, u?: number): number =>
      wholeTokens(u === undefined ? distribution.sample(source) : distribution.quantile!(u), source),
    take(sample: Float64Array): void {
      const ordered = sample.toSorted();
      first ??= ordered;
      distances.push(ksDistance(sorted, ordered));
      for (const { of, values } of figures) values.push(of(ordered));
    },
    fitted: (): FittedLength => ({
      fit: { table, distance: spreadOf(distances).mean, largestDistance: Math.max(...distances) },
      figures: figures.map(({ name, of, values }) =>
        figureOf(`${quantity}.${name}`, 'tokens', of(sorted), values),
      ),
      curve: { measured: quantilesOf(sorted), simulated: quantilesOf(first!) },
    }),
  };
}

/** Values at evenly spaced probabilities from 0 to 1. */
const quantilesOf = (sorted: Float64Array): number[] =>
  Array.from({ length: CDF_POINTS + 1 }, (_, step) => quantileOfSorted(sorted, step / CDF_POINTS)!);

function ratesOf({ at, length }: Observed, simulated: Float64Array): WorkloadFit['curves']['rate'] {
  const stretch = length / STRETCHES;
  const rates = (times: Float64Array) =>
    Array.from(countsIn(times, stretch, length), (count) => count / stretch);
  return { stretch, measured: rates(at), simulated: rates(simulated) };
}

/** Counts of tenants vary by chance too: their squared variation is that of their activities and 1 ÷ mean. */
function tenantsOf({ tenants, requests }: Observed): TenantFit {
  if (tenants === null)
    throw new ParameterError(
      'tenants',
      'the trace does not record the tenant of each request; leave the option out',
    );
  const mean = requests / tenants.count;
  const squares = tenants.requests.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  const variance = tenants.count > 1 ? squares / (tenants.count - 1) : 0;
  const top = tenants.requests.toSorted().slice(-Math.ceil(tenants.count / 10));
  return {
    count: tenants.count,
    cv: rounded(Math.sqrt(Math.max(0, variance / (mean * mean) - 1 / mean))),
    topTenth: top.reduce((sum, count) => sum + count, 0) / requests,
  };
}
