/**
 * The live requests, in columns. A row is one request from its arrival to its outcome, through all its attempts, and
 * is recycled afterwards, so that memory follows the requests alive and not the requests simulated.
 *
 * The groups define visibility. A gateway reads `declared` and writes `granted`; the truth about a request
 * that no real gateway knows is in `latent`. What happened so far is in `progress`.
 */
import { grown, growColumns, type ColumnGroup } from '../kernel/columns.ts';
import type { RequestRow } from '../ids.ts';

/** What the client says, as a gateway sees it. */
export interface DeclaredColumns {
  /** Number of the request in order of arrival, over all tiers; never reused within a run. */
  readonly id: Float64Array;
  /** Number of the request within its tier: the key of its own random draws. */
  readonly ordinal: Float64Array;
  readonly tier: Int32Array;
  /** The tenant within its tier. */
  readonly tenant: Int32Array;
  readonly priority: Int32Array;
  /** 1 for work that waits for spare capacity. */
  readonly deferrable: Uint8Array;
  /** The model asked for, as an index into the cell's models. */
  readonly model: Int32Array;
  /** The feature that it has, as an index into those of its tier; −1 for none. */
  readonly feature: Int32Array;
  readonly promptTokens: Int32Array;
  /** Tokens of the prompt that are assumed, or recorded, to be found in a prefix cache. */
  readonly cachedTokens: Int32Array;
  /** The chain of requests it belongs to, numbered within its tier; −1 for none. */
  readonly session: Int32Array;
  /** Tokens at the beginning of the prompt that repeat the context of its session, fewer than the prompt has. */
  readonly prefixTokens: Int32Array;
  /** The client's own bound on the output [tokens]; 0 when it declares none. */
  readonly maxOutput: Int32Array;
  /** Arrival of the current attempt [s]. */
  readonly attemptAt: Float64Array;
}

/** What the gateway decides; nothing declared is edited. */
export interface GrantedColumns {
  readonly model: Int32Array;
  /** Bound on the output set by degradation [tokens]; 0 when there is none. */
  readonly outputCap: Int32Array;
  /** Share of the output wanted that degradation takes away, in [0, 1); 0 when there is none. */
  readonly outputCut: Float64Array;
  /** 1 when it is answered as if it did not ask for its feature. */
  readonly featureOff: Uint8Array;
  /** Quality of the service granted, in (0, 1]. */
  readonly quality: Float64Array;
  /** 1 when some degradation applied; in the end, when it took something from the request. */
  readonly degraded: Uint8Array;
}

/** What is true of the request and hidden from every policy. */
export interface LatentColumns {
  readonly outputTokens: Int32Array;
  /** What it would be without the feature that is asked for, within the bound then declared; meaningless without one. */
  readonly plainOutputTokens: Int32Array;
  /**
   * How long the client waits for the first attempt, ∞ for ever; NaN until it waits, where the tier's patience decides
   * [s].
   */
  readonly patience: Float64Array;
}

/** What has happened to the request. Instants are seconds since the start of the run, NaN when not reached. */
export interface ProgressColumns {
  /** Arrival of the first attempt. */
  readonly arrivedAt: Float64Array;
  readonly admittedAt: Float64Array;
  readonly firstTokenAt: Float64Array;
  /** The latest token of the output. */
  readonly lastTokenAt: Float64Array;
  readonly attempts: Int32Array;
  readonly refusals: Int32Array;
  readonly preemptions: Int32Array;
  /** Prompt tokens found in a prefix cache when service began. */
  readonly cachedTokens: Int32Array;
  /** Output tokens emitted. */
  readonly outputDone: Int32Array;
  /** The pool that served it, or serves it now; −1 before. */
  readonly pool: Int32Array;
  /** The pool that read its prompt, where another decodes; −1 for none. */
  readonly prefillPool: Int32Array;
  /** KV tokens that came to the replica over a link, with which it may decode at once; 0 for none. */
  readonly movedTokens: Int32Array;
  /** Service left after an interruption that kept what was done [s]; NaN where all of it is to be done. */
  readonly serviceLeft: Float64Array;
  /** Times that the replica serving it went out of service. */
  readonly interruptions: Int32Array;
  /** 1 while the request waits or is served, 0 while its client is backing off. */
  readonly inSystem: Uint8Array;
  /** 1 while a replica works on it. */
  readonly inService: Uint8Array;
  /** Rises at each attempt and at each recycling: an event that carries another version is stale. */
  readonly version: Int32Array;
}

/** Whole numbers that an engine keeps of a request. */
export const ENGINE_RECORD = 8;

/**
 * What the engine that serves a request stores about it, side by side because it is used together; only the engine
 * knows the layout.
 */
export interface EngineRecords {
  /** `ENGINE_RECORD` numbers a row. */
  readonly records: Int32Array;
}

/** What the replica that serves a request stores about it; meaningless when it is not in a batch. */
export interface BatchColumns {
  /** What the queue held of its importance when it joined the batch: smaller is more important. */
  readonly rank: Float64Array;
  /** The last token of a decoding sequence that has skipped a step since, or came from elsewhere [s]. */
  readonly lateSince: Float64Array;
  /** In slots: its position among the requests in service, or the replica that it is in. */
  readonly place: Int32Array;
  /** When its service ends, in slots [s]; NaN for one that has ended. */
  readonly endsAt: Float64Array;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Group<T> = Writable<T> & ColumnGroup;

export class RequestTable {
  readonly declared: DeclaredColumns;
  readonly granted: GrantedColumns;
  readonly latent: LatentColumns;
  readonly progress: ProgressColumns;
  readonly batch: BatchColumns;
  readonly engine: EngineRecords;
  /** Rows that hold a live request. */
  live = 0;

  private capacity = 256;
  /** Rows handed out at least once. */
  private used = 0;
  private free = new Int32Array(256);
  private freeCount = 0;
  /** 1 for the rows that hold a live request. */
  private readonly occupancy = { live: new Uint8Array(256) };

  constructor() {
    const n = this.capacity;
    const ints = () => new Int32Array(n);
    const floats = () => new Float64Array(n);
    this.declared = {
      id: floats(),
      ordinal: floats(),
      tier: ints(),
      tenant: ints(),
      priority: ints(),
      deferrable: new Uint8Array(n),
      model: ints(),
      feature: ints(),
      promptTokens: ints(),
      cachedTokens: ints(),
      session: ints(),
      prefixTokens: ints(),
      maxOutput: ints(),
      attemptAt: floats(),
    } satisfies Group<DeclaredColumns>;
    this.granted = {
      model: ints(),
      outputCap: ints(),
      outputCut: floats(),
      featureOff: new Uint8Array(n),
      quality: floats(),
      degraded: new Uint8Array(n),
    } satisfies Group<GrantedColumns>;
    this.latent = {
      outputTokens: ints(),
      plainOutputTokens: ints(),
      patience: floats(),
    } satisfies Group<LatentColumns>;
    this.progress = {
      arrivedAt: floats(),
      admittedAt: floats(),
      firstTokenAt: floats(),
      lastTokenAt: floats(),
      attempts: ints(),
      refusals: ints(),
      preemptions: ints(),
      cachedTokens: ints(),
      outputDone: ints(),
      pool: ints(),
      prefillPool: ints(),
      movedTokens: ints(),
      serviceLeft: floats(),
      interruptions: ints(),
      inSystem: new Uint8Array(n),
      inService: new Uint8Array(n),
      version: ints(),
    } satisfies Group<ProgressColumns>;
    this.batch = {
      rank: floats(),
      lateSince: floats(),
      place: ints(),
      endsAt: floats(),
    } satisfies Group<BatchColumns>;
    this.engine = { records: new Int32Array(ENGINE_RECORD * n) } satisfies Group<EngineRecords>;
  }

  /** A row for a request that arrives now; what it held before is stale until written. */
  open(): RequestRow {
    if (this.freeCount === 0 && this.used === this.capacity) this.grow();
    const row = (this.freeCount > 0 ? this.free[--this.freeCount]! : this.used++) as RequestRow;
    this.occupancy.live[row] = 1;
    this.live += 1;
    return row;
  }

  /** Gives the row back; events that still name it become stale. */
  close(row: RequestRow): void {
    this.live -= 1;
    this.occupancy.live[row] = 0;
    this.progress.version[row]! += 1;
    this.free[this.freeCount++] = row;
  }

  /** Forgets every row: the table is as a new one, but has room already. */
  clear(): void {
    for (const group of this.groups()) {
      for (const column of Object.values(group)) column.fill(0, 0, this.used);
    }
    this.engine.records.fill(0, 0, ENGINE_RECORD * this.used);
    this.live = 0;
    this.used = 0;
    this.freeCount = 0;
  }

  /** The output the client wants [tokens], within the bound it declares itself. */
  wantedOutput(row: RequestRow): number {
    return withinBound(this.latent.outputTokens[row]!, this.declared.maxOutput[row]!);
  }

  /** The output the client will receive if nothing goes wrong [tokens]: what it wants, reduced to the grant. */
  outputTarget(row: RequestRow): number {
    const { granted, latent } = this;
    const wanted = granted.featureOff[row] === 1 ? latent.plainOutputTokens[row]! : this.wantedOutput(row);
    const cut = granted.outputCut[row]!;
    // 58 % of 100 is 58 and not the next, however 0.58 is rounded.
    const left = cut === 0 ? wanted : Math.max(1, Math.ceil(wanted * (1 - cut) - 1e-6));
    return withinBound(left, granted.outputCap[row]!);
  }

  /** Whether degradation took something: another model than was asked for, the feature, or output that was wanted. */
  receivedLess(row: RequestRow): boolean {
    const { granted, declared } = this;
    return (
      granted.model[row] !== declared.model[row] ||
      granted.featureOff[row] === 1 ||
      this.outputTarget(row) < this.wantedOutput(row)
    );
  }

  /** Whether the row holds the live request of this number; numbers are compared by their last 32 bits. */
  holds(row: RequestRow, id: number): boolean {
    return this.occupancy.live[row] === 1 && (this.declared.id[row]! | 0) === (id | 0);
  }

  /** The rows that hold a live request, oldest row first. Rows may be closed while it is read. */
  *liveRows(): Generator<RequestRow> {
    for (let row = 0; row < this.used; row++) {
      if (this.occupancy.live[row] === 1) yield row as RequestRow;
    }
  }

  /** The groups with one entry a row in each column. */
  private groups(): ColumnGroup[] {
    const { declared, granted, latent, progress, batch, occupancy } = this;
    return [declared, granted, latent, progress, batch, occupancy] as unknown as ColumnGroup[];
  }

  private grow(): void {
    this.capacity *= 2;
    for (const group of this.groups()) growColumns(group, this.capacity);
    growColumns(this.engine as unknown as ColumnGroup, ENGINE_RECORD * this.capacity);
    this.free = grown(this.free, this.capacity);
  }
}

/** `tokens`, or `bound` where that is smaller; a bound of 0 is none. */
function withinBound(tokens: number, bound: number): number {
  return bound === 0 || tokens < bound ? tokens : bound;
}

/** Whether `a` comes before `b` by (arrival of the attempt, id): the order of a first-come-first-served queue. */
export function arrivedBefore(declared: DeclaredColumns, a: RequestRow, b: RequestRow): boolean {
  const gap = declared.attemptAt[a]! - declared.attemptAt[b]!;
  return gap < 0 || (gap === 0 && declared.id[a]! < declared.id[b]!);
}
