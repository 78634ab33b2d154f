/**
 * The fleet of a cell: its replicas, the lines before them, and which of both belong to a model. It is built once a
 * replication; what passes through it is the simulation's affair.
 */
import { Backlog, type DeferrableTier } from '../gateway/backlog.ts';
import { disciplines, LineLinks, type WaitingLine } from '../gateway/disciplines/index.ts';
import type { RoutedRequest, Router, Routing } from '../gateway/routing/index.ts';
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
import type { Streams } from '../stats/index.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { Cell, PoolPlan } from './cell.ts';
import type { PoolRecord } from './ledger.ts';
import { LineWithBacklog } from './line-with-backlog.ts';

/** Load of a replica that takes nothing, beyond that of any that does. */
const OUT_OF_SERVICE = 2 ** 30;

/** The replicas that serve one model, or one phase of it, and the lines before them. */
export class ModelService {
  readonly replicas: Replica[] = [];
  /** One line for all, or one for each replica in their order. */
  readonly lines: WaitingLine[] = [];
  /** What pools of the model serve with, and which of it each replica. */
  readonly services: Service[] = [];
  readonly serviceOf: Service[] = [];
  waiting = 0;
  /** Where deferrable requests wait for it; `null` where there are none. */
  readonly backlog: Backlog | null;
  /** Requests sent to each replica and not finished, and who sends them; none where the line is shared. */
  private loads = new Int32Array(0);
  private router: Router | null = null;
  /** Replicas that take nothing now: how many, and 1 at the place of each. */
  private shutCount = 0;
  private shutAt = new Uint8Array(0);

  constructor(backlog: Backlog | null) {
    this.backlog = backlog;
  }

  get room(): number {
    let room = 0;
    for (const replica of this.replicas) room += replica.room;
    return room;
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

  /** Whether the replica at a place takes nothing now. */
  isShut(place: number): boolean {
    return this.shutCount > 0 && this.shutAt[place] === 1;
  }

  /** Whether each replica that could ever serve a request takes nothing now; it is sent to one of them. */
  isStranded(table: RequestTable, row: RequestRow): boolean {
    if (this.shutCount === 0) return false;
    for (let place = 0; place < this.replicas.length; place++) {
      if (this.shutAt[place] === 0 && this.isHeldBy(place, table, row)) return false;
    }
    return true;
  }

  /** The replica at a place takes nothing from now on. To routers that compare loads it has more than any other. */
  shut(place: number): void {
    this.shutAt[place] = 1;
    this.shutCount += 1;
    this.changeLoad(place, OUT_OF_SERVICE);
  }

  /** The replica at a place takes requests again. */
  open(place: number): void {
    this.shutAt[place] = 0;
    this.shutCount -= 1;
    this.changeLoad(place, -OUT_OF_SERVICE);
  }

  /** Readies what sends requests to replicas, once all of them are there. */
  beginRouting(routing: Routing): void {
    this.shutAt = new Uint8Array(this.replicas.length);
    if (routing.line === 'shared') return;
    this.loads = new Int32Array(this.replicas.length);
    this.router = routing.createRouter(this.loads);
  }

  /** The line in which a request is to wait: the model's own, or that of the replica it is sent to. */
  placeFor(request: RoutedRequest): number {
    return this.router === null ? 0 : this.router.choose(request);
  }

  /** A request was sent to a replica (1), or has left it (−1). */
  changeLoad(place: number, by: number): void {
    if (this.router === null) return;
    this.loads[place]! += by;
    this.router.loadChanged(place);
  }

  /** Arrival of the attempt that waits longest [s]; ∞ when nobody waits. */
  oldestAt(): number {
    let oldest = Infinity;
    for (const line of this.lines) oldest = Math.min(oldest, line.oldestAt());
    return oldest;
  }
}

/** What replicas work with: the requests, who is told, and who calls back. */
export interface FleetEnvironment {
  readonly streams: Streams;
  readonly table: RequestTable;
  readonly observer: ServiceObserver;
  readonly schedule: Schedule;
  onGrid(instant: number): number;
  readonly routing: Routing;
  /** A replica that may go out of service begins to serve, or has served all it had. */
  busyChanged(replica: number, now: number): void;
}

export class Fleet {
  /** By model, as an index of the cell: where requests come in. */
  readonly models: readonly ModelService[];
  /** By model: where those go on whose prompt is read elsewhere; without replicas where one pool does both. */
  readonly decoders: readonly ModelService[];
  readonly replicas: Replica[] = [];
  /** The pool of each replica, whom it serves for, and its place among those of its model or phase. */
  readonly poolOf: number[] = [];
  readonly serviceOf: ModelService[] = [];
  readonly placeOf: number[] = [];
  /** By pool: its replicas where they may go out of service, else none. */
  readonly gated: GatedReplica[][];
  /** Empty books, one for each pool. */
  readonly poolRecords: readonly PoolRecord[];

  private readonly environment: FleetEnvironment;
  private readonly tiers: number;
  private readonly newLine: () => WaitingLine;

  constructor(cell: Cell, environment: FleetEnvironment) {
    this.environment = environment;
    this.tiers = cell.tiers.length;
    const { declared } = environment.table;
    const links = new LineLinks();
    const lineEnvironment = {
      declared,
      wasServed: (row: RequestRow) => !Number.isNaN(environment.table.progress.admittedAt[row]!),
      links,
      classes: 1 + Math.max(...cell.tiers.map(({ rule }) => rule.priority)),
    };
    this.newLine = () => disciplines.create(cell.gateway.discipline, lineEnvironment);
    const deferrable = cell.tiers.flatMap(({ rule }, tier): DeferrableTier[] =>
      rule.deferrable === undefined ? [] : [{ tier, priority: rule.priority, ...rule.deferrable }],
    );
    this.models = cell.models.map(
      () => new ModelService(deferrable.length === 0 ? null : new Backlog(deferrable, declared, links)),
    );
    this.decoders = cell.models.map(() => new ModelService(null));
    this.gated = cell.pools.map(() => []);
    this.poolRecords = cell.pools.map((plan, index) => this.addPool(cell, plan, index));
    for (const service of [...this.models, ...this.decoders]) service.beginRouting(environment.routing);
    cell.pools.forEach(({ replicas }, index) => {
      // Those for GPUs that may come are not there yet.
      for (const absent of this.gated[index]!.slice(replicas)) {
        absent.shut();
        this.serviceOf[absent.id]!.shut(this.placeOf[absent.id]!);
      }
    });
  }

  private addPool(cell: Cell, plan: PoolPlan, index: number): PoolRecord {
    const { streams, routing } = this.environment;
    const seconds = cell.window.to - cell.window.from;
    const gpuSeconds = plan.replicas * plan.gpusPerReplica * seconds;
    const record: PoolRecord = {
      name: plan.name,
      replicas: plan.replicas,
      gpus: plan.replicas * plan.gpusPerReplica,
      servers: 0,
      kvCapacityTokens: null,
      gpuSeconds,
      gpuSecondsByUse: { up: gpuSeconds, failed: 0, maintenance: 0, switching: 0, training: 0 },
      capacitySeconds: 0,
      busySeconds: 0,
      kvTokenSeconds: 0,
      kvCapacityTokenSeconds: null,
      steps: 0,
      sequences: 0,
      failures: 0,
      crewSeconds: 0,
      crews: plan.dynamics?.failures?.crews ?? null,
    };
    if (plan.serving === null)
      return { ...record, gpuSecondsByUse: { ...record.gpuSecondsByUse, up: 0, training: gpuSeconds } };
    const { phase } = plan;
    const sharedLine = routing.line === 'shared';
    const service = services.create(plan.serving, {
      ...cell.lookups,
      model: plan.catalogModel,
      accelerator: plan.accelerator,
      gpusPerReplica: plan.gpusPerReplica,
      draws: cell.tiers.map(({ rule }) => streams.counter(`service/${plan.name}/${rule.name}`)),
      tiers: cell.tiers.map(({ rule }) => rule),
    });
    const model = (phase === 'decode' ? this.decoders : this.models)[plan.model]!;
    const inPhase = { ...service, fits: fitsInPhase(service.fits, phase) };
    model.services.push(inPhase);
    if (sharedLine && model.lines.length === 0) model.lines.push(this.newLine());
    for (let n = 0; n < (plan.dynamics?.mostReplicas ?? plan.replicas); n++) {
      if (!sharedLine) model.lines.push(this.newLine());
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
   * A replica that takes from the model's last line: the shared one, or the one just made for it. It is gated where a
   * list of those is given.
   */
  private addReplica(
    service: Service,
    phase: Phase,
    model: ModelService,
    gated: GatedReplica[] | null,
  ): void {
    const { table, observer, schedule, onGrid } = this.environment;
    const ownLine = model.lines[model.lines.length - 1]!;
    const withBacklog =
      model.backlog === null ? null : new LineWithBacklog(ownLine, model.backlog, table.declared);
    const environment = {
      id: this.replicas.length,
      phase,
      table,
      tiers: this.tiers,
      line: withBacklog ?? ownLine,
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
