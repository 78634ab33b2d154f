/**
 * The fleet of a cell: its replicas, their queues, and which of both belong to a model. It is built once per
 * replication, and does not know the requests' course through it.
 */
import { Backlog, type DeferrableTier } from '../gateway/backlog.ts';
import {
  disciplines,
  QueueLinks,
  type DisciplineEnvironment,
  type WaitingQueue,
} from '../gateway/disciplines/index.ts';
import type { QueueView } from '../gateway/telemetry.ts';
import { ReplicaLoads, type RoutedRequest, type Router, type Routing } from '../gateway/routing/index.ts';
import {
  fitsInPhase,
  GatedReplica,
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
import { lookupsOf, type Cell, type PoolPlan } from './cell.ts';
import type { Expectations } from './expectations.ts';
import { unusedPool } from './ledger-shape.ts';
import type { PoolRecord } from './ledger.ts';
import { QueueWithBacklog } from './queue-with-backlog.ts';

/** Gaps between starts of service after which the mean becomes a moving average; see `QueueView`. */
const REMEMBERED_GAPS = 50;

/** Requests that no replica of their model could take. They wait in a queue of the gateway, whatever its routing. */
export interface Unplaced {
  /** The place of their queue among the queues of the model. */
  readonly place: number;
  /** The rows not admitted since: in that queue, or in the queue of a replica that reopened. */
  readonly rows: Set<RequestRow>;
}

/** The replicas that serve one model, or one phase of it, and their queues. */
export class ModelService implements QueueView {
  /** Its number among the services of a fleet. */
  readonly index: number;
  readonly replicas: Replica[] = [];
  /** One shared queue; or one per replica in order, followed by one for unplaced requests. */
  readonly queues: WaitingQueue[] = [];
  /** `null` where the queue is shared, or replicas are always open. */
  unplaced: Unplaced | null = null;
  /** Whether replicas have changed at this instant and others still may; the places of those that opened. */
  isUnsettled = false;
  readonly reopened: number[] = [];
  /** The services of the model's pools, and which of them each replica has. */
  readonly services: Service[] = [];
  readonly serviceOf: Service[] = [];
  waiting = 0;
  /** Its deferrable requests; `null` where there are none. */
  readonly backlog: Backlog | null;
  /** Servers, and KV tokens, of the replicas that take requests. */
  servers = 0;
  kvCapacityTokens = 0;
  /** Requests that the replicas could take now, as of the last `look`, and when they are empty. */
  room = 0;
  capacity = 0;
  /** Mean gap between starts of service while requests wait, as of the last `noteStart` [s]. */
  gapBetweenStarts = NaN;
  /**
   * Places of the replicas that would start at once, and of those that must be notified when the shared queue changes.
   */
  idle = new IndexSet(0);
  listening = new IndexSet(0);
  private roomOf = new Int32Array(0);
  /** Whether some replica pre-empts for more important requests. */
  private preempts = false;
  /** Unfinished requests sent to each replica, and the router; `null` where the queue is shared. */
  private loads: ReplicaLoads | null = null;
  /**
   * The last start, if requests were still waiting [s]; NaN otherwise. And the number of gaps so far, up to the cap.
   */
  private startedAt = NaN;
  private gaps = 0;
  /** Shut replicas: how many, and 1 at the place of each. */
  private shutCount = 0;
  private shutAt = new Uint8Array(0);
  /** The room of each when it is empty. */
  private roomAtRest = new Int32Array(0);

  constructor(index: number, backlog: Backlog | null) {
    this.index = index;
    this.backlog = backlog;
  }

  /** Adds the queue of requests that no replica can take; call it when all replicas have been added. */
  holdUnplaced(queue: WaitingQueue): void {
    this.unplaced = { place: this.queues.length, rows: new Set() };
    this.queues.push(queue);
  }

  /** Whether some pool of the model could ever serve a request of these lengths [tokens]. */
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

  /** Whether the replica at a place is shut. */
  isShut(place: number): boolean {
    return this.shutCount > 0 && this.shutAt[place] === 1;
  }

  /** Whether all replicas that could ever serve a request are shut. */
  isStranded(table: RequestTable, row: RequestRow): boolean {
    if (this.shutCount === 0) return false;
    for (let place = 0; place < this.replicas.length; place++) {
      if (this.shutAt[place] === 0 && this.isHeldBy(place, table, row)) return false;
    }
    return true;
  }

  /** Shuts the replica at a place: it takes nothing from now on. */
  shut(place: number, now: number): void {
    this.shutAt[place] = 1;
    this.shutCount += 1;
    this.countCapacity(place, -1);
    this.loads?.shut(place, now);
  }

  /** Opens the replica at a place: it takes requests again. */
  open(place: number, now: number): void {
    this.shutAt[place] = 0;
    this.shutCount -= 1;
    this.countCapacity(place, 1);
    this.loads?.open(place, now);
  }

  /** Capacity is that of the replicas that take requests. */
  private countCapacity(place: number, sign: 1 | -1): void {
    const { serversPerReplica, kvCapacityTokens } = this.serviceOf[place]!;
    this.servers += sign * serversPerReplica;
    this.kvCapacityTokens += sign * (kvCapacityTokens ?? 0);
    this.capacity += sign * this.roomAtRest[place]!;
    this.look(place);
  }

  placesTaken(arrival: RequestRow): number {
    let behind = 0;
    for (const queue of this.queues) behind += queue.servedBehind(arrival);
    return this.waiting - behind;
  }

  ahead(arrival: RequestRow): number {
    let behind = 0;
    for (const queue of this.queues) behind += queue.behind(arrival);
    return this.waiting - behind;
  }

  roomFor(arrival: RequestRow, now: number): number {
    let { room } = this;
    if (!this.preempts) return room;
    for (const replica of this.replicas) room += replica.yieldingTo(arrival, now);
    return room;
  }

  /** Sets up the router, once all replicas have been added. */
  beginRouting(routing: Routing): void {
    this.shutAt = new Uint8Array(this.replicas.length);
    const { length } = this.replicas;
    this.idle = new IndexSet(length);
    this.listening = new IndexSet(length);
    this.roomOf = new Int32Array(length);
    for (let place = 0; place < length; place++) this.look(place);
    this.roomAtRest = this.roomOf.slice();
    this.capacity = this.room;
    this.preempts = this.services.some(({ preempts }) => preempts);
    if (routing.queue === 'per-replica' && length > 0) this.loads = new ReplicaLoads(routing, length);
  }

  /**
   * Updates what the replica at a place can do now, so that no scan of all replicas is needed: code that changes a
   * replica calls it. `listens` says whether it must be notified when the queue changes.
   */
  look(place: number, listens = this.replicas[place]!.listens): void {
    const replica = this.replicas[place]!;
    this.room += replica.room - this.roomOf[place]!;
    this.roomOf[place] = replica.room;
    this.idle.put(place, replica.canStart);
    this.listening.put(place, listens);
  }

  /** A request has left the queue for service. */
  noteStart(now: number): void {
    if (!Number.isNaN(this.startedAt)) {
      const gap = now - this.startedAt;
      this.gaps = Math.min(this.gaps + 1, REMEMBERED_GAPS);
      this.gapBetweenStarts =
        this.gaps === 1 ? gap : this.gapBetweenStarts + (gap - this.gapBetweenStarts) / this.gaps;
    }
    this.startedAt = this.waiting > 0 ? now : NaN;
  }

  /** No request waits any more: the time until the next start is not a gap. */
  forgetStart(): void {
    this.startedAt = NaN;
  }

  /**
   * The queue that a request that is not stranded joins: the model's shared one, or that of the replica it is routed
   * to.
   */
  placeFor(request: RoutedRequest, now: number): number {
    return this.loads === null ? 0 : this.loads.at(now).choose(request);
  }

  /** A least-loaded router on current loads, whatever the routing. Not for shared queues. */
  routerByLoad(): Router {
    return this.loads!.routerByLoad();
  }

  /** A request was sent to a replica (1), or has left it (−1); unplaced requests are at none. */
  changeLoad(place: number, by: number, now: number): void {
    if (this.loads !== null && place < this.replicas.length) this.loads.change(place, by, now);
  }

  /** Busy servers, or replicas in a step, as a share of those that take requests; 1 where none does. */
  busyShare(): number {
    if (this.servers === 0) return 1;
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

  /** Arrival of the longest waiting attempt [s]; ∞ when none waits. */
  oldestAt(): number {
    let oldest = Infinity;
    for (const queue of this.queues) oldest = Math.min(oldest, queue.oldestAt());
    return oldest;
  }
}

/** The classes of requests that disciplines distinguish. */
export const classesOf = (cell: Cell): Pick<DisciplineEnvironment, 'classes' | 'tiers'> => ({
  classes: 1 + cell.tiers.reduce((last, { lastPriority }) => Math.max(last, lastPriority), 0),
  tiers: cell.tiers.map(({ rule: { name, weight = 1, slo } }) => ({ name, weight, ttft: slo?.ttft ?? null })),
});

/** What replicas work with: the requests, the observer, and the scheduler. */
export interface FleetEnvironment {
  readonly streams: Streams;
  readonly table: RequestTable;
  readonly observer: ServiceObserver;
  readonly schedule: Schedule;
  onGrid(instant: number): number;
  now(): number;
  readonly routing: Routing;
  /** A replica that may go out of service becomes busy or idle. */
  busyChanged(replica: number, now: number): void;
  readonly expectations: Expectations;
}

export class Fleet {
  /** By model, as an index of the cell: where requests enter. */
  readonly models: readonly ModelService[];
  /** By model: where requests decode after prefill in another pool; without replicas where one pool does both. */
  readonly decodeServices: readonly ModelService[];
  /** Both kinds, by their own index. */
  readonly modelServices: readonly ModelService[];
  readonly replicas: Replica[] = [];
  /** The pool of each replica, its service, and its place among the replicas of that service. */
  readonly poolOf: number[] = [];
  readonly serviceOf: ModelService[] = [];
  readonly placeOf: number[] = [];
  /** By pool: its replicas where they may go out of service, else none. */
  readonly gated: GatedReplica[][];
  /** Empty records, one for each pool. */
  readonly poolRecords: readonly PoolRecord[];

  private readonly environment: FleetEnvironment;
  private readonly tiers: number;
  private readonly newQueue: (service: Service) => WaitingQueue;

  constructor(cell: Cell, environment: FleetEnvironment) {
    this.environment = environment;
    this.tiers = cell.tiers.length;
    const { table, now, expectations } = environment;
    const links = new QueueLinks();
    const queueEnvironment: Omit<DisciplineEnvironment, 'predictedWork'> = {
      declared: table.declared,
      wasServed: (row: RequestRow) => !Number.isNaN(table.progress.admittedAt[row]!),
      links,
      ...classesOf(cell),
      now,
      worth: (row) => this.worth(row),
    };
    this.newQueue = (service) =>
      disciplines.create(cell.gateway.discipline, {
        ...queueEnvironment,
        predictedWork: (row, errorCv) => expectations.workLeft(row, service, errorCv),
      });
    const deferrable = cell.tiers.flatMap(({ rule }, tier): DeferrableTier[] =>
      rule.deferrable === undefined ? [] : [{ tier, priority: rule.priority, ...rule.deferrable }],
    );
    this.models = cell.models.map(
      (_, index) =>
        new ModelService(
          index,
          deferrable.length === 0 ? null : new Backlog(deferrable, table.declared, links),
        ),
    );
    this.decodeServices = cell.models.map((_, index) => new ModelService(cell.models.length + index, null));
    this.modelServices = [...this.models, ...this.decodeServices];
    this.gated = cell.pools.map(() => []);
    this.poolRecords = cell.pools.map((plan, index) => this.addPool(cell, plan, index));
    for (const service of this.modelServices) {
      service.beginRouting(environment.routing);
      if (
        environment.routing.queue === 'per-replica' &&
        service.replicas.some((one) => one instanceof GatedReplica)
      )
        service.holdUnplaced(this.newQueue(service.services[0]!));
    }
    cell.pools.forEach(({ replicas }, index) => {
      // Replicas for GPUs that may come do not exist yet.
      for (const absent of this.gated[index]!.slice(replicas)) {
        absent.shut();
        this.serviceOf[absent.id]!.shut(this.placeOf[absent.id]!, 0);
      }
    });
  }

  /** Expected revenue of a request per GPU-second of the first pool that serves its model [USD/s]. */
  worth(row: RequestRow): number {
    const { expectations, table } = this.environment;
    return expectations.worth(row, this.models[table.granted.model[row]!]!.services[0]!);
  }

  private addPool(cell: Cell, plan: PoolPlan, index: number): PoolRecord {
    const { streams, routing } = this.environment;
    const seconds = cell.window.to - cell.window.from;
    const record = unusedPool(plan, seconds);
    if (plan.serving === null) return record;
    const { phase } = plan;
    const sharedQueue = routing.queue === 'shared';
    const service = services.create(plan.serving, {
      ...lookupsOf(cell),
      model: plan.catalogModel,
      accelerator: plan.accelerator,
      gpusPerReplica: plan.gpusPerReplica,
      draws: cell.tiers.map(({ rule }) => streams.counter(`service/${plan.name}/${rule.name}`)),
      tiers: cell.tiers.map(({ rule }) => rule),
    });
    const model = (phase === 'decode' ? this.decodeServices : this.models)[plan.model]!;
    const inPhase = { ...service, fits: fitsInPhase(service.fits, phase) };
    model.services.push(inPhase);
    const most = plan.dynamics?.mostReplicas ?? plan.replicas;
    model.servers += most * service.serversPerReplica;
    model.kvCapacityTokens += most * (service.kvCapacityTokens ?? 0);
    if (sharedQueue && model.queues.length === 0) model.queues.push(this.newQueue(inPhase));
    for (let n = 0; n < most; n++) {
      if (!sharedQueue) model.queues.push(this.newQueue(inPhase));
      this.addReplica(inPhase, phase, model, plan.dynamics === null ? null : this.gated[index]!);
      this.poolOf.push(index);
    }
    const servers = plan.replicas * service.serversPerReplica;
    const kvTokens = service.kvCapacityTokens;
    const kvCapacityTokens = kvTokens === null ? null : plan.replicas * kvTokens;
    return {
      ...record,
      servers,
      capacitySeconds: servers * seconds,
      kvCapacityTokens,
      kvCapacityTokenSeconds: kvCapacityTokens === null ? null : kvCapacityTokens * seconds,
    };
  }

  /**
   * Creates a replica on the model's last queue: the shared one, or the one just made for it. It is gated where a list
   * of gated replicas is given.
   */
  private addReplica(
    service: Service,
    phase: Phase,
    model: ModelService,
    gated: GatedReplica[] | null,
  ): void {
    const { table, observer, schedule, onGrid } = this.environment;
    const ownQueue = model.queues[model.queues.length - 1]!;
    const withBacklog =
      model.backlog === null ? null : new QueueWithBacklog(ownQueue, model.backlog, table.declared);
    const environment = {
      id: this.replicas.length,
      phase,
      table,
      tiers: this.tiers,
      queue: withBacklog ?? ownQueue,
      observer,
      schedule,
      onGrid,
    };
    const { length: place } = model.replicas;
    let replica: Replica;
    if (gated === null) replica = service.createReplica(environment);
    else {
      const { busyChanged } = this.environment;
      const one = new GatedReplica(service, environment, ({ id }, now) => busyChanged(id, now));
      gated.push(one);
      replica = one;
    }
    if (withBacklog !== null) withBacklog.replica = replica;
    model.replicas.push(replica);
    model.serviceOf.push(service);
    this.replicas.push(replica);
    this.serviceOf.push(model);
    this.placeOf.push(place);
  }
}
