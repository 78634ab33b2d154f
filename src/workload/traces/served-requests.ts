/**
 * Requests that a benchmark or a gateway wrote down after they were served: when each was sent, what it had, and when
 * its tokens came. The same reader serves traces and measured runs.
 */
import { InputError, ParameterError } from '../../errors.ts';
import { TraceBuilder, type Trace } from './trace.ts';
import type { TraceLayout, TraceOptions } from './layout.ts';
import type { Text } from './text.ts';

/** What was written down of a request that was served. Instants are on any one clock [s]. */
export interface ServedRequest {
  readonly sentAt: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Prompt tokens found in the prefix cache; unknown when left out. */
  readonly cachedTokens?: number;
  readonly firstTokenAt?: number;
  readonly lastTokenAt?: number;
  readonly tenant?: string;
}

/** What a reader finds in a file. */
export interface FoundRequests {
  /** A request that was served, and its place in the file: `line 3`, or `requests[2]`. */
  served(request: ServedRequest, place: string): void;
  /** One that failed or never reached an engine: its lengths are unknown, and it is left out. */
  leftOut(): void;
}

/** A layout of such files. */
export interface ServedLayout {
  /** One sentence for `fleetyield list traces`. */
  readonly summary: string;
  /** Finds the requests of a text, in any order; `file` is its name in messages. Throws `InputError`. */
  readonly read: (text: Text, file: string, found: FoundRequests) => void;
}

/** A request with its place. */
export type PlacedRequest = ServedRequest & { readonly place: string };

/**
 * The requests of a file in order of being sent, and how many are left out. Throws `InputError` where none was served.
 */
export function servedRequests(
  { read }: ServedLayout,
  text: Text,
  file: string,
): { readonly requests: readonly PlacedRequest[]; readonly leftOut: number } {
  const requests: PlacedRequest[] = [];
  let leftOut = 0;
  read(text, file, {
    served: (request, place) => requests.push({ ...request, place }),
    leftOut: () => (leftOut += 1),
  });
  if (requests.length === 0)
    throw wrongAt(
      file,
      '',
      leftOut === 0
        ? 'holds no requests'
        : `holds ${leftOut} requests, none of which was served; there is nothing to go by`,
    );
  requests.sort((a, b) => a.sentAt - b.sentAt);
  return { requests, leftOut };
}

/** The layout as one of traces: arrivals count from the first request that was sent. */
export const traceLayout = (layout: ServedLayout): TraceLayout => ({
  summary: layout.summary,
  read: (text, file, options = {}) => traceOfServed(layout, text, file, options),
});

function traceOfServed(
  layout: ServedLayout,
  text: Text,
  file: string,
  { until = Infinity }: TraceOptions,
): Trace {
  const { requests, leftOut } = servedRequests(layout, text, file);
  const builder = new TraceBuilder(until);
  const origin = requests[0]!.sentAt;
  for (const {
    sentAt,
    promptTokens: prompt,
    outputTokens: output,
    cachedTokens,
    tenant,
    place,
  } of requests) {
    try {
      builder.add({
        at: sentAt - origin,
        prompt,
        output,
        ...(cachedTokens === undefined ? {} : { cached: cachedTokens }),
        ...(tenant === undefined ? {} : { tenant }),
      });
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      throw wrongAt(file, place, error.message);
    }
  }
  return { ...builder.take(), leftOut };
}

/** What is wrong at a place of a file. */
export function wrongAt(file: string, place: string, message: string): InputError {
  return new InputError([{ kind: 'file-content', place: file, path: place, message }]);
}
