/**
 * A measured run: what one engine did with the requests it was sent, request by request. It knows what was measured,
 * and nothing of files or of what the program simulates.
 */
import { firstOf, InputError, MOST_FAULTS, ParameterError, type Fault } from '../errors.ts';
import { GrowingColumn } from '../kernel/growing-column.ts';
import type { BlockId } from '../workload/prompt-tree.ts';

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
  readonly blockIds?: readonly BlockId[];
}

/** The requests of a run in order of arrival, as columns. Instants count from the first arrival [s]. */
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
  readonly blockIds: readonly (readonly BlockId[])[] | null;
  /** The place of a request in its file, for messages. */
  readonly placeOf: (index: number) => string;
  /** Requests of the file that failed, and are not among them. */
  readonly leftOut: number;
}

/**
 * The run of requests in any order. `places` gives the place of each in its file. Throws `InputError` as
 * `MeasuredRunBuilder.take` does.
 */
export function measuredRunOf(
  requests: readonly MeasuredRequest[],
  places: readonly string[] = requests.map((_, index) => `requests[${index}]`),
): MeasuredRun {
  const builder = new MeasuredRunBuilder((index) => places[index]!);
  for (const request of requests) builder.add(request);
  return builder.take();
}

/** Makes a measured run of requests as they are read, in any order. What it keeps of each is a few numbers. */
export class MeasuredRunBuilder {
  private readonly placeOf: (index: number) => string;
  private readonly arrivedAt = new GrowingColumn('Float64Array');
  private readonly firstTokenAt = new GrowingColumn('Float64Array');
  private readonly lastTokenAt = new GrowingColumn('Float64Array');
  private readonly promptTokens = new GrowingColumn('Float64Array');
  private readonly outputTokens = new GrowingColumn('Float64Array');
  private readonly cachedTokens = new GrowingColumn('Float64Array');
  private readonly queuedAt = new GrowingColumn('Float64Array');
  private readonly blockIds: (readonly BlockId[])[] = [];
  private readonly faults: Fault[] = [];

  /** `placeOf` gives the place of a request in its file, in the order in which they are added. */
  constructor(placeOf: (index: number) => string) {
    this.placeOf = placeOf;
  }

  /** Requests so far. */
  get requests(): number {
    return this.arrivedAt.length;
  }

  add(request: MeasuredRequest): void {
    if (this.faults.length <= MOST_FAULTS)
      this.faults.push(...faultsOf(request, () => this.placeOf(this.requests)));
    this.arrivedAt.push(request.arrivedAt);
    this.firstTokenAt.push(request.firstTokenAt);
    this.lastTokenAt.push(request.lastTokenAt);
    this.promptTokens.push(request.promptTokens);
    this.outputTokens.push(request.outputTokens);
    this.cachedTokens.push(request.cachedTokens ?? 0);
    if (request.queuedAt !== undefined) this.queuedAt.push(request.queuedAt);
    if (request.blockIds !== undefined) this.blockIds.push(request.blockIds);
  }

  /**
   * The run; the builder gives up what it holds. Throws `InputError` with the requests whose times fall, or whose tokens
   * are not whole, one or more, and fewer cached than in the prompt.
   */
  take(): MeasuredRun {
    const { requests, placeOf } = this;
    if (requests === 0)
      this.faults.push({ kind: 'file-content', place: '', path: '', message: 'a run of no requests' });
    if (this.faults.length > 0) throw new InputError(firstOf(this.faults));
    const known = { queued: this.queuedAt.length === requests, blocks: this.blockIds.length === requests };
    const arrivedAt = this.arrivedAt.take();
    const order = orderOf(arrivedAt);
    const inOrder = (column: Float64Array) =>
      order === null ? column : Float64Array.from(order, (index) => column[index]!);
    const origin = arrivedAt[order?.[0] ?? 0]!;
    const sinceFirst = (column: Float64Array) => inOrder(column).map((instant) => instant - origin);
    const given = (index: number) => order?.[index] ?? index;
    return {
      arrivedAt: sinceFirst(arrivedAt),
      firstTokenAt: sinceFirst(this.firstTokenAt.take()),
      lastTokenAt: sinceFirst(this.lastTokenAt.take()),
      promptTokens: inOrder(this.promptTokens.take()),
      outputTokens: inOrder(this.outputTokens.take()),
      cachedTokens: inOrder(this.cachedTokens.take()),
      queuedAt: known.queued ? sinceFirst(this.queuedAt.take()) : null,
      blockIds: known.blocks ? this.blockIds.map((_, index) => this.blockIds[given(index)]!) : null,
      placeOf: (index) => placeOf(given(index)),
      leftOut: 0,
    };
  }
}

/** The indices of instants in rising order, ties in their original order; `null` where they are already sorted. */
function orderOf(instants: Float64Array): Uint32Array | null {
  if (instants.every((instant, index) => index === 0 || instants[index - 1]! <= instant)) return null;
  return Uint32Array.from(instants, (_, index) => index).sort((a, b) => instants[a]! - instants[b]! || a - b);
}

/**
 * The run with the entry into the engine's queue taken for the arrival. Throws `ParameterError` when it is not known.
 */
export function fromQueue(run: MeasuredRun): MeasuredRun {
  const { queuedAt } = run;
  if (queuedAt === null)
    throw new ParameterError(
      'arrivals',
      'no entry into the queue was measured; give a column queued_s, or use arrival',
    );
  const builder = new MeasuredRunBuilder(run.placeOf);
  queuedAt.forEach((arrivedAt, index) =>
    builder.add({
      arrivedAt,
      firstTokenAt: run.firstTokenAt[index]!,
      lastTokenAt: run.lastTokenAt[index]!,
      promptTokens: run.promptTokens[index]!,
      outputTokens: run.outputTokens[index]!,
      cachedTokens: run.cachedTokens[index]!,
      ...(run.blockIds === null ? {} : { blockIds: run.blockIds[index]! }),
    }),
  );
  return { ...builder.take(), leftOut: run.leftOut };
}

/** Instants of a request in the order in which they must come; equal is allowed but for the first token. */
function faultsOf(request: MeasuredRequest, placeOf: () => string): Fault[] {
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
  return found.map((message) => ({ kind: 'file-content', place: placeOf(), path: '', message }));
}
