/**
 * A trace: recorded requests in columns. It knows what was recorded and nothing of files.
 */
import { ParameterError } from '../../errors.ts';

/** The session of a request that belongs to none. */
export const NO_SESSION = -1;

/** One entry a request, in order of arrival. NaN, or −1 for a tenant or session, where nothing was recorded. */
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
}

/**
 * The trace of requests in order of arrival. The prompt of a session's request is taken to begin with all of its
 * request before, prompt and output, unless another prefix is recorded, as far as it is long enough to have a token of
 * its own. Throws `ParameterError` at the first request that arrives before the one above it, whose cached tokens are of
 * no recorded prompt or leave nothing of it to read, or whose session's context is not recorded.
 */
export function traceOf(requests: readonly RecordedRequest[]): Trace {
  const tenants = new Map<string | number, number>();
  const tenant = new Int32Array(requests.length).fill(-1);
  const sessions = new Map<string | number, { readonly number: number; context: number }>();
  const session = new Int32Array(requests.length).fill(NO_SESSION);
  const prefixTokens = new Int32Array(requests.length);
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
    if (request.tenant !== undefined) {
      if (!tenants.has(request.tenant)) tenants.set(request.tenant, tenants.size);
      tenant[index] = tenants.get(request.tenant)!;
    }
    if (request.session !== undefined) {
      const { prompt, output } = contextOf(request, index);
      const known = sessions.get(request.session) ?? { number: sessions.size, context: 0 };
      sessions.set(request.session, known);
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
  };
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
