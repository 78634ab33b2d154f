/**
 * A trace: recorded requests in columns. It knows what was recorded and nothing of files.
 */
import { ParameterError } from '../../errors.ts';

/** One entry a request, in order of arrival. NaN, or −1 for a tenant, where nothing was recorded. */
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
  /** How long the client waits to be admitted to service [s]. */
  readonly patience: Float64Array;
}

export interface RecordedRequest {
  readonly at: number;
  readonly prompt?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly tenant?: string | number;
  readonly patience?: number;
}

/**
 * The trace of requests in order of arrival. Throws `ParameterError` at the first that arrives before the one above
 * it, or whose cached tokens are of no recorded prompt or leave nothing of it to read.
 */
export function traceOf(requests: readonly RecordedRequest[]): Trace {
  const tenants = new Map<string | number, number>();
  const tenant = new Int32Array(requests.length).fill(-1);
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
    patience: column(({ patience }) => patience),
  };
}
