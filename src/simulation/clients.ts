/**
 * Clients that wait for their answer before they send again: the users of closed loops, and sessions, drawn or
 * replayed; agent runs are sessions with an outcome. It knows which clients think and which wait, and when each sends
 * its next request, and nothing of what happens to a request between arrival and outcome.
 *
 * A session ends when its last request has its outcome, or earlier: when a request is lost and its rule says so, when
 * its context is full, or when the deadline of the run passes. A call then in flight is cancelled.
 *
 * A client with a think time of 0 s sends at the instant of the answer, after the step that follows that answer has
 * been composed.
 */
import { InputError } from '../errors.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { CounterStream, Streams } from '../stats/index.ts';
import { onGrid } from '../units.ts';
import type { RequestSource } from '../workload/request-source.ts';
import type { RequestTable } from '../workload/request-table.ts';
import { NO_USER, SessionTable } from '../workload/session-table.ts';
import type { AuditEvidence } from './audit.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome, SessionOutcome } from './outcome.ts';

export interface ClientsEnvironment {
  readonly sources: readonly RequestSource[];
  readonly tiers: readonly { readonly name: string; readonly tenants: number }[];
  readonly streams: Streams;
  readonly table: RequestTable;
  readonly ledger: Ledger;
  readonly evidence: AuditEvidence;
  /** Schedules `userReturns` at an instant. */
  scheduleReturn(at: number, user: number, tier: number): void;
  /** Schedules `goOn` at an instant. */
  scheduleTurn(at: number, session: number, version: number): void;
  /** Schedules `deadlinePasses` at an instant. */
  scheduleDeadline(at: number, session: number, version: number): void;
  /** The request that was written into a row arrives. */
  arrives(row: RequestRow): void;
  /** Cancels a request under way; `ended` is then called. */
  givesUp(row: RequestRow): void;
}

/** The users of one closed loop. */
interface Users {
  /**
   * By user: the ordinal of its next request. Users take ordinals modulo the user count, so no two share random draws.
   */
  readonly nextOrdinal: Float64Array;
  /** By user: how many times in a row it returned at the instant at which it had sent. */
  readonly returnsAtOnce: Int32Array;
  readonly draws: CounterStream;
  /** Number of users thinking. */
  thinking: number;
}

/**
 * Returns within one instant after which a user is considered to loop for ever: with a distribution that yields 0 s
 * half of the time this has probability 2⁻¹⁰⁰⁰.
 */
const RETURNS_WITHIN_AN_INSTANT = 1_000;

/** Instead of an ordinal: no request follows. */
const NO_TURN = -1;

export class Clients {
  private readonly environment: ClientsEnvironment;
  private readonly sessions = new SessionTable();
  /** By request row of the tiers concerned: its session. */
  private readonly sessionOf: number[] = [];
  /** By tier; `null` where arrivals are open. */
  private readonly users: readonly (Users | null)[];
  /** Sessions begun, by tier. */
  private readonly begun: Int32Array;
  private readonly concerned: readonly boolean[];

  constructor(environment: ClientsEnvironment) {
    this.environment = environment;
    const { sources, tiers, streams } = environment;
    this.concerned = sources.map(({ waits }) => waits);
    this.begun = new Int32Array(sources.length);
    this.users = sources.map(({ loop }, tier) =>
      loop === null
        ? null
        : {
            nextOrdinal: Float64Array.from({ length: loop.users }, (_, user) => user),
            returnsAtOnce: new Int32Array(loop.users),
            draws: streams.counter(`think/${tiers[tier]!.name}`),
            thinking: 0,
          },
    );
  }

  /** Whether the requests of a tier come from clients that wait for their answers. */
  concerns(tier: number): boolean {
    return this.concerned[tier]!;
  }

  /** Begins the run: all users start thinking. */
  begin(): void {
    this.users.forEach((users, tier) => {
      users?.nextOrdinal.forEach((_, user) => this.think(tier, user, 0));
    });
  }

  /** Begins the session of an open arrival whose first request was just written into a row. */
  sessionArrives(row: RequestRow, now: number): void {
    const { table, sources } = this.environment;
    const { tier, tenant, ordinal } = table.declared;
    const { turns } = sources[tier[row]!]!;
    const session = this.open(tier[row]!, NO_USER, tenant[row]!, ordinal[row]!, turns, 1, now);
    this.join(row, session);
  }

  /** A user's think time is over: it sends a request or begins a session. */
  userReturns(user: number, tier: number, now: number): void {
    const { sources, tiers } = this.environment;
    const users = this.users[tier]!;
    const stride = users.nextOrdinal.length;
    const ordinal = users.nextOrdinal[user]!;
    const turns = sources[tier]!.session?.turnsOf(ordinal) ?? 1;
    const tenant = user % tiers[tier]!.tenants;
    users.thinking -= 1;
    users.nextOrdinal[user] = ordinal + stride * turns;
    sources[tier]!.requireOrdinals(ordinal + stride * turns);
    this.send(this.open(tier, user, tenant, ordinal, turns, stride, now), now);
  }

  /** The think time of a session is over: its client sends its next request. */
  goOn(session: number, version: number, now: number): void {
    if (this.sessions.columns.version[session] === version) this.send(session, now);
  }

  /** A request has its outcome; its row is still valid. `unfinished` is reported at the horizon. */
  ended(row: RequestRow, outcome: Outcome, now: number): void {
    if (outcome === 'unfinished') return;
    const { table, sources } = this.environment;
    const session = this.sessionOf[row]!;
    const { columns } = this.sessions;
    const source = sources[columns.tier[session]!]!;
    const sessionSource = source.session;
    columns.request[session] = NO_ROW;
    if (columns.decided[session] === 1) return this.release(session, now);
    if (outcome === 'served') {
      columns.context[session] = table.declared.promptTokens[row]! + table.progress.outputDone[row]!;
      columns.quality[session] = Math.min(columns.quality[session]!, table.granted.quality[row]!);
    } else if (sessionSource?.rule.onFailure !== 'continue') {
      this.decide(session, 'lost', now);
      return this.release(session, now);
    }
    columns.turn[session]! += 1;
    const next = this.ordinalOfNext(session, source);
    if (next !== NO_TURN) {
      columns.ordinal[session] = next;
      return this.environment.scheduleTurn(
        now + source.thinkBefore(next),
        session,
        columns.version[session]!,
      );
    }
    this.decide(session, 'completed', now);
    this.countCompletion(session, table.progress.pool[row]!, now);
    this.release(session, now);
  }

  /** The deadline of an agent run passes: if it is still under way, it fails and sends no more. */
  deadlinePasses(session: number, version: number, now: number): void {
    const { columns } = this.sessions;
    if (columns.version[session] !== version) return;
    this.decide(session, 'late', now);
    const call = columns.request[session] as RequestRow;
    if (call === NO_ROW) this.release(session, now);
    else this.environment.givesUp(call);
  }

  /** At the horizon: sessions under way are unfinished, and users who think or wait are counted. */
  closeBooks(now: number): void {
    const { evidence } = this.environment;
    const { columns } = this.sessions;
    for (const users of this.users) {
      evidence.users += users?.nextOrdinal.length ?? 0;
      evidence.usersFound += users?.thinking ?? 0;
    }
    for (const session of this.sessions.liveRows()) {
      if (columns.user[session] !== NO_USER) evidence.usersFound += 1;
      if (columns.decided[session] === 0) this.decide(session, 'unfinished', now);
    }
  }

  /** The ordinal of the session's next request; `NO_TURN` if it has made all. */
  private ordinalOfNext(session: number, source: RequestSource): number {
    const { ordinal, stride, turn, turns } = this.sessions.columns;
    if (source.recorded !== null) return source.turnAfter(ordinal[session]!);
    return turn[session]! < turns[session]! ? ordinal[session]! + stride[session]! : NO_TURN;
  }

  private open(
    tier: number,
    user: number,
    tenant: number,
    firstOrdinal: number,
    turns: number,
    stride: number,
    now: number,
  ): number {
    const { sources, ledger, scheduleDeadline } = this.environment;
    const session = this.sessions.open();
    const { columns } = this.sessions;
    columns.tier[session] = tier;
    columns.number[session] = this.begun[tier]!++;
    columns.user[session] = user;
    columns.tenant[session] = tenant;
    columns.ordinal[session] = firstOrdinal;
    columns.stride[session] = stride;
    columns.turns[session] = turns;
    columns.turn[session] = 0;
    columns.context[session] = 0;
    columns.startedAt[session] = now;
    columns.quality[session] = 1;
    columns.request[session] = NO_ROW;
    columns.decided[session] = 0;
    const sessionSource = sources[tier]!.session;
    if (sessionSource === null) return session;
    if (ledger.inWindow(now)) ledger.sessions.started[ledger.cohortIndex(tier, now)]! += 1;
    const deadline = sessionSource.rule.run?.deadline;
    if (deadline !== undefined) scheduleDeadline(now + deadline, session, columns.version[session]!);
    return session;
  }

  /** The next request of the session arrives, unless its context is full. */
  private send(session: number, now: number): void {
    const { table, sources, arrives } = this.environment;
    const { columns } = this.sessions;
    const source = sources[columns.tier[session]!]!;
    const row = table.open();
    source.write(table, row, columns.ordinal[session]!, columns.tenant[session]!, now);
    this.join(row, session);
    // A replayed prompt was recorded together with the context that it repeats.
    if (source.recorded !== null) return arrives(row);
    const { declared } = table;
    const bound = source.session?.rule.context;
    const context = columns.context[session]!;
    source.requirePrompt(declared.promptTokens[row]! + context);
    declared.promptTokens[row]! += context;
    declared.prefixTokens[row] = context;
    if (bound !== undefined && columns.turn[session]! > 0 && declared.promptTokens[row]! > bound.max) {
      if (bound.whenFull === 'end') {
        table.close(row);
        columns.request[session] = NO_ROW;
        this.decide(session, 'full', now);
        return this.release(session, now);
      }
      declared.promptTokens[row] = bound.max;
      declared.prefixTokens[row] = 0;
    }
    arrives(row);
  }

  /** Assigns the request in a row to its session. */
  private join(row: RequestRow, session: number): void {
    const { table, sources } = this.environment;
    const { columns } = this.sessions;
    this.sessionOf[row] = session;
    columns.request[session] = row;
    if (sources[columns.tier[session]!]!.session !== null)
      table.declared.session[row] = columns.number[session]!;
  }

  /** Records the outcome of a session; a loop without sessions has none. */
  private decide(session: number, outcome: SessionOutcome, now: number): void {
    const { ledger, sources } = this.environment;
    const { columns } = this.sessions;
    const tier = columns.tier[session]!;
    const sessionSource = sources[tier]!.session;
    const startedAt = columns.startedAt[session]!;
    columns.decided[session] = 1;
    if (sessionSource === null || !ledger.inWindow(startedAt)) return;
    ledger.sessions[outcome][ledger.cohortIndex(tier, startedAt)]! += 1;
    if (sessionSource.rule.run !== undefined && outcome === 'completed')
      ledger.latencies.run[tier]!.add(now - startedAt);
  }

  /** A successful agent run is counted where and when its last call completes, as tokens are. */
  private countCompletion(session: number, pool: number, now: number): void {
    const { ledger, sources } = this.environment;
    const { columns } = this.sessions;
    const tier = columns.tier[session]!;
    if (sources[tier]!.session?.rule.run === undefined || !ledger.inWindow(now)) return;
    const index = ledger.flowIndex(tier, pool, now);
    ledger.flow.runs[index]! += 1;
    ledger.flow.runQuality[index]! += columns.quality[session]!;
  }

  /** The session is over; its user, if it has one, thinks again. */
  private release(session: number, now: number): void {
    const { columns } = this.sessions;
    const tier = columns.tier[session]!;
    const user = columns.user[session]!;
    const startedAt = columns.startedAt[session]!;
    this.sessions.close(session);
    if (user === NO_USER) return;
    const { returnsAtOnce } = this.users[tier]!;
    if (this.think(tier, user, now) > startedAt) returnsAtOnce[user] = 0;
    else if (++returnsAtOnce[user]! > RETURNS_WITHIN_AN_INSTANT) this.refuseStandstill(tier);
  }

  /** Starts the think time of a user; returns when it ends [s]. */
  private think(tier: number, user: number, now: number): number {
    const { sources, scheduleReturn } = this.environment;
    const users = this.users[tier]!;
    const draws = users.draws.at(users.nextOrdinal[user]!, 0);
    const at = onGrid(now + sources[tier]!.loop!.think.sample(draws));
    users.thinking += 1;
    scheduleReturn(at, user, tier);
    return at;
  }

  private refuseStandstill(tier: number): never {
    throw new InputError([
      {
        kind: 'no-result',
        place: '',
        path: `workload.tiers[${this.environment.tiers[tier]!.name}].arrivals.think`,
        message:
          'a user gets its outcome at the instant at which it sends, thinks 0 s and sends again: an endless loop at one instant; ' +
          'give think a distribution above 0 s, or a retry backoff to the tier that is refused',
      },
    ]);
  }
}
