/**
 * The fast replica of continuous batching: the same answers as looking at every sequence in every step (the twin in
 * `tests/reference` does that), without doing so. Three ideas:
 *
 * - A batch that only decodes changes in no way until somebody leaves, somebody could join, or KV runs out. Its step
 *   times form an arithmetic progression while step time is linear in KV tokens, because every step adds one a sequence.
 *   Such a *run* of steps is one event, cut short at the next boundary when the line changes.
 * - A decoding sequence needs no attention before it leaves: joined at step s with n tokens to go, it leaves at s + n.
 *   What it holds follows from the step number; blocks are counted by (tokens − step number) modulo block size.
 * - Only steps in which budget or KV do not suffice for all are scheduled one by one in their order.
 *
 * What belongs to a request is in columns of the request table; nothing is allocated per step or request.
 */
import { InvariantError } from '../errors.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { ENGINE_RECORD, type RequestTable } from '../workload/request-table.ts';
import { NO_SESSION } from '../workload/traces/index.ts';
import { Arena } from './arena.ts';
import type { EngineSettings } from './continuous-batching.ts';
import { KvBlocks } from './kv-blocks.ts';
import { PrefixCache } from './prefix-cache.ts';
import { ReplicaMeter } from './replica-meter.ts';
import {
  fitsInPhase,
  type InterruptibleReplica,
  type Line,
  type Phase,
  type Release,
  type ReplicaEnvironment,
  type Schedule,
  type ServiceObserver,
} from './replica.ts';
import { RowHeap } from './row-heap.ts';
import { RunningOrder } from './running-order.ts';
import { SharedPrefixes } from './shared-prefixes.ts';
import { emptyStepWork, type StepWork } from './step-time/index.ts';

/** What the replica is doing. */
const IDLE = 0;
/** It will compose a step once every arrival of this instant is there. */
const STARTING = 1;
/** One step, whose end is scheduled. */
const STEP = 2;
/** A run of steps in which everybody decodes. */
const RUN = 3;

/**
 * An instant this far from a boundary [s] is on the side of it that the quadratic says: what is between is at least half
 * of it, since no step is shorter than half the first, and doubles up to 104 days are within 2 ns of what they stand for.
 */
const CLOSE_CALL = 1e-6;

const NO_REQUEST = -1;

// The record of a request in `EngineRecords`, number by number. (A constant of this module costs nothing where it is used;
// one that is imported is looked up.)
const RECORD = ENGINE_RECORD;
/** Output tokens with which it leaves the replica. */
const TARGET = 0;
/** Tokens still to be read; 0 for those who decode. */
const TO_READ = 1;
/** Tokens read in this step, of those who read. */
const CHUNK = 2;
/** KV tokens held: by who reads, as they are; by who decodes, less the number of steps ended. */
const KV = 3;
/** 1 for a decoder that was left out of a step since its last token, or came from elsewhere: `lateSince` says when it was. */
const LATE = 4;
/** 1 for a decoder that is left out of this step. */
const LEFT_OUT = 5;
const TIER = 6;
/** The session to which it leaves its context; `NO_SESSION` where nobody keeps it. */
const SESSION = 7;

/** Readers for whom there is room at first. */
const FIRST_READERS = 4;

/** What is counted while a step is composed; all replicas use one, for none of them is interrupted. */
const SCRATCH: StepWork = emptyStepWork();

export class BatchingReplica implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();

  // What every event reads or writes comes first, so that it lies together.
  private mode = IDLE;
  /** Rises with every event asked for: one that carries another number is stale. */
  private plan = 0;
  /** Steps ended. */
  private step = 0;
  /**
   * When the last step ended, or this one began [s]. What happens at a boundary reads the instant here: a double that is
   * handed from function to function is allocated each time.
   */
  private boundaryAt = NaN;
  /** The run in progress: when it began, its first step, what each further step is longer by [s], and how many. */
  private runAt = 0;
  private runFirst = 0;
  private runIncrement = 0;
  private runSteps = 0;
  private readerCount = 0;
  /** KV tokens of all decoders at the last boundary. */
  private decoderKv = 0;
  /** Decoders that are late, in all. */
  private late = 0;
  /** The request at the head of the line when it was last looked at, if it stayed there; `NO_REQUEST` for none. */
  private noticed = NO_REQUEST;
  /** That request could not join for want of budget or KV. */
  private heldUp = false;
  /** Sequences in the step in progress. */
  private scheduled = 0;
  /** Decoders left out of this step. */
  private leftOut = 0;
  /** Sequences given up during this step. */
  private cancelled = 0;

  /** Counts of decoders, which begin at three places. */
  private readonly decoders: Int32Array;
  /** By (KV tokens − steps ended) modulo block size. */
  private readonly phases: number;
  /** By tier, and of those the ones that are late. */
  private readonly ofTier: number;
  private readonly lateOfTier: number;
  /** Those by tier, as the observer is told of them. */
  private readonly decodersOfTier: Int32Array;

  /** Decoders by the step at whose end they leave. */
  private readonly leaving: RowHeap;
  /** Sequences that read, in order of (rank, arrival, id), from a place on. */
  private readers: Int32Array;
  private firstReader: number;
  private readerRoom = FIRST_READERS;
  private readonly kv: KvBlocks;
  private readonly settings: EngineSettings;
  private readonly work = SCRATCH;
  private readonly arena: Arena;
  // The environment, field by field: it is reached several times an event.
  private readonly table: RequestTable;
  private readonly line: Line;
  private readonly observer: ServiceObserver;
  private readonly schedule: Schedule;
  private readonly onGrid: ReplicaEnvironment['onGrid'];
  private readonly tiers: number;
  private readonly phase: Phase;
  private readonly fitsHere: EngineSettings['fits'];
  /** What finished requests of sessions leave in blocks that are free for running work; `null` while none has. */
  private prefixes: PrefixCache | null = null;
  /** What sequences hold in common while they run; `null` where nothing is known of what prompts say. */
  private readonly shared: SharedPrefixes | null;

  /** What sequences given up during this step hold until it ends. */
  private cancelledBlocks = 0;
  private cancelledTokens = 0;
  /** Requests of those sequences, where they may hold something in common with others. */
  private readonly cancelledSharers: number[] = [];
  /** Takes blocks that nobody holds any more for who may want them; one function, so that a release makes none. */
  private readonly keepShared = (key: number, blocks: number): void => {
    this.prefixes ??= new PrefixCache();
    this.prefixes.keep(key, blocks, this.boundaryAt, key);
  };
  /** For steps in which order matters: all that run, in order. */
  private readonly order: RunningOrder;

  constructor(settings: EngineSettings, environment: ReplicaEnvironment, arena = new Arena()) {
    const { tiers } = environment;
    const cells = arena.take(settings.blockSize + 2 * tiers + FIRST_READERS);
    this.id = environment.id;
    this.decoders = cells.ints;
    this.phases = cells.first;
    this.ofTier = this.phases + settings.blockSize;
    this.lateOfTier = this.ofTier + tiers;
    this.decodersOfTier = cells.ints.subarray(this.ofTier, this.lateOfTier);
    this.readers = cells.ints;
    this.firstReader = this.lateOfTier + tiers;
    this.arena = arena;
    this.leaving = new RowHeap(arena);
    this.order = new RunningOrder(environment.table);
    this.kv = new KvBlocks(settings.blocks, settings.blockSize);
    this.settings = settings;
    this.table = environment.table;
    this.line = environment.line;
    this.observer = environment.observer;
    this.schedule = environment.schedule;
    this.onGrid = environment.onGrid;
    this.tiers = tiers;
    this.phase = environment.phase;
    this.fitsHere = fitsInPhase(settings.fits, environment.phase);
    this.shared =
      settings.prompts === null || !settings.prefixCache ? null : new SharedPrefixes(settings.prompts);
  }

  kvTokens(now: number): number {
    if (this.mode !== RUN) return this.meter.kvTokens.value;
    return this.kv.tokens + this.leaving.size * this.stepsUntil(now, true);
  }

  get room(): number {
    return this.heldUp ? 0 : this.settings.maxSequences - this.running - this.cancelled;
  }

  /** Places of sequences; whether KV suffices too shows when the next step is composed. */
  yieldingTo(row: RequestRow): number {
    if (!this.settings.priorityPreemption) return 0;
    const { rank } = this.table.batch;
    const importance = this.line.importance(row);
    let count = 0;
    for (let place = 0; place < this.leaving.size; place++) {
      if (rank[this.leaving.at(place)]! > importance) count += 1;
    }
    for (let place = 0; place < this.readerCount; place++) {
      if (rank[this.readerAt(place)]! > importance) count += 1;
    }
    return count;
  }

  get use(): number {
    const { kv, settings } = this;
    return Math.max((this.running + this.cancelled) / settings.maxSequences, kv.held / (kv.held + kv.free));
  }

  private get running(): number {
    return this.leaving.size + this.readerCount;
  }

  get canStart(): boolean {
    return this.mode === IDLE;
  }

  start(now: number): void {
    this.mode = STARTING;
    this.callAt(now);
  }

  get listens(): boolean {
    return this.mode === RUN;
  }

  lineChanged(now: number, boundariesPassed: boolean): boolean {
    if (this.mode !== RUN) return false;
    const head = this.line.peek();
    const declared = this.table.declared;
    const request = head === NO_ROW ? NO_REQUEST : declared.id[head]!;
    if (request === this.noticed) return true;
    this.noticed = request;
    this.heldUp = false;
    if (request === NO_REQUEST) return true;
    // Without a slot only who may take another's place can join.
    if (this.running >= this.settings.maxSequences && !this.settings.priorityPreemption) return false;
    const steps = this.stepsUntil(now, boundariesPassed);
    if (steps >= this.runSteps) return false;
    this.runSteps = steps;
    this.callAt(this.runBoundary(steps));
    return false;
  }

  /** A step boundary: what ran is complete, and what comes next is composed. */
  resume(now: number, plan: number): void {
    if (plan !== this.plan) return;
    if (this.mode === STEP) this.completeStep(now);
    else if (this.mode === RUN) this.completeRun(this.runSteps, now);
    this.boundaryAt = now;
    this.compose();
  }

  settle(now: number, boundariesPassed: boolean): void {
    if (this.mode === RUN) {
      let steps = this.stepsUntil(now, boundariesPassed) - 1;
      if (steps >= this.runSteps) steps = this.runSteps - 1;
      if (steps > 0) {
        const at = this.runBoundary(steps);
        this.completeRun(steps, at);
        this.runSteps -= steps;
        this.beginRun(at);
        this.meter.kvTokens.set(this.kv.tokens + this.leaving.size, at);
      }
    }
    this.checkKv();
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    for (let place = 0; place < this.leaving.size; place++) {
      const row = this.leaving.at(place);
      const leavesAt = this.leaving.keyAt(place) - records[RECORD * row + LEFT_OUT]!;
      outputDone[row] = records[RECORD * row + TARGET]! - (leavesAt - this.step);
      lastTokenAt[row] = this.lastTokenOf(row, this.boundaryAt);
    }
  }

  evict(now: number, release: Release): void {
    this.settle(now, true);
    this.keepOrder();
    const { size } = this.order;
    this.order.clear();
    this.plan += 1;
    this.leaving.clear();
    this.readerCount = 0;
    this.decoderKv = 0;
    this.decoders.fill(0, this.phases, this.lateOfTier + this.tiers);
    this.late = 0;
    this.leftOut = 0;
    this.noticed = NO_REQUEST;
    this.heldUp = false;
    this.prefixes = null;
    this.shared?.clear();
    this.cancelledSharers.length = 0;
    this.cancelled = 0;
    this.cancelledBlocks = 0;
    this.cancelledTokens = 0;
    this.kv.release(this.kv.held, this.kv.tokens);
    this.enter(IDLE, 0, now);
    for (let place = 0; place < size; place++) release(this.order.at(place), now);
  }

  cancel(row: RequestRow, now: number): void {
    if (this.mode === RUN) this.endRunWithStep(now);
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    let held = records[RECORD * row + KV]!;
    if (records[RECORD * row + TO_READ]! > 0) {
      this.takeOutReader(row);
    } else {
      const place = this.leaving.placeOf(row);
      const isLeftOut = records[RECORD * row + LEFT_OUT]!;
      outputDone[row] = records[RECORD * row + TARGET]! - (this.leaving.keyAt(place) - isLeftOut - this.step);
      lastTokenAt[row] = this.lastTokenOf(row, this.boundaryAt);
      // It has its next token's place already; one left out was set back by as much.
      held += this.step + 1;
      this.leftOut -= isLeftOut;
      this.takeOutDecoder(row, place, held - 1 + isLeftOut);
    }
    const common = this.blocksInCommon(row);
    if (common > 0) this.cancelledSharers.push(this.table.declared.id[row]!);
    this.cancelled += 1;
    this.cancelledBlocks += this.kv.blocksFor(held) - common;
    this.cancelledTokens += held - common * this.settings.blockSize;
  }

  /** The run's step in progress becomes a step of its own, at whose end the next is composed. */
  private endRunWithStep(now: number): void {
    this.settle(now, true);
    this.takeKv(this.inPhase(0), this.leaving.size);
    this.scheduled = this.leaving.size;
    this.mode = STEP;
    this.callAt(this.runBoundary(1));
  }

  /** What is counted as held is what those who run hold, token for token and block for block. */
  private checkKv(): void {
    const { records } = this.table.engine;
    const { blockSize } = this.settings;
    const shared = this.shared?.blocks ?? 0;
    let tokens = this.cancelledTokens + shared * blockSize;
    let blocks = this.cancelledBlocks + shared;
    const count = (row: RequestRow, held: number) => {
      const common = this.blocksInCommon(row);
      tokens += held - common * blockSize;
      blocks += this.kv.blocksFor(held) - common;
    };
    for (let place = 0; place < this.readerCount; place++)
      count(this.readerAt(place), records[RECORD * this.readerAt(place) + KV]!);
    // A decoder in a step has its next token's place already.
    const taken = this.step + (this.mode === STEP ? 1 : 0);
    for (let place = 0; place < this.leaving.size; place++) {
      count(this.leaving.at(place), records[RECORD * this.leaving.at(place) + KV]! + taken);
    }
    if (tokens !== this.kv.tokens || blocks !== this.kv.held) {
      throw new InvariantError(
        `replica ${this.id} counts ${this.kv.tokens} KV tokens in ${this.kv.held} blocks; its sequences hold ${tokens} in ${blocks}`,
      );
    }
    if (this.prefixes !== null && this.prefixes.blocks > this.kv.free) {
      throw new InvariantError(
        `replica ${this.id} keeps ${this.prefixes.blocks} blocks of prefixes, and ${this.kv.free} are free`,
      );
    }
  }

  // Boundaries.

  private callAt(instant: number): void {
    this.schedule(instant, this.id, ++this.plan);
  }

  /** The end of the j-th step of the run [s]. */
  private runBoundary(steps: number): number {
    const length = steps * this.runFirst + this.runIncrement * ((steps * (steps - 1)) / 2);
    return this.onGrid(this.runAt + length);
  }

  /**
   * The first boundary of the run at or after an instant, as a number of steps; strictly after it when the boundaries of
   * that instant have passed. Found from the quadratic; where that comes so close to a boundary that rounding could have
   * moved it, the boundaries themselves decide.
   */
  private stepsUntil(at: number, strictly: boolean): number {
    const past = at - this.runAt;
    const half = this.runIncrement / 2;
    const linear = this.runFirst - half;
    const exact =
      half > 0 ? (2 * past) / (linear + Math.sqrt(linear * linear + 4 * half * past)) : past / linear;
    let steps = exact > 0 ? Math.min(this.runSteps, Math.ceil(exact)) : 1;
    if (Math.abs(exact - Math.floor(exact + 0.5)) * this.runFirst > CLOSE_CALL) return steps;
    while (steps > 1 && !this.endsBefore(steps - 1, at, strictly)) steps -= 1;
    while (steps < this.runSteps && this.endsBefore(steps, at, strictly)) steps += 1;
    return steps;
  }

  private endsBefore(steps: number, at: number, orThen: boolean): boolean {
    const end = this.runBoundary(steps);
    return orThen ? end <= at : end < at;
  }

  private completeStep(now: number): void {
    const { meter, leaving } = this;
    const gap = now - this.boundaryAt;
    this.boundaryAt = now;
    const decoded = leaving.size - this.leftOut;
    meter.steps += 1;
    meter.sequences += this.scheduled;
    meter.tokensEmitted += decoded;
    this.step += 1;
    this.decoderKv += decoded;
    if (this.late > 0) this.reportLate(now, gap);
    else if (decoded > 0) this.observer.furtherTokenRun(gap, 0, 1, this.decodersOfTier);
    if (this.cancelled > 0) this.releaseCancelled();
    this.endLeaving();
    this.endReading();
  }

  /** Who was given up during the step that ends now lets go of its KV and its place. */
  private releaseCancelled(): void {
    this.kv.release(this.cancelledBlocks, this.cancelledTokens);
    for (const request of this.cancelledSharers) this.releaseShared(request, 0);
    this.cancelledSharers.length = 0;
    this.cancelled = 0;
    this.cancelledBlocks = 0;
    this.cancelledTokens = 0;
  }

  /** Some decoders were left out before: those who were not now have their next token, later than all others. */
  private reportLate(now: number, gap: number): void {
    for (let tier = 0; tier < this.tiers; tier++) {
      const regular = this.decoders[this.ofTier + tier]! - this.decoders[this.lateOfTier + tier]!;
      if (regular > 0) this.observer.furtherTokens(tier, gap, regular);
    }
    const { records } = this.table.engine;
    const { lateSince } = this.table.batch;
    for (let place = 0; place < this.leaving.size; place++) {
      const row = this.leaving.at(place);
      const record = RECORD * row;
      if (records[record + LATE] === 0) continue;
      if (records[record + LEFT_OUT] === 1) {
        records[record + LEFT_OUT] = 0;
        continue;
      }
      this.observer.furtherTokens(records[record + TIER]!, now - lateSince[row]!, 1);
      this.forgetLate(row);
    }
    this.leftOut = 0;
  }

  private forgetLate(row: RequestRow): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    records[record + LATE] = 0;
    records[record + LEFT_OUT] = 0;
    this.late -= 1;
    this.decoders[this.lateOfTier + records[record + TIER]!]! -= 1;
  }

  /** Whoever has all tokens after this step is served. */
  private endLeaving(): void {
    const { leaving } = this;
    while (leaving.size > 0 && leaving.keyAt(0) === this.step) this.finish(leaving.at(0), 0);
  }

  /** The decoder at that place among those who leave is served. */
  private finish(row: RequestRow, place: number): void {
    const now = this.boundaryAt;
    const { outputDone, lastTokenAt } = this.table.progress;
    const { records } = this.table.engine;
    const request = this.table.declared.id[row]!;
    outputDone[row] = records[RECORD * row + TARGET]!;
    lastTokenAt[row] = now;
    const held = records[RECORD * row + KV]! + this.step;
    this.removeDecoder(row, place);
    this.keepPrefix(row, request, held);
    this.observer.finished(row, now);
  }

  /** Readers take what they read in the step; the last chunk of a prompt gives a token. */
  private endReading(): void {
    const now = this.boundaryAt;
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    const { observer } = this;
    let kept = 0;
    for (let place = 0; place < this.readerCount; place++) {
      const row = this.readerAt(place);
      const record = RECORD * row;
      const toRead = records[record + TO_READ]! - records[record + CHUNK]!;
      records[record + TO_READ] = toRead;
      if (toRead > 0) {
        this.putReader(kept++, row);
        continue;
      }
      const done = ++outputDone[row]!;
      this.meter.tokensEmitted += 1;
      if (done === 1) observer.firstToken(row, now);
      else observer.furtherTokens(records[record + TIER]!, now - lastTokenAt[row]!, 1);
      this.addDecoder(row, records[record + TARGET]! - done);
      if (done === records[record + TARGET]!) this.finish(row, this.leaving.placeOf(row));
    }
    this.readerCount = kept;
  }

  /** Takes so many steps of the run as done, the last of which ends at `at`. */
  private completeRun(steps: number, at: number): void {
    const { meter, kv, leaving } = this;
    this.boundaryAt = at;
    const decoders = leaving.size;
    const first = this.runFirst;
    const increment = this.runIncrement;
    meter.steps += steps;
    meter.sequences += steps * decoders;
    meter.tokensEmitted += steps * decoders;
    // KV held in step j is what was held at the start and j + 1 tokens a sequence more; a step is first + j × increment
    // long: Σ (a + d (j + 1)) (first + j increment).
    const held = kv.tokens + decoders;
    const sum1 = (steps * (steps - 1)) / 2;
    const sum2 = ((steps - 1) * steps * (2 * steps - 1)) / 6;
    const area =
      steps * held * first + (held * increment + decoders * first) * sum1 + decoders * increment * sum2;
    this.takeKv(this.blocksOver(steps), steps * decoders);
    meter.kvTokens.follow(area, this.runAt, kv.tokens, at);
    this.observer.furtherTokenRun(first, increment, steps, this.decodersOfTier);
    this.step += steps;
    this.decoderKv += steps * decoders;
    this.runFirst += steps * increment;
    this.endLeaving();
  }

  // Composition.

  private compose(): void {
    if (this.readerCount === 0 && this.late === 0 && this.line.peek() === NO_ROW) {
      // Nearly every second boundary: nobody reads and nobody waits, so the next run begins, or nothing.
      this.noticed = NO_REQUEST;
      this.heldUp = false;
      if (this.leaving.size === 0) return this.rest();
      if (this.allCanRun()) return this.run();
    }
    const { work } = this;
    const now = this.boundaryAt;
    const promised = this.settings.priorityPreemption ? this.makeWayForImportant(now) : NO_ROW;
    work.prefillTokens = 0;
    work.decodeTokens = 0;
    work.sequences = 0;
    work.kvTokens = 0;
    work.prefillContext = 0;
    const preempted = this.allCanRun() ? this.scheduleAll() : this.scheduleInOrder(now);
    this.noticed = NO_REQUEST;
    this.heldUp = preempted;
    if (!preempted) this.admitWaiting(promised);
    if (work.sequences === 0) return this.rest();
    const canRun =
      this.late === 0 &&
      this.readerCount === 0 &&
      !preempted &&
      promised === NO_ROW &&
      (this.line.steady || this.line.peek() === NO_ROW);
    if (canRun && !this.mayPreempt()) {
      // The run takes its KV when it is done; what was scheduled for its first step is part of it.
      this.kv.release(this.inPhase(0), this.leaving.size);
      return this.run();
    }
    this.scheduled = work.sequences;
    this.callAt(this.onGrid(now + this.settings.stepTime.duration(work)));
    this.enter(STEP, this.kv.tokens, now);
  }

  private rest(): void {
    this.enter(IDLE, this.kv.tokens, this.boundaryAt);
  }

  private run(): void {
    const now = this.boundaryAt;
    this.beginRun(now);
    this.runSteps = this.longestRun();
    this.callAt(this.runBoundary(this.runSteps));
    this.enter(RUN, this.kv.tokens + this.leaving.size, now);
  }

  /** From now on the replica does this, and holds so many KV tokens. */
  private enter(mode: number, kvTokens: number, now: number): void {
    const busy = mode >= STEP;
    if (busy !== this.mode >= STEP) this.meter.busy.set(busy ? 1 : 0, now);
    this.meter.kvTokens.set(kvTokens, now);
    this.mode = mode;
  }

  /** Whether who is blocked may have somebody pre-empted at the next boundary, when less KV is free. */
  private mayPreempt(): boolean {
    if (!this.settings.priorityPreemption || this.noticed === NO_REQUEST) return false;
    const head = this.line.peek();
    return this.table.batch.rank[this.lastRunning()]! > this.line.importance(head);
  }

  /** The run begins, or goes on, at a boundary. */
  private beginRun(at: number): void {
    const { work, settings } = this;
    const decoders = this.leaving.size;
    work.prefillTokens = 0;
    work.prefillContext = 0;
    work.decodeTokens = decoders;
    work.sequences = decoders;
    work.kvTokens = this.decoderKv;
    this.runAt = at;
    this.runFirst = settings.stepTime.duration(work);
    this.runIncrement = settings.stepTime.perKvToken(work) * decoders;
  }

  /**
   * Steps until somebody leaves, the law's line in KV tokens ends or KV does not suffice; at least one, for this
   * boundary's was found to. `work` is that of the first.
   */
  private longestRun(): number {
    const { work } = this;
    const { blockSize, stepTime } = this.settings;
    const decoders = this.leaving.size;
    const untilLeave = this.leaving.keyAt(0) - this.step;
    const linearUntil = stepTime.kvLinearUntil(work);
    const most =
      linearUntil === Infinity
        ? untilLeave
        : Math.min(untilLeave, 1 + Math.floor((linearUntil - work.kvTokens) / decoders));
    // Nobody needs more blocks than this in so many steps: mostly there is no need to look closer.
    if (this.kv.free >= decoders * this.kv.blocksFor(most)) return most;
    const cycles = Math.min(Math.floor(this.kv.free / decoders), Math.floor(most / blockSize));
    let steps = cycles * blockSize;
    let free = this.kv.free - cycles * decoders;
    while (steps < most) {
      free -= this.inPhase(steps);
      if (free < 0) break;
      steps += 1;
    }
    return steps;
  }

  /** Blocks that so many decode steps from here on take. */
  private blocksOver(steps: number): number {
    const { blockSize } = this.settings;
    const { decoders, phases, kv, step } = this;
    const cycles = kv.filledBy(steps);
    let blocks = cycles * this.leaving.size;
    for (let ahead = cycles * blockSize; ahead < steps; ahead++) {
      blocks += decoders[phases + kv.phaseOf(-step - ahead)]!;
    }
    return blocks;
  }

  /** Decoders that need a block `ahead` steps from now. */
  private inPhase(ahead: number): number {
    return this.decoders[this.phases + this.phaseOf(ahead)]!;
  }

  /** The phase of those: (kv − step) ≡ −(step + ahead). */
  private phaseOf(ahead: number): number {
    return this.kv.phaseOf(-(this.step + ahead));
  }

  /**
   * Whether budget and KV suffice for everybody, so that their order does not matter: decoders have their token, and
   * readers share what is left; the first who is not satisfied stands behind all decoders.
   */
  private allCanRun(): boolean {
    const { maxBatchedTokens } = this.settings;
    const { records } = this.table.engine;
    let budget = maxBatchedTokens - this.leaving.size;
    if (budget < 0) return false;
    let blocks = this.inPhase(0);
    let short: RequestRow = NO_ROW;
    for (let place = 0; place < this.readerCount; place++) {
      const row = this.readerAt(place);
      const record = RECORD * row;
      const toRead = records[record + TO_READ]!;
      const held = records[record + KV]!;
      const chunk = Math.min(toRead, budget);
      records[record + CHUNK] = chunk;
      if (short === NO_ROW && chunk < toRead) short = row;
      budget -= chunk;
      blocks += this.kv.missing(this.kv.blocksFor(held), held + chunk);
    }
    return blocks <= this.kv.free && (short === NO_ROW || !this.precedesADecoder(short));
  }

  /** Whether a reader stands before some decoder. */
  private precedesADecoder(reader: RequestRow): boolean {
    if (!this.order.isKept) {
      for (let place = 0; place < this.leaving.size; place++) {
        if (this.comesBefore(reader, this.leaving.at(place))) return true;
      }
      return false;
    }
    const { records } = this.table.engine;
    let place = this.order.size - 1;
    while (place >= 0 && records[RECORD * this.order.at(place) + TO_READ]! > 0) place -= 1;
    return place >= 0 && this.comesBefore(reader, this.order.at(place));
  }

  /** Everybody runs, with the chunks that `allCanRun` gave. Nobody is pre-empted. */
  private scheduleAll(): boolean {
    const decoders = this.leaving.size;
    const { work } = this;
    const { records } = this.table.engine;
    work.decodeTokens = decoders;
    work.sequences = decoders;
    work.kvTokens = this.decoderKv;
    this.takeKv(this.inPhase(0), decoders);
    for (let place = 0; place < this.readerCount; place++) {
      const row = this.readerAt(place);
      const chunk = records[RECORD * row + CHUNK]!;
      if (chunk > 0) this.scheduleReader(row, chunk);
    }
    return false;
  }

  /** One after another in their order, pre-empting the last when KV is short; true when somebody was. */
  private scheduleInOrder(now: number): boolean {
    const { work } = this;
    const { records } = this.table.engine;
    this.keepOrder();
    const { order } = this;
    let budget = this.settings.maxBatchedTokens;
    let preempted = false;
    let place = 0;
    for (; place < order.size && budget > 0; place++) {
      const row = order.at(place);
      const toRead = records[RECORD * row + TO_READ]!;
      const reads = toRead > 0;
      const tokens = reads ? Math.min(toRead, budget) : 1;
      const held = records[RECORD * row + KV]! + (reads ? 0 : this.step);
      const missing = this.kv.missing(this.kv.blocksFor(held), held + tokens);
      while (place < order.size && missing > this.kv.free) {
        this.preempt(order.last, now);
        preempted = true;
      }
      if (place >= order.size) break;
      budget -= tokens;
      if (reads) {
        this.scheduleReader(row, tokens);
        continue;
      }
      this.takeKv(missing, 1);
      work.decodeTokens += 1;
      work.sequences += 1;
      work.kvTokens += held;
    }
    for (; place < order.size; place++) {
      const row = order.at(place);
      if (records[RECORD * row + TO_READ]! > 0) records[RECORD * row + CHUNK] = 0;
      else this.leaveOut(row, now);
    }
    if (this.leftOut > 0) this.leaving.addToKeys(records, RECORD, LEFT_OUT);
    return preempted;
  }

  private scheduleReader(row: RequestRow, tokens: number): void {
    const { work } = this;
    const { records } = this.table.engine;
    const held = records[RECORD * row + KV]!;
    work.sequences += 1;
    work.prefillTokens += tokens;
    work.kvTokens += held;
    work.prefillContext += tokens * (held + tokens / 2);
    this.takeKv(this.kv.missing(this.kv.blocksFor(held), held + tokens), tokens);
    records[RECORD * row + CHUNK] = tokens;
    records[RECORD * row + KV] = held + tokens;
    if (this.shared !== null) {
      const whole = Math.floor((held + tokens) / this.settings.blockSize);
      this.shared.read(this.table.declared.id[row]!, whole, this.prefixes);
    }
  }

  /** Who comes with KV from elsewhere decodes at once; its last token was made there. */
  private scheduleMoved(row: RequestRow): void {
    const { work } = this;
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    const held = records[RECORD * row + KV]!;
    work.decodeTokens += 1;
    work.sequences += 1;
    work.kvTokens += held;
    this.takeKv(this.kv.missing(this.kv.blocksFor(held), held + 1), 1);
    this.addDecoder(row, records[RECORD * row + TARGET]! - outputDone[row]!);
    this.rememberLate(row, lastTokenAt[row]!);
  }

  /** A decoder for which the budget does not suffice stays as it is for a step: all it counts by step is to move on. */
  private leaveOut(row: RequestRow, now: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    this.movePhase(records[record + KV]!, -1);
    records[record + KV]! -= 1;
    this.movePhase(records[record + KV]!, 1);
    records[record + LEFT_OUT] = 1;
    this.leftOut += 1;
    if (records[record + LATE] === 0) this.rememberLate(row, now);
  }

  /** The decoder's next token comes later after its last than a step is long. */
  private rememberLate(row: RequestRow, lastTokenAt: number): void {
    const { records } = this.table.engine;
    const { lateSince } = this.table.batch;
    records[RECORD * row + LATE] = 1;
    lateSince[row] = lastTokenAt;
    this.late += 1;
    this.decoders[this.lateOfTier + records[RECORD * row + TIER]!]! += 1;
  }

  private admitWaiting(promised: RequestRow): void {
    const { line, observer, table } = this;
    const { maxSequences, maxBatchedTokens, chunkedPrefill, reserveFullPrompt } = this.settings;
    const { declared } = table;
    let budget = maxBatchedTokens - this.work.prefillTokens - this.work.decodeTokens;
    for (;;) {
      const row = promised === NO_ROW ? line.peek() : promised;
      if (row === NO_ROW) return;
      promised = NO_ROW;
      this.noticed = declared.id[row]!;
      // Who waits for spare capacity keeps nobody else waiting.
      this.heldUp = declared.deferrable[row] === 0;
      if (this.running >= maxSequences || budget <= 0) return;
      // What is known of it is asked in one go: where it has long left the cache, all of it comes as quickly as one number.
      const output = table.outputTarget(row);
      const present = this.tokensPresent(row);
      const toRead = this.tokensToRead(row, present);
      const tier = declared.tier[row]!;
      if (!this.fits(row, output)) return;
      if (!chunkedPrefill && toRead <= maxBatchedTokens && toRead > budget) return;
      const tokens = toRead > 0 ? Math.min(toRead, budget) : 1;
      if (!this.hasRoom(row, present + (reserveFullPrompt ? Math.max(tokens, toRead) : tokens))) return;
      line.remove(row);
      this.reusePrefix(row, present);
      this.seat(row, tier, toRead, this.phase === 'prefill' ? 1 : output, present);
      if (toRead > 0) {
        this.addReader(row);
        this.scheduleReader(row, tokens);
      } else {
        this.scheduleMoved(row);
      }
      budget -= tokens;
      observer.admitted(row, this.id, this.boundaryAt);
      this.noticed = NO_REQUEST;
      this.heldUp = false;
    }
  }

  /** The request for which way was made by pre-empting less important ones, or `NO_ROW`. */
  private makeWayForImportant(now: number): RequestRow {
    const best = this.line.peek();
    if (best === NO_ROW || this.canJoin(best) || !this.fits(best, this.table.outputTarget(best)))
      return NO_ROW;
    const importance = this.line.importance(best);
    let promised: RequestRow = NO_ROW;
    while (this.running > 0 && !this.canJoin(best)) {
      const worst = this.lastRunning();
      if (this.table.batch.rank[worst]! <= importance) break;
      this.preempt(worst, now);
      promised = best;
    }
    return promised;
  }

  private canJoin(row: RequestRow): boolean {
    const present = this.tokensPresent(row);
    const toRead = this.tokensToRead(row, present);
    const { maxSequences, maxBatchedTokens, reserveFullPrompt } = this.settings;
    const chunk = reserveFullPrompt ? toRead : Math.min(toRead, maxBatchedTokens);
    return this.running < maxSequences && this.hasRoom(row, present + Math.max(1, chunk));
  }

  /** Whether a waiting request may come to hold so many KV tokens, those counted that others hold with it. */
  private hasRoom(row: RequestRow, tokens: number): boolean {
    return this.kv.missing(this.blocksOfOthers(row), tokens) <= this.kv.free;
  }

  /** Whether it could ever be served here, with that output; a larger pool of its model may take it where not. */
  private fits(row: RequestRow, output: number): boolean {
    const { promptTokens, cachedTokens } = this.table.declared;
    return this.fitsHere(promptTokens[row]!, cachedTokens[row]!, output);
  }

  /** The request loses its KV, and waits again where its arrival puts it. */
  private preempt(row: RequestRow, now: number): void {
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt, movedTokens } = this.table.progress;
    if (records[RECORD * row + TO_READ]! > 0) {
      this.removeReader(row);
    } else {
      const place = this.leaving.placeOf(row);
      outputDone[row] = records[RECORD * row + TARGET]! - (this.leaving.keyAt(place) - this.step);
      lastTokenAt[row] = this.lastTokenOf(row, now);
      this.removeDecoder(row, place);
    }
    movedTokens[row] = 0;
    this.line.push(row);
    this.observer.preempted(row, now);
  }

  // The batch.

  /** It has tokens to read and to make, and holds so many KV tokens. */
  private seat(row: RequestRow, tier: number, toRead: number, target: number, held: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    this.table.batch.rank[row] = this.line.importance(row);
    records[record + TARGET] = target;
    records[record + TO_READ] = toRead;
    records[record + KV] = held;
    records[record + LATE] = 0;
    records[record + LEFT_OUT] = 0;
    records[record + TIER] = tier;
    records[record + SESSION] = this.settings.prefixCache ? this.table.declared.session[row]! : NO_SESSION;
    if (this.order.isKept) this.order.join(row);
  }

  /** When a decoder had its last token, which was at this boundary unless it is late. */
  private lastTokenOf(row: RequestRow, boundary: number): number {
    const { records } = this.table.engine;
    const { lateSince } = this.table.batch;
    return records[RECORD * row + LATE] === 0 ? boundary : lateSince[row]!;
  }

  private readerAt(place: number): RequestRow {
    return this.readers[this.firstReader + place]! as RequestRow;
  }

  private putReader(place: number, row: RequestRow): void {
    this.readers[this.firstReader + place] = row;
  }

  private addReader(row: RequestRow): void {
    if (this.readerCount === this.readerRoom) this.makeRoomForReaders();
    let place = this.readerCount++;
    for (; place > 0 && this.comesBefore(row, this.readerAt(place - 1)); place--) {
      this.putReader(place, this.readerAt(place - 1));
    }
    this.putReader(place, row);
  }

  private makeRoomForReaders(): void {
    const { readers, firstReader } = this;
    this.readerRoom *= 2;
    const { ints, first } = this.arena.take(this.readerRoom);
    ints.set(readers.subarray(firstReader, firstReader + this.readerCount), first);
    this.readers = ints;
    this.firstReader = first;
  }

  private removeReader(row: RequestRow): void {
    this.releaseKv(row, this.table.engine.records[RECORD * row + KV]!);
    this.takeOutReader(row);
  }

  private takeOutReader(row: RequestRow): void {
    if (this.order.isKept) this.order.remove(row);
    let place = 0;
    while (this.readerAt(place) !== row) place += 1;
    this.readerCount -= 1;
    for (; place < this.readerCount; place++) this.putReader(place, this.readerAt(place + 1));
  }

  /** Who has read all decodes from here on, with so many tokens to go. */
  private addDecoder(row: RequestRow, tokensToGo: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    const held = records[record + KV]!;
    this.decoderKv += held;
    records[record + KV] = held - this.step;
    this.movePhase(held - this.step, 1);
    this.decoders[this.ofTier + records[record + TIER]!]! += 1;
    this.leaving.push(row, this.step + tokensToGo);
  }

  private removeDecoder(row: RequestRow, place: number): void {
    const held = this.table.engine.records[RECORD * row + KV]! + this.step;
    this.releaseKv(row, held);
    this.takeOutDecoder(row, place, held);
  }

  /** The decoder at that place among those who leave, who held so many KV tokens at the last boundary, decodes no longer. */
  private takeOutDecoder(row: RequestRow, place: number, held: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    if (this.order.isKept) this.order.remove(row);
    if (records[record + LATE] === 1) this.forgetLate(row);
    this.decoderKv -= held;
    this.movePhase(records[record + KV]!, -1);
    this.decoders[this.ofTier + records[record + TIER]!]! -= 1;
    this.leaving.removeAt(place);
  }

  private movePhase(kvLessSteps: number, by: number): void {
    this.decoders[this.phases + this.kv.phaseOf(kvLessSteps)]! += by;
  }

  /** All that run are in order now, and for a while. */
  private keepOrder(): void {
    const { order } = this;
    if (!order.need()) return;
    for (let place = 0; place < this.readerCount; place++) order.add(this.readerAt(place));
    for (let place = 0; place < this.leaving.size; place++) order.add(this.leaving.at(place));
  }

  private lastRunning(): RequestRow {
    this.keepOrder();
    return this.order.last;
  }

  private comesBefore(a: RequestRow, b: RequestRow): boolean {
    return this.order.comesBefore(a, b);
  }

  /** Tokens that a waiting request has to read, which joins with so many KV tokens. */
  private tokensToRead(row: RequestRow, present: number): number {
    const { declared, progress } = this.table;
    if (progress.movedTokens[row]! > 0) return 0;
    return declared.promptTokens[row]! - present + progress.outputDone[row]!;
  }

  // Prefixes.

  private takeKv(blocks: number, tokens: number): void {
    this.kv.take(blocks, tokens);
    if (this.prefixes !== null && this.prefixes.blocks > this.kv.free) this.prefixes.shrinkTo(this.kv.free);
  }

  /** Sessions of all tiers, told apart. */
  private sessionKey(row: RequestRow): number {
    return this.table.declared.session[row]! * this.tiers + this.table.declared.tier[row]!;
  }

  /** KV tokens that a waiting request joins with. */
  private tokensPresent(row: RequestRow): number {
    const moved = this.table.progress.movedTokens[row]!;
    return moved > 0 ? moved : this.cachedTokens(row);
  }

  /** Tokens that need not be read: whole blocks in common or kept of its session, or what is assumed without either. */
  private cachedTokens(row: RequestRow): number {
    const { id, session, prefixTokens, cachedTokens } = this.table.declared;
    const { blockSize } = this.settings;
    if (session[row] === NO_SESSION) {
      return this.shared === null
        ? cachedTokens[row]!
        : blockSize * this.shared.present(id[row]!, this.prefixes);
    }
    if (this.prefixes === null) return 0;
    const shared = Math.floor(prefixTokens[row]! / blockSize);
    return blockSize * Math.min(shared, this.prefixes.blocksOf(this.sessionKey(row)));
  }

  /** The request that joins with so many KV tokens runs on what is kept of its session, or there for all. */
  private reusePrefix(row: RequestRow, present: number): void {
    const { declared, progress } = this.table;
    const others = this.blocksOfOthers(row);
    const hasSession = declared.session[row] !== NO_SESSION;
    if (hasSession) this.prefixes?.forget(this.sessionKey(row));
    else if (this.shared !== null && !(progress.movedTokens[row]! > 0))
      this.shared.join(declared.id[row]!, this.prefixes);
    if ((hasSession || this.shared !== null) && Number.isNaN(progress.admittedAt[row]!))
      progress.cachedTokens[row] = present;
    if (present > 0)
      this.takeKv(this.kv.blocksFor(present) - others, present - others * this.settings.blockSize);
  }

  /** A finished request leaves the whole blocks of its context to its session. */
  private keepPrefix(row: RequestRow, request: number, held: number): void {
    if (this.table.engine.records[RECORD * row + SESSION] === NO_SESSION) return;
    const blocks = Math.floor(held / this.settings.blockSize);
    if (blocks === 0) return;
    this.prefixes ??= new PrefixCache();
    this.prefixes.keep(this.sessionKey(row), blocks, this.boundaryAt, request);
  }

  /** Blocks with which a waiting request's prompt begins and that running sequences hold. */
  private blocksOfOthers(row: RequestRow): number {
    if (this.shared === null || this.table.progress.movedTokens[row]! > 0) return 0;
    return this.shared.running(this.table.declared.id[row]!);
  }

  /** Blocks of a running request that are counted once for all who hold them. */
  private blocksInCommon(row: RequestRow): number {
    return this.shared === null ? 0 : this.shared.blocksOf(this.table.declared.id[row]!);
  }

  /** The request lets go of its KV: what it has alone is free, and what nobody else holds. */
  private releaseKv(row: RequestRow, held: number): void {
    const common = this.blocksInCommon(row);
    this.kv.release(this.kv.blocksFor(held) - common, held - common * this.settings.blockSize);
    if (this.shared === null) return;
    const { id, session } = this.table.declared;
    // What a session's request had is its session's, or nobody's.
    const whole = session[row] === NO_SESSION ? Math.floor(held / this.settings.blockSize) : common;
    this.releaseShared(id[row]!, whole - common);
  }

  private releaseShared(request: number, alone: number): void {
    const freed = this.shared!.leave(request, alone, this.keepShared);
    this.kv.release(freed, freed * this.settings.blockSize);
  }
}
