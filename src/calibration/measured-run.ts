/**
 * A measured run: what one engine did with the requests it was sent, request by request. It knows what was measured,
 * and nothing of files or of what the program simulates.
 */
import { InputError, ParameterError, type Fault } from '../errors.ts';

/** What was measured of one request. Instants are on any one clock [s]. */
export interface MeasuredRequest {
  readonly arrivedAt: number;
  readonly firstTokenAt: number;
  readonly lastTokenAt: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Prompt tokens found in the prefix cache; none when left out. */
  readonly cachedTokens?: number;
  /** When the engine took it into its queue; unknown when left out. */
  readonly queuedAt?: number;
  /** Ids of the blocks of its prompt, each for its block and all before it; unknown when left out. */
  readonly blockIds?: readonly number[];
}

/** The requests of a run in order of arrival, in columns. Instants count from the first arrival [s]. */
export interface MeasuredRun {
  readonly arrivedAt: Float64Array;
  readonly firstTokenAt: Float64Array;
  readonly lastTokenAt: Float64Array;
  readonly promptTokens: Float64Array;
  readonly outputTokens: Float64Array;
  readonly cachedTokens: Float64Array;
  /** `null` when the run does not say. */
  readonly queuedAt: Float64Array | null;
  /** By request, the ids of the blocks of its prompt; `null` when the run does not say. */
  readonly blockIds: readonly (readonly number[])[] | null;
  /** Where each request is written down, for messages. */
  readonly places: readonly string[];
}

/**
 * The run of requests in any order. `places` says where each is written down. Throws `InputError` with every request
 * whose times fall, or whose tokens are not whole, one or more, and fewer cached than in the prompt.
 */
export function measuredRunOf(
  requests: readonly MeasuredRequest[],
  places: readonly string[] = requests.map((_, index) => `requests[${index}]`),
): MeasuredRun {
  const faults = requests.flatMap((request, index) => faultsOf(request, places[index]!));
  if (requests.length === 0) faults.push({ place: '', path: '', message: 'a run of no requests' });
  if (faults.length > 0) throw new InputError(faults);
  const order = requests
    .map((_, index) => index)
    .sort((a, b) => requests[a]!.arrivedAt - requests[b]!.arrivedAt);
  const origin = requests[order[0]!]!.arrivedAt;
  const column = (value: (request: MeasuredRequest) => number) =>
    Float64Array.from(order, (index) => value(requests[index]!));
  return {
    arrivedAt: column(({ arrivedAt }) => arrivedAt - origin),
    firstTokenAt: column(({ firstTokenAt }) => firstTokenAt - origin),
    lastTokenAt: column(({ lastTokenAt }) => lastTokenAt - origin),
    promptTokens: column(({ promptTokens }) => promptTokens),
    outputTokens: column(({ outputTokens }) => outputTokens),
    cachedTokens: column(({ cachedTokens }) => cachedTokens ?? 0),
    queuedAt: requests.every(({ queuedAt }) => queuedAt !== undefined)
      ? column(({ queuedAt }) => queuedAt! - origin)
      : null,
    blockIds: requests.every(({ blockIds }) => blockIds !== undefined)
      ? order.map((index) => requests[index]!.blockIds!)
      : null,
    places: order.map((index) => places[index]!),
  };
}

/** The run with the entry into the engine's queue taken for the arrival. Throws `ParameterError` when it is not known. */
export function fromQueue(run: MeasuredRun): MeasuredRun {
  const { queuedAt } = run;
  if (queuedAt === null)
    throw new ParameterError(
      'arrivals',
      'no entry into the queue was measured; give a column queued_s, or use arrival',
    );
  return measuredRunOf(
    Array.from(queuedAt, (arrivedAt, index) => ({
      arrivedAt,
      firstTokenAt: run.firstTokenAt[index]!,
      lastTokenAt: run.lastTokenAt[index]!,
      promptTokens: run.promptTokens[index]!,
      outputTokens: run.outputTokens[index]!,
      cachedTokens: run.cachedTokens[index]!,
      ...(run.blockIds === null ? {} : { blockIds: run.blockIds[index]! }),
    })),
    run.places,
  );
}

/** Instants of a request in the order in which they must come; equal is allowed but for the first token. */
function faultsOf(request: MeasuredRequest, place: string): Fault[] {
  const {
    arrivedAt,
    queuedAt,
    firstTokenAt,
    lastTokenAt,
    promptTokens,
    outputTokens,
    cachedTokens = 0,
  } = request;
  const found: string[] = [];
  for (const [what, at] of Object.entries({
    arrivedAt,
    queuedAt: queuedAt ?? 0,
    firstTokenAt,
    lastTokenAt,
  })) {
    if (!Number.isFinite(at)) found.push(`${what} is ${at}; expected seconds`);
  }
  if (queuedAt !== undefined && queuedAt < arrivedAt)
    found.push(
      `enters the queue at ${queuedAt} s, before it arrives at ${arrivedAt} s; measure both on one clock`,
    );
  const before = queuedAt ?? arrivedAt;
  if (firstTokenAt <= before)
    found.push(
      `has its first token at ${firstTokenAt} s, not after it ${queuedAt === undefined ? 'arrives' : 'enters the queue'} ` +
        `at ${before} s; measure both on one clock, in seconds`,
    );
  if (lastTokenAt < firstTokenAt)
    found.push(
      `has its last token at ${lastTokenAt} s, before its first at ${firstTokenAt} s; check the columns`,
    );
  if (outputTokens > 1 && lastTokenAt === firstTokenAt)
    found.push(
      `has ${outputTokens} output tokens, and all of them at ${firstTokenAt} s; measure tokens as they come, streamed`,
    );
  for (const [what, tokens] of Object.entries({ prompt: promptTokens, output: outputTokens })) {
    if (!Number.isInteger(tokens) || tokens < 1)
      found.push(`has ${tokens} ${what} tokens; expected a whole number of one or more`);
  }
  if (!Number.isInteger(cachedTokens) || cachedTokens < 0 || cachedTokens >= promptTokens)
    found.push(
      `has ${cachedTokens} cached tokens of a prompt of ${promptTokens}; expected a whole number from 0 to ${promptTokens - 1}`,
    );
  if (request.blockIds !== undefined && cachedTokens > 0)
    found.push(
      `has ${cachedTokens} cached tokens and the blocks of its prompt, which say what is found in the cache; leave cached_tokens out`,
    );
  return found.map((message) => ({ place, path: '', message }));
}
