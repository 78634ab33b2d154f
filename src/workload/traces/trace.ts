/**
 * A trace: recorded requests in columns. It knows what was recorded and nothing of files.
 */
import { ParameterError } from '../../errors.ts';
import { LAST_PRIORITY } from '../priority.ts';

/** The session of a request that belongs to none. */
export const NO_SESSION = -1;

/** One entry a request, in order of arrival. NaN, or −1 for what is numbered and for priorities, where nothing was recorded. */
export interface Trace {
  /** Arrivals [s since the start], never falling. */
  readonly at: Float64Array;
  readonly promptTokens: Float64Array;
  readonly outputTokens: Float64Array;
  readonly cachedTokens: Float64Array;
  /** Tenants, numbered in the order in which they first appear. */
  readonly tenant: Int32Array;
  /** Distinct tenants recorded. */
  readonly tenants: number;
  /** Sessions, numbered in the order in which they first appear. */
  readonly session: Int32Array;
  /** Distinct sessions recorded. */
  readonly sessions: number;
  /** Tokens of the prompt that repeat the context of its session; 0 without one. */
  readonly prefixTokens: Int32Array;
  /** How long the client waits to be admitted to service [s]. */
  readonly patience: Float64Array;
  /** Priority classes; 0 is the most important. */
  readonly priority: Int32Array;
  /** The tiers of a scenario that the requests belong to, as indices into `tierNames`. */
  readonly tier: Int32Array;
  /** Tiers recorded, in the order in which they first appear; none where all requests are of the tier that replays them. */
  readonly tierNames: readonly string[];
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
}

/**
 * The trace of requests in order of arrival. The prompt of a session's request is taken to begin with all of its
 * request before, prompt and output, unless another prefix is recorded, as far as it is long enough to have a token of
 * its own. Throws `ParameterError` at the first request that arrives before the one above it, whose cached tokens are of
 * no recorded prompt or leave nothing of it to read, whose session's context is not recorded, or which names no tier where
 * another does, another tier than its session, or a priority class that there is not.
 */
export function traceOf(requests: readonly RecordedRequest[]): Trace {
  const tenants = new Map<string | number, number>();
  const tenant = new Int32Array(requests.length).fill(-1);
  const sessions = new Map<
    string | number,
    { readonly number: number; readonly tier: number | undefined; context: number }
  >();
  const session = new Int32Array(requests.length).fill(NO_SESSION);
  const prefixTokens = new Int32Array(requests.length);
  const tierNames: string[] = [];
  const tier = new Int32Array(requests.length).fill(-1);
  requests.forEach((request, index) => {
    const before = requests[index - 1];
    if (before !== undefined && request.at < before.at) {
      throw new ParameterError(
        `requests[${index}].at`,
        `arrives at ${request.at} s, before the request above it (${before.at} s); sort the requests by arrival`,
      );
    }
    if (request.cached !== undefined && request.prompt === undefined) {
      throw new ParameterError(
        `requests[${index}].cached`,
        `${request.cached} cached tokens of a prompt that is not recorded; give prompt too, or leave cached out`,
      );
    }
    if (request.cached !== undefined && request.cached >= request.prompt!) {
      throw new ParameterError(
        `requests[${index}].cached`,
        `${request.cached} cached tokens leave nothing of a prompt of ${String(request.prompt)}; cache fewer than the prompt has`,
      );
    }
    if (request.priority !== undefined && request.priority > LAST_PRIORITY) {
      throw new ParameterError(
        `requests[${index}].priority`,
        `priority is ${request.priority}; expected a whole number up to ${LAST_PRIORITY}`,
      );
    }
    if ((request.tier === undefined) !== (requests[0]!.tier === undefined)) {
      throw new ParameterError(
        `requests[${index}].tier`,
        `${request.tier === undefined ? 'is missing' : `is "${request.tier}"`}, unlike that of the first request; name the tier of every request, or of none`,
      );
    }
    if (request.tier !== undefined) {
      if (!tierNames.includes(request.tier)) tierNames.push(request.tier);
      tier[index] = tierNames.indexOf(request.tier);
    }
    if (request.tenant !== undefined) {
      if (!tenants.has(request.tenant)) tenants.set(request.tenant, tenants.size);
      tenant[index] = tenants.get(request.tenant)!;
    }
    if (request.session !== undefined) {
      const { prompt, output } = contextOf(request, index);
      const known = sessions.get(request.session) ?? { number: sessions.size, tier: tier[index], context: 0 };
      sessions.set(request.session, known);
      if (known.tier !== tier[index]) {
        throw new ParameterError(
          `requests[${index}].tier`,
          `is "${request.tier!}", and its session began in "${tierNames[known.tier!]!}"; a session stays in one tier`,
        );
      }
      session[index] = known.number;
      prefixTokens[index] = Math.min(request.prefix ?? known.context, prompt - 1);
      known.context = prompt + output;
    }
  });
  const column = (value: (request: RecordedRequest) => number | undefined) =>
    Float64Array.from(requests, (request) => value(request) ?? NaN);
  return {
    at: column(({ at }) => at),
    promptTokens: column(({ prompt }) => prompt),
    outputTokens: column(({ output }) => output),
    cachedTokens: column(({ cached }) => cached),
    tenant,
    tenants: tenants.size,
    session,
    sessions: sessions.size,
    prefixTokens,
    patience: column(({ patience }) => patience),
    priority: Int32Array.from(requests, ({ priority = -1 }) => priority),
    tier,
    tierNames,
  };
}

/**
 * The requests of a trace that belong to a tier, with tenants and sessions numbered among themselves: all of them where
 * none names a tier.
 */
export function ofTier(trace: Trace, name: string): Trace {
  if (trace.tierNames.length === 0) return trace;
  const wanted = trace.tierNames.indexOf(name);
  const own = (_: unknown, index: number) => trace.tier[index] === wanted;
  const tenants = renumbered(trace.tenant.filter(own));
  const sessions = renumbered(trace.session.filter(own));
  return {
    at: trace.at.filter(own),
    promptTokens: trace.promptTokens.filter(own),
    outputTokens: trace.outputTokens.filter(own),
    cachedTokens: trace.cachedTokens.filter(own),
    tenant: tenants.numbers,
    tenants: tenants.count,
    session: sessions.numbers,
    sessions: sessions.count,
    prefixTokens: trace.prefixTokens.filter(own),
    patience: trace.patience.filter(own),
    priority: trace.priority.filter(own),
    tier: trace.tier.filter(own),
    tierNames: trace.tierNames,
  };
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
function renumbered(old: Int32Array): { numbers: Int32Array; count: number } {
  const known = new Map<number, number>();
  const numbers = old.map((number) => {
    if (number < 0) return number;
    if (!known.has(number)) known.set(number, known.size);
    return known.get(number)!;
  });
  return { numbers, count: known.size };
}

/** The tokens that a request of a session leaves as context; throws `ParameterError` where they are not recorded. */
function contextOf({ prompt, output, cached }: RecordedRequest, index: number) {
  if (prompt === undefined || output === undefined) {
    throw new ParameterError(
      `requests[${index}].session`,
      'a session needs recorded prompt and output, for its context grows by both; give them, or leave session out',
    );
  }
  if (cached !== undefined) {
    throw new ParameterError(
      `requests[${index}].cached`,
      'a request of a session finds in the cache what its replica kept; leave cached out, or session',
    );
  }
  return { prompt, output };
}
