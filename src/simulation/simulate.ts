/**
 * One replication: (cell, seed, index) → ledger. It pops events in order, moves requests from the gateway to the
 * replicas and back, and records what happens. Each step of a request's story is one method, in that order.
 */
import { InputError } from '../errors.ts';
import { admissions, type Admission } from '../gateway/admission/index.ts';
import { Degrader } from '../gateway/degrader.ts';
import type { WaitingQueue } from '../gateway/disciplines/index.ts';
import { RateLimiter } from '../gateway/rate-limiter.ts';
import { drawAmong, routings } from '../gateway/routing/index.ts';
import { displacedBy } from '../gateway/shedding.ts';
import type { ModelView } from '../gateway/telemetry.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { EventQueue } from '../kernel/event-queue.ts';
import type { GatedReplica, ServiceObserver } from '../serving/index.ts';
import { Streams, TimeAverage, type CounterStream } from '../stats/index.ts';
import { NO_FEATURE } from '../workload/features.ts';
import type { RequestSource } from '../workload/request-source.ts';
import { RequestTable } from '../workload/request-table.ts';
import { GIVES_UP, retryDelay } from '../workload/retries.ts';
import { onGrid, SECONDS_PER_HOUR } from '../units.ts';
import { AuditEvidence, auditRun } from './audit.ts';
import { actionEnvironmentOf, requestSourceOf, type Cell, type Link } from './cell.ts';
import { Clients } from './clients.ts';
import { CompletionWindows } from './completion-windows.ts';
import { FleetDynamics, fleetChanges } from './dynamics/fleet-dynamics.ts';
import type { Treatment } from './dynamics/plan.ts';
import type { FleetHost } from './dynamics/replica-life.ts';
import { Expectations } from './expectations.ts';
import { Fleet, type ModelService, type Unplaced } from './fleet.ts';
import { ledgerShape } from './ledger-shape.ts';
import { Ledger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { PoolHours } from './pool-hours.ts';
import { Reporter, type RequestObserver } from './request-observer.ts';
import { RoutedAttempt } from './routed-attempt.ts';
import { addRun } from './sample.ts';

/** Kinds of events. Within an instant they come in this order: arrivals, boundaries, timers. */
const WINDOW_OPENS = 0;
const ARRIVAL = 1;
const USER_RETURNS = 2;
const NEXT_TURN = 3;
const RETRY = 4;
const HELD = 5;
const KV_MOVED = 6;
const SERVICE = 7;
const PATIENCE_ENDS = 8;
const RUN_DEADLINE = 9;
const TELEMETRY = 10;
const DEADLINE_PASSES = 11;
const WINDOW_CLOSES = 12;
const FLEET = 13;
/** All changes of the fleet at an instant have been made. */
const FLEET_SETTLED = 14;
const HOUR_ENDS = 15;

/** Instead of a queue: the request's KV is in transfer between replicas, or it waits in the backlog. */
const ON_LINK = -1;
const IN_BACKLOG = -2;

/** Instead of a row of the ledger's cohort: the request arrived outside the measured window. */
const NOT_OF_COHORT = -1;

/** Events between two reports of progress. */
const EVENTS_PER_REPORT = 65_536;

/**
 * Number of events within one instant after which the clock is considered stuck, plus a number per live request:
 * simultaneous arrivals or completions have a few events each, while a loop without delay has endlessly many.
 */
const MOST_IN_AN_INSTANT = 1_000_000;
const MOST_OF_EACH_IN_AN_INSTANT = 1_000;

/** What to lengthen where events of a kind follow each other without delay. */
const TIMES: Readonly<Record<number, string>> = {
  [ARRIVAL]: 'the gaps between arrivals',
  [USER_RETURNS]: 'think of a closed loop',
  [NEXT_TURN]: 'session.think',
  [RETRY]: 'retries.backoff',
  [HELD]: 'the windows of rate limits that hold',
  [SERVICE]: 'service times or step times',
  [TELEMETRY]: 'gateway.telemetryInterval',
  [FLEET]: 'failures, repairs and switching',
};

function refuseStandstill(now: number, kind: number): never {
  const longer = TIMES[kind] ?? 'patience, deadlines and backoffs';
  const message = `the clock is stuck at ${now} s of the run: more than a million events at this instant; make ${longer} longer than a clock step, 1e-6ms`;
  throw new InputError([{ kind: 'no-result', place: '', path: '', message }]);
}

export interface SimulationListener {
  /** A request has its outcome at `now` [s]; its row holds what happened until the call returns. */
  onClosed?(table: RequestTable, row: RequestRow, outcome: Outcome, now: number): void;
  /** The run has reached `now` [s]. */
  onProgress?(now: number): void;
  /** Called at each step of the story of each request. */
  readonly observe?: RequestObserver;
}

/**
 * Simulates one replication. The same cell, seed and replication give the same ledger. Throws `InvariantError` when the
 * audit at the end fails: its numbers are not to be used.
 */
export function simulate(
  cell: Cell,
  seed: string,
  replication: number,
  listener: SimulationListener = {},
): Ledger {
  const table = spareTable ?? new RequestTable();
  spareTable = null;
  const ledger = new Simulation(cell, new Streams(seed, replication), listener, table).run();
  table.clear();
  spareTable = table;
  return ledger;
}

/** The memory of the last replication of this thread, which the next uses again. */
let spareTable: RequestTable | null = null;

class Simulation implements ServiceObserver, FleetHost {
  private now = 0;
  /** The measured window is open. */
  private measuring = false;
  private arrivals = 0;
  /** The clock at the last report, and the number of events since the clock last advanced. */
  private reportedAt = NaN;
  private standsFor = 0;
  private readonly cell: Cell;
  private readonly listener: SimulationListener;
  /** `null` without an observer. */
  private readonly reporter: Reporter | null;
  private readonly events = new EventQueue();
  private readonly table: RequestTable;
  private readonly sources: readonly RequestSource[];
  /** Clients that wait for answers before they send again; `null` where no tier has any. */
  private readonly clients: Clients | null;
  private readonly retryDraws: readonly CounterStream[];
  /** By tier, what its SLO bounds [s], ∞ where it does not; `null` where it has none. */
  private readonly sloBounds: readonly ({ ttft: number; tpot: number; e2e: number } | null)[];
  private readonly limiter: RateLimiter;
  private readonly degrader: Degrader;
  private readonly admission: Admission;
  /** Requests wait in one queue per model instead of one per replica. */
  private readonly sharedQueue: boolean;
  /** Whether the state of replicas is tracked: a shared queue or admission depends on it. */
  private readonly looksAtReplicas: boolean;
  /** Whether service received is reported to queues. */
  private readonly accountsService: boolean;
  private readonly routed: RoutedAttempt;
  private readonly fleet: Fleet;
  /** Failures, maintenance and reallocation; `null` where the fleet never changes. */
  private readonly dynamics: FleetDynamics | null;
  /** What happens to requests whose replica goes out of service now. */
  private treatment: Treatment = 'retry';
  private readonly release = (row: RequestRow): void => this.interrupted(row);
  /** The row of the ledger's cohort in which a request is counted, by row; `NOT_OF_COHORT` outside the window. */
  private readonly cohortOf: number[] = [];
  /** The queue that a waiting row is in, as a place among its model's queues, by row. */
  private readonly queueOf: number[] = [];
  /** The replica that a row was admitted to last, by row. */
  private readonly replicaOf: number[] = [];
  /** When the link of a prefill replica becomes free, by replica [s]. */
  private readonly linkFreeAt: number[];
  private readonly ledger: Ledger;
  private readonly waiting: readonly TimeAverage[];
  private readonly inSystem: readonly TimeAverage[];
  private readonly windows: CompletionWindows;
  private readonly poolHours: PoolHours;
  private readonly evidence = new AuditEvidence();

  constructor(cell: Cell, streams: Streams, listener: SimulationListener, table: RequestTable) {
    this.cell = cell;
    this.listener = listener;
    this.table = table;
    this.reporter = listener.observe === undefined ? null : new Reporter(listener.observe, cell, table);
    this.sources = cell.tiers.map((_, index) => requestSourceOf(cell, index, streams));
    this.retryDraws = cell.tiers.map(({ rule }) => streams.counter(`retries/${rule.name}`));
    this.sloBounds = cell.tiers.map(({ rule: { slo } }) =>
      slo === undefined
        ? null
        : { ttft: slo.ttft ?? Infinity, tpot: slo.tpot ?? Infinity, e2e: slo.e2e ?? Infinity },
    );
    const { gateway } = cell;
    this.limiter = new RateLimiter(
      gateway.rateLimits,
      cell.tiers.map(({ rule, tenants, spend }) => ({ name: rule.name, tenants, spend })),
      {
        share: cell.share,
        startOfWeek: cell.startOfWeek,
        startDate: cell.startDate,
        model: (name) => cell.models.indexOf(name),
        modelNames: cell.models,
      },
      {
        declared: table.declared,
        granted: table.granted,
        trueOutput: (row) => table.wantedOutput(row),
        lookAgain: (row, at) => this.schedule(at, HELD, row, table.progress.version[row]!),
      },
    );
    const lottery = cell.tiers.map(({ rule }) => streams.counter(`degradation/${rule.name}`));
    this.degrader = new Degrader(
      gateway.degradation,
      {
        startOfWeek: cell.startOfWeek,
        tiers: cell.tiers.map(({ rule }) => rule.name),
        ...actionEnvironmentOf(cell),
      },
      (ordinal, tier, rule) => lottery[tier]!.at(ordinal, rule).next(),
    );
    const routing = routings.create(gateway.routing, null);
    this.sharedQueue = routing.queue === 'shared';
    this.routed = new RoutedAttempt(
      table,
      cell.tiers.map(({ rule }) => streams.counter(`routing/${rule.name}`)),
      cell.tiers.map(({ rule }) => streams.counter(`ties/${rule.name}`)),
    );
    this.fleet = new Fleet(cell, {
      streams,
      table,
      observer: this,
      schedule: (at, replica, token) => this.schedule(at, SERVICE, replica, token),
      onGrid,
      now: () => this.now,
      routing,
      busyChanged: (replica, now) => this.dynamics!.busyChanged(replica, now),
      expectations: new Expectations(
        cell,
        table,
        streams,
        this.sources.map(({ trace }) => trace),
      ),
    });
    this.admission = admissions.create(gateway.admission, {
      declared: table.declared,
      tiers: cell.tiers.map(({ rule }) => rule.name),
      startOfWeek: cell.startOfWeek,
      worth: (row) => this.fleet.worth(row),
    });
    this.looksAtReplicas = this.sharedQueue || this.admission.readsRoom;
    this.accountsService = this.fleet.models.some(({ queues }) =>
      queues.some(({ account }) => account !== null),
    );
    this.dynamics = fleetChanges(cell)
      ? new FleetDynamics({
          cell,
          streams,
          replicas: this.fleet.gated,
          records: this.fleet.poolRecords,
          host: this,
          schedule: (at, timer, version) => this.schedule(at, FLEET, timer, version),
        })
      : null;
    this.poolHours = new PoolHours(this.fleet, this.dynamics);
    this.linkFreeAt = this.fleet.replicas.map(() => 0);
    this.ledger = new Ledger(ledgerShape(cell, this.fleet.poolRecords));
    this.waiting = cell.tiers.map(() => new TimeAverage());
    this.inSystem = cell.tiers.map(() => new TimeAverage());
    this.windows = new CompletionWindows(
      table,
      cell.tiers.map(({ rule }) => rule.deferrable?.window ?? Infinity),
      (at, tier) => this.schedule(at, WINDOW_CLOSES, tier, 0),
    );
    this.clients = this.sources.some(({ waits }) => waits) ? this.clientsOf(streams) : null;
  }

  private clientsOf(streams: Streams): Clients {
    const { sources, table, ledger, evidence } = this;
    return new Clients({
      sources,
      tiers: this.cell.tiers.map(({ rule, tenants }) => ({ name: rule.name, tenants })),
      streams,
      table,
      ledger,
      evidence,
      scheduleReturn: (at, user, tier) => this.schedule(at, USER_RETURNS, user, tier),
      scheduleTurn: (at, session, version) => this.schedule(at, NEXT_TURN, session, version),
      scheduleDeadline: (at, session, version) => this.schedule(at, RUN_DEADLINE, session, version),
      arrives: (row) => this.enter(row),
      givesUp: (row) => this.giveUp(row, 'abandoned'),
    });
  }

  run(): Ledger {
    const { events, cell } = this;
    this.schedule(cell.window.from, WINDOW_OPENS, 0, 0);
    this.sources.forEach((source, tier) => {
      source.begin();
      if (source.nextAt < Infinity) this.schedule(source.nextAt, ARRIVAL, tier, 0);
    });
    this.clients?.begin();
    if (this.degrader.observes || this.dynamics?.observes === true) this.schedule(0, TELEMETRY, 0, 0);
    while (events.pop() && events.time <= cell.window.to) {
      this.now = events.time;
      this.handle(events.kind, events.subject, events.version);
      if (++this.ledger.events % EVENTS_PER_REPORT === 0) this.report(events.kind);
    }
    this.now = cell.window.to;
    this.closeBooks();
    auditRun(this.ledger, this.evidence);
    return this.ledger;
  }

  /** Reports progress, and ends a run whose clock is stuck. */
  private report(kind: number): void {
    this.standsFor = this.now === this.reportedAt ? this.standsFor + EVENTS_PER_REPORT : 0;
    this.reportedAt = this.now;
    if (this.standsFor > MOST_IN_AN_INSTANT + MOST_OF_EACH_IN_AN_INSTANT * this.table.live)
      refuseStandstill(this.now, kind);
    this.listener.onProgress?.(this.now);
  }

  /** The only way into the event queue: here every instant of a run is rounded to the grid of its clock. */
  private schedule(at: number, kind: number, subject: number, version: number): void {
    this.events.push(onGrid(at), kind, subject, version);
  }

  private handle(kind: number, subject: number, version: number): void {
    switch (kind) {
      case WINDOW_OPENS:
        return this.openWindow();
      case ARRIVAL:
        return this.arrive(subject);
      case USER_RETURNS:
        return this.clients!.userReturns(subject, version, this.now);
      case NEXT_TURN:
        return this.clients!.goOn(subject, version, this.now);
      case RETRY:
        return this.comeBack(subject as RequestRow, version);
      case HELD:
        return this.lookAgain(subject as RequestRow, version);
      case KV_MOVED:
        return this.enterDecoding(subject as RequestRow, version);
      case SERVICE:
        return this.resume(subject, version);
      case PATIENCE_ENDS:
        return this.losePatience(subject as RequestRow, version);
      case RUN_DEADLINE:
        return this.clients!.deadlinePasses(subject, version, this.now);
      case TELEMETRY:
        return this.takeTelemetry();
      case DEADLINE_PASSES:
        return this.passDeadline(subject as RequestRow, version);
      case WINDOW_CLOSES:
        return this.closeWindows(subject);
      case FLEET:
        return this.dynamics!.fire(subject, version, this.now);
      case FLEET_SETTLED:
        return this.settleFleet(this.fleet.modelServices[subject]!);
      case HOUR_ENDS:
        return this.endHour();
    }
  }

  // The life of a request.

  /** An arrival that depends on no outcome: writes its row and makes its first attempt. */
  private arrive(tier: number): void {
    const { table, ledger } = this;
    const source = this.sources[tier]!;
    const row = table.open();
    source.arrive(table, row, this.now);
    if (source.nextAt < Infinity) this.schedule(source.nextAt, ARRIVAL, tier, 0);
    ledger.fingerprint(tier, this.now);
    ledger.fingerprint(tier, table.declared.tenant[row]!);
    ledger.fingerprint(tier, table.declared.promptTokens[row]!);
    ledger.fingerprint(tier, table.latent.outputTokens[row]!);
    if (source.session !== null) ledger.fingerprint(tier, source.turns);
    if (source.waits) this.clients!.sessionArrives(row, this.now);
    this.enter(row);
  }

  /** Makes the first attempt of a request whose row is written. */
  private enter(row: RequestRow): void {
    const { table, ledger } = this;
    const tier = table.declared.tier[row]!;
    const source = this.sources[tier]!;
    table.declared.id[row] = this.arrivals++;
    this.cohortOf[row] = ledger.inWindow(this.now) ? ledger.cohortIndex(tier, this.now) : NOT_OF_COHORT;
    this.countForCohort(ledger.cohort.arrived, row);
    if (table.declared.feature[row] !== NO_FEATURE) this.countForCohort(ledger.cohort.withFeature, row);
    this.evidence.tokensOffered += offeredTokens(table, row);
    const deadline = source.deadlineOf(table, row);
    if (deadline < Infinity) this.schedule(this.now + deadline, DEADLINE_PASSES, row, table.declared.id[row]);
    if (table.declared.deferrable[row] === 1) this.windows.add(row);
    this.attempt(row);
  }

  /** The client retries, unless its deadline has passed meanwhile. */
  private comeBack(row: RequestRow, version: number): void {
    if (this.table.progress.version[row] === version) this.attempt(row);
  }

  /** An attempt arrives at the gateway, with just what it declares granted. */
  private attempt(row: RequestRow): void {
    const { table, now } = this;
    const { declared, granted, progress } = table;
    progress.attempts[row]! += 1;
    progress.version[row]! += 1;
    declared.attemptAt[row] = now;
    progress.admittedAt[row] = NaN;
    progress.firstTokenAt[row] = NaN;
    progress.lastTokenAt[row] = NaN;
    progress.outputDone[row] = 0;
    progress.cachedTokens[row] = declared.cachedTokens[row]!;
    progress.pool[row] = -1;
    progress.prefillPool[row] = -1;
    progress.movedTokens[row] = 0;
    progress.serviceLeft[row] = NaN;
    progress.inService[row] = 0;
    granted.model[row] = declared.model[row]!;
    granted.outputCap[row] = 0;
    granted.outputCut[row] = 0;
    granted.featureOff[row] = 0;
    granted.quality[row] = 1;
    granted.degraded[row] = 0;
    this.countForCohort(this.ledger.cohort.attempts, row);
    if (this.reporter !== null && progress.attempts[row] === 1) this.reporter.report('arrived', row, now);
    this.passGateway(row);
  }

  /** The attempt passes the gateway, is held there, or ends there. */
  private passGateway(row: RequestRow): void {
    const { limiter, table, now } = this;
    const wasHeld = limiter.isHeld(row);
    const conforms = limiter.conforms(row, now);
    if (limiter.isHeld(row)) return wasHeld ? undefined : this.hold(row);
    if (wasHeld) this.waiting[table.declared.tier[row]!]!.add(-1, now);
    if (!conforms) {
      this.countForCohort(this.ledger.cohort.attemptsLimited, row);
      return this.failAttempt(row, 'limited', limiter.retryAfter);
    }
    this.degrader.grant(row, table.declared, table.granted, now);
    const model = this.serviceOf(row);
    if (!this.fits(row, model)) {
      limiter.settleUnused(row, now);
      this.leaveUnserved(row);
      return this.close(row, 'failed');
    }
    if (this.table.declared.deferrable[row] === 1) return this.enterBacklog(row, model);
    if (!this.enters(row, model)) return this.shed(row);
    this.joinQueue(row, model);
  }

  /** A rate limit holds the attempt: it waits at the gateway, and its client's patience starts. */
  private hold(row: RequestRow): void {
    this.enterSystem(row);
    this.waiting[this.table.declared.tier[row]!]!.add(1, this.now);
  }

  /** The first request that a limit holds may conform now. */
  private lookAgain(row: RequestRow, version: number): void {
    if (this.table.progress.version[row] !== version || !this.limiter.isFirstHeld(row)) return;
    this.passGateway(row);
  }

  /** The service that the request is at: its model's replicas, or those that decode after a prefill elsewhere. */
  private serviceOf(row: RequestRow): ModelService {
    const { models, decodeServices } = this.fleet;
    return (this.table.progress.prefillPool[row]! < 0 ? models : decodeServices)[
      this.table.granted.model[row]!
    ]!;
  }

  /** Whether some pool of the model could ever serve each phase of the request. */
  private fits(row: RequestRow, model: ModelService): boolean {
    const { promptTokens, cachedTokens } = this.table.declared;
    const prompt = promptTokens[row]!;
    const cached = cachedTokens[row]!;
    const output = this.table.outputTarget(row);
    const decodeService = this.fleet.decodeServices[this.table.granted.model[row]!]!;
    return (
      model.fits(prompt, cached, output) &&
      (decodeService.replicas.length === 0 || decodeService.fits(prompt, cached, output))
    );
  }

  /** Sheds the attempt for lack of room. */
  private shed(row: RequestRow): void {
    this.countForCohort(this.ledger.cohort.attemptsShed, row);
    this.limiter.settleUnused(row, this.now);
    this.failAttempt(row, 'shed', 0);
  }

  /** Whether the attempt may wait for its model, or be served at once; another may be shed in its favour. */
  private enters(row: RequestRow, model: ModelService): boolean {
    const { admission } = this;
    return (
      admission.admits(row, model, this.now) ||
      this.makeRoom(row, model) ||
      admission.entersBeyondBound(row, model)
    );
  }

  /** Sheds a waiting request in favour of an arrival; false when there is none to displace. */
  private makeRoom(row: RequestRow, model: ModelService): boolean {
    const last = displacedBy(row, model.queues, this.admission, this.table.declared);
    if (last === NO_ROW) return false;
    this.leaveQueue(last, model);
    this.shed(last);
    return true;
  }

  /** Enqueues the request for its model and notifies the replicas. */
  private joinQueue(row: RequestRow, model: ModelService): void {
    if (this.table.progress.inSystem[row] === 0) this.enterSystem(row);
    this.reporter?.report('queued', row, this.now);
    this.onQueueChanged(model, this.enqueue(row, model), false);
  }

  /** Enqueues the request in the backlog and notifies the replicas, which may have spare capacity. */
  private enterBacklog(row: RequestRow, model: ModelService): void {
    if (this.table.progress.inSystem[row] === 0) this.enterSystem(row);
    this.reporter?.report('queued', row, this.now);
    this.enqueueInBacklog(row, model);
    this.onBacklogChanged(model, false);
  }

  private enqueueInBacklog(row: RequestRow, model: ModelService): void {
    model.backlog!.push(row);
    this.queueOf[row] = IN_BACKLOG;
    this.waiting[this.table.declared.tier[row]!]!.add(1, this.now);
  }

  /** The head of the backlog may have changed: starts a replica that can take it, or else notifies the busy ones. */
  private onBacklogChanged(model: ModelService, boundariesPassed: boolean, except = -1): void {
    const { replicas } = model;
    const place = this.anyForBacklog(model, except);
    if (place >= 0) {
      replicas[place]!.start(this.now);
      if (this.looksAtReplicas) model.look(place);
      return;
    }
    for (let place = 0; place < replicas.length; place++) {
      const replica = replicas[place]!;
      if (replica.id === except) continue;
      const listens = replica.onQueueChanged(this.now, boundariesPassed);
      if (this.looksAtReplicas) model.look(place, listens);
    }
  }

  /** One of the replicas that could start on the backlog, each with equal probability, as a place; −1 where there is none. */
  private anyForBacklog(model: ModelService, except: number): number {
    let count = 0;
    let last = -1;
    for (let place = 0; place < model.replicas.length; place++) {
      if (this.headOfBacklog(place, model, except) === NO_ROW) continue;
      count += 1;
      last = place;
    }
    if (count <= 1) return last;
    let before = drawAmong(count, this.routed.of(this.headOfBacklog(last, model, except), model));
    for (let place = 0; ; place++) {
      if (this.headOfBacklog(place, model, except) !== NO_ROW && before-- === 0) return place;
    }
  }

  /** The request of the backlog that the replica at a place could start on; `NO_ROW` if none. */
  private headOfBacklog(place: number, model: ModelService, except: number): RequestRow {
    const replica = model.replicas[place]!;
    if (replica.id === except || !replica.canStart) return NO_ROW;
    const head = model.backlog!.headFor(replica.use);
    return head !== NO_ROW && model.isHeldBy(place, this.table, head) ? head : NO_ROW;
  }

  /** The attempt begins to wait, and its client's patience starts. */
  private enterSystem(row: RequestRow): void {
    const { table, now } = this;
    const tier = table.declared.tier[row]!;
    this.countForCohort(this.ledger.cohort.entered, row);
    this.inSystem[tier]!.add(1, now);
    table.progress.inSystem[row] = 1;
    if (table.declared.deferrable[row] === 1) return;
    const patience = this.sources[tier]!.patienceOf(table, row);
    if (table.progress.attempts[row] === 1) table.latent.patience[row] = patience;
    if (patience < Infinity) {
      this.schedule(now + patience, PATIENCE_ENDS, row, table.progress.version[row]!);
    }
  }

  /** Puts the request into a queue of the service; returns the place of that queue. */
  private enqueue(row: RequestRow, service: ModelService): number {
    const place = this.placeFor(row, service);
    this.putInQueue(row, service, place);
    this.beginWaiting(row, service);
    return place;
  }

  /** The place of the queue that a request of the service is to join. */
  private placeFor(row: RequestRow, service: ModelService): number {
    const { unplaced } = service;
    if (unplaced !== null && service.isStranded(this.table, row)) {
      unplaced.rows.add(row);
      return unplaced.place;
    }
    return service.placeFor(this.routed.of(row, service), this.now);
  }

  private putInQueue(row: RequestRow, service: ModelService, place: number): void {
    service.changeLoad(place, 1, this.now);
    service.queues[place]!.push(row);
    this.queueOf[row] = place;
  }

  private beginWaiting(row: RequestRow, service: ModelService): void {
    service.waiting += 1;
    this.waiting[this.table.declared.tier[row]!]!.add(1, this.now);
  }

  /**
   * The head of the queue at `place` may have changed: starts a replica that can take it, or else notifies the busy
   * ones, except the one that caused the change. A timer comes after the step boundaries of its instant.
   */
  private onQueueChanged(model: ModelService, place: number, boundariesPassed: boolean, except = -1): void {
    if (this.sharedQueue) return this.onSharedQueueChanged(model, boundariesPassed, except);
    if (place === model.unplaced?.place) return;
    const replica = model.replicas[place]!;
    if (replica.canStart && model.queues[place]!.length > 0) replica.start(this.now);
    else replica.onQueueChanged(this.now, boundariesPassed);
    if (this.looksAtReplicas) model.look(place);
  }

  private onSharedQueueChanged(model: ModelService, boundariesPassed: boolean, except: number): void {
    const { replicas, listening } = model;
    const head = model.queues[0]!.peek();
    if (head !== NO_ROW) {
      const place = this.anyIdle(head, model, except);
      if (place >= 0) {
        replicas[place]!.start(this.now);
        return model.look(place);
      }
    }
    for (let place = listening.next(0); place >= 0; place = listening.next(place + 1)) {
      const replica = replicas[place]!;
      if (replica.id === except) continue;
      model.look(place, replica.onQueueChanged(this.now, boundariesPassed));
    }
  }

  /** One of the idle replicas that could serve a request, each with equal probability, as a place; −1 where there is none. */
  private anyIdle(row: RequestRow, model: ModelService, except: number): number {
    const { idle } = model;
    if (idle.size === 0) return -1;
    this.routed.of(row, model);
    const drawn = idle.nth(drawAmong(idle.size, this.routed));
    if (this.mayStart(drawn, row, model, except)) return drawn;
    let count = 0;
    let last = -1;
    for (let place = idle.next(0); place >= 0; place = idle.next(place + 1)) {
      if (!this.mayStart(place, row, model, except)) continue;
      count += 1;
      last = place;
    }
    if (count <= 1) return last;
    let before = drawAmong(count, this.routed);
    for (let place = idle.next(0); ; place = idle.next(place + 1)) {
      if (this.mayStart(place, row, model, except) && before-- === 0) return place;
    }
  }

  private mayStart(place: number, row: RequestRow, model: ModelService, except: number): boolean {
    return model.replicas[place]!.id !== except && model.isHeldBy(place, this.table, row);
  }

  /** An event that a replica scheduled is due. */
  private resume(replica: number, token: number): void {
    const { fleet } = this;
    fleet.replicas[replica]!.resume(this.now, token);
    if (this.looksAtReplicas) fleet.serviceOf[replica]!.look(fleet.placeOf[replica]!);
  }

  private losePatience(row: RequestRow, version: number): void {
    const { table, now } = this;
    if (table.progress.version[row] !== version || !Number.isNaN(table.progress.admittedAt[row]!)) return;
    if (this.limiter.isHeld(row)) {
      this.limiter.release(row, now);
      this.waiting[table.declared.tier[row]!]!.add(-1, now);
      return this.failAttempt(row, 'abandoned', 0);
    }
    const model = this.serviceOf(row);
    this.leaveQueue(row, model);
    this.onQueueChanged(model, this.queueOf[row]!, true);
    this.limiter.settleUnused(row, now);
    this.failAttempt(row, 'abandoned', 0);
  }

  /** Takes the request from the queue unserved. */
  private leaveQueue(row: RequestRow, model: ModelService): void {
    this.dequeue(row, model);
    this.leaveUnserved(row);
  }

  private dequeue(row: RequestRow, model: ModelService): void {
    model.queues[this.queueOf[row]!]!.remove(row);
    model.changeLoad(this.queueOf[row]!, -1, this.now);
    model.unplaced?.rows.delete(row);
    model.waiting -= 1;
    if (model.waiting === 0) model.forgetStart();
    this.waiting[this.table.declared.tier[row]!]!.add(-1, this.now);
  }

  /** Ends the wait of an attempt that is not served, if it waits; events scheduled for it become stale. */
  private leaveUnserved(row: RequestRow): void {
    const { declared, progress } = this.table;
    if (progress.inSystem[row] === 0) return;
    progress.version[row]! += 1;
    this.leaveSystem(row);
    if (this.isOfCohort(row))
      this.ledger.timeInQueue[declared.tier[row]!]!.add(this.now - declared.attemptAt[row]!);
  }

  /** An attempt failed: the client retries, or the request has its outcome. */
  private failAttempt(row: RequestRow, outcome: Outcome, retryAfter: number): void {
    const { table } = this;
    const tier = table.declared.tier[row]!;
    const rule = this.cell.tiers[tier]!.rule.retries;
    const attempts = table.progress.attempts[row]!;
    this.leaveUnserved(row);
    if (outcome === 'limited' || outcome === 'shed') {
      table.progress.refusals[row]! += 1;
      this.reporter?.refused(row, this.now, outcome);
    }
    if (rule !== undefined) {
      const draws = this.retryDraws[tier]!.at(table.declared.ordinal[row]!, attempts);
      const delay = retryDelay(rule, attempts, retryAfter, draws);
      if (delay !== GIVES_UP) {
        this.forgetOutput(row);
        return this.schedule(this.now + delay, RETRY, row, table.progress.version[row]!);
      }
    }
    this.close(row, outcome);
  }

  /**
   * The client gives up the request for good: at the gateway, in a queue, in service, on a link or between attempts.
   */
  private passDeadline(row: RequestRow, id: number): void {
    if (this.table.holds(row, id)) this.giveUp(row, 'abandoned');
  }

  /** The windows of a tier's oldest requests have closed: they are late and are shed. */
  private closeWindows(tier: number): void {
    for (;;) {
      const row = this.windows.nextClosed(tier, this.now);
      if (row === NO_ROW) return;
      this.countForCohort(this.ledger.cohort.late, row);
      this.giveUp(row, 'shed');
    }
  }

  /** Cancels a request wherever it is. What it has received was work, and is counted apart from what is served. */
  private giveUp(row: RequestRow, outcome: Outcome): void {
    const { table, limiter, now } = this;
    const { progress, declared } = table;
    const tier = declared.tier[row]!;
    if (progress.inSystem[row] === 0) return this.close(row, outcome);
    if (limiter.isHeld(row)) {
      limiter.release(row, now);
      this.waiting[tier]!.add(-1, now);
      this.leaveUnserved(row);
      return this.close(row, outcome);
    }
    const wasAdmitted = !Number.isNaN(progress.admittedAt[row]!);
    if (progress.inService[row] === 1) {
      const model = this.serviceOf(row);
      const replica = this.replicaOf[row]!;
      this.fleet.replicas[replica]!.cancel(row, now);
      model.changeLoad(this.queueOf[row]!, -1, now);
      if (this.hasAccount(row))
        model.queues[this.queueOf[row]!]!.account!.ended(row, progress.outputDone[row]!);
      if (this.looksAtReplicas) model.look(this.fleet.placeOf[replica]!);
    } else if (this.queueOf[row] === IN_BACKLOG) {
      const model = this.serviceOf(row);
      model.backlog!.remove(row);
      this.waiting[tier]!.add(-1, now);
      this.onBacklogChanged(model, true);
    } else if (this.queueOf[row] !== ON_LINK) {
      const model = this.serviceOf(row);
      this.dequeue(row, model);
      this.onQueueChanged(model, this.queueOf[row]!, true);
    }
    if (wasAdmitted) this.leaveSystem(row);
    else this.leaveUnserved(row);
    this.recordCancelled(row);
    this.close(row, outcome);
  }

  /** Records what a cancelled request has received: its prompt and output, if it has its first token. */
  private recordCancelled(row: RequestRow): void {
    const { ledger, limiter, now } = this;
    const { declared, progress } = this.table;
    const begun = !Number.isNaN(progress.firstTokenAt[row]!);
    const outputDone = progress.outputDone[row]!;
    if (!begun) return limiter.settleUnused(row, now);
    const prompt = declared.promptTokens[row]!;
    const cached = progress.cachedTokens[row]!;
    limiter.settleCancelled(row, prompt, cached, outputDone, now);
    if (!ledger.inWindow(now)) return;
    const index = ledger.flowIndex(declared.tier[row]!, progress.pool[row]!, now);
    const prefilledBy = this.prefillFlowIndex(row, index, now);
    ledger.flow.cancelled[index]! += 1;
    ledger.flow.cancelledPromptTokens[prefilledBy]! += prompt;
    ledger.flow.cancelledCachedTokens[prefilledBy]! += cached;
    ledger.flow.cancelledOutputTokens[index]! += outputDone;
    this.recordService(row, index, prefilledBy, now);
  }

  /** Discards the output of an attempt: the next one starts over. */
  private forgetOutput(row: RequestRow): void {
    const { outputDone } = this.table.progress;
    this.evidence.tokensReceived += outputDone[row]!;
    outputDone[row] = 0;
  }

  // Changes of the fleet.

  shut(replica: number): void {
    const service = this.fleet.serviceOf[replica]!;
    const place = this.fleet.placeOf[replica]!;
    service.shut(place, this.now);
    if (!this.sharedQueue && service.queues[place]!.length > 0) this.awaitFleet(service);
  }

  evict(replica: number, treatment: Treatment): void {
    const place = this.fleet.placeOf[replica]!;
    this.treatment = treatment;
    (this.fleet.serviceOf[replica]!.replicas[place] as GatedReplica).evict(this.now, this.release);
  }

  opened(replica: number): void {
    const service = this.fleet.serviceOf[replica]!;
    const place = this.fleet.placeOf[replica]!;
    service.open(place, this.now);
    service.reopened.push(place);
    this.awaitFleet(service);
  }

  /** The replica that served the request has gone out of service. */
  private interrupted(row: RequestRow): void {
    const { declared, progress } = this.table;
    const service = this.serviceOf(row);
    progress.inService[row] = 0;
    progress.interruptions[row]! += 1;
    if (this.treatment === 'fail') {
      service.changeLoad(this.queueOf[row]!, -1, this.now);
      if (this.hasAccount(row))
        service.queues[this.queueOf[row]!]!.account!.ended(row, progress.outputDone[row]!);
      this.limiter.settleUnused(row, this.now);
      progress.version[row]! += 1;
      this.leaveSystem(row);
      return this.failAttempt(row, 'failed', 0);
    }
    if (this.treatment === 'retry') progress.serviceLeft[row] = NaN;
    progress.movedTokens[row] = 0;
    this.reporter?.report('queued', row, this.now);
    this.awaitFleet(service);
    if (declared.deferrable[row] === 1 && service.backlog !== null) {
      service.changeLoad(this.queueOf[row]!, -1, this.now);
      return this.enqueueInBacklog(row, service);
    }
    // It joins the queue behind the shut gate, until it is known which replicas are open.
    service.queues[this.queueOf[row]!]!.push(row);
    this.beginWaiting(row, service);
  }

  /** Schedules `settleFleet` for when all changes to the replicas of the service at this instant have been made. */
  private awaitFleet(service: ModelService): void {
    if (service.isUnsettled) return;
    service.isUnsettled = true;
    this.schedule(this.now, FLEET_SETTLED, service.index, 0);
  }

  /**
   * Routes requests that lost their replica at this instant, or had none before, to the replicas that are open now.
   * This waits until the last of them has opened or shut: otherwise the first to open would get all of them.
   */
  private settleFleet(service: ModelService): void {
    service.isUnsettled = false;
    const changed = new Set(service.reopened.splice(0));
    if (this.sharedQueue) this.onQueueChanged(service, 0, true);
    else {
      this.leaveShutReplicas(service, changed);
      if (service.unplaced !== null && service.unplaced.rows.size > 0)
        this.placeStranded(service, service.unplaced, changed);
      for (const place of changed) this.onQueueChanged(service, place, true);
    }
    if (service.backlog !== null) this.onBacklogChanged(service, true);
  }

  /** Routes requests in the queues of shut replicas again. Adds to `changed` the places that get some. */
  private leaveShutReplicas(service: ModelService, changed: Set<number>): void {
    for (let place = 0; place < service.replicas.length; place++) {
      if (!service.isShut(place)) continue;
      for (const row of emptied(service.queues[place]!)) {
        service.changeLoad(place, -1, this.now);
        const next = this.placeFor(row, service);
        this.putInQueue(row, service, next);
        changed.add(next);
      }
    }
  }

  /**
   * Distributes requests that no replica could take, and that were not admitted since, over the open replicas by load,
   * in the order of their discipline. Adds to `changed` the places that get some or lose some.
   */
  private placeStranded(
    service: ModelService,
    { rows, place: pending }: Unplaced,
    changed: Set<number>,
  ): void {
    const { queues } = service;
    for (const row of rows) {
      const place = this.queueOf[row]!;
      if (place === pending) continue;
      queues[place]!.remove(row);
      service.changeLoad(place, -1, this.now);
      queues[pending]!.push(row);
      changed.add(place);
    }
    const router = service.routerByLoad();
    for (const row of emptied(queues[pending]!)) {
      const stays = service.isStranded(this.table, row);
      const place = stays ? pending : router.choose(this.routed.of(row, service));
      this.putInQueue(row, service, place);
      if (stays) continue;
      router.loadChanged(place);
      changed.add(place);
    }
  }

  // Reports of replicas.

  admitted(row: RequestRow, replica: number, now: number): void {
    const { table } = this;
    const { progress, declared } = table;
    progress.pool[row] = this.fleet.poolOf[replica]!;
    progress.inService[row] = 1;
    this.replicaOf[row] = replica;
    const tier = declared.tier[row]!;
    const model = this.serviceOf(row);
    this.waiting[tier]!.add(-1, now);
    if (this.queueOf[row] === IN_BACKLOG) this.leaveBacklog(row, model, replica);
    else {
      model.waiting -= 1;
      model.unplaced?.rows.delete(row);
      if (this.admission.readsGaps) model.noteStart(now);
      if (this.sharedQueue) this.onQueueChanged(model, 0, false, replica);
    }
    if (now < declared.attemptAt[row]!) this.evidence.causality += 1;
    const isFirst = Number.isNaN(progress.admittedAt[row]!);
    if (isFirst) progress.admittedAt[row] = now;
    this.reporter?.report('admitted', row, now);
    if (!isFirst) return;
    if (this.hasAccount(row)) model.queues[this.queueOf[row]!]!.account!.started(row);
    if (!this.isOfCohort(row)) return;
    const wait = now - declared.attemptAt[row]!;
    if (wait === 0) this.countForCohort(this.ledger.cohort.enteredWithoutWait, row);
    this.ledger.timeInQueue[tier]!.add(wait);
  }

  /** Whether the queue it came from tracks service received; deferrable requests come from none. */
  private hasAccount(row: RequestRow): boolean {
    return this.accountsService && this.table.declared.deferrable[row] === 0;
  }

  /** A replica with spare capacity has taken the request. */
  private leaveBacklog(row: RequestRow, model: ModelService, replica: number): void {
    const place = this.fleet.placeOf[replica]!;
    this.queueOf[row] = place;
    model.changeLoad(place, 1, this.now);
    this.onBacklogChanged(model, false, replica);
  }

  firstToken(row: RequestRow, now: number): void {
    if (!(now >= this.table.progress.admittedAt[row]!)) this.evidence.causality += 1;
    this.table.progress.firstTokenAt[row] = now;
    this.reporter?.report('firstToken', row, now);
  }

  furtherTokens(tier: number, gap: number, count: number): void {
    if (this.measuring) this.ledger.latencies.itl[tier]!.add(gap, count);
  }

  furtherTokenRun(first: number, increment: number, steps: number, counts: Int32Array): void {
    if (this.measuring) addRun(this.ledger.latencies.itl, first, increment, steps, counts);
  }

  preempted(row: RequestRow, now: number): void {
    const { table } = this;
    table.progress.preemptions[row]! += 1;
    table.progress.inService[row] = 0;
    this.reporter?.report('preempted', row, now);
    const model = this.serviceOf(row);
    this.waiting[table.declared.tier[row]!]!.add(1, now);
    if (table.declared.deferrable[row] === 1 && model.backlog !== null) {
      model.changeLoad(this.queueOf[row]!, -1, now);
      this.queueOf[row] = IN_BACKLOG;
      return this.onBacklogChanged(model, false, this.replicaOf[row]);
    }
    model.waiting += 1;
    if (this.sharedQueue) return this.onQueueChanged(model, 0, false);
    const place = this.queueOf[row]!;
    // A draining replica will not take it again.
    if (model.isShut(place)) this.awaitFleet(model);
  }

  finished(row: RequestRow, now: number): void {
    const { table, ledger } = this;
    const { declared, progress } = table;
    const model = this.serviceOf(row);
    model.changeLoad(this.queueOf[row]!, -1, this.now);
    progress.inService[row] = 0;
    if (this.hasAccount(row))
      model.queues[this.queueOf[row]!]!.account!.ended(row, progress.outputDone[row]!);
    const { link } = this.cell.pools[progress.pool[row]!]!;
    if (link !== null && progress.outputDone[row]! < table.outputTarget(row))
      return this.moveKv(row, link, now);
    this.reporter?.report('finished', row, now);
    const tier = declared.tier[row]!;
    this.leaveSystem(row);
    if (table.granted.degraded[row] === 1 && !table.receivedLess(row)) {
      table.granted.degraded[row] = 0;
      table.granted.quality[row] = 1;
    }
    const prompt = declared.promptTokens[row]!;
    const cached = progress.cachedTokens[row]!;
    this.limiter.settle(row, prompt, cached, progress.outputDone[row]!, now);
    if (ledger.inWindow(now)) {
      const index = ledger.flowIndex(tier, progress.pool[row]!, now);
      const prefilledBy = this.prefillFlowIndex(row, index, now);
      ledger.flow.completed[index]! += 1;
      ledger.flow.promptTokens[prefilledBy]! += prompt;
      ledger.flow.cachedTokens[prefilledBy]! += cached;
      ledger.flow.outputTokens[index]! += progress.outputDone[row]!;
      if (table.granted.degraded[row] === 1) {
        ledger.flow.degraded[index]! += 1;
        ledger.flow.qualityLost[index]! += 1 - table.granted.quality[row]!;
      }
      this.recordService(row, index, prefilledBy, now);
    }
    if (this.isOfCohort(row)) this.recordLatencies(row, now);
    this.close(row, 'served');
  }

  /** The row of the flow that a prompt belongs to: `index`, or that of the prefill pool. */
  private prefillFlowIndex(row: RequestRow, index: number, now: number): number {
    const { declared, progress } = this.table;
    const pool = progress.prefillPool[row]!;
    return pool < 0 ? index : this.ledger.flowIndex(declared.tier[row]!, pool, now);
  }

  /** Records how long a request was with its pool; a prefill pool had it until the first token. */
  private recordService(row: RequestRow, index: number, prefilledBy: number, now: number): void {
    const { serviceSeconds } = this.ledger.flow;
    const { admittedAt, firstTokenAt } = this.table.progress;
    serviceSeconds[index]! += now - (prefilledBy === index ? admittedAt : firstTokenAt)[row]!;
    if (prefilledBy !== index) serviceSeconds[prefilledBy]! += firstTokenAt[row]! - admittedAt[row]!;
  }

  /** Prefill is complete: the KV goes over the link of its replica, after earlier transfers. */
  private moveKv(row: RequestRow, link: Link, now: number): void {
    const replica = this.replicaOf[row]!;
    const begins = Math.max(now, this.linkFreeAt[replica]!);
    const moved = begins + link.secondsPerToken * this.table.declared.promptTokens[row]!;
    this.linkFreeAt[replica] = moved;
    this.queueOf[row] = ON_LINK;
    this.schedule(moved + link.latency, KV_MOVED, row, this.table.progress.version[row]!);
  }

  /** The KV has arrived at the decode pool, where the request joins the queue. */
  private enterDecoding(row: RequestRow, version: number): void {
    const { progress, declared } = this.table;
    if (progress.version[row] !== version) return;
    progress.prefillPool[row] = progress.pool[row]!;
    progress.movedTokens[row] = declared.promptTokens[row]!;
    const service = this.serviceOf(row);
    this.reporter?.report('queued', row, this.now);
    this.onQueueChanged(service, this.enqueue(row, service), false);
  }

  private recordLatencies(row: RequestRow, now: number): void {
    const { table, ledger } = this;
    const { declared, progress } = table;
    const tier = declared.tier[row]!;
    const arrivedAt = progress.arrivedAt[row]!;
    const { wait, ttft, tpot, e2e } = ledger.latencies;
    const toFirst = progress.firstTokenAt[row]! - arrivedAt;
    const further = progress.outputDone[row]! - 1;
    const perToken = further > 0 ? (now - progress.firstTokenAt[row]!) / further : 0;
    wait[tier]!.add(progress.admittedAt[row]! - declared.attemptAt[row]!);
    ttft[tier]!.add(toFirst);
    ledger.ttftByHour[this.cohortOf[row]!]!.add(toFirst);
    if (further > 0) tpot[tier]!.add(perToken);
    e2e[tier]!.add(now - arrivedAt);
    if (table.granted.degraded[row] === 1) this.countForCohort(this.ledger.cohort.degraded, row);
    const bounds = this.sloBounds[tier]!;
    if (
      bounds !== null &&
      toFirst <= bounds.ttft &&
      perToken <= bounds.tpot &&
      now - arrivedAt <= bounds.e2e
    ) {
      this.countForCohort(this.ledger.cohort.withinSlo, row);
    }
  }

  // Recording.

  private close(row: RequestRow, outcome: Outcome): void {
    const { table, ledger } = this;
    if (this.isOfCohort(row)) {
      const index = this.cohortOf[row]!;
      ledger.countOutcome(outcome, index);
      ledger.cohort.preemptions[index]! += table.progress.preemptions[row]!;
      ledger.cohort.interruptions[index]! += table.progress.interruptions[row]!;
    }
    this.evidence.tokensOffered -= offeredTokens(table, row);
    this.evidence.tokensReceived += table.progress.outputDone[row]!;
    this.listener.onClosed?.(table, row, outcome, this.now);
    this.reporter?.closed(row, this.now, outcome);
    if (table.declared.deferrable[row] === 1) this.windows.remove(row);
    if (this.clients?.concerns(table.declared.tier[row]!) === true)
      this.clients.ended(row, outcome, this.now);
    table.close(row);
  }

  private leaveSystem(row: RequestRow): void {
    const { declared } = this.table;
    this.inSystem[declared.tier[row]!]!.add(-1, this.now);
    this.table.progress.inSystem[row] = 0;
    this.addTimeInSystem(declared.attemptAt[row]!, this.now);
  }

  private addTimeInSystem(from: number, to: number): void {
    const opens = this.cell.window.from;
    if (to > opens) this.evidence.timeInSystem.add(to - Math.max(from, opens));
  }

  private isOfCohort(row: RequestRow): boolean {
    return this.cohortOf[row] !== NOT_OF_COHORT;
  }

  private countForCohort(column: Float64Array, row: RequestRow): void {
    const index = this.cohortOf[row]!;
    if (index !== NOT_OF_COHORT) column[index]! += 1;
  }

  private openWindow(): void {
    for (const average of [...this.waiting, ...this.inSystem]) average.restart(this.now);
    for (const replica of this.fleet.replicas) {
      replica.settle(this.now, false);
      replica.meter.restart(this.now);
    }
    this.dynamics?.restart(this.now);
    this.poolHours.begin(this.now);
    this.awaitEndOfHour();
    this.measuring = true;
  }

  /** Schedules the next full hour of the clock, unless the window ends before it. */
  private awaitEndOfHour(): void {
    const { startOfWeek } = this.cell;
    const hour = Math.floor((startOfWeek + this.now) / SECONDS_PER_HOUR);
    const endsAt = (hour + 1) * SECONDS_PER_HOUR - startOfWeek;
    if (endsAt < this.cell.window.to) this.schedule(endsAt, HOUR_ENDS, 0, 0);
  }

  private endHour(): void {
    this.poolHours.read(this.now);
    this.awaitEndOfHour();
  }

  /** At the horizon: closes live requests as unfinished, and the time averages. */
  private closeBooks(): void {
    const { table, ledger, now } = this;
    for (const replica of this.fleet.replicas) replica.settle(now, true);
    for (const row of table.liveRows()) {
      if (table.progress.inSystem[row] === 1) this.addTimeInSystem(table.declared.attemptAt[row]!, now);
      this.close(row, 'unfinished');
    }
    this.clients?.closeBooks(now);
    this.cell.tiers.forEach((_, tier) => {
      ledger.meanWaiting[tier] = this.waiting[tier]!.mean(now) ?? NaN;
      ledger.meanInSystem[tier] = this.inSystem[tier]!.mean(now) ?? NaN;
    });
    for (const replica of this.fleet.replicas) {
      const pool = ledger.shape.pools[this.fleet.poolOf[replica.id]!]!;
      pool.busySeconds += replica.meter.busy.integral(now);
      pool.kvTokenSeconds += replica.meter.kvTokens.integral(now);
      pool.steps += replica.meter.steps;
      pool.sequences += replica.meter.sequences;
      this.evidence.tokensEmitted += replica.meter.tokensEmitted;
    }
    this.dynamics?.close(now);
    this.poolHours.read(now);
  }

  private takeTelemetry(): void {
    const views: readonly ModelView[] = this.fleet.models.map((model) => {
      const oldest = model.oldestAt();
      return {
        longestWait: oldest === Infinity ? 0 : this.now - oldest,
        busy: model.busyShare(),
        kv: model.kvShare(this.now),
      };
    });
    this.degrader.observe(views);
    this.dynamics?.observe(views, this.now);
    this.schedule(this.now + this.cell.gateway.telemetryInterval, TELEMETRY, 0, 0);
  }
}

/** Empties a queue; returns its requests in order. */
function emptied(queue: WaitingQueue): RequestRow[] {
  const rows: RequestRow[] = [];
  for (let row = queue.peek(); row !== NO_ROW; row = queue.peek()) {
    queue.remove(row);
    rows.push(row);
  }
  return rows;
}

/** Prompt and wanted output of a request, as it arrived [tokens]. */
function offeredTokens(table: RequestTable, row: RequestRow): number {
  return table.declared.promptTokens[row]! + table.latent.outputTokens[row]!;
}
