/**
 * Scenarios of the ten-statements study and their replications: shipped ones by name, fleets of slots by their load. It
 * knows how to read figures off them, and nothing of statements.
 */
import { elasticity } from '../src/experiments/elasticity.ts';
import { readCatalog } from '../src/files/catalog-files.ts';
import { loadScenario } from '../src/files/scenario-files.ts';
import { scenarioPath } from '../src/files/shipped-scenarios.ts';
import type { ReplicationResult } from '../src/experiments/replicate.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { jackknifeInterval, meanWithout, type Interval } from '../src/stats/index.ts';
import { Estimates, replications, scenarioOf } from '../tests/helpers/scenario.ts';

export const SEED = 'ten-statements';
export const LEVEL = 0.95;

/** How often each scenario runs, and how much of a shipped one's day. */
export interface Scale {
  readonly replications: number;
  /** Replaced in shipped scenarios. */
  readonly window: readonly string[];
}

export const PUBLISHED: Scale = { replications: 3, window: [] };

/** What replications of one scenario said. */
export class Runs {
  readonly scenario: Scenario;
  private readonly results: readonly ReplicationResult[];

  constructor(scenario: Scenario, count: number) {
    this.scenario = scenario;
    this.results = replications(scenario, count, { seed: SEED });
  }

  /** What each replication says of a metric of any kind. Throws where it has no data. */
  means(metric: string, scope = 'total'): number[] {
    return this.results.map((result) => new Estimates([result]).mean(metric, scope));
  }

  /** A metric by replication; of a ratio, each replication's own. Throws where it has no data. */
  values(metric: string, scope = 'total'): number[] {
    return this.results.map(({ measurements }) => {
      const found = measurements.find((one) => one.scope === scope && one.metric === metric)?.observation;
      if (found?.kind === 'value' && found.value !== null) return found.value;
      if (found?.kind === 'ratio' && found.denominator > 0) return found.numerator / found.denominator;
      throw new Error(`${this.scenario.name} has no ${metric} of ${scope}`);
    });
  }
}

/**
 * A function of means over replications, with the jackknife's interval. `of` is handed the mean of a column without the
 * replication left out; all columns are of the same replications, so what they share is paired.
 */
export function figure(
  columns: readonly (readonly number[])[],
  of: (...means: readonly number[]) => number,
): Interval {
  return jackknifeInterval(
    columns[0]!.length,
    (leftOut) => of(...columns.map((values) => meanWithout(values, leftOut))),
    LEVEL,
  );
}

/** d log revenue ÷ d log of what was scaled, `by` of it above; or of another sum by replication. */
export function elasticityOf(
  below: Runs,
  above: Runs,
  by: number,
  sum = (runs: Runs) => runs.values('revenue'),
): Interval {
  return elasticity({ below: { at: 1, values: sum(below) }, above: { at: by, values: sum(above) } }, LEVEL);
}

/** Shares of the preset cells that are quick to run and whole in all counts. */
const SHARES: Readonly<Record<string, number>> = {
  'openai-2023': 0.002,
  'openai-2024': 0.001,
  'openai-2025': 0.0001,
  'openai-2025-churn': 0.0001,
  'lever-outcomes': 0.0001,
  'lever-lock-in': 0.0001,
  'openai-cy2025-accrual': 0.00025,
  'anthropic-2025': 0.0005,
  'post-claims': 0.0001,
};

/** Runs of shipped scenarios, each made once. */
export class Shipped {
  private readonly made = new Map<string, Runs>();
  private readonly catalog = readCatalog();
  private readonly scale: Scale;

  constructor(scale: Scale) {
    this.scale = scale;
  }

  of(name: string, changes: readonly string[] = []): Runs {
    const key = [name, ...changes].join(' ');
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const overrides = [`cell.share=${SHARES[name]}`, ...this.scale.window, ...changes];
    const scenario = loadScenario({ path: scenarioPath(name), overrides }, this.catalog);
    const runs = new Runs(scenario, this.scale.replications);
    this.made.set(key, runs);
    return runs;
  }
}

/** The shape of demand that the statements mean [ECONOMICS 4.10]; its trough is from 07:00 to 08:00. */
export const PROFILE = 'chatgpt-global-blended-2025';

export interface SlotFleet {
  /** Offered work over what the fleet of `SLOTS` can do, in the mean of the day. */
  readonly load: number;
  /** Servers; `SLOTS` unless GPUs are scaled. */
  readonly slots?: number;
  /** Work a server does in the time in which one of 1 does one. */
  readonly speed?: number;
  readonly profile?: string;
  /** Share of the load that may wait a day. */
  readonly deferrable?: number;
  readonly usdPerRequest?: number;
  readonly seconds: { readonly service: number; readonly warmUp: number; readonly window: number };
}

export const SLOTS = 1_000;
const PER_REPLICA = 10;
/** Rent of a slot: the price of a GPU-hour in openai-2025. */
export const USD_PER_SLOT_HOUR = 2.63;

/**
 * A fleet of servers, one GPU each, that work a constant time on a request: what it can do is exact. A line of a tenth of
 * the servers keeps them at work, and whoever finds it full is shed.
 */
export function slotFleet(fleet: SlotFleet): string {
  const { load, slots = SLOTS, speed = 1, profile = 'flat', deferrable = 0, usdPerRequest = 1 } = fleet;
  const { service, warmUp, window } = fleet.seconds;
  const arrivals = (share: number) =>
    `{ kind: nonhomogeneous, profile: ${profile}, ratePerSecond: ${(share * load * SLOTS) / service} }`;
  const revenue = `{ kind: per-token, inputPerMillion: 0, outputPerMillion: ${usdPerRequest * 1e6} }`;
  const tiers = [
    `{ name: interactive, priority: 0, model: any, revenue: ${revenue}, arrivals: ${arrivals(1 - deferrable)} }`,
    ...(deferrable === 0
      ? []
      : [
          `{ name: batch, priority: 1, model: any, revenue: ${revenue}, deferrable: { window: 24h, reserve: 0 }, arrivals: ${arrivals(deferrable)} }`,
        ]),
  ];
  return `
fleetyield: 1
name: slots
horizon: { start: Tue 07:00, warmUp: ${warmUp}s, duration: ${window}s }
workload: { tiers: [${tiers.join(', ')}] }
fleet: { pools: [{ name: main, model: any, gpusPerReplica: ${PER_REPLICA}, replicas: ${slots / PER_REPLICA}, serving: { kind: slots, concurrency: ${PER_REPLICA}, serviceTime: { kind: constant, value: ${service / speed}s } } }] }
gateway: { admission: { kind: bounded, maxWaiting: ${SLOTS / 10} } }
economics: { gpuHour: { kind: rented, usdPerGpuHour: ${USD_PER_SLOT_HOUR} } }
`;
}

export const runsOf = (text: string, { replications: count }: Scale): Runs =>
  new Runs(scenarioOf(text), count);
