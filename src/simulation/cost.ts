/**
 * An estimate, before its first event, of what a replication will cost: requests, events, seconds and memory, from
 * rates and sizes alone. Pure, and as fast for a cell of 10³⁰⁰ requests as for one of ten. It knows the engine, and
 * nothing of the machine: the code that runs a job compares the estimate with the memory and time available.
 *
 * The estimate is a fluid one. Arrivals are expected values; a model serves at most what its GPUs can; requests that
 * are refused or abandoned are retried by their tier's rule, as long as the horizon leaves time; the requests waiting
 * are the excess over capacity, or follow from Little's law where there is none. Its errors for each shipped scenario
 * are in `results/reference/cost.md` (`npm run study:cost`): requests within 6 %, events within a factor of two. Where
 * policies decide which requests wait, memory may be off by more.
 */
import { services, type Service } from '../serving/index.ts';
import {
  durationDistributions,
  sampledMean,
  Streams,
  sumOf,
  type CounterStream,
  type UniformSource,
} from '../stats/index.ts';
import { CLOCK_STEP, SECONDS_PER_HOUR, SECONDS_PER_YEAR } from '../units.ts';
import { triggers } from '../gateway/degradation/index.ts';
import { expectedLengths, type ExpectedLengths } from '../workload/expected-output.ts';
import type { ExpectedJumps } from '../workload/arrivals/index.ts';
import type { RequestSource } from '../workload/request-source.ts';
import type { RetryRule } from '../workload/retries.ts';
import type { TierRule } from '../workload/tier.ts';
import { aboutBytes, aboutCount, aboutSeconds } from './about.ts';
import { lookupsOf, requestSourceOf, type Cell, type PoolPlan } from './cell.ts';

/** What one value of a scenario contributes to the cost of a replication. */
export interface CostPart {
  /** The value that decides most of it, such as `workload.tiers[0].arrivals`. */
  readonly path: string;
  /** What it asks for, as the end of `asks for …`, and what would do. */
  readonly what: string;
  /** Whether those are the requests of a tier. */
  readonly isDemand?: true;
  readonly remedy: string;
  readonly events: number;
  /** Of one thread. */
  readonly seconds: number;
  readonly bytes: number;
}

/** The cost of a replication. Every number may be ∞: it would never end. */
export interface ReplicationCost {
  /** Requests that arrive in warm-up and window, those of sessions and closed loops among them. */
  readonly requests: number;
  /** Those and their retries. */
  readonly attempts: number;
  readonly events: number;
  /** Of one thread of the machine of the calibration. */
  readonly seconds: number;
  /** Of memory, the most at once. */
  readonly bytes: number;
  /** Of the store. */
  readonly keptBytes: number;
  readonly parts: readonly CostPart[];
}

/**
 * Seconds of a thread. Those of draws, requests, events and rules were fitted together over the shipped scenarios by
 * least squares, and then multiplied by 3: the processor time of all 28 in `npm run study:cost` of 2026-11-30 was 2.96
 * times the sum of the fitted estimates (AMD EPYC, Node 20, both cores busy; 2.6 to 3.6 times for those that take over
 * 10 s). They include first-time compilation and contention between busy cores. The others are measured one by one from
 * replications with more of each.
 */
const SECONDS = {
  /** A draw of an arrival process, and a request's draws and books. */
  draw: 1.5e-7,
  request: 1.8e-6,
  /** An event of slots, and of an engine that works in steps. */
  slotEvent: 9e-7,
  stepEvent: 2.7e-6,
  /** A rule of the gateway applied to an attempt. */
  rule: 6e-8,
  /** A periodic timer, and what it reads in each replica. */
  timer: 1e-6,
  look: 5e-9,
  /** Fixed cost of a replication: setup, measuring, packing. */
  replication: 2.5e-3,
  /** Of each tier and pool, and of each pair of them in an hour: 6,000 tiers take 9 s. */
  tier: 1.5e-3,
  cellOfLedger: 3e-5,
  /** A replica of slots; of an engine, by the difference between 40,000 and 300,000: 4.4 s. */
  slots: 2e-6,
  engine: 1.7e-5,
  tenant: 3e-8,
} as const;

/** Bytes of memory, counted from the columns of each and checked against the resident memory of large runs. */
const BYTES = {
  /** A live request with its events and its place in a queue; columns double as they grow. */
  row: 800,
  user: 120,
  session: 200,
  /** A replica of slots; of an engine, besides what depends on its settings. */
  slots: 700,
  engine: 2_400,
  /** A tenant with a weighted activity; one with arrivals of its own; its allowance under a rule. */
  weighted: 24,
  sender: 60,
  allowance: 24,
  /** Of the program, of a tier, and of a tier's hour and of its pool's hour in the ledger. */
  program: 150e6,
  tier: 60e3,
  cohortHour: 2_000,
  flowHour: 160,
} as const;

/** Bytes in the store: of a replication, of a tier or pool, and of a latency that is kept, up to so many a tier. */
const KEPT = {
  replication: 20e3,
  scope: 15e3,
  latency: 4,
  latencies: 4,
  most: 131_072,
  binned: 120e3,
} as const;

/** Events of a request besides those of its service: its arrival, and one for each timer that its client starts. */
const EVENTS_OF_SLOTS = 1.4;
/** A request that joins or leaves a batch ends the run of steps under way. */
const EVENTS_OF_ENGINE = 4.5;

/** A stable queue holds this many times what Little's law gives for requests served alone. */
const CROWDED = 4;

/** Streams that nothing is drawn from: only means of sources are used, and one stream stands for all names. */
class UndrawnStreams extends Streams {
  private readonly one = super.stream('');
  private readonly other = super.counter('');

  override stream(): UniformSource {
    return this.one;
  }

  override counter(): CounterStream {
    return this.other;
  }
}

/** The cost of one replication of a cell. Never throws for a valid cell. */
export function costOfReplication(cell: Cell): ReplicationCost {
  const demand = demandOf(cell);
  const parts = [
    ...demand.map((tier) => tierPart(cell, tier)),
    ...demand.flatMap(jumpsParts),
    ...cell.tiers.map((_, index) => tenantsPart(cell, index)),
    ...cell.pools.flatMap((pool, index) => poolParts(cell, pool, index)),
    ...telemetryParts(cell),
    ledgerPart(cell),
  ].filter(({ seconds, bytes }) => seconds > 0 || bytes > 0);
  const total = (of: 'events' | 'seconds' | 'bytes') => finiteOr(sumOf(parts.map((part) => part[of])));
  const requests = finiteOr(sumOf(demand.map((tier) => tier.requests)));
  const kept = demand.map(({ requests: count }) =>
    count > KEPT.most ? KEPT.binned : count * KEPT.latency * KEPT.latencies,
  );
  return {
    requests,
    attempts: finiteOr(sumOf(demand.map(({ attempts }) => attempts))),
    events: total('events'),
    seconds: total('seconds') + SECONDS.replication,
    bytes: total('bytes') + BYTES.program,
    keptBytes: KEPT.replication + KEPT.scope * (cell.tiers.length + cell.pools.length) + sumOf(kept),
    parts: parts.toSorted((a, b) => b.seconds - a.seconds),
  };
}

/** A time rounded to the clock of a run: less than half a clock step is 0 [s]. */
const onClock = (time: number): number => (time < CLOCK_STEP / 2 ? 0 : time);

/** A sum with terms ∞ or 0 × ∞: NaN counts as ∞. */
const finiteOr = (value: number): number => (Number.isNaN(value) ? Infinity : value);

/** The expected load of one tier. */
interface TierDemand {
  readonly index: number;
  readonly lengths: ExpectedLengths;
  readonly requests: number;
  readonly attempts: number;
  /** Requests that are served or begun. */
  readonly served: number;
  readonly draws: number;
  readonly jumps: readonly ExpectedJumps[];
  /** Requests and sessions live at once. */
  readonly live: number;
  readonly sessions: number;
  readonly engine: boolean;
}

function demandOf(cell: Cell): TierDemand[] {
  const { to } = cell.window;
  const streams = new UndrawnStreams('cost', 0);
  const known = new Map<string, ExpectedLengths>();
  const models = cell.models.map((_, model) => capacityOf(cell, model));
  const free = cell.tiers.map(({ rule, model }, index): FreeDemand => {
    const source = requestSourceOf(cell, index, streams);
    const key = JSON.stringify([rule.lengths, source.trace === null ? null : index]);
    const lengths = known.get(key) ?? expectedLengths(rule.lengths, lookupsOf(cell), source.trace);
    known.set(key, lengths);
    const capacity = models[model]!;
    const { service } = capacity;
    const { prompt, cached, output } = lengths;
    const alone = finiteOr(service?.secondsAlone(prompt, cached, output) ?? 0);
    const { arrivals, draws, jumps, together } = source.expectedBy(to);
    const turns = turnsOf(source, to, alone);
    const users = source.loop?.users ?? 0;
    const returns =
      users === 0 ? 0 : (users * to) / onClock(sampledMean(source.loop!.think) + alone + turns.lasts);
    const starts = arrivals + returns;
    const wanted = starts * turns.count;
    capacity.offered += finiteOr(wanted * (service?.gpuSeconds(prompt, cached, output) ?? 0)) / to;
    return {
      index,
      source,
      lengths,
      alone,
      draws,
      jumps,
      together,
      users,
      starts,
      lasts: turns.lasts,
      wanted,
      capacity,
    };
  });
  return free.map((tier) => withCapacity(cell, tier));
}

/** The demand of clients that are limited by nothing but their own answers. */
interface FreeDemand {
  readonly index: number;
  readonly source: RequestSource;
  readonly lengths: ExpectedLengths;
  /** Seconds of a request served alone, and of a session after its first answer. */
  readonly alone: number;
  readonly lasts: number;
  readonly draws: number;
  readonly jumps: readonly ExpectedJumps[];
  /** Requests that arrive in one instant. */
  readonly together: number;
  readonly users: number;
  /** Requests or sessions that begin, and requests in all. */
  readonly starts: number;
  readonly wanted: number;
  readonly capacity: Capacity;
}

/** Applies the capacity of the fleet to that demand. */
function withCapacity(cell: Cell, demand: FreeDemand): TierDemand {
  const { to } = cell.window;
  const { index, source, lengths, alone, lasts, together, users, starts, wanted, capacity } = demand;
  const { draws, jumps } = demand;
  const { rule } = cell.tiers[index]!;
  const load = capacity.offered / capacity.gpus;
  const refuses = cell.gateway.admission.kind !== 'unbounded';
  const beyond = load > 1 ? 1 - 1 / load : 0;
  // Users wait for their answers: where no request is refused, they send no more than is served.
  const waits = users > 0 && !refuses;
  const requests = waits ? Math.max(Math.min(wanted, users), wanted * (1 - beyond)) : wanted;
  const patience = patienceOf(cell, index);
  const lost = waits || !(refuses || patience < to) ? 0 : beyond;
  const attempts =
    requests * (1 + lost * (attemptsOf(rule.retries, Math.min(to, deadlineOf(cell, index))) - 1));
  const rate = requests / to;
  const queued = waits || refuses ? 0 : Math.min(requests * beyond, rate * patience);
  const live = Math.max(together, users, Math.min(requests, rate * alone * CROWDED) + queued);
  return {
    index,
    lengths,
    requests,
    attempts,
    draws,
    jumps,
    engine: capacity.engine,
    served: waits ? requests : requests * (1 - beyond),
    live: finiteOr(Math.min(Math.max(requests, users), live)),
    sessions: source.session === null ? users : Math.min(starts, users + (starts / to) * (lasts + alone)),
  };
}

/** The mean longest wait of a client [s]: a horizon where it does not give up. */
function patienceOf(cell: Cell, index: number): number {
  const { patience, deferrable } = cell.tiers[index]!.rule;
  return Math.min(
    meanOf(cell, patience),
    deadlineOf(cell, index),
    deferrable?.window ?? Infinity,
    cell.window.to,
  );
}

/** The mean time after arrival at which a client stops retrying [s]; ∞ without a deadline. */
const deadlineOf = (cell: Cell, index: number): number => meanOf(cell, cell.tiers[index]!.rule.deadline);

const meanOf = (cell: Cell, distribution: TierRule['deadline']): number =>
  distribution === undefined
    ? Infinity
    : sampledMean(durationDistributions.create(distribution, lookupsOf(cell)));

/** What serves a model: the service of its first pool, and the GPUs of all. */
interface Capacity {
  readonly service: Service | null;
  readonly gpus: number;
  readonly engine: boolean;
  /** Mean load on it [GPUs]. */
  offered: number;
}

function capacityOf(cell: Cell, model: number): Capacity {
  const pools = cell.pools.filter((pool) => pool.model === model && pool.serving !== null);
  const [first] = pools;
  return {
    service: first === undefined ? null : serviceOf(cell, first),
    gpus: sumOf(pools.map(({ replicas, gpusPerReplica }) => replicas * gpusPerReplica)),
    engine: first?.serving?.kind === 'continuous-batching',
    offered: 0,
  };
}

function serviceOf(cell: Cell, { serving, catalogModel, accelerator, gpusPerReplica }: PoolPlan): Service {
  const tiers = cell.tiers.map(({ rule }) => rule);
  return services.create(serving!, {
    ...lookupsOf(cell),
    model: catalogModel,
    accelerator,
    gpusPerReplica,
    draws: [],
    tiers,
  });
}

/** Requests of a session within the horizon, and how long it lasts beyond its first answer [s]. */
function turnsOf(source: RequestSource, to: number, alone: number): { count: number; lasts: number } {
  if (source.session === null) return { count: 1, lasts: 0 };
  const { turns, think } = source.session.means();
  const each = onClock(think + alone);
  const lasts = (turns - 1) * each;
  // One that begins at a uniform instant of the horizon makes only the turns that come before its end.
  return lasts <= to && each > 0
    ? { count: 1 + (turns - 1) * (1 - lasts / (2 * to)), lasts }
    : { count: 1 + Math.min(turns - 1, to / (2 * each)), lasts: Math.min(lasts, to) };
}

/** Attempts of a request that is refused each time, within this many seconds, with mean backoffs. */
function attemptsOf(rule: RetryRule | undefined, to: number): number {
  if (rule === undefined) return 1;
  const { base, factor, cap, jitter } = rule.backoff;
  const share = jitter === 'full' ? 0.5 : 1;
  const longest = Math.min(cap, base);
  let [expected, persists, at, wait] = [1, rule.persistence, 0, share * longest];
  for (let attempt = 1; attempt < rule.maxAttempts; attempt++) {
    at += onClock(wait);
    if (at > to || persists < 1e-9) return expected;
    if (wait >= share * cap || factor === 1) {
      // From here on every wait is the same.
      const left = Math.min(rule.maxAttempts - attempt, 1 + (to - at) / onClock(wait));
      const { persistence: again } = rule;
      return expected + (again === 1 ? left : (persists * (1 - again ** left)) / (1 - again));
    }
    expected += persists;
    persists *= rule.persistence;
    wait = Math.min(share * cap, wait * factor);
  }
  return expected;
}

const RELIEF = 'lower it or the load, shorten horizon, or simulate a share of the provider (cell.share)';

function tierPart(cell: Cell, demand: TierDemand): CostPart {
  const { index, requests, attempts, served, draws, live, sessions, lengths, engine } = demand;
  const { rule } = cell.tiers[index]!;
  const clocks = (rule.patience === undefined ? 0 : 1) + (rule.deadline === undefined ? 0 : 1);
  const chunks = engine ? Math.ceil((lengths.prompt - lengths.cached) / chunkOf(cell, index)) : 0;
  const ofService = served * (engine ? EVENTS_OF_ENGINE + chunks : EVENTS_OF_SLOTS);
  const events = attempts * (1 + clocks) + ofService + (sessions > 0 ? requests : 0);
  const seconds =
    requests * SECONDS.request +
    draws * SECONDS.draw +
    attempts * (cell.gateway.rateLimits.length + cell.gateway.degradation.length) * SECONDS.rule +
    ofService * (engine ? SECONDS.stepEvent : SECONDS.slotEvent) +
    (events - ofService) * SECONDS.slotEvent;
  const path = `workload.tiers[${index}].arrivals`;
  return {
    path,
    events: finiteOr(events),
    seconds: finiteOr(seconds),
    what: `${aboutCount(requests)} requests${live > 1e5 ? `, ${aboutCount(live)} of them at once` : ''}`,
    isDemand: true,
    remedy: RELIEF,
    bytes: finiteOr(live * BYTES.row + sessions * BYTES.session),
  };
}

/** The cost of a modulated rate besides its arrivals. */
function jumpsParts({ index, jumps }: TierDemand): CostPart[] {
  return jumps.map(({ path, count }) => ({
    path: `workload.tiers[${index}].arrivals.${path}`,
    what: `${aboutCount(count)} jumps between the states of the modulating chain`,
    remedy: 'give states that last longer in the mean, or shorten horizon',
    events: 0,
    seconds: finiteOr(count * SECONDS.draw),
    bytes: 0,
  }));
}

/** Prompt tokens that one step prefills, in the first pool that serves a tier. */
function chunkOf(cell: Cell, tier: number): number {
  const pool = cell.pools.find(({ model }) => model === cell.tiers[tier]!.model);
  return pool?.serving?.kind === 'continuous-batching' ? pool.serving.maxBatchedTokens : Infinity;
}

function tenantsPart(cell: Cell, index: number): CostPart {
  const { rule, tenants } = cell.tiers[index]!;
  const weighted = rule.activity.kind === 'equal' ? 0 : BYTES.weighted;
  const sender = rule.arrivals.kind === 'tenants' ? BYTES.sender : 0;
  const rules = cell.gateway.rateLimits.filter(
    ({ scope, tiers }) => scope === 'tenant' && (tiers === undefined || tiers.includes(rule.name)),
  ).length;
  const each = weighted + sender + rules * BYTES.allowance;
  const touched = (weighted > 0 ? 4 : 0) + (sender > 0 ? 20 : 0) + rules * 0.1;
  return {
    path: `workload.tiers[${index}].tenants`,
    what: `${aboutCount(tenants)} tenants with allowances or activities of their own`,
    remedy: 'give fewer, or simulate a share of the provider (cell.share)',
    events: 0,
    seconds: tenants * touched * SECONDS.tenant,
    bytes: tenants * each,
  };
}

function poolParts(cell: Cell, pool: PoolPlan, index: number): CostPart[] {
  const { serving, dynamics } = pool;
  const path = `fleet.pools[${index}]`;
  const replicas = Math.max(pool.replicas, dynamics?.mostReplicas ?? 0);
  if (serving === null) return [];
  const each =
    serving.kind === 'continuous-batching'
      ? BYTES.engine + 4 * (serving.kv.blockSize + 2 * cell.tiers.length)
      : BYTES.slots;
  const parts = [
    {
      path: `${path}.replicas`,
      what: `${aboutCount(replicas)} replicas`,
      remedy: 'give fewer, or simulate a share of the provider (cell.share)',
      events: 0,
      seconds: replicas * SECONDS[serving.kind === 'continuous-batching' ? 'engine' : 'slots'],
      bytes: replicas * each,
    },
  ];
  const failures = dynamics?.failures ?? null;
  if (failures !== null) {
    const [mtbf, mttr] = [failures.mtbf, failures.mttr].map((distribution) =>
      sampledMean(durationDistributions.create(distribution, lookupsOf(cell))),
    ) as [number, number];
    const count = ((replicas / failures.group) * cell.window.to) / onClock(mtbf + mttr);
    parts.push({
      path: `${path}.failures`,
      what: `${aboutCount(count)} failures`,
      remedy: 'give mtbf and mttr that are longer, or shorten horizon',
      events: 2 * count,
      seconds: count * (2 * SECONDS.timer + replicas * SECONDS.look),
      bytes: replicas * 400,
    });
  }
  return parts;
}

/** Periodic events: telemetry, where something reads it. */
function telemetryParts(cell: Cell): CostPart[] {
  const { startOfWeek, gateway, reallocation, window } = cell;
  const reads = [...gateway.degradation, ...reallocation].some(
    ({ trigger }) => triggers.create(trigger, { startOfWeek }).observes,
  );
  if (!reads) return [];
  const count = window.to / onClock(gateway.telemetryInterval);
  const replicas = sumOf(cell.pools.map((pool) => (pool.serving === null ? 0 : pool.replicas)));
  return [
    {
      path: 'gateway.telemetryInterval',
      what: `${aboutCount(count)} telemetry samples`,
      remedy: 'give a longer one, such as 1s, or shorten horizon',
      events: count,
      seconds: count * (SECONDS.timer + replicas * SECONDS.look),
      bytes: 0,
    },
  ];
}

/** The ledger: by tier, pool and hour. */
function ledgerPart({ tiers, pools, window }: Cell): CostPart {
  const hours = Math.ceil((window.to - window.from) / SECONDS_PER_HOUR) + 1;
  const cohorts = tiers.length * hours;
  const flows = cohorts * pools.length;
  return {
    path: 'horizon.duration',
    what: `the books of ${aboutCount(flows)} hours of ${tiers.length} tiers in ${pools.length} pools`,
    remedy: 'shorten it, or join tiers or pools',
    events: hours,
    seconds: (tiers.length + pools.length) * SECONDS.tier + flows * SECONDS.cellOfLedger,
    bytes: tiers.length * BYTES.tier + cohorts * BYTES.cohortHour + flows * BYTES.flowHour,
  };
}

/** A replication that takes longer on the machine of the calibration is considered a mistake [s]. */
export const LONGEST_SECONDS = SECONDS_PER_YEAR;
/** More memory than any intended machine has [bytes]. */
const MOST_BYTES = 2 ** 40;

/** The part that contributes most to a quantity. */
export const dearest = ({ parts }: ReplicationCost, of: 'seconds' | 'bytes'): CostPart =>
  parts.reduce((most, part) => (part[of] > most[of] ? part : most));

/** What makes a cell impossible to simulate on any machine, as a path and a message; `null` if nothing does. */
export function endless(cost: ReplicationCost): { readonly path: string; readonly message: string } | null {
  const tooLong = cost.seconds > LONGEST_SECONDS;
  if (!tooLong && cost.bytes <= MOST_BYTES) return null;
  const { path, what, remedy, seconds, bytes } = dearest(cost, tooLong ? 'seconds' : 'bytes');
  const takes = tooLong ? aboutSeconds(seconds) : `${aboutBytes(bytes)} of memory`;
  return { path, message: `asks for ${what}: about ${takes} for one replication; ${remedy}` };
}
