/**
 * One replication: (cell, seed, index) → ledger. It pops events in their order, moves requests from the gateway to the
 * replicas and back, and writes down what happens. Each step of a request's story is one method, in that order.
 */
import { admissions, type Admission } from '../gateway/admission/index.ts';
import { Degrader } from '../gateway/degrader.ts';
import { RateLimiter } from '../gateway/rate-limiter.ts';
import { routings } from '../gateway/routing/index.ts';
import type { ModelView } from '../gateway/telemetry.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { EventQueue } from '../kernel/event-queue.ts';
import type { ServiceObserver } from '../serving/index.ts';
import { Streams, TimeAverage, type CounterStream } from '../stats/index.ts';
import { RequestSource } from '../workload/request-source.ts';
import { arrivedBefore, RequestTable } from '../workload/request-table.ts';
import { GIVES_UP, retryDelay } from '../workload/retries.ts';
import { onGrid } from '../units.ts';
import { AuditEvidence, auditRun } from './audit.ts';
import type { Cell, Link } from './cell.ts';
import { Fleet, type ModelService } from './fleet.ts';
import { Ledger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { RoutedAttempt } from './routed-attempt.ts';

/** Kinds of events. Within an instant they come in this order: arrivals, boundaries, timers. */
const WINDOW_OPENS = 0;
const ARRIVAL = 1;
const RETRY = 2;
const HELD = 3;
const KV_MOVED = 4;
const SERVICE = 5;
const PATIENCE_ENDS = 6;
const TELEMETRY = 7;

/** Events between two reports of progress. */
const EVENTS_PER_REPORT = 65_536;

export interface SimulationListener {
  /** A request has its outcome; its row holds what happened until the call returns. */
  onClosed?(table: RequestTable, row: RequestRow, outcome: Outcome): void;
  /** The run has come to `now` [s]. */
  onProgress?(now: number): void;
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
  return new Simulation(cell, new Streams(seed, replication), listener).run();
}

class Simulation implements ServiceObserver {
  private now = 0;
  /** The measured window is open. */
  private measuring = false;
  private arrivals = 0;
  private readonly cell: Cell;
  private readonly listener: SimulationListener;
  private readonly events = new EventQueue();
  private readonly table = new RequestTable();
  private readonly sources: readonly RequestSource[];
  private readonly retryDraws: readonly CounterStream[];
  private readonly limiter: RateLimiter;
  private readonly degrader: Degrader;
  private readonly admission: Admission;
  /** Requests wait in one line for their model instead of one before each replica. */
  private readonly sharedLine: boolean;
  private readonly routed: RoutedAttempt;
  private readonly fleet: Fleet;
  /** The place among its model's lines of the one in which a waiting row stands, by row. */
  private readonly lineOf: number[] = [];
  /** The replica that a row was admitted to last, by row. */
  private readonly replicaOf: number[] = [];
  /** When the link of a replica for prefill has moved all it was given, by replica [s]. */
  private readonly linkFreeAt: number[];
  private readonly ledger: Ledger;
  private readonly waiting: readonly TimeAverage[];
  private readonly inSystem: readonly TimeAverage[];
  private readonly evidence = new AuditEvidence();

  constructor(cell: Cell, streams: Streams, listener: SimulationListener) {
    this.cell = cell;
    this.listener = listener;
    const { table } = this;
    this.sources = cell.tiers.map(
      (tier, index) =>
        new RequestSource(tier.rule, {
          ...cell.lookups,
          streams,
          share: cell.share,
          load: cell.load,
          startOfWeek: cell.startOfWeek,
          tenants: tier.tenants,
          tier: index,
          model: tier.model,
        }),
    );
    this.retryDraws = cell.tiers.map(({ rule }) => streams.counter(`retries/${rule.name}`));
    const { gateway } = cell;
    this.limiter = new RateLimiter(
      gateway.rateLimits,
      cell.tiers.map(({ rule, tenants }) => ({ name: rule.name, tenants })),
      {
        share: cell.share,
        startOfWeek: cell.startOfWeek,
        model: (name) => cell.models.indexOf(name),
        modelNames: cell.models,
      },
      {
        declared: table.declared,
        granted: table.granted,
        trueOutput: (row) => table.wantedOutput(row),
        lookAgain: (row, at) => this.events.push(at, HELD, row, table.progress.version[row]!),
      },
    );
    const lottery = cell.tiers.map(({ rule }) => streams.counter(`degradation/${rule.name}`));
    this.degrader = new Degrader(
      gateway.degradation,
      {
        startOfWeek: cell.startOfWeek,
        tiers: cell.tiers.map(({ rule, model }) => ({ name: rule.name, model: cell.models[model]! })),
        model: (name) => cell.models.indexOf(name),
        modelNames: cell.models,
      },
      (ordinal, tier, rule) => lottery[tier]!.at(ordinal, rule).next(),
    );
    this.admission = admissions.create(gateway.admission, null);
    const routing = routings.create(gateway.routing, null);
    this.sharedLine = routing.line === 'shared';
    this.routed = new RoutedAttempt(
      table,
      cell.tiers.map(({ rule }) => streams.counter(`routing/${rule.name}`)),
    );
    this.fleet = new Fleet(cell, {
      streams,
      table,
      observer: this,
      schedule: (at, replica, token) => this.events.push(at, SERVICE, replica, token),
      onGrid,
      routing,
    });
    this.linkFreeAt = this.fleet.replicas.map(() => 0);
    this.ledger = new Ledger({
      tiers: cell.tiers.map(({ rule }) => rule.name),
      pools: this.fleet.poolRecords,
      promised: cell.tiers.map(({ rule }) => rule.slo !== undefined),
      window: cell.window,
      startOfWeek: cell.startOfWeek,
    });
    this.waiting = cell.tiers.map(() => new TimeAverage());
    this.inSystem = cell.tiers.map(() => new TimeAverage());
  }

  run(): Ledger {
    const { events, cell } = this;
    events.push(cell.window.from, WINDOW_OPENS, 0, 0);
    this.sources.forEach((source, tier) => {
      if (source.nextAt < Infinity) events.push(source.nextAt, ARRIVAL, tier, 0);
    });
    if (this.degrader.observes) events.push(0, TELEMETRY, 0, 0);
    while (events.pop() && events.time <= cell.window.to) {
      this.now = events.time;
      this.handle(events.kind, events.subject, events.version);
      if (++this.ledger.events % EVENTS_PER_REPORT === 0) this.listener.onProgress?.(this.now);
    }
    this.now = cell.window.to;
    this.closeBooks();
    auditRun(this.ledger, this.evidence);
    return this.ledger;
  }

  private handle(kind: number, subject: number, version: number): void {
    switch (kind) {
      case WINDOW_OPENS:
        return this.openWindow();
      case ARRIVAL:
        return this.arrive(subject);
      case RETRY:
        return this.attempt(subject as RequestRow);
      case HELD:
        return this.lookAgain(subject as RequestRow, version);
      case KV_MOVED:
        return this.enterDecoding(subject as RequestRow);
      case SERVICE:
        return this.fleet.replicas[subject]!.resume(this.now, version);
      case PATIENCE_ENDS:
        return this.losePatience(subject as RequestRow, version);
      case TELEMETRY:
        return this.takeTelemetry();
    }
  }

  // A request's story.

  /** A request arrives: its row is written and its first attempt made. */
  private arrive(tier: number): void {
    const { table, ledger } = this;
    const source = this.sources[tier]!;
    const row = table.open();
    source.arrive(table, row, this.arrivals++);
    if (source.nextAt < Infinity) this.events.push(source.nextAt, ARRIVAL, tier, 0);
    ledger.fingerprint(tier, this.now);
    ledger.fingerprint(tier, table.declared.tenant[row]!);
    ledger.fingerprint(tier, table.declared.promptTokens[row]!);
    ledger.fingerprint(tier, table.latent.outputTokens[row]!);
    this.evidence.tokensOffered += offeredTokens(table, row);
    if (ledger.inWindow(this.now)) ledger.cohort.arrived[ledger.cohortIndex(tier, this.now)]! += 1;
    this.attempt(row);
  }

  /** An attempt comes to the gateway, with nothing granted but what it declares. */
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
    granted.model[row] = declared.model[row]!;
    granted.outputCap[row] = 0;
    granted.quality[row] = 1;
    granted.degraded[row] = 0;
    this.countForCohort(this.ledger.cohort.attempts, row);
    this.passGateway(row);
  }

  /** The attempt passes the gateway, waits at it, or goes no further. */
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
      limiter.settle(row, 0, 0, now);
      this.leaveUnserved(row);
      return this.close(row, 'failed');
    }
    if (!this.admission.admits(model) && !this.makeRoom(row, model)) return this.shed(row);
    this.enterLine(row, model);
  }

  /** A rate limit holds the attempt: it waits at the gateway, and its client's patience begins. */
  private hold(row: RequestRow): void {
    this.enterSystem(row);
    this.waiting[this.table.declared.tier[row]!]!.add(1, this.now);
  }

  /** The first of those whom a limit holds may conform now. */
  private lookAgain(row: RequestRow, version: number): void {
    if (this.table.progress.version[row] !== version || !this.limiter.isFirstHeld(row)) return;
    this.passGateway(row);
  }

  /** Where the request is served now: its model's replicas, or those that go on with a prompt read elsewhere. */
  private serviceOf(row: RequestRow): ModelService {
    const { models, decoders } = this.fleet;
    return (this.table.progress.prefillPool[row]! < 0 ? models : decoders)[this.table.granted.model[row]!]!;
  }

  /** Whether some pool of the model could hold the request in each phase of it. */
  private fits(row: RequestRow, model: ModelService): boolean {
    const { promptTokens, cachedTokens } = this.table.declared;
    const prompt = promptTokens[row]!;
    const cached = cachedTokens[row]!;
    const output = this.table.outputTarget(row);
    const decoder = this.fleet.decoders[this.table.granted.model[row]!]!;
    return (
      model.fits(prompt, cached, output) &&
      (decoder.replicas.length === 0 || decoder.fits(prompt, cached, output))
    );
  }

  /** There is no room for the attempt. */
  private shed(row: RequestRow): void {
    this.countForCohort(this.ledger.cohort.attemptsShed, row);
    this.limiter.settle(row, 0, 0, this.now);
    this.failAttempt(row, 'shed', 0);
  }

  /** Sheds one of those who wait in favour of an arrival that overtakes them; false when there is none. */
  private makeRoom(row: RequestRow, model: ModelService): boolean {
    if (!this.admission.displaces) return false;
    const { priority } = this.table.declared;
    let last = NO_ROW;
    for (const line of model.lines) {
      const candidate = line.lastBehind(priority[row]!);
      if (candidate === NO_ROW) continue;
      const worse = last === NO_ROW ? 1 : priority[candidate]! - priority[last]!;
      if (worse > 0 || (worse === 0 && arrivedBefore(this.table.declared, last, candidate))) last = candidate;
    }
    if (last === NO_ROW) return false;
    this.leaveLine(last, model);
    this.shed(last);
    return true;
  }

  /** The request waits for its model. */
  private enterLine(row: RequestRow, model: ModelService): void {
    if (this.table.progress.inSystem[row] === 0) this.enterSystem(row);
    this.lineChanged(model, this.takeItsPlace(row, model), false);
  }

  /** The attempt begins to wait, and its client's patience begins. */
  private enterSystem(row: RequestRow): void {
    const { table, now } = this;
    const tier = table.declared.tier[row]!;
    this.countForCohort(this.ledger.cohort.entered, row);
    this.inSystem[tier]!.add(1, now);
    table.progress.inSystem[row] = 1;
    const patience = this.sources[tier]!.patienceOf(table, row);
    if (patience < Infinity) {
      this.events.push(onGrid(now + patience), PATIENCE_ENDS, row, table.progress.version[row]!);
    }
  }

  /** The request stands in a line of the service, whose place is returned. */
  private takeItsPlace(row: RequestRow, service: ModelService): number {
    const place = service.placeFor(this.routed.of(row, service));
    service.changeLoad(place, 1);
    service.lines[place]!.push(row);
    this.lineOf[row] = place;
    service.waiting += 1;
    this.waiting[this.table.declared.tier[row]!]!.add(1, this.now);
    return place;
  }

  /**
   * Who is first in the line at `place` may have changed: a replica that is free to starts on it, or those at work are
   * told; all but the one whose doing it is. A timer comes after the step boundaries of its instant.
   */
  private lineChanged(model: ModelService, place: number, boundariesPassed: boolean, except = -1): void {
    if (this.sharedLine) return this.sharedLineChanged(model, boundariesPassed, except);
    const replica = model.replicas[place]!;
    if (replica.canStart && model.lines[place]!.length > 0) replica.start(this.now);
    else replica.lineChanged(this.now, boundariesPassed);
  }

  private sharedLineChanged(model: ModelService, boundariesPassed: boolean, except: number): void {
    const { replicas } = model;
    const head = model.lines[0]!.peek();
    if (head !== NO_ROW) {
      for (let place = 0; place < replicas.length; place++) {
        const replica = replicas[place]!;
        if (replica.id !== except && replica.canStart && model.isHeldBy(place, this.table, head)) {
          return replica.start(this.now);
        }
      }
    }
    for (const replica of replicas) {
      if (replica.id !== except) replica.lineChanged(this.now, boundariesPassed);
    }
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
    this.leaveLine(row, model);
    this.lineChanged(model, this.lineOf[row]!, true);
    this.limiter.settle(row, 0, 0, now);
    this.failAttempt(row, 'abandoned', 0);
  }

  /** The request leaves the line unserved. */
  private leaveLine(row: RequestRow, model: ModelService): void {
    const tier = this.table.declared.tier[row]!;
    model.lines[this.lineOf[row]!]!.remove(row);
    model.changeLoad(this.lineOf[row]!, -1);
    model.waiting -= 1;
    this.waiting[tier]!.add(-1, this.now);
    this.leaveUnserved(row);
  }

  /** The attempt, if it waits, waits no longer and is not served; what was scheduled for it is stale. */
  private leaveUnserved(row: RequestRow): void {
    const { declared, progress } = this.table;
    if (progress.inSystem[row] === 0) return;
    progress.version[row]! += 1;
    this.leaveSystem(row);
    if (this.isOfCohort(row))
      this.ledger.timeInLine[declared.tier[row]!]!.add(this.now - declared.attemptAt[row]!);
  }

  /** An attempt came to nothing: the client comes back, or the request has its outcome. */
  private failAttempt(row: RequestRow, outcome: Outcome, retryAfter: number): void {
    const { table } = this;
    const tier = table.declared.tier[row]!;
    const rule = this.cell.tiers[tier]!.rule.retries;
    const attempts = table.progress.attempts[row]!;
    this.leaveUnserved(row);
    if (outcome !== 'abandoned') table.progress.refusals[row]! += 1;
    if (rule !== undefined) {
      const draws = this.retryDraws[tier]!.at(table.declared.ordinal[row]!, attempts);
      const delay = retryDelay(rule, attempts, retryAfter, draws);
      if (delay !== GIVES_UP) return this.events.push(onGrid(this.now + delay), RETRY, row, 0);
    }
    this.close(row, outcome);
  }

  // What replicas report.

  admitted(row: RequestRow, replica: number, now: number): void {
    const { table } = this;
    const { progress, declared } = table;
    progress.pool[row] = this.fleet.poolOf[replica]!;
    this.replicaOf[row] = replica;
    const tier = declared.tier[row]!;
    const model = this.serviceOf(row);
    model.waiting -= 1;
    this.waiting[tier]!.add(-1, now);
    if (this.sharedLine) this.lineChanged(model, 0, false, replica);
    if (now < declared.attemptAt[row]!) this.evidence.causality += 1;
    if (!Number.isNaN(progress.admittedAt[row]!)) return;
    progress.admittedAt[row] = now;
    if (!this.isOfCohort(row)) return;
    const wait = now - declared.attemptAt[row]!;
    if (wait === 0) this.countForCohort(this.ledger.cohort.enteredWithoutWait, row);
    this.ledger.timeInLine[tier]!.add(wait);
  }

  firstToken(row: RequestRow, now: number): void {
    if (!(now >= this.table.progress.admittedAt[row]!)) this.evidence.causality += 1;
    this.table.progress.firstTokenAt[row] = now;
  }

  furtherTokens(tier: number, gap: number, count: number): void {
    if (this.measuring) this.ledger.latencies.itl[tier]!.add(gap, count);
  }

  furtherTokenRun(tier: number, first: number, increment: number, steps: number, count: number): void {
    if (this.measuring) this.ledger.latencies.itl[tier]!.addProgression(first, increment, steps, count);
  }

  preempted(row: RequestRow, now: number): void {
    const { table } = this;
    table.progress.preemptions[row]! += 1;
    const model = this.serviceOf(row);
    model.waiting += 1;
    this.waiting[table.declared.tier[row]!]!.add(1, now);
    if (this.sharedLine) this.lineChanged(model, 0, false);
  }

  finished(row: RequestRow, now: number): void {
    const { table, ledger } = this;
    const { declared, progress } = table;
    this.serviceOf(row).changeLoad(this.lineOf[row]!, -1);
    const { link } = this.cell.pools[progress.pool[row]!]!;
    if (link !== null && progress.outputDone[row]! < table.outputTarget(row))
      return this.moveKv(row, link, now);
    const tier = declared.tier[row]!;
    this.leaveSystem(row);
    if (table.granted.degraded[row] === 1 && !table.receivedLess(row)) {
      table.granted.degraded[row] = 0;
      table.granted.quality[row] = 1;
    }
    this.limiter.settle(row, declared.promptTokens[row]!, progress.outputDone[row]!, now);
    if (ledger.inWindow(now)) {
      const index = ledger.flowIndex(tier, progress.pool[row]!, now);
      const readBy =
        progress.prefillPool[row]! < 0 ? index : ledger.flowIndex(tier, progress.prefillPool[row]!, now);
      ledger.flow.completed[index]! += 1;
      ledger.flow.promptTokens[readBy]! += declared.promptTokens[row]!;
      ledger.flow.cachedTokens[readBy]! += progress.cachedTokens[row]!;
      ledger.flow.outputTokens[index]! += progress.outputDone[row]!;
      ledger.flow.degraded[index]! += table.granted.degraded[row]!;
    }
    if (this.isOfCohort(row)) this.recordLatencies(row, now);
    this.close(row, 'served');
  }

  /** A prompt is read and its first token there: its KV goes over the link of its replica, after those before it. */
  private moveKv(row: RequestRow, link: Link, now: number): void {
    const replica = this.replicaOf[row]!;
    const begins = Math.max(now, this.linkFreeAt[replica]!);
    const moved = begins + link.secondsPerToken * this.table.declared.promptTokens[row]!;
    this.linkFreeAt[replica] = moved;
    this.events.push(onGrid(moved + link.latency), KV_MOVED, row, 0);
  }

  /** The KV is where the request goes on; it waits there for a place among those that decode. */
  private enterDecoding(row: RequestRow): void {
    const { progress, declared } = this.table;
    progress.prefillPool[row] = progress.pool[row]!;
    progress.movedTokens[row] = declared.promptTokens[row]!;
    const service = this.serviceOf(row);
    this.lineChanged(service, this.takeItsPlace(row, service), false);
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
    if (further > 0) tpot[tier]!.add(perToken);
    e2e[tier]!.add(now - arrivedAt);
    if (table.granted.degraded[row] === 1) this.countForCohort(this.ledger.cohort.degraded, row);
    const slo = this.cell.tiers[tier]!.rule.slo;
    if (
      slo !== undefined &&
      toFirst <= (slo.ttft ?? Infinity) &&
      perToken <= (slo.tpot ?? Infinity) &&
      now - arrivedAt <= (slo.e2e ?? Infinity)
    ) {
      this.countForCohort(this.ledger.cohort.withinSlo, row);
    }
  }

  // Books.

  private close(row: RequestRow, outcome: Outcome): void {
    const { table, ledger } = this;
    if (this.isOfCohort(row)) {
      const index = ledger.cohortIndex(table.declared.tier[row]!, table.progress.arrivedAt[row]!);
      ledger.countOutcome(outcome, index);
      ledger.cohort.preemptions[index]! += table.progress.preemptions[row]!;
    }
    this.evidence.tokensOffered -= offeredTokens(table, row);
    this.evidence.tokensReceived += table.progress.outputDone[row]!;
    this.listener.onClosed?.(table, row, outcome);
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
    return this.ledger.inWindow(this.table.progress.arrivedAt[row]!);
  }

  private countForCohort(column: Float64Array, row: RequestRow): void {
    const arrivedAt = this.table.progress.arrivedAt[row]!;
    if (this.ledger.inWindow(arrivedAt))
      column[this.ledger.cohortIndex(this.table.declared.tier[row]!, arrivedAt)]! += 1;
  }

  private openWindow(): void {
    for (const average of [...this.waiting, ...this.inSystem]) average.restart(this.now);
    for (const replica of this.fleet.replicas) {
      replica.settle(this.now, false);
      replica.meter.restart(this.now);
    }
    this.measuring = true;
  }

  /** At the horizon: those still here are unfinished, and the time averages are closed. */
  private closeBooks(): void {
    const { table, ledger, now } = this;
    for (const replica of this.fleet.replicas) replica.settle(now, true);
    for (const row of table.liveRows()) {
      if (table.progress.inSystem[row] === 1) this.addTimeInSystem(table.declared.attemptAt[row]!, now);
      this.close(row, 'unfinished');
    }
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
  }

  private takeTelemetry(): void {
    const views: readonly ModelView[] = this.fleet.models.map((model) => {
      const oldest = model.oldestAt();
      return { longestWait: oldest === Infinity ? 0 : this.now - oldest };
    });
    this.degrader.observe(views);
    this.events.push(this.now + this.cell.gateway.telemetryInterval, TELEMETRY, 0, 0);
  }
}

/** What a request brings and wants, as it arrived [tokens]. */
function offeredTokens(table: RequestTable, row: RequestRow): number {
  return table.declared.promptTokens[row]! + table.latent.outputTokens[row]!;
}
