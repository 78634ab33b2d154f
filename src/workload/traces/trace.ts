/**
 * A trace: recorded requests in columns. It knows what was recorded and nothing of files.
 */
import { ParameterError, within } from '../../errors.ts';
import { GrowingColumn } from '../../kernel/growing-column.ts';
import { shown } from '../../shown.ts';
import { LAST_PRIORITY } from '../priority.ts';

/** The session of a request that belongs to none. */
export const NO_SESSION = -1;

/** The value in a column for a request whose quantity was not recorded. */
export const NOT_RECORDED = -1;

/**
 * One entry a request, in order of arrival: those that arrive by the end of what was asked for. A column is `null` where
 * no request has an entry, and holds −1 for a request that has none. Threads may share the arrays.
 */
export interface Trace {
  /** Arrivals [s since the start], never falling. */
  readonly at: Float64Array;
  readonly promptTokens: Int32Array | null;
  readonly outputTokens: Int32Array | null;
  readonly cachedTokens: Int32Array | null;
  /** Tenants, numbered in the order in which they first appear. */
  readonly tenant: Int32Array | null;
  /** Distinct tenants recorded. */
  readonly tenants: number;
  /** Sessions, numbered in the order in which they first appear. */
  readonly session: Int32Array | null;
  /** Distinct sessions recorded. */
  readonly sessions: number;
  /** Tokens of the prompt that repeat the context of its session; 0 without one. */
  readonly prefixTokens: Int32Array | null;
  /** How long the client waits to be admitted to service [s]. */
  readonly patience: Float64Array | null;
  /** Priority classes; 0 is the most important. */
  readonly priority: Int32Array | null;
  /** The tiers of a scenario that the requests belong to, as indices into `tierNames`. */
  readonly tier: Int32Array | null;
  /**
   * Tiers recorded, in the order in which they first appear; none where all requests are of the tier that replays them.
   */
  readonly tierNames: readonly string[];
  /** Requests recorded of each tier, those included that arrive too late to be kept. */
  readonly recordedOfTier: readonly number[];
  /** The recorded end of the answer [s]. */
  readonly finishedAt: Float64Array | null;
  /** Requests recorded, those included that arrive too late to be kept. */
  readonly recorded: number;
  /** When the last of them arrives [s]; 0 where there is none. */
  readonly lastAt: number;
  /** Requests of the file that are not among them, because they failed and their lengths are unknown. */
  readonly leftOut: number;
}

export interface RecordedRequest {
  readonly at: number;
  readonly prompt?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly tenant?: string | number;
  readonly session?: string | number;
  /** Tokens of the prompt that repeat the context of its session; all of that context when left out. */
  readonly prefix?: number;
  readonly patience?: number;
  readonly priority?: number;
  readonly tier?: string;
  /** When its answer ended, on the clock of the arrivals [s]. */
  readonly finished?: number;
}

/** The most tokens that a request is recorded with: columns hold 32-bit integers. */
export const MOST_TOKENS = 2 ** 31 - 1;

/** The most distinct names in one trace: as many as a map holds. */
export const MOST_NAMES = 2 ** 24 - 1;

/** The trace of requests in order of arrival. Throws what `TraceBuilder.add` throws, at the request. */
export function traceOf(requests: readonly RecordedRequest[]): Trace {
  const builder = new TraceBuilder();
  requests.forEach((request, index) => within(`requests[${index}]`, () => builder.add(request)));
  return builder.take();
}

/** Makes a trace of requests as they are read. What it takes of memory is in proportion to what it keeps. */
export class TraceBuilder {
  /** Requests so far, and when the last of them arrived [s]. */
  recorded = 0;
  lastAt = 0;

  private readonly until: number;
  private readonly at = new GrowingColumn('Float64Array');
  private readonly prompt = new PartlyRecorded('Int32Array');
  private readonly output = new PartlyRecorded('Int32Array');
  private readonly cached = new PartlyRecorded('Int32Array');
  private readonly patience = new PartlyRecorded('Float64Array');
  private readonly priority = new PartlyRecorded('Int32Array');
  private readonly tenant = new PartlyRecorded('Int32Array');
  private readonly session = new PartlyRecorded('Int32Array');
  private readonly prefix = new PartlyRecorded('Int32Array', 0);
  private readonly tier = new PartlyRecorded('Int32Array');
  private readonly finished = new PartlyRecorded('Float64Array');
  private readonly tenants = new Map<string | number, number>();
  private readonly sessions = new Map<string | number, KnownSession>();
  private readonly tierNames: string[] = [];
  private readonly recordedOfTier: number[] = [];

  /** Of requests that arrive after `until` [s] nothing is kept but their number. */
  constructor(until = Infinity) {
    this.until = until;
  }

  /** Requests kept. */
  get kept(): number {
    return this.at.length;
  }

  /**
   * Takes in the next request. The prompt of a session's request is taken to begin with all of its request before,
   * prompt and output, unless another prefix is recorded, as far as it is long enough to have a token of its own.
   * Throws `ParameterError` where it arrives before the one above it, where its cached tokens are of no recorded prompt
   * or leave nothing of it to read, its session's context is not recorded, its answer ends before it arrives, or it
   * names no tier where another does, another tier than its session, or a priority class that there is not.
   */
  add(request: RecordedRequest): void {
    const { at } = request;
    if (this.recorded > 0) this.checkOrder(at);
    checkTokens(request);
    if (request.priority !== undefined && request.priority > LAST_PRIORITY) {
      throw new ParameterError(
        'priority',
        `priority is ${request.priority}; expected a whole number up to ${LAST_PRIORITY}`,
      );
    }
    if (request.finished !== undefined && request.finished < at)
      throw new ParameterError(
        'finished',
        `its answer ended at ${request.finished} s, before it arrived (${at} s); give both on one clock, or leave finished out`,
      );
    const tier = this.tierOf(request);
    this.recorded += 1;
    this.lastAt = at;
    if (at > this.until) return;
    const { session, prefix } = this.sessionOf(request, tier);
    this.tenant.push(request.tenant === undefined ? undefined : this.tenantOf(request.tenant));
    this.session.push(session);
    this.prefix.push(prefix);
    this.tier.push(tier);
    this.at.push(at);
    this.prompt.push(request.prompt);
    this.output.push(request.output);
    this.cached.push(request.cached);
    this.patience.push(request.patience);
    this.priority.push(request.priority);
    this.finished.push(request.finished);
  }

  /** The trace; the builder gives up what it holds. */
  take(): Trace {
    return {
      at: this.at.take(),
      promptTokens: this.prompt.take(),
      outputTokens: this.output.take(),
      cachedTokens: this.cached.take(),
      tenant: this.tenant.take(),
      tenants: this.tenants.size,
      session: this.session.take(),
      sessions: this.sessions.size,
      prefixTokens: this.prefix.take(),
      patience: this.patience.take(),
      priority: this.priority.take(),
      tier: this.tier.take(),
      tierNames: this.tierNames,
      recordedOfTier: this.recordedOfTier,
      finishedAt: this.finished.take(),
      recorded: this.recorded,
      lastAt: this.lastAt,
      leftOut: 0,
    };
  }

  private checkOrder(at: number): void {
    if (at >= this.lastAt) return;
    throw new ParameterError(
      'at',
      `arrives at ${at} s, before the request above it (${this.lastAt} s); sort the requests by arrival`,
    );
  }

  private tierOf({ tier }: RecordedRequest): number | undefined {
    if (this.recorded > 0 && (tier === undefined) !== (this.tierNames.length === 0)) {
      throw new ParameterError(
        'tier',
        `${tier === undefined ? 'is missing' : `is ${shown(tier)}`}, unlike that of the first request; name the tier of every request, or of none`,
      );
    }
    if (tier === undefined) return undefined;
    let index = this.tierNames.indexOf(tier);
    if (index < 0) {
      index = this.tierNames.push(copyOf(tier)) - 1;
      this.recordedOfTier.push(0);
    }
    this.recordedOfTier[index]! += 1;
    return index;
  }

  private tenantOf(name: string | number): number {
    const known = this.tenants.get(name);
    if (known !== undefined) return known;
    requireRoom(this.tenants.size, 'tenant');
    this.tenants.set(copyOf(name), this.tenants.size);
    return this.tenants.size - 1;
  }

  private sessionOf(request: RecordedRequest, tier: number | undefined) {
    if (request.session === undefined) return { session: undefined, prefix: undefined };
    const { prompt, output } = contextOf(request);
    let known = this.sessions.get(request.session);
    if (known === undefined) {
      requireRoom(this.sessions.size, 'session');
      known = { number: this.sessions.size, tier, context: 0 };
      this.sessions.set(copyOf(request.session), known);
    }
    if (known.tier !== tier) {
      throw new ParameterError(
        'tier',
        `is ${shown(request.tier)}, and its session began in ${shown(this.tierNames[known.tier!])}; a session stays in one tier`,
      );
    }
    const prefix = Math.min(request.prefix ?? known.context, prompt - 1);
    known.context = prompt + output;
    return { session: known.number, prefix };
  }
}

interface KnownSession {
  readonly number: number;
  readonly tier: number | undefined;
  /** What its latest request leaves as context [tokens]. */
  context: number;
}

/** A column that is not made before a request has an entry in it. */
class PartlyRecorded<Kind extends 'Float64Array' | 'Int32Array'> {
  private readonly kind: Kind;
  private readonly none: number;
  private column: GrowingColumn<Kind> | null = null;
  private requests = 0;

  /** `none` means no entry. */
  constructor(kind: Kind, none = NOT_RECORDED) {
    this.kind = kind;
    this.none = none;
  }

  push(value: number | undefined): void {
    if (value !== undefined && this.column === null) {
      this.column = new GrowingColumn(this.kind);
      for (let before = 0; before < this.requests; before++) this.column.push(this.none);
    }
    this.column?.push(value ?? this.none);
    this.requests += 1;
  }

  take() {
    return this.column?.take() ?? null;
  }
}

function checkTokens({ prompt, output, cached }: RecordedRequest): void {
  for (const [name, tokens] of [
    ['prompt', prompt],
    ['output', output],
  ] as const) {
    if (tokens !== undefined && tokens > MOST_TOKENS)
      throw new ParameterError(
        name,
        `${tokens} ${name} tokens are more than the ${MOST_TOKENS} that are read`,
      );
  }
  if (cached === undefined) return;
  if (prompt === undefined) {
    throw new ParameterError(
      'cached',
      `${cached} cached tokens of a prompt that is not recorded; give prompt too, or leave cached out`,
    );
  }
  if (cached >= prompt) {
    throw new ParameterError(
      'cached',
      `${cached} cached tokens leave nothing of a prompt of ${prompt}; cache fewer than the prompt has`,
    );
  }
}

function requireRoom(names: number, what: string): void {
  if (names >= MOST_NAMES)
    throw new ParameterError(
      what,
      `exceeds the limit of ${MOST_NAMES} distinct names per trace; split the trace`,
    );
}

/** A name that holds on to no more than itself: one cut out of a text keeps the whole text in memory. */
const copyOf = <Name extends string | number>(name: Name): Name =>
  typeof name === 'string' ? (JSON.parse(JSON.stringify(name)) as Name) : name;

/**
 * The requests of a trace that belong to a tier, with tenants and sessions numbered among themselves: all of them where
 * none names a tier.
 */
export function ofTier(trace: Trace, name: string): Trace {
  if (trace.tierNames.length === 0) return trace;
  const known = partsOf.get(trace) ?? new Map<string, Trace>();
  partsOf.set(trace, known);
  const part = known.get(name) ?? partOf(trace, name);
  known.set(name, part);
  return part;
}

/** The parts of traces that were asked for: each replication asks again. */
const partsOf = new WeakMap<Trace, Map<string, Trace>>();

function partOf(trace: Trace, name: string): Trace {
  const wanted = trace.tierNames.indexOf(name);
  const own = (_: unknown, index: number) => trace.tier![index] === wanted;
  const whole = (column: Int32Array | null) => column?.filter(own) ?? null;
  const tenants = renumbered(whole(trace.tenant));
  const sessions = renumbered(whole(trace.session));
  const at = trace.at.filter(own);
  return {
    at,
    promptTokens: whole(trace.promptTokens),
    outputTokens: whole(trace.outputTokens),
    cachedTokens: whole(trace.cachedTokens),
    tenant: tenants.numbers,
    tenants: tenants.count,
    session: sessions.numbers,
    sessions: sessions.count,
    prefixTokens: whole(trace.prefixTokens),
    patience: trace.patience?.filter(own) ?? null,
    priority: whole(trace.priority),
    tier: whole(trace.tier),
    tierNames: trace.tierNames,
    recordedOfTier: trace.recordedOfTier,
    finishedAt: trace.finishedAt?.filter(own) ?? null,
    recorded: trace.recordedOfTier[wanted] ?? 0,
    lastAt: trace.lastAt,
    leftOut: trace.leftOut,
  };
}

/** The session of the request at a position of a trace that is repeated: each repetition has sessions of its own. */
export function sessionAt({ at, session, sessions }: Trace, position: number): number {
  const recorded = session?.[position % at.length] ?? NO_SESSION;
  return recorded === NO_SESSION ? NO_SESSION : recorded + sessions * Math.floor(position / at.length);
}

/** As `ofTier`; throws `ParameterError` where the trace names tiers and not this one. */
export function someOfTier(trace: Trace, name: string): Trace {
  const { tierNames } = trace;
  if (tierNames.length > 0 && !tierNames.includes(name)) {
    throw new ParameterError(
      '',
      `holds requests of the ${tierNames.length === 1 ? 'tier' : 'tiers'} ${tierNames.join(', ')} and none of "${name}"; name one of these`,
    );
  }
  return ofTier(trace, name);
}

/** Numbers of zero or more, numbered anew in the order in which they first appear; those below zero stay. */
function renumbered(old: Int32Array | null): { numbers: Int32Array | null; count: number } {
  if (old === null) return { numbers: null, count: 0 };
  const known = new Map<number, number>();
  const numbers = old.map((number) => {
    if (number < 0) return number;
    if (!known.has(number)) known.set(number, known.size);
    return known.get(number)!;
  });
  return { numbers, count: known.size };
}

/** The tokens that a request of a session leaves as context; throws `ParameterError` where they are not recorded. */
function contextOf({ prompt, output, cached }: RecordedRequest) {
  if (prompt === undefined || output === undefined) {
    throw new ParameterError(
      'session',
      'a session needs recorded prompt and output, for its context grows by both; give them, or leave session out',
    );
  }
  if (cached !== undefined) {
    throw new ParameterError(
      'cached',
      'a request of a session finds in the cache what its replica kept; leave cached out, or session',
    );
  }
  return { prompt, output };
}
