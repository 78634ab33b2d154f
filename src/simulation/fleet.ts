/**
 * The fleet of a cell: its replicas, the lines before them, and which of both belong to a model. It is built once a
 * replication; what passes through it is the simulation's affair.
 */
import { Backlog, type DeferrableTier } from '../gateway/backlog.ts';
import {
  disciplines,
  LineLinks,
  type DisciplineEnvironment,
  type WaitingLine,
} from '../gateway/disciplines/index.ts';
import type { LineView } from '../gateway/telemetry.ts';
import { ReplicaLoads, type RoutedRequest, type Routing } from '../gateway/routing/index.ts';
import {
  fitsInPhase,
  services,
  type Phase,
  type Replica,
  type Schedule,
  type Service,
  type ServiceObserver,
} from '../serving/index.ts';
import type { RequestRow } from '../ids.ts';
import { IndexSet } from '../kernel/index-set.ts';
import type { Streams } from '../stats/index.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { Cell, PoolPlan } from './cell.ts';
import type { Expectations } from './expectations.ts';
import type { PoolRecord } from './ledger.ts';
import { LineWithBacklog } from './line-with-backlog.ts';

/** From so many gaps between starts on each counts as this part of their mean; see `LineView`. */
const REMEMBERED_GAPS = 50;

/** The replicas that serve one model, or one phase of it, and the lines before them. */
export class ModelService implements LineView {
  readonly replicas: Replica[] = [];
  /** One line for all, or one for each replica in their order. */
  readonly lines: WaitingLine[] = [];
  /** What pools of the model serve with, and which of it each replica. */
  readonly services: Service[] = [];
  readonly serviceOf: Service[] = [];
  waiting = 0;
  /** Where deferrable requests wait for it; `null` where there are none. */
  readonly backlog: Backlog | null;
  /** What there is in all replicas of what can be busy, and of KV. */
  servers = 0;
  kvCapacityTokens = 0;
  /** Requests that the replicas could take now, as far as `look` was told, and when they serve nobody. */
  room = 0;
  capacity = 0;
  /** Of starts while somebody waits, as far as `noteStart` was told [s]. */
  gapBetweenStarts = NaN;
  /** Places of the replicas that would start at once, and of those that must hear when the shared line changes. */
  idle = new IndexSet(0);
  listening = new IndexSet(0);
  private roomOf = new Int32Array(0);
  /** Requests sent to each replica and not finished, and who sends them; none where the line is shared. */
  private loads: ReplicaLoads | null = null;
  /** The last start, if somebody waited on [s]; NaN otherwise. And how many gaps there were, up to those remembered. */
  private startedAt = NaN;
  private gaps = 0;

  constructor(backlog: Backlog | null) {
    this.backlog = backlog;
  }

  /** Whether some pool of the model could hold a request of these lengths [tokens]. */
  fits(promptTokens: number, cachedTokens: number, outputTokens: number): boolean {
    for (const service of this.services) {
      if (service.fits(promptTokens, cachedTokens, outputTokens)) return true;
    }
    return false;
  }

  /** Whether the replica at a place could ever serve a request; pools of one model may differ. */
  isHeldBy(place: number, table: RequestTable, row: RequestRow): boolean {
    if (this.services.length === 1) return true;
    const { promptTokens, cachedTokens } = table.declared;
    return this.serviceOf[place]!.fits(promptTokens[row]!, cachedTokens[row]!, table.outputTarget(row));
  }

  /** Readies what sends requests to replicas, once all of them are there. */
  beginRouting(routing: Routing): void {
    const { length } = this.replicas;
    this.idle = new IndexSet(length);
    this.listening = new IndexSet(length);
    this.roomOf = new Int32Array(length);
    for (let place = 0; place < length; place++) this.look(place);
    this.capacity = this.room;
    if (routing.line === 'per-replica' && length > 0) this.loads = new ReplicaLoads(routing, length);
  }

  /**
   * Takes note of what the replica at a place can do now, so that nobody looks at all of them: whoever made it do
   * something asks for it. `hears` says whether it must hear when the line changes.
   */
  look(place: number, hears = this.replicas[place]!.listens): void {
    const replica = this.replicas[place]!;
    this.room += replica.room - this.roomOf[place]!;
    this.roomOf[place] = replica.room;
    this.idle.put(place, replica.canStart);
    this.listening.put(place, hears);
  }

  /** A request has left the line for service. */
  noteStart(now: number): void {
    if (!Number.isNaN(this.startedAt)) {
      const gap = now - this.startedAt;
      this.gaps = Math.min(this.gaps + 1, REMEMBERED_GAPS);
      this.gapBetweenStarts =
        this.gaps === 1 ? gap : this.gapBetweenStarts + (gap - this.gapBetweenStarts) / this.gaps;
    }
    this.startedAt = this.waiting > 0 ? now : NaN;
  }

  /** Nobody waits any more: what comes until the next start is no gap between two of them. */
  forgetStart(): void {
    this.startedAt = NaN;
  }

  /** The line in which a request is to wait: the model's own, or that of the replica it is sent to. */
  placeFor(request: RoutedRequest, now: number): number {
    return this.loads === null ? 0 : this.loads.at(now).choose(request);
  }

  /** A request was sent to a replica (1), or has left it (−1). */
  changeLoad(place: number, by: number, now: number): void {
    if (this.loads !== null) this.loads.change(place, by, now);
  }

  /** Busy servers, or replicas in a step, as a share of all there are. */
  busyShare(): number {
    let busy = 0;
    for (const { meter } of this.replicas) busy += meter.busy.value;
    return busy / this.servers;
  }

  /** KV tokens held as a share of those that fit; 0 where there is no KV. */
  kvShare(now: number): number {
    if (this.kvCapacityTokens === 0) return 0;
    let held = 0;
    for (const replica of this.replicas) held += replica.kvTokens(now);
    return held / this.kvCapacityTokens;
  }

  /** Arrival of the attempt that waits longest [s]; ∞ when nobody waits. */
  oldestAt(): number {
    let oldest = Infinity;
    for (const line of this.lines) oldest = Math.min(oldest, line.oldestAt());
    return oldest;
  }
}

/** The classes of requests that disciplines tell apart. */
export const classesOf = (cell: Cell): Pick<DisciplineEnvironment, 'classes' | 'tiers'> => ({
  classes: 1 + Math.max(...cell.tiers.map(({ rule }) => rule.priority)),
  tiers: cell.tiers.map(({ rule: { name, weight = 1, slo } }) => ({ name, weight, ttft: slo?.ttft ?? null })),
});

/** What replicas work with: the requests, who is told, and who calls back. */
export interface FleetEnvironment {
  readonly streams: Streams;
  readonly table: RequestTable;
  readonly observer: ServiceObserver;
  readonly schedule: Schedule;
  onGrid(instant: number): number;
  now(): number;
  readonly routing: Routing;
  readonly expectations: Expectations;
}

export class Fleet {
  /** By model, as an index of the cell: where requests come in. */
  readonly models: readonly ModelService[];
  /** By model: where those go on whose prompt is read elsewhere; without replicas where one pool does both. */
  readonly decoders: readonly ModelService[];
  readonly replicas: Replica[] = [];
  /** The pool of each replica, whom it serves, and its place among the replicas that do. */
  readonly poolOf: number[] = [];
  readonly serviceOf: ModelService[] = [];
  readonly placeOf: number[] = [];
  /** Empty books, one for each pool. */
  readonly poolRecords: readonly PoolRecord[];

  private readonly environment: FleetEnvironment;
  private readonly tiers: number;
  private readonly newLine: (service: Service) => WaitingLine;

  constructor(cell: Cell, environment: FleetEnvironment) {
    this.environment = environment;
    this.tiers = cell.tiers.length;
    const { table, now, expectations } = environment;
    const links = new LineLinks();
    const lineEnvironment: Omit<DisciplineEnvironment, 'predictedWork'> = {
      declared: table.declared,
      wasServed: (row: RequestRow) => !Number.isNaN(table.progress.admittedAt[row]!),
      links,
      ...classesOf(cell),
      now,
      worth: (row) => this.worth(row),
    };
    this.newLine = (service) =>
      disciplines.create(cell.gateway.discipline, {
        ...lineEnvironment,
        predictedWork: (row, errorCv) => expectations.workLeft(row, service, errorCv),
      });
    const deferrable = cell.tiers.flatMap(({ rule }, tier): DeferrableTier[] =>
      rule.deferrable === undefined ? [] : [{ tier, priority: rule.priority, ...rule.deferrable }],
    );
    this.models = cell.models.map(
      () => new ModelService(deferrable.length === 0 ? null : new Backlog(deferrable, table.declared, links)),
    );
    this.decoders = cell.models.map(() => new ModelService(null));
    this.poolRecords = cell.pools.map((plan, index) => this.addPool(cell, plan, index));
    for (const service of [...this.models, ...this.decoders]) service.beginRouting(environment.routing);
  }

  /** What a request is expected to bring for each second of a GPU of the first pool that serves its model [USD/s]. */
  worth(row: RequestRow): number {
    const { expectations, table } = this.environment;
    return expectations.worth(row, this.models[table.granted.model[row]!]!.services[0]!);
  }

  private addPool(cell: Cell, plan: PoolPlan, index: number): PoolRecord {
    const { streams, routing } = this.environment;
    const { phase } = plan;
    const sharedLine = routing.line === 'shared';
    const service = services.create(plan.serving, {
      ...cell.lookups,
      model: plan.catalogModel,
      accelerator: plan.accelerator,
      gpusPerReplica: plan.gpusPerReplica,
      draws: cell.tiers.map(({ rule }) => streams.counter(`service/${plan.name}/${rule.name}`)),
    });
    const model = (phase === 'decode' ? this.decoders : this.models)[plan.model]!;
    const inPhase = { ...service, fits: fitsInPhase(service.fits, phase) };
    model.services.push(inPhase);
    model.servers += plan.replicas * service.serversPerReplica;
    model.kvCapacityTokens += plan.replicas * (service.kvCapacityTokens ?? 0);
    if (sharedLine && model.lines.length === 0) model.lines.push(this.newLine(inPhase));
    for (let n = 0; n < plan.replicas; n++) {
      if (!sharedLine) model.lines.push(this.newLine(inPhase));
      this.addReplica(inPhase, phase, model);
      this.poolOf.push(index);
    }
    return {
      name: plan.name,
      replicas: plan.replicas,
      gpus: plan.replicas * plan.gpusPerReplica,
      servers: plan.replicas * service.serversPerReplica,
      busySeconds: 0,
      kvTokenSeconds: 0,
      kvCapacityTokens: service.kvCapacityTokens === null ? null : plan.replicas * service.kvCapacityTokens,
      steps: 0,
      sequences: 0,
    };
  }

  /** A replica that takes from the model's last line: the shared one, or the one just made for it. */
  private addReplica(service: Service, phase: Phase, model: ModelService): void {
    const { table, observer, schedule, onGrid } = this.environment;
    const ownLine = model.lines[model.lines.length - 1]!;
    const withBacklog =
      model.backlog === null ? null : new LineWithBacklog(ownLine, model.backlog, table.declared);
    const replica = service.createReplica({
      id: this.replicas.length,
      phase,
      table,
      tiers: this.tiers,
      line: withBacklog ?? ownLine,
      observer,
      schedule,
      onGrid,
    });
    if (withBacklog !== null) withBacklog.replica = replica;
    this.serviceOf.push(model);
    this.placeOf.push(model.replicas.length);
    model.replicas.push(replica);
    model.serviceOf.push(service);
    this.replicas.push(replica);
  }
}
