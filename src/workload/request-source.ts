/**
 * A request source: the requests of one tier, each with the draws that belong to it. Arrivals that depend on no outcome
 * come one after another, one pending at a time; the simulation, which knows the outcomes, requests those that follow
 * them.
 */
import { InputError, ParameterError, within } from '../errors.ts';
import type { RequestRow } from '../ids.ts';
import {
  durationDistributions,
  MOST_TOKENS,
  type CounterStream,
  type Distribution,
  type Streams,
  type UniformSource,
} from '../stats/index.ts';
import { activities, type TenantActivity } from './activity/index.ts';
import {
  arrivals,
  type ArrivalEnvironment,
  type ArrivalProcess,
  type ClosedLoop,
  type ExpectedJumps,
  type RecordedSessions,
} from './arrivals/index.ts';
import { Features, NO_FEATURE } from './features.ts';
import { Lengths } from './lengths.ts';
import type { RequestTable } from './request-table.ts';
import { SessionDistributions } from './sessions.ts';
import type { TierRule } from './tier.ts';
import { NO_SESSION, sessionAt, type Trace } from './traces/index.ts';

export interface SourceEnvironment extends Omit<
  ArrivalEnvironment,
  'source' | 'stream' | 'counter' | 'tenants' | 'tenantShares' | 'tierName'
> {
  readonly streams: Streams;
  /** The weights of a file of tenants, by the name that the scenario gives it. */
  tenantWeights(file: string): Float64Array;
  /** Tenants of the tier in the cell. */
  readonly tenants: number;
  /** The index of the tier and of the model it asks for. */
  readonly tier: number;
  readonly model: number;
  /** The models of its features, as indices. */
  readonly featureModels: readonly number[];
}

/** Positions that a counter stream has for a tier's requests. */
const MOST_ORDINALS = 2 ** 32;

export class RequestSource {
  /** When the next request arrives [s]; ∞ when there are no more, and before `begin`. */
  nextAt = Infinity;
  /** What is replayed; `null` where arrivals are drawn. */
  readonly trace: Trace | null;
  /** Distinct tenants that a replayed trace names; 0 without one. */
  readonly recordedTenants: number;
  /** The users whose requests follow outcomes; `null` where arrivals are open. */
  readonly loop: ClosedLoop | null;
  /** The distributions of its sessions; `null` where requests are independent. */
  readonly session: SessionDistributions | null;
  /** The sessions of the trace, where they are replayed closed; `null` where they are not. */
  readonly recorded: RecordedSessions | null;
  /** Whether some of its requests are sent when another has its outcome. */
  readonly waits: boolean;
  /** Requests of the session that the last arrival began; 1 without sessions, and where they are recorded. */
  turns = 1;

  private readonly process: ArrivalProcess;
  private readonly lengths: Lengths;
  private readonly features: Features | null;
  private readonly tenants: TenantActivity;
  private readonly tenantSource: UniformSource;
  private readonly patience: Distribution | null;
  private readonly patienceDraws: CounterStream;
  private readonly deadline: Distribution | null;
  private readonly deadlineDraws: CounterStream;
  private readonly rule: TierRule;
  private readonly tier: number;
  private readonly model: number;
  private arrived = 0;

  constructor(rule: TierRule, environment: SourceEnvironment) {
    const { streams } = environment;
    const { session } = rule;
    this.rule = rule;
    this.tier = environment.tier;
    this.model = environment.model;
    const { patience, deadline } = rule;
    const name = `arrivals/${rule.name}`;
    this.tenants = within('activity', () =>
      activities.create(rule.activity, {
        tenants: environment.tenants,
        weights: streams.stream(`activity/${rule.name}`),
        tenantWeights: environment.tenantWeights,
      }),
    );
    this.process = within('arrivals', () =>
      arrivals.create(rule.arrivals, {
        ...environment,
        tierName: rule.name,
        load: environment.load * (rule.load ?? 1),
        source: streams.stream(name),
        stream: (part) => streams.stream(`${name}/${part}`),
        counter: (part) => streams.counter(`${name}/${part}`),
        tenantShares: () => this.tenants.shares(),
      }),
    );
    this.trace = this.process.trace;
    this.recordedTenants = this.trace?.tenants ?? 0;
    this.loop = this.process.loop ?? null;
    this.recorded = this.process.turns ?? null;
    this.session =
      session === undefined
        ? null
        : within('session', () => new SessionDistributions(session, environment, streams, rule.name));
    if (rule.deferrable !== undefined && this.trace?.priority?.some((one) => one >= 0) === true) {
      throw new ParameterError(
        'deferrable',
        'work has the priority of its tier, behind all other, and the trace records priorities; drop them, or deferrable',
      );
    }
    if (this.loop !== null) checkLoop(rule);
    if (this.session !== null) checkSession(rule, this.trace);
    this.waits = this.loop !== null || this.session !== null || this.recorded !== null;
    this.lengths = within(
      'lengths',
      () => new Lengths(rule.lengths, environment, streams, rule.name, this.waits),
    );
    const { features } = rule;
    this.features =
      features === undefined
        ? null
        : within(
            'features',
            () => new Features(features, environment.featureModels, environment, streams, rule.name),
          );
    if (features !== undefined && this.process.trace !== null) {
      throw new ParameterError(
        'features',
        'say how long some requests are, and the trace records it; drop features, or give them a tier with drawn arrivals',
      );
    }
    this.tenantSource = streams.stream(`tenants/${rule.name}`);
    this.patience =
      patience === undefined
        ? null
        : within('patience', () => durationDistributions.create(patience, environment));
    this.patienceDraws = streams.counter(`patience/${rule.name}`);
    this.deadline =
      deadline === undefined
        ? null
        : within('deadline', () => durationDistributions.create(deadline, environment));
    this.deadlineDraws = streams.counter(`deadline/${rule.name}`);
  }

  /** Draws the first arrival: before, a source has been checked and nothing of it is drawn or laid out. */
  begin(): void {
    this.nextAt = this.process.next();
  }

  /** What is expected by an instant [s] of arrivals that depend on no outcome; see `ArrivalProcess`. */
  expectedBy(instant: number): {
    readonly arrivals: number;
    readonly draws: number;
    readonly jumps: readonly ExpectedJumps[];
    readonly together: number;
  } {
    const arrivals = this.process.expectedBy(instant);
    const { together = 1 } = this.process;
    return {
      arrivals,
      together,
      draws: this.process.drawsBy?.(instant) ?? arrivals,
      jumps: this.process.jumpsBy?.(instant) ?? [],
    };
  }

  /** Writes the request that arrives now [s] into a row, all but its id, and moves on to the next. */
  arrive(table: RequestTable, row: RequestRow, now: number): void {
    const { position } = this.process;
    // A closed session has the ordinals of all its requests before any arrives: their places in the trace.
    const ordinal = this.recorded === null ? this.arrived : position;
    const tenant = this.process.tenant ?? this.tenants.choose(this.tenantSource);
    this.write(table, row, ordinal, tenant, now);
    if (this.trace !== null && this.recorded === null) this.replayRecorded(table, row, this.trace, position);
    // A session has the ordinals of all its requests from its start.
    if (this.session !== null) this.turns = this.session.turnsOf(ordinal);
    this.arrived += this.turns;
    this.requireOrdinals(this.arrived);
    this.nextAt = this.process.next();
  }

  /** Writes the request of this ordinal, which arrives at `at` [s], into a row, all but its id. */
  write(table: RequestTable, row: RequestRow, ordinal: number, tenant: number, at: number): void {
    const { declared, latent, progress } = table;
    const { lengths } = this;
    lengths.draw(ordinal);
    if (!(Math.max(lengths.promptTokens, lengths.outputTokens, lengths.maxOutput) <= MOST_TOKENS))
      this.refuseLengths(lengths.promptTokens);
    declared.ordinal[row] = ordinal;
    declared.tier[row] = this.tier;
    declared.tenant[row] = tenant;
    declared.priority[row] = this.rule.priority;
    declared.deferrable[row] = this.rule.deferrable === undefined ? 0 : 1;
    declared.model[row] = this.model;
    declared.feature[row] = NO_FEATURE;
    declared.promptTokens[row] = lengths.promptTokens;
    declared.cachedTokens[row] = lengths.cachedTokens;
    declared.session[row] = NO_SESSION;
    declared.prefixTokens[row] = 0;
    declared.maxOutput[row] = lengths.maxOutput;
    latent.outputTokens[row] = lengths.outputTokens;
    latent.patience[row] = NaN;
    progress.arrivedAt[row] = at;
    progress.attempts[row] = 0;
    progress.refusals[row] = 0;
    progress.preemptions[row] = 0;
    progress.interruptions[row] = 0;
    this.features?.grant(table, row, at);
    if (this.recorded === null) return;
    this.requireOrdinals(ordinal + 1);
    this.replayRecorded(table, row, this.trace!, ordinal);
  }

  /** The ordinal of the request that its client sends next in a recorded session; −1 where there is none. */
  turnAfter(ordinal: number): number {
    const index = ordinal % this.trace!.at.length;
    const next = this.recorded!.following[index]!;
    return next < 0 ? -1 : ordinal + next - index;
  }

  /** How long its client thinks before it sends the request of this ordinal, which continues a session [s]. */
  thinkBefore(ordinal: number): number {
    return this.recorded === null
      ? this.session!.thinkBefore(ordinal)
      : this.recorded.think[ordinal % this.recorded.think.length]!;
  }

  /** Refuses ordinals beyond the number of available draws. Throws `InputError`. */
  requireOrdinals(count: number): void {
    if (count <= MOST_ORDINALS) return;
    this.refuse(
      this.session === null ? 'arrivals' : 'session.turns',
      `ask for more than ${MOST_ORDINALS.toLocaleString('en')} requests of one tier in a run, counting every turn of each session that begins; shorten horizon, or give fewer`,
    );
  }

  /** Refuses a prompt that has grown beyond what is counted. Throws `InputError`. */
  requirePrompt(tokens: number): void {
    if (tokens > MOST_TOKENS)
      this.refuse(
        'session.context',
        `grows beyond ${MOST_TOKENS.toLocaleString('en')} tokens; bound it, { max: 100000 }, or give fewer turns`,
      );
  }

  private refuseLengths(prompt: number): never {
    const part = prompt <= MOST_TOKENS ? 'output' : 'prompt';
    return this.refuse(
      `lengths.${part}`,
      `draws more than ${MOST_TOKENS.toLocaleString('en')} tokens for a request; truncate the distribution, { kind: truncated, distribution: …, max: 100000 }`,
    );
  }

  private refuse(part: string, message: string): never {
    throw new InputError([
      { kind: 'no-result', place: '', path: `workload.tiers[${this.rule.name}].${part}`, message },
    ]);
  }

  /** How long the client of this attempt waits to be admitted to service [s]; ∞ when it does not give up. */
  patienceOf(table: RequestTable, row: RequestRow): number {
    const attempt = table.progress.attempts[row]!;
    const recorded = table.latent.patience[row]!;
    if (attempt === 1 && !Number.isNaN(recorded)) return recorded;
    if (this.patience === null) return Infinity;
    return this.patience.sample(this.patienceDraws.at(table.declared.ordinal[row]!, attempt));
  }

  /** How long after its first arrival the client gives the request up for good [s]; ∞ when it does not. */
  deadlineOf(table: RequestTable, row: RequestRow): number {
    if (this.deadline === null) return Infinity;
    return this.deadline.sample(this.deadlineDraws.at(table.declared.ordinal[row]!, 0));
  }

  /** Overwrites what was drawn by what a replayed trace recorded of the request at a position. */
  private replayRecorded(table: RequestTable, row: RequestRow, trace: Trace, position: number): void {
    const index = position % trace.at.length;
    const { declared, latent } = table;
    const { promptTokens, cachedTokens, outputTokens, session, prefixTokens } = trace;
    if (promptTokens !== null && promptTokens[index]! > 0) {
      declared.promptTokens[row] = promptTokens[index]!;
      declared.cachedTokens[row] = 0;
    }
    if (cachedTokens !== null && cachedTokens[index]! >= 0) declared.cachedTokens[row] = cachedTokens[index]!;
    if (outputTokens !== null && outputTokens[index]! > 0) latent.outputTokens[row] = outputTokens[index]!;
    if (session !== null) declared.session[row] = sessionAt(trace, position);
    if (prefixTokens !== null) declared.prefixTokens[row] = prefixTokens[index]!;
    const { tenant, patience, priority } = trace;
    if (tenant !== null && tenant[index]! >= 0) declared.tenant[row] = tenant[index]!;
    if (patience !== null && patience[index]! >= 0) latent.patience[row] = patience[index]!;
    if (priority !== null && priority[index]! >= 0) declared.priority[row] = priority[index]!;
  }
}

/** Users are spread evenly over tenants, so an activity would contradict them. */
function checkLoop({ activity }: TierRule): void {
  if (!activities.declared(activity, 'isEven')) {
    throw new ParameterError(
      'activity',
      `${activity.kind} says which tenants send more, but each user of a closed loop sends when it has thought; leave activity out`,
    );
  }
}

/** Properties that a session defines must not be defined twice. */
function checkSession({ lengths }: TierRule, trace: Trace | null): void {
  if (lengths.cachedShare > 0) {
    throw new ParameterError(
      'lengths.cachedShare',
      'a request of a session finds in the cache what its replica kept; leave cachedShare out, or session',
    );
  }
  if (trace === null) return;
  const { promptTokens, outputTokens, cachedTokens, patience } = trace;
  const recorded = [promptTokens, outputTokens, cachedTokens, patience].some((column) => column !== null);
  if (recorded || trace.sessions > 0) {
    throw new ParameterError(
      'session',
      'a session draws its requests, and the trace records them; leave session out, or record arrivals and tenants only',
    );
  }
}
