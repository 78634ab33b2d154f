/** The files that a scenario names, traces and weights of tenants: what is asked of each, and what a run plays of it. */
import type { Catalog } from '../catalog/catalog.ts';
import type { FaultList } from '../input/fault-list.ts';
import type { SourceDocument } from '../input/source-document.ts';
import type { Fault } from '../errors.ts';
import { activities } from '../workload/activity/index.ts';
import { arrivals as arrivalProcesses, beginnings, type Replayed } from '../workload/arrivals/index.ts';
import { ofTier, type Trace, type TraceOptions } from '../workload/traces/index.ts';
import type { Plugins } from '../plugins/plugins.ts';
import type { ScenarioFile } from './schema.ts';

/** A trace file named by a scenario, and what it holds. */
export interface LoadedTrace {
  readonly trace: Trace;
  /** SHA-256 of the file. */
  readonly digest: string;
}

/** A file of tenants' weights named by a scenario, and what it holds. */
export interface LoadedWeights {
  readonly weights: Float64Array;
  /** SHA-256 of the file. */
  readonly digest: string;
}

export interface ScenarioSources {
  readonly catalog: Catalog;
  /**
   * Reads a trace file by the name and layout that the scenario gives, at least as far as requested. Throws
   * `InputError` for what is wrong in the file, `ParameterError` at `file` for what is wrong with the file.
   */
  trace(file: string, format: string, options: TraceOptions): LoadedTrace;
  /** Reads a file of tenants' weights, as `trace` does; left out by callers that read no files. */
  tenantWeights?(file: string): LoadedWeights;
  /** The user's own strategies and metrics; left out for none. */
  readonly plugins?: Plugins;
}

export type Traces = ReadonlyMap<string, LoadedTrace>;

/** The contents of the files that the scenario names. */
export interface NamedFiles {
  readonly traces: Traces;
  readonly weights: ReadonlyMap<string, LoadedWeights>;
}

/** The trace files named by tiers, by name. */
export function loadTraces(file: ScenarioFile, sources: ScenarioSources, faults: FaultList): Traces {
  const traces = new Map<string, LoadedTrace>();
  const layouts = new Map<string, string>();
  file.workload.tiers.forEach(({ arrivals }, index) => {
    const replayed = replayedBy(arrivals);
    if (replayed === null) return;
    const { file: name, format, blockSize, requests } = replayed;
    const path = ['workload', 'tiers', index, 'arrivals'];
    if (name === undefined) {
      for (const key of ['format', 'blockSize'] as const)
        if (replayed[key] !== undefined)
          faults.add([...path, key], `describes a trace file, but none is given; add file or drop ${key}`);
      return;
    }
    if (format === undefined) {
      faults.add([...path, 'format'], '"format" is missing; `fleetyield list traces` shows the layouts');
      return;
    }
    if (requests !== undefined) return;
    const layout = JSON.stringify([format, blockSize]);
    if ((layouts.get(name) ?? layout) !== layout) {
      faults.add(
        [...path, 'format'],
        `reads ${name} differently from another tier; give both the same format and blockSize`,
      );
      return;
    }
    if (layouts.has(name)) return;
    layouts.set(name, layout);
    const options = { until: untilOf(file, name), ...(blockSize === undefined ? {} : { blockSize }) };
    const trace = faults.gather(() => faults.attempt(path, () => sources.trace(name, format, options)));
    if (trace !== null) traces.set(name, trace);
  });
  return traces;
}

type Arrivals = ScenarioFile['workload']['tiers'][number]['arrivals'];

/** What a tier replays; `null` where its arrivals are drawn. */
const replayedBy = (arrivals: Arrivals): Replayed | null => arrivalProcesses.declared(arrivals, 'replays');

/** Until when a run needs the requests that a tier replays [s on the clock of the trace]. */
function endOnTrace({ workload, horizon }: ScenarioFile, { timeScale }: Replayed, load = 1): number {
  return ((horizon.warmUp + horizon.duration) * workload.load * load) / timeScale;
}

/**
 * Until when a run needs the requests of a trace file [s on the clock of the file]. The turns of closed sessions may
 * come before their recorded times, where the fleet answers sooner than that which was recorded.
 */
function untilOf(file: ScenarioFile, name: string): number {
  const ends = file.workload.tiers.flatMap(({ arrivals, load }) => {
    const replayed = replayedBy(arrivals);
    if (replayed?.file !== name) return [];
    return [replayed.sessions === 'closed' ? Infinity : endOnTrace(file, replayed, load)];
  });
  return Math.max(...ends);
}

/** What is replayed arrives while the run lasts: that nothing of it does is a fault, and that a part does not a note. */
export function requirePlayed(
  file: ScenarioFile,
  traces: Traces,
  document: SourceDocument,
  faults: FaultList,
): readonly Fault[] {
  return file.workload.tiers.flatMap(({ name, load, arrivals }, index) => {
    const replayed = replayedBy(arrivals);
    if (replayed === null) return [];
    const { file: trace, requests, sessions } = replayed;
    const loaded = trace === undefined ? undefined : traces.get(trace);
    const own = loaded === undefined ? null : ofTier(loaded.trace, name);
    const at = own?.at ?? requests?.map((request) => request.at) ?? [];
    const recorded = own?.recorded ?? at.length;
    const end = endOnTrace(file, replayed, load);
    const late =
      sessions === 'closed'
        ? beginnings(at, (request) => own?.session?.[request] ?? requests?.[request]?.session).filter(
            (begins) => begins > end,
          ).length
        : recorded - countUntil(at, end);
    const path = ['workload', 'tiers', index, 'arrivals', trace === undefined ? 'requests' : 'file'];
    const failed = loaded?.trace.leftOut ?? 0;
    const notes =
      failed === 0
        ? []
        : [
            document.fault(
              path,
              `${failed.toLocaleString('en')} requests of ${trace} failed or had no answer of an engine, and are left out`,
            ),
          ];
    if (late === 0) return notes;
    const which = `${late.toLocaleString('en')} of ${recorded.toLocaleString('en')} requests`;
    const run = `the run, which is ${end} s long on the clock of the trace`;
    if (late === recorded && (trace === undefined || sessions === 'closed')) {
      faults.add(
        path,
        `nothing arrives: the first request is at ${at[0]!} s, after the end of ${run}; count from the start of the run, or lengthen the horizon`,
      );
      return [];
    }
    return [
      ...notes,
      document.fault(
        path,
        `${which}${trace === undefined ? '' : ` of ${trace}`} arrive after the end of ${run}, and are left out`,
      ),
    ];
  });
}

/** How many instants, never falling, there are up to an end. */
function countUntil(at: ArrayLike<number>, end: number): number {
  let [from, to] = [0, at.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (at[middle]! <= end) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** A file that names tiers is replayed by those tiers: none of its requests is silently ignored. */
export function checkTraces({ workload: { tiers } }: ScenarioFile, traces: Traces, faults: FaultList): void {
  for (const [name, { trace }] of traces) {
    const players = tiers.filter(({ arrivals }) => replayedBy(arrivals)?.file === name);
    const index = tiers.indexOf(players[0]!);
    const passedOver = trace.tierNames.filter((tier) => !players.some((player) => player.name === tier));
    if (passedOver.length === 0) continue;
    const [tier] = passedOver;
    const count = trace.recordedOfTier[trace.tierNames.indexOf(tier!)]!;
    faults.add(
      ['workload', 'tiers', index, 'arrivals', 'file'],
      `holds ${count} ${count === 1 ? 'request' : 'requests'} of a tier "${tier!}", but no tier of that name replays them; add one that does, or remove them from the file`,
    );
  }
}

/** The priority classes that the requests a tier replays are recorded with. */
export function recordedPriorities(
  { name, arrivals }: Pick<ScenarioFile['workload']['tiers'][number], 'name' | 'arrivals'>,
  traces: Traces,
): readonly number[] {
  const replayed = replayedBy(arrivals);
  if (replayed === null) return [];
  const { file, requests = [] } = replayed;
  const loaded = file === undefined ? undefined : traces.get(file);
  const recorded =
    loaded === undefined
      ? requests.map(({ priority = -1 }) => priority)
      : (ofTier(loaded.trace, name).priority ?? []);
  return [...new Set(recorded)].filter((priority) => priority >= 0);
}

/** The files of tenants' weights named by tiers, by name. */
export function loadWeights(
  file: ScenarioFile,
  sources: ScenarioSources,
  faults: FaultList,
): ReadonlyMap<string, LoadedWeights> {
  const loaded = new Map<string, LoadedWeights>();
  file.workload.tiers.forEach(({ activity }, index) => {
    const name = activities.declared(activity, 'file');
    if (name === null || loaded.has(name)) return;
    const path = ['workload', 'tiers', index, 'activity'];
    if (sources.tenantWeights === undefined) {
      faults.add([...path, 'file'], 'names a file, but files cannot be read here; write weights instead');
      return;
    }
    const weights = faults.gather(() => faults.attempt(path, () => sources.tenantWeights!(name)));
    if (weights !== null) loaded.set(name, weights);
  });
  return loaded;
}
