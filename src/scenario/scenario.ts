/**
 * Scenarios: from a document to something that can be simulated and priced. This checks what the values mean
 * together (names that must exist, shares that must be whole), and reports all problems at once. It reads no
 * files: the caller passes in the catalogue and the traces.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Catalog } from '../catalog/catalog.ts';
import { kvBytesPerToken } from '../catalog/model.ts';
import { inPrecision } from '../catalog/precision.ts';
import { FaultList } from '../input/fault-list.ts';
import type { SourceDocument } from '../input/source-document.ts';
import type { Fault } from '../errors.ts';
import type { PriceBook } from '../economics/price-book.ts';
import { revenuePlans, type Use } from '../economics/revenue/index.ts';
import { admissions } from '../gateway/admission/index.ts';
import { actions, promptsOf, triggers } from '../gateway/degradation/index.ts';
import { disciplines, QueueLinks, PREEMPTIVE, RANKING } from '../gateway/disciplines/index.ts';
import { tryRule } from '../gateway/rate-limiter.ts';
import { NO_PRICE, type Spend, type UsePrice } from '../gateway/worth.ts';
import { services } from '../serving/index.ts';
import {
  actionEnvironmentOf,
  requestSourceOf,
  type Cell,
  type Link,
  type PoolPlan,
  type TierPlan,
} from '../simulation/cell.ts';
import { costOfReplication, endless } from '../simulation/cost.ts';
import { classesOf } from '../simulation/fleet.ts';
import { Streams } from '../stats/index.ts';
import { leavesFraction, onGrid, SECONDS_PER_DAY, SECONDS_PER_YEAR, shareOf } from '../units.ts';
import { alternatives } from '../input/suggest.ts';
import { SchemaReader } from '../input/schema-reader.ts';
import { RequestTable } from '../workload/request-table.ts';
import type { TierRule } from '../workload/tier.ts';
import { beginnings } from '../workload/arrivals/index.ts';
import { ofTier, type Trace, type TraceOptions } from '../workload/traces/index.ts';
import { fillEngines } from './engine-presets.ts';
import { rulesOf, type PlacedRule } from './limit-presets.ts';
import { checkDynamics, compileDynamics, tryDynamics } from './fleet-dynamics.ts';
import { bindPlugins, extended, NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import { compilePrices, type Priced } from './prices.ts';
import { scenarioReferences, scenarioSchema, type ScenarioFile } from './schema.ts';

export interface Scenario {
  readonly name: string;
  readonly description: string | null;
  /** JSON of everything that decides the result: the values, the catalogue's facts, the digests of the traces. */
  readonly resolved: string;
  /** SHA-256 of `resolved`. */
  readonly hash: string;
  readonly cell: Cell;
  readonly priceBook: PriceBook;
  /** Valid settings that may not be what was meant. */
  readonly notes: readonly Fault[];
  /** The user's own strategies and metrics, beside those that ship. */
  readonly plugins: Plugins;
}

/** A trace file named by a scenario, and what it holds. */
export interface LoadedTrace {
  readonly trace: Trace;
  /** SHA-256 of the file. */
  readonly digest: string;
}

type Traces = ReadonlyMap<string, LoadedTrace>;

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

type Reader = SchemaReader<typeof scenarioSchema>;

const readers = new WeakMap<Plugins, Reader>();

/** The reader of scenario files, compiled at first use. */
function readerFor(plugins: Plugins): Reader {
  let reader = readers.get(plugins);
  if (reader === undefined) {
    // With strategies of plugins it is another schema, which no build can prepare.
    const schema = plugins.strategies.size === 0 ? scenarioSchema : extended(scenarioSchema, plugins);
    reader = new SchemaReader(schema, scenarioReferences);
    readers.set(plugins, reader);
  }
  return reader;
}

/** The scenario a document describes. Throws `InputError` with every fault found. */
export function readScenario(document: SourceDocument, sources: ScenarioSources): Scenario {
  const { plugins = NO_PLUGINS } = sources;
  fillEngines(document, sources.catalog);
  const file = readerFor(plugins).read(document);
  bindPlugins(file, plugins);
  const faults = new FaultList(document);
  checkNames(file, faults);
  checkPhases(file, faults);
  checkSlots(file, faults);
  checkDynamics(file.fleet, faults);
  checkHorizon(file, faults);
  const traces = loadTraces(file, sources, faults);
  checkTraces(file, traces, faults);
  checkDeferrable(file, traces, faults);
  const notes = [...requirePlayed(file, traces, document, faults), ...idlePreemption(file, document)];
  const weights = loadWeights(file, sources, faults);
  const rules = rulesOf(file, sources.catalog, faults);
  const cell = compileCell(file, rules, sources.catalog, { traces, weights }, faults);
  faults.throwIfAny();
  tryChoices(file, rules, cell, faults);
  faults.throwIfAny();
  checkCost(cell, faults);
  const priceBook = compilePrices(pricedOf(file, cell), sources.catalog, faults);
  faults.throwIfAny();
  const resolved = resolve(file, cell, [...traces.values(), ...weights.values()]);
  return {
    name: file.name,
    description: file.description ?? null,
    resolved,
    hash: bytesToHex(sha256(utf8ToBytes(resolved))),
    cell,
    priceBook,
    notes,
    plugins,
  };
}

/** Names that must be unique, and names that must exist. */
function checkNames(file: ScenarioFile, faults: FaultList): void {
  const { tiers } = file.workload;
  const { pools } = file.fleet;
  const servedNames = new Set(pools.map(({ model }) => model));
  const served = [...servedNames];
  checkUnique(tiers, ['workload', 'tiers'], faults);
  checkUnique(pools, ['fleet', 'pools'], faults);
  const checkServed = (model: string | undefined, path: readonly (string | number)[]) => {
    if (model !== undefined && !servedNames.has(model))
      faults.add(
        [...path, 'model'],
        `no pool serves "${model}"; ${alternatives(model, served)}`,
        'unknown-name',
      );
  };
  tiers.forEach(({ model, features = [] }, index) => {
    const path = ['workload', 'tiers', index];
    checkServed(model, path);
    features.forEach((feature, at) => checkServed(feature.model, [...path, 'features', at]));
    checkUnique(features, [...path, 'features'], faults);
  });
  const tierNames = new Set(tiers.map(({ name }) => name));
  const checkTiers = (names: readonly string[] | undefined, path: readonly (string | number)[]) =>
    names?.forEach((name, at) => {
      if (!tierNames.has(name))
        faults.add(
          [...path, at],
          `no tier is called "${name}"; ${alternatives(name, [...tierNames])}`,
          'unknown-name',
        );
    });
  file.gateway.rateLimits.forEach((rule, index) =>
    checkTiers(rule.tiers, ['gateway', 'rateLimits', index, 'tiers']),
  );
  file.gateway.degradation.forEach((rule, index) =>
    checkTiers(rule.tiers, ['gateway', 'degradation', index, 'tiers']),
  );
  tiers.forEach(({ slo }, index) => {
    if (slo !== undefined && slo.ttft === undefined && slo.tpot === undefined && slo.e2e === undefined) {
      faults.add(
        ['workload', 'tiers', index, 'slo'],
        'the SLO has no target; give at least one of ttft, tpot, e2e',
      );
    }
  });
}

function checkUnique(
  items: readonly { readonly name: string }[],
  path: readonly (string | number)[],
  faults: FaultList,
): void {
  const firsts = new Map<string, number>();
  items.forEach(({ name }, index) => {
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, index);
    else
      faults.add(
        [...path, index, 'name'],
        `"${name}" is already the name of item ${first}; choose another name`,
      );
  });
}

/** A prefill pool needs a decode pool of its model and a link to it, and vice versa. */
function checkPhases({ fleet: { pools } }: ScenarioFile, faults: FaultList): void {
  const phasesOf = new Map<string, Set<string>>();
  for (const { model, phase } of pools) phasesOf.set(model, (phasesOf.get(model) ?? new Set()).add(phase));
  pools.forEach(({ model, phase, link }, index) => {
    const path = ['fleet', 'pools', index];
    const phases = phasesOf.get(model)!;
    if (phase !== 'both' && phases.has('both')) {
      faults.add(
        [...path, 'phase'],
        `is ${phase}, but another pool of ${model} serves both phases; either all pools of a model serve both, or none`,
      );
    }
    const other = phase === 'prefill' ? 'decode' : 'prefill';
    if (phase !== 'both' && !phases.has('both') && !phases.has(other))
      faults.add([...path, 'phase'], `is ${phase}, but no pool of ${model} is for ${other}; add one`);
    if (phase === 'prefill' && link === undefined)
      faults.add(
        path,
        'link is missing: give the link over which KV is sent to the decode pool; { latency: 0s } for an instant transfer',
      );
    if (phase !== 'prefill' && link !== undefined)
      faults.add([...path, 'link'], 'only a prefill pool sends KV; drop link, or set phase: prefill');
  });
}

/** Slots may need a queue ordered by importance, and a router that sends to single replicas. */
function checkSlots({ fleet: { pools }, gateway }: ScenarioFile, faults: FaultList): void {
  const replicasOf = new Map<string, number>();
  for (const { model, replicas } of pools) replicasOf.set(model, (replicasOf.get(model) ?? 0) + replicas);
  pools.forEach(({ serving, model }, index) => {
    if (serving.kind !== 'slots') return;
    const path = ['fleet', 'pools', index, 'serving'];
    if (serving.preemption !== 'none' && !PREEMPTIVE.includes(gateway.discipline.kind))
      faults.add(
        [...path, 'preemption'],
        `is ${serving.preemption}, but under ${gateway.discipline.kind} no request is more important than another; set gateway.discipline: { kind: strict-priority } or shortest-predicted`,
      );
    if (serving.sharing === 'processor' && replicasOf.get(model)! > 1 && gateway.routing.kind === 'central')
      faults.add(
        [...path, 'sharing'],
        'processor sharing needs per-replica routing: with central, one replica would admit every request; set gateway.routing: { kind: least-loaded }',
      );
  });
}

/**
 * Notes of engines that may preempt where the discipline ranks no request above another. Such a file runs, and runs as
 * without it: an engine preempts for requests that the discipline ranks as more important, or that are not deferrable.
 */
function idlePreemption(
  { fleet: { pools }, gateway: { discipline }, workload: { tiers } }: ScenarioFile,
  document: SourceDocument,
): readonly Fault[] {
  if (RANKING.includes(discipline.kind) || tiers.some(({ deferrable }) => deferrable !== undefined))
    return [];
  return pools.flatMap(({ serving }, index) =>
    serving.kind !== 'continuous-batching' || !serving.priorityPreemption
      ? []
      : [
          document.fault(
            ['fleet', 'pools', index, 'serving', 'priorityPreemption'],
            `has no effect: under ${discipline.kind} no request is more important than another; for priorities to matter, set gateway.discipline: { kind: strict-priority }`,
          ),
        ],
  );
}

/** Deferrable work has no patience and yields to all other work. */
function checkDeferrable({ workload: { tiers } }: ScenarioFile, traces: Traces, faults: FaultList): void {
  const others = tiers.filter(({ deferrable }) => deferrable === undefined);
  const last = others.reduce(
    (most, tier) => Math.max(most, tier.priority, ...recordedPriorities(tier, traces)),
    -1,
  );
  tiers.forEach(({ deferrable, patience, deadline, priority }, index) => {
    if (deferrable === undefined) return;
    const path = ['workload', 'tiers', index];
    const given = patience !== undefined ? 'patience' : deadline !== undefined ? 'deadline' : null;
    if (given !== null)
      faults.add(
        [...path, given],
        'conflicts with deferrable, whose window says how long a request waits; drop one',
      );
    if (priority <= last)
      faults.add(
        [...path, 'priority'],
        `${priority} is too high: deferrable tiers must have the lowest priority; write ${last + 1} or more`,
      );
  });
}

/** The longest horizon [s]: a hundred years. A longer one is more likely a mistake. */
const LONGEST_HORIZON = 100 * SECONDS_PER_YEAR;

/** The measured window of a run [s since its start]. */
function windowOf({ warmUp, duration }: ScenarioFile['horizon']): Cell['window'] {
  return { from: onGrid(warmUp), to: onGrid(warmUp + duration) };
}

function checkHorizon({ horizon }: ScenarioFile, faults: FaultList): void {
  for (const key of ['warmUp', 'duration'] as const) {
    if (horizon[key] > LONGEST_HORIZON)
      faults.add(
        ['horizon', key],
        `${horizon[key] / SECONDS_PER_DAY} days is too long; at most ${LONGEST_HORIZON / SECONDS_PER_DAY} days (${LONGEST_HORIZON / SECONDS_PER_YEAR} years)`,
      );
  }
  const { from, to } = windowOf(horizon);
  if (to <= from)
    faults.add(
      ['horizon', 'duration'],
      `${Number(horizon.duration.toPrecision(6))} s is less than a clock step after a warm-up of ${horizon.warmUp} s; use a longer duration or a shorter warm-up`,
    );
}

/** The trace files named by tiers, by name. */
function loadTraces(file: ScenarioFile, sources: ScenarioSources, faults: FaultList): Traces {
  const traces = new Map<string, LoadedTrace>();
  const layouts = new Map<string, string>();
  file.workload.tiers.forEach(({ arrivals }, index) => {
    if (arrivals.kind !== 'replay') return;
    const { file: name, format, blockSize, requests } = arrivals;
    const path = ['workload', 'tiers', index, 'arrivals'];
    if (name === undefined) {
      for (const key of ['format', 'blockSize'] as const)
        if (arrivals[key] !== undefined)
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

type ReplayingTier = Pick<ScenarioFile['workload']['tiers'][number], 'load'> & {
  readonly arrivals: Extract<ScenarioFile['workload']['tiers'][number]['arrivals'], { kind: 'replay' }>;
};

/** Until when a run needs the requests that a tier replays [s on the clock of the trace]. */
function endOnTrace({ workload, horizon }: ScenarioFile, { arrivals, load = 1 }: ReplayingTier): number {
  return ((horizon.warmUp + horizon.duration) * workload.load * load) / arrivals.timeScale;
}

/**
 * Until when a run needs the requests of a trace file [s on the clock of the file]. The turns of closed sessions may
 * come before their recorded times, where the fleet answers sooner than that which was recorded.
 */
function untilOf(file: ScenarioFile, name: string): number {
  const ends = file.workload.tiers.flatMap(({ arrivals, load }) => {
    if (arrivals.kind !== 'replay' || arrivals.file !== name) return [];
    if (arrivals.sessions === 'closed') return [Infinity];
    return [endOnTrace(file, load === undefined ? { arrivals } : { arrivals, load })];
  });
  return Math.max(...ends);
}

/** What is replayed arrives while the run lasts: that nothing of it does is a fault, and that a part does not a note. */
function requirePlayed(
  file: ScenarioFile,
  traces: Traces,
  document: SourceDocument,
  faults: FaultList,
): readonly Fault[] {
  return file.workload.tiers.flatMap(({ name, load, arrivals }, index) => {
    if (arrivals.kind !== 'replay') return [];
    const { file: trace, requests } = arrivals;
    const loaded = trace === undefined ? undefined : traces.get(trace);
    const own = loaded === undefined ? null : ofTier(loaded.trace, name);
    const at = own?.at ?? requests?.map((request) => request.at) ?? [];
    const recorded = own?.recorded ?? at.length;
    const end = endOnTrace(file, load === undefined ? { arrivals } : { arrivals, load });
    const late =
      arrivals.sessions === 'closed'
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
    if (late === recorded && (trace === undefined || arrivals.sessions === 'closed')) {
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
function checkTraces({ workload: { tiers } }: ScenarioFile, traces: Traces, faults: FaultList): void {
  for (const [name, { trace }] of traces) {
    const players = tiers.filter(({ arrivals }) => arrivals.kind === 'replay' && arrivals.file === name);
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
function recordedPriorities(
  { name, arrivals }: Pick<ScenarioFile['workload']['tiers'][number], 'name' | 'arrivals'>,
  traces: Traces,
): readonly number[] {
  if (arrivals.kind !== 'replay') return [];
  const { file, requests = [] } = arrivals;
  const loaded = file === undefined ? undefined : traces.get(file);
  const recorded =
    loaded === undefined
      ? requests.map(({ priority = -1 }) => priority)
      : (ofTier(loaded.trace, name).priority ?? []);
  return [...new Set(recorded)].filter((priority) => priority >= 0);
}

/** The files of tenants' weights named by tiers, by name. */
function loadWeights(
  file: ScenarioFile,
  sources: ScenarioSources,
  faults: FaultList,
): ReadonlyMap<string, LoadedWeights> {
  const loaded = new Map<string, LoadedWeights>();
  file.workload.tiers.forEach(({ activity }, index) => {
    if (activity.kind !== 'weights' || activity.file === undefined || loaded.has(activity.file)) return;
    const { file: name } = activity;
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

/** The contents of the files that the scenario names. */
interface NamedFiles {
  readonly traces: Traces;
  readonly weights: ReadonlyMap<string, LoadedWeights>;
}

/** The provider's numbers turned into those of the cell. */
function compileCell(
  file: ScenarioFile,
  rules: readonly PlacedRule[],
  catalog: Catalog,
  { traces, weights }: NamedFiles,
  faults: FaultList,
): Cell {
  const { share } = file.cell;
  const models = [...new Set(file.fleet.pools.map(({ model }) => model))];
  const modelNumbers = new Map(models.map((model, index) => [model, index]));
  const modelOf = (name: string) => modelNumbers.get(name) ?? -1;
  const profiles = new Map(catalog.names('week-profile').map((name) => [name, catalog.profile(name)!]));
  const replicasOf = (count: number, path: readonly (string | number)[]) =>
    ofCell(count, share, MOST_REPLICAS, path, faults);
  const dynamics = compileDynamics(file.fleet, models, share, replicasOf, faults);
  const acceleratorOf = (name: string | undefined, path: readonly (string | number)[]) => {
    const accelerator = name === undefined ? null : catalog.accelerator(name);
    if (name !== undefined && accelerator === null) {
      const known = alternatives(name, catalog.names('accelerator'));
      faults.add([...path, 'accelerator'], `unknown accelerator "${name}"; ${known}`, 'unknown-name');
    }
    return accelerator;
  };
  const serving = file.fleet.pools.map((pool, index): PoolPlan => {
    const path = ['fleet', 'pools', index];
    return {
      name: pool.name,
      model: modelOf(pool.model),
      replicas: replicasOf(pool.replicas, [...path, 'replicas']),
      gpusPerReplica: pool.gpusPerReplica,
      serving: pool.serving,
      dynamics: dynamics.pools[index]!,
      phase: pool.phase,
      link: pool.link === undefined ? null : linkOf(pool.link, pool, catalog, [...path, 'link'], faults),
      catalogModel: catalog.model(pool.model),
      accelerator: acceleratorOf(pool.accelerator, path),
    };
  });
  const training = file.fleet.training.map(({ name, gpus, accelerator }, index): PoolPlan => {
    const path = ['fleet', 'training', index];
    return {
      name,
      model: -1,
      replicas: gpus === 0 ? 0 : replicasOf(gpus, [...path, 'gpus']),
      gpusPerReplica: 1,
      serving: null,
      dynamics: dynamics.pools[serving.length + index]!,
      phase: 'both',
      link: null,
      catalogModel: null,
      accelerator: acceleratorOf(accelerator, path),
    };
  });
  return {
    share,
    load: file.workload.load,
    startOfWeek: file.horizon.start.ofWeek,
    startDate: file.horizon.start.date,
    window: windowOf(file.horizon),
    tiers: file.workload.tiers.map((tier, index): TierPlan => {
      const { revenue, slaCredits: _slaCredits, valueUsdPerRequest = 0, ...rule } = tier;
      const path = ['workload', 'tiers', index, 'tenants'];
      const prices = faults.attempt(['workload', 'tiers', index, 'revenue'], () => ({
        use: usePriceOf(revenue),
        spend: revenue?.kind === 'per-token' ? spendOf(revenue) : null,
      }));
      return {
        rule,
        lastPriority: Math.max(tier.priority, ...recordedPriorities(tier, traces)),
        tenants: tenantsOfCell(tier, share, path, faults),
        model: modelOf(tier.model),
        featureModels: (tier.features ?? []).map(({ model = tier.model }) => modelOf(model)),
        price: worthMore(prices?.use ?? NO_PRICE, valueUsdPerRequest),
        spend: prices?.spend ?? null,
      };
    }),
    models,
    pools: [...serving, ...training],
    reallocation: dynamics.reallocation,
    gateway: { ...file.gateway, rateLimits: rules.map(({ rule }) => rule) },
    lookups: {
      quantileTable: (name) => {
        const table = catalog.quantileTable(name);
        return table === null ? null : table.probabilities.map((p, at) => [p, table.tokens[at]!] as const);
      },
      profile: (name) => {
        const profile = profiles.get(name);
        return profile === undefined ? null : Float64Array.from(profile.hours);
      },
      profileNames: [...profiles.keys()],
      trace: (name) => traces.get(name)!.trace,
      tenantWeights: (name) => weights.get(name)!.weights,
    },
  };
}

const NOTHING_USED: Use = {
  completed: 0,
  quality: 0,
  runs: 0,
  runQuality: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  cancelledPromptTokens: 0,
  cancelledCachedTokens: 0,
  cancelledOutputTokens: 0,
};

type Revenue = NonNullable<ScenarioFile['workload']['tiers'][number]['revenue']>;

/** What a plan pays at list prices for one more request and for one more token of each kind; nothing without a plan. */
function usePriceOf(revenue: Revenue | undefined): UsePrice {
  if (revenue === undefined) return NO_PRICE;
  const pays = payer(revenue);
  return {
    usdPerRequest: pays({ completed: 1, quality: 1 }),
    usdPerPromptToken: pays({ promptTokens: 1 }),
    usdPerCachedToken: pays({ promptTokens: 1, cachedTokens: 1 }),
    usdPerOutputToken: pays({ outputTokens: 1 }),
  };
}

/** What is paid at list prices for what is completed, and for what is given up. */
function spendOf(revenue: Revenue): Spend {
  const pays = payer(revenue);
  return {
    completed: usePriceOf(revenue),
    cancelled: {
      usdPerRequest: 0,
      usdPerPromptToken: pays({ cancelledPromptTokens: 1 }),
      usdPerCachedToken: pays({ cancelledPromptTokens: 1, cancelledCachedTokens: 1 }),
      usdPerOutputToken: pays({ cancelledOutputTokens: 1 }),
    },
  };
}

/** What a plan pays at list prices for use [USD]. */
function payer(revenue: Revenue): (use: Partial<Use>) => number {
  const plan = revenuePlans.create(revenue, null);
  return (use) => plan.fromUse({ ...NOTHING_USED, ...use });
}

/** A price to which each request adds what it is declared to be worth [USD]. */
const worthMore = (price: UsePrice, usd: number): UsePrice => ({
  ...price,
  usdPerRequest: price.usdPerRequest + usd,
});

type PoolFile = ScenarioFile['fleet']['pools'][number];

function linkOf(
  { latency, bytesPerSecond, bytesPerToken }: NonNullable<PoolFile['link']>,
  { model: name, serving }: PoolFile,
  catalog: Catalog,
  path: readonly (string | number)[],
  faults: FaultList,
): Link {
  if (bytesPerSecond === undefined) {
    if (bytesPerToken !== undefined)
      faults.add([...path, 'bytesPerToken'], 'has no effect without bytesPerSecond; add that, or drop this');
    return { latency, secondsPerToken: 0 };
  }
  const model = catalog.model(name);
  if (bytesPerToken === undefined && model === null) {
    const unknown = `the catalogue has no model "${name}" to derive it from`;
    faults.add(path, `bytesPerToken is missing, and ${unknown}; add it`);
    return { latency, secondsPerToken: 0 };
  }
  const precision = serving.kind === 'continuous-batching' ? (serving.precision ?? {}) : {};
  const bytes = bytesPerToken ?? kvBytesPerToken(inPrecision(model!, precision));
  return { latency, secondsPerToken: bytes / bytesPerSecond };
}

/** The most that one process can hold of each: every replica and every tenant takes memory. */
const MOST_REPLICAS = 1_000_000;
const MOST_TENANTS = 100_000_000;

/** A count of the provider scaled to the cell; a fault when the share leaves a fraction. */
function ofCell(
  count: number,
  share: number,
  most: number,
  path: readonly (string | number)[],
  faults: FaultList,
): number {
  const { whole } = shareOf(count, share);
  if (Math.round(count * share) > most) {
    faults.add(
      path,
      `${count} × cell.share ${share} exceeds the ${most} that a cell can hold; lower the share`,
    );
    return 1;
  }
  if (whole !== null) return whole;
  faults.add(path, leavesFraction(count, share));
  return 1;
}

/** The provider's tenants of a tier: the users of a closed loop are one each unless the scenario says otherwise. */
function tenantsOf({ tenants, arrivals }: TenantsRule): number {
  return tenants ?? (arrivals.kind === 'closed-loop' ? arrivals.users : 1);
}

type TenantsRule = Pick<TierRule, 'tenants' | 'arrivals'>;

function tenantsOfCell(
  tier: TenantsRule,
  share: number,
  path: readonly (string | number)[],
  faults: FaultList,
): number {
  const ofProvider = tenantsOf(tier);
  // A number of users that the share makes fractional is refused at its own path.
  if (tier.tenants === undefined && tier.arrivals.kind === 'closed-loop')
    return shareOf(ofProvider, share).whole ?? 1;
  return ofCell(ofProvider, share, MOST_TENANTS, path, faults);
}

/** Builds every chosen strategy once, so that problems only it can find are reported before anything runs. */
function tryChoices(file: ScenarioFile, rules: readonly PlacedRule[], cell: Cell, faults: FaultList): void {
  const streams = new Streams('trial', 0);
  cell.tiers.forEach(({ tenants }, index) => {
    const path = ['workload', 'tiers', index] as const;
    const source = faults.attempt(path, () => requestSourceOf(cell, index, streams));
    if (source !== null && source.recordedTenants > tenants) {
      faults.add(
        [...path, 'tenants'],
        `${tenants} tenants, but the trace names ${source.recordedTenants}; give at least that many`,
      );
    }
  });
  tryDynamics(cell, cell.lookups, faults);
  cell.pools.forEach((pool, index) => {
    const { serving } = pool;
    if (serving === null) return;
    faults.attempt(['fleet', 'pools', index, 'serving'], () =>
      services.create(serving, {
        ...cell.lookups,
        model: pool.catalogModel,
        accelerator: pool.accelerator,
        gpusPerReplica: pool.gpusPerReplica,
        draws: [],
        tiers: cell.tiers.map(({ rule }) => rule),
      }),
    );
  });
  const tierKeys = cell.tiers.map((tier) => ({ name: tier.rule.name, spend: tier.spend }));
  rules.forEach(({ rule, path }) => {
    faults.attempt(path, () =>
      tryRule(rule, tierKeys, {
        share: cell.share,
        startOfWeek: cell.startOfWeek,
        startDate: cell.startDate,
        model: (name) => cell.models.indexOf(name),
        modelNames: cell.models,
      }),
    );
  });
  faults.attempt(['gateway', 'admission'], () =>
    admissions.create(file.gateway.admission, {
      declared: new RequestTable().declared,
      tiers: cell.tiers.map(({ rule }) => rule.name),
      startOfWeek: cell.startOfWeek,
      worth: () => 0,
    }),
  );
  faults.attempt(['gateway', 'discipline'], () =>
    disciplines.create(file.gateway.discipline, {
      ...classesOf(cell),
      declared: new RequestTable().declared,
      links: new QueueLinks(),
      wasServed: () => false,
      now: () => 0,
      predictedWork: () => 0,
      worth: () => 0,
    }),
  );
  file.gateway.degradation.forEach((rule, index) => {
    const path = ['gateway', 'degradation', index];
    faults.attempt([...path, 'trigger'], () =>
      triggers.create(rule.trigger, { startOfWeek: cell.startOfWeek }),
    );
    faults.attempt([...path, 'action'], () => actions.create(rule.action, actionEnvironmentOf(cell)));
    faults.attempt(path, () => promptsOf(rule));
  });
}

/** Reports a run that would never end, or fits no machine, before it starts. */
function checkCost(cell: Cell, faults: FaultList): void {
  const found = endless(costOfReplication(cell));
  if (found !== null) faults.addAt([], found.path, found.message);
}

function pricedOf(file: ScenarioFile, cell: Cell): Priced {
  return {
    tiers: file.workload.tiers.map((tier, index) => ({
      ...tier,
      tenants: cell.tiers[index]!.tenants,
      isDeferrable: tier.deferrable !== undefined,
      hasSlo: tier.slo !== undefined,
      hasRuns: tier.session?.run !== undefined,
      path: ['workload', 'tiers', index],
    })),
    pools: cell.pools,
    share: cell.share,
    economics: file.economics ?? null,
  };
}

/** The content of a scenario: its values, with the facts that its names refer to. */
function resolve(file: ScenarioFile, cell: Cell, named: readonly { readonly digest: string }[]): string {
  const { name: _name, description: _description, ...decides } = file;
  const facts = {
    ...decides,
    // Defaults are written out.
    workload: {
      ...file.workload,
      tiers: file.workload.tiers.map((tier) => ({ ...tier, tenants: tenantsOf(tier) })),
    },
    gateway: cell.gateway,
    pools: cell.pools.map(({ catalogModel, accelerator }) => ({ catalogModel, accelerator })),
    traces: named.map(({ digest }) => digest),
  };
  return canonicalJson(facts);
}

/** JSON with the keys in order, so that the order in a file does not change the hash. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
