/**
 * The fleet of a cell: its replicas, the lines before them, and which of both belong to a model. It is built once a
 * replication; what passes through it is the simulation's affair.
 */
import { disciplines, LineLinks, type WaitingLine } from '../gateway/disciplines/index.ts';
import type { RoutedRequest, Router, Routing } from '../gateway/routing/index.ts';
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
import type { Streams } from '../stats/index.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { Cell, PoolPlan } from './cell.ts';
import type { PoolRecord } from './ledger.ts';

/** The replicas that serve one model, or one phase of it, and the lines before them. */
export class ModelService {
  readonly replicas: Replica[] = [];
  /** One line for all, or one for each replica in their order. */
  readonly lines: WaitingLine[] = [];
  /** What pools of the model serve with, and which of it each replica. */
  readonly services: Service[] = [];
  readonly serviceOf: Service[] = [];
  waiting = 0;
  /** Requests sent to each replica and not finished, and who sends them; none where the line is shared. */
  private loads = new Int32Array(0);
  private router: Router | null = null;

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

  /** Readies what sends requests to replicas, once all of them are there. */
  beginRouting(routing: Routing): void {
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
}

export class Fleet {
  /** By model, as an index of the cell: where requests come in. */
  readonly models: readonly ModelService[];
  /** By model: where those go on whose prompt is read elsewhere; without replicas where one pool does both. */
  readonly decoders: readonly ModelService[];
  readonly replicas: Replica[] = [];
  /** The pool of each replica. */
  readonly poolOf: number[] = [];
  /** Empty books, one for each pool. */
  readonly poolRecords: readonly PoolRecord[];

  private readonly environment: FleetEnvironment;
  private readonly tiers: number;
  private readonly newLine: () => WaitingLine;

  constructor(cell: Cell, environment: FleetEnvironment) {
    this.environment = environment;
    this.tiers = cell.tiers.length;
    const lineEnvironment = {
      declared: environment.table.declared,
      wasServed: (row: RequestRow) => !Number.isNaN(environment.table.progress.admittedAt[row]!),
      links: new LineLinks(),
      classes: 1 + Math.max(...cell.tiers.map(({ rule }) => rule.priority)),
    };
    this.newLine = () => disciplines.create(cell.gateway.discipline, lineEnvironment);
    this.models = cell.models.map(() => new ModelService());
    this.decoders = cell.models.map(() => new ModelService());
    this.poolRecords = cell.pools.map((plan, index) => this.addPool(cell, plan, index));
    for (const service of [...this.models, ...this.decoders]) service.beginRouting(environment.routing);
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
      tiers: cell.tiers.map(({ rule }) => rule),
    });
    const model = (phase === 'decode' ? this.decoders : this.models)[plan.model]!;
    const inPhase = { ...service, fits: fitsInPhase(service.fits, phase) };
    model.services.push(inPhase);
    if (sharedLine && model.lines.length === 0) model.lines.push(this.newLine());
    for (let n = 0; n < plan.replicas; n++) {
      if (!sharedLine) model.lines.push(this.newLine());
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
    const replica = service.createReplica({
      id: this.replicas.length,
      phase,
      table,
      tiers: this.tiers,
      line: model.lines[model.lines.length - 1]!,
      observer,
      schedule,
      onGrid,
    });
    model.replicas.push(replica);
    model.serviceOf.push(service);
    this.replicas.push(replica);
  }
}
