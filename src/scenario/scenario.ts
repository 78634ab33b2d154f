/**
 * Scenarios: from a document to something that can be simulated and priced. Here is checked what the values mean
 * together (names that must exist, shares that must come out whole), and everything wrong is told at once. It reads no
 * files: whoever loads the scenario hands in the catalogue and the traces.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Catalog } from '../catalog/catalog.ts';
import { kvBytesPerToken } from '../catalog/model.ts';
import { inPrecision } from '../catalog/precision.ts';
import { FaultList, type SourceDocument } from '../document.ts';
import { gpuHours, type GpuHourCost } from '../economics/costs/index.ts';
import type { PriceBook } from '../economics/price-book.ts';
import { revenuePlans } from '../economics/revenue/index.ts';
import { actions, triggers } from '../gateway/degradation/index.ts';
import { tryRule } from '../gateway/rate-limiter.ts';
import { services } from '../serving/index.ts';
import type { Cell, Link, PoolPlan, TierPlan } from '../simulation/cell.ts';
import { DURATION_LAW, durationLaws, Streams, TOKEN_LAW, tokenLaws } from '../stats/index.ts';
import { SECONDS_PER_YEAR, shareOf } from '../units.ts';
import { alternatives, SchemaReader } from '../validation.ts';
import { RequestSource } from '../workload/request-source.ts';
import type { Trace } from '../workload/traces/index.ts';
import { scenarioSchema, type ScenarioFile } from './schema.ts';

export interface Scenario {
  readonly name: string;
  readonly description: string | null;
  /** SHA-256 of everything that decides the result: the values, the catalogue's facts, the traces. */
  readonly hash: string;
  readonly cell: Cell;
  readonly priceBook: PriceBook;
}

/** A trace file named by a scenario, and what it holds. */
export interface LoadedTrace {
  readonly trace: Trace;
  /** SHA-256 of the file. */
  readonly digest: string;
}

export interface ScenarioSources {
  readonly catalog: Catalog;
  /**
   * Reads a trace file by the name and layout that the scenario gives. Throws `InputError` for what is wrong in the
   * file, `ParameterError` at `file` for what is wrong with the file.
   */
  trace(file: string, format: string): LoadedTrace;
}

let sharedReader: SchemaReader<typeof scenarioSchema> | null = null;

/** The reader of scenario files, compiled at first use. */
function reader(): SchemaReader<typeof scenarioSchema> {
  sharedReader ??= new SchemaReader(scenarioSchema, {
    [DURATION_LAW]: durationLaws.schema,
    [TOKEN_LAW]: tokenLaws.schema,
  });
  return sharedReader;
}

/** The scenario a document describes. Throws `InputError` with every fault found. */
export function readScenario(document: SourceDocument, sources: ScenarioSources): Scenario {
  const file = reader().read(document);
  const faults = new FaultList(document);
  checkNames(file, faults);
  checkPhases(file, faults);
  checkHorizon(file, faults);
  const traces = loadTraces(file, sources, faults);
  const cell = compileCell(file, sources.catalog, traces, faults);
  faults.throwIfAny();
  tryChoices(file, cell, faults);
  const priceBook = compilePrices(file, cell, sources.catalog, faults);
  faults.throwIfAny();
  return {
    name: file.name,
    description: file.description ?? null,
    hash: hashOf(file, cell, traces),
    cell,
    priceBook,
  };
}

/** Names that must be unique, and names that must exist. */
function checkNames(file: ScenarioFile, faults: FaultList): void {
  const { tiers } = file.workload;
  const { pools } = file.fleet;
  const served = [...new Set(pools.map(({ model }) => model))];
  checkUnique(tiers, ['workload', 'tiers'], faults);
  checkUnique(pools, ['fleet', 'pools'], faults);
  tiers.forEach(({ model }, index) => {
    if (!served.includes(model)) {
      faults.add(
        ['workload', 'tiers', index, 'model'],
        `no pool serves "${model}"; ${alternatives(model, served)}`,
      );
    }
  });
  const tierNames = [...new Set(tiers.map(({ name }) => name))];
  const checkTiers = (names: readonly string[] | undefined, path: readonly (string | number)[]) =>
    names?.forEach((name, at) => {
      if (!tierNames.includes(name))
        faults.add([...path, at], `no tier is called "${name}"; ${alternatives(name, tierNames)}`);
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
        'promises nothing; give at least one of ttft, tpot, e2e',
      );
    }
  });
}

function checkUnique(
  items: readonly { readonly name: string }[],
  path: readonly string[],
  faults: FaultList,
): void {
  items.forEach(({ name }, index) => {
    const first = items.findIndex((item) => item.name === name);
    if (first < index)
      faults.add([...path, index, 'name'], `"${name}" is the name of item ${first} too; choose another name`);
  });
}

/** A pool for prefill needs one of its model that decodes, and a link to it; and the other way about. */
function checkPhases({ fleet: { pools } }: ScenarioFile, faults: FaultList): void {
  pools.forEach(({ model, phase, link }, index) => {
    const path = ['fleet', 'pools', index];
    const phases = pools.filter((pool) => pool.model === model).map((pool) => pool.phase);
    if (phase !== 'both' && phases.includes('both')) {
      faults.add(
        [...path, 'phase'],
        `is ${phase}, and another pool of ${model} serves both phases; let all pools of a model do both, or none`,
      );
    }
    const other = phase === 'prefill' ? 'decode' : 'prefill';
    if (phase !== 'both' && !phases.includes('both') && !phases.includes(other))
      faults.add([...path, 'phase'], `is ${phase}, and no pool of ${model} is for ${other}; add one`);
    if (phase === 'prefill' && link === undefined)
      faults.add(
        path,
        'link is missing: say how KV leaves for the pool that decodes, { latency: 0s } for at once',
      );
    if (phase !== 'prefill' && link !== undefined)
      faults.add([...path, 'link'], 'only a pool for prefill sends KV; drop link, or say phase: prefill');
  });
}

/** The longest horizon [s]: a hundred years. Beyond it a mistake is likelier than an intention. */
const LONGEST_HORIZON = 100 * SECONDS_PER_YEAR;

function checkHorizon({ horizon }: ScenarioFile, faults: FaultList): void {
  for (const key of ['warmUp', 'duration'] as const) {
    if (horizon[key] > LONGEST_HORIZON)
      faults.add(
        ['horizon', key],
        `${(horizon[key] / SECONDS_PER_YEAR).toPrecision(3)} years is too long; at most ${LONGEST_HORIZON / SECONDS_PER_YEAR} years`,
      );
  }
}

/** The trace files named by tiers, by name. */
function loadTraces(
  file: ScenarioFile,
  sources: ScenarioSources,
  faults: FaultList,
): ReadonlyMap<string, LoadedTrace> {
  const traces = new Map<string, LoadedTrace>();
  file.workload.tiers.forEach(({ arrivals }, index) => {
    if (arrivals.kind !== 'replay') return;
    const { file: name, format, requests } = arrivals;
    const path = ['workload', 'tiers', index, 'arrivals'];
    if (name === undefined) {
      if (format !== undefined)
        faults.add([...path, 'format'], 'describes a file, and there is none; add file or drop format');
      return;
    }
    if (format === undefined) {
      faults.add([...path, 'format'], '"format" is missing; `fleetyield list traces` shows the layouts');
      return;
    }
    if (requests !== undefined || traces.has(name)) return;
    const trace = faults.gather(() => faults.attempt(path, () => sources.trace(name, format)));
    if (trace !== null) traces.set(name, trace);
  });
  return traces;
}

/** The provider's numbers turned into those of the cell. */
function compileCell(
  file: ScenarioFile,
  catalog: Catalog,
  traces: ReadonlyMap<string, LoadedTrace>,
  faults: FaultList,
): Cell {
  const { share } = file.cell;
  const models = [...new Set(file.fleet.pools.map(({ model }) => model))];
  const profiles = new Map(catalog.names('week-profile').map((name) => [name, catalog.profile(name)!]));
  const { start, warmUp, duration } = file.horizon;
  return {
    share,
    load: file.workload.load,
    startOfWeek: start,
    window: { from: warmUp, to: warmUp + duration },
    tiers: file.workload.tiers.map((tier, index): TierPlan => {
      const { revenue: _priced, ...rule } = tier;
      const path = ['workload', 'tiers', index, 'tenants'];
      return {
        rule,
        tenants: ofCell(tier.tenants, share, MOST_TENANTS, path, faults),
        model: models.indexOf(tier.model),
      };
    }),
    models,
    pools: file.fleet.pools.map((pool, index): PoolPlan => {
      const path = ['fleet', 'pools', index];
      const accelerator = pool.accelerator === undefined ? null : catalog.accelerator(pool.accelerator);
      if (pool.accelerator !== undefined && accelerator === null) {
        const known = alternatives(pool.accelerator, catalog.names('accelerator'));
        faults.add([...path, 'accelerator'], `unknown accelerator "${pool.accelerator}"; ${known}`);
      }
      return {
        name: pool.name,
        model: models.indexOf(pool.model),
        replicas: ofCell(pool.replicas, share, MOST_REPLICAS, [...path, 'replicas'], faults),
        gpusPerReplica: pool.gpusPerReplica,
        serving: pool.serving,
        phase: pool.phase,
        link: pool.link === undefined ? null : linkOf(pool.link, pool, catalog, [...path, 'link'], faults),
        catalogModel: catalog.model(pool.model),
        accelerator,
      };
    }),
    gateway: file.gateway,
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
    },
  };
}

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
      faults.add(
        [...path, 'bytesPerToken'],
        'decides nothing without bytesPerSecond; add that, or drop this',
      );
    return { latency, secondsPerToken: 0 };
  }
  const model = catalog.model(name);
  if (bytesPerToken === undefined && model === null) {
    const unknown = `the catalogue has no model "${name}" to tell it`;
    faults.add(path, `bytesPerToken is missing, and ${unknown}; add it`);
    return { latency, secondsPerToken: 0 };
  }
  const precision = serving.kind === 'continuous-batching' ? (serving.precision ?? {}) : {};
  const bytes = bytesPerToken ?? kvBytesPerToken(inPrecision(model!, precision));
  return { latency, secondsPerToken: bytes / bytesPerSecond };
}

/** What one process can hold of each: every replica and every tenant has memory of its own. */
const MOST_REPLICAS = 1_000_000;
const MOST_TENANTS = 100_000_000;

/** A count of the provider's as the cell has it; a fault when the share leaves a fraction. */
function ofCell(
  count: number,
  share: number,
  most: number,
  path: readonly (string | number)[],
  faults: FaultList,
): number {
  const { whole, comesTo, nearest } = shareOf(count, share);
  if (Math.round(count * share) > most) {
    faults.add(
      path,
      `${count} × cell.share ${share} is more than the ${most} a cell can hold; lower the share`,
    );
    return 1;
  }
  if (whole !== null) return whole;
  const counts = nearest.every(Number.isInteger) ? ` (nearest counts that do: ${nearest.join(' and ')})` : '';
  faults.add(
    path,
    `${count} × cell.share ${share} leaves ${comesTo} in the cell, which is not a whole number of one or more; ` +
      `change the count or the share${counts}`,
  );
  return 1;
}

/** Builds every chosen strategy once, so that what only it can find wrong is told before anything runs. */
function tryChoices(file: ScenarioFile, cell: Cell, faults: FaultList): void {
  const streams = new Streams('trial', 0);
  cell.tiers.forEach(({ rule, tenants, model }, index) => {
    const path = ['workload', 'tiers', index] as const;
    const source = faults.attempt(
      path,
      () =>
        new RequestSource(rule, {
          ...cell.lookups,
          streams,
          share: cell.share,
          load: cell.load,
          startOfWeek: cell.startOfWeek,
          tenants,
          tier: index,
          model,
        }),
    );
    if (source !== null && source.recordedTenants > tenants) {
      faults.add(
        [...path, 'tenants'],
        `${tenants} tenants, and the trace names ${source.recordedTenants}; give at least as many`,
      );
    }
  });
  cell.pools.forEach((pool, index) => {
    faults.attempt(['fleet', 'pools', index, 'serving'], () =>
      services.create(pool.serving, {
        ...cell.lookups,
        model: pool.catalogModel,
        accelerator: pool.accelerator,
        gpusPerReplica: pool.gpusPerReplica,
        draws: [],
      }),
    );
  });
  file.gateway.rateLimits.forEach((rule, index) => {
    faults.attempt(['gateway', 'rateLimits', index], () =>
      tryRule(rule, {
        share: cell.share,
        startOfWeek: cell.startOfWeek,
        model: (name) => cell.models.indexOf(name),
        modelNames: cell.models,
      }),
    );
  });
  file.gateway.degradation.forEach((rule, index) => {
    const path = ['gateway', 'degradation', index];
    faults.attempt([...path, 'trigger'], () =>
      triggers.create(rule.trigger, { startOfWeek: cell.startOfWeek }),
    );
    faults.attempt([...path, 'action'], () =>
      actions.create(rule.action, { model: (name) => cell.models.indexOf(name), modelNames: cell.models }),
    );
  });
}

function compilePrices(file: ScenarioFile, cell: Cell, catalog: Catalog, faults: FaultList): PriceBook {
  const { economics } = file;
  const gpuHour = cell.pools.map((pool) =>
    economics === undefined
      ? null
      : faults.attempt(['economics', 'gpuHour'], () =>
          gpuHours.create(economics.gpuHour, {
            accelerator: pool.accelerator,
            ownedGpuHour: (name) => catalog.ownedGpuHour(name),
          }),
        ),
  );
  return {
    plans: file.workload.tiers.map(({ revenue }) =>
      revenue === undefined ? null : revenuePlans.create(revenue, null),
    ),
    tenants: cell.tiers.map(({ tenants }) => tenants),
    share: cell.share,
    costs: economics === undefined ? null : { gpuHour: gpuHour as readonly GpuHourCost[], rule: economics },
  };
}

/** The content of a scenario: what is written, with the facts that its names stand for. */
function hashOf(file: ScenarioFile, cell: Cell, traces: ReadonlyMap<string, LoadedTrace>): string {
  const { name: _name, description: _description, ...decides } = file;
  const facts = {
    ...decides,
    pools: cell.pools.map(({ catalogModel, accelerator }) => ({ catalogModel, accelerator })),
    traces: [...traces.values()].map(({ digest }) => digest),
  };
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(facts))));
}

/** JSON with the keys in order, so that the order in a file does not change the hash. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
