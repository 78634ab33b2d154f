/**
 * The fast replica of continuous batching: the same answers as looking at every sequence in every step (the twin in
 * `tests/reference` does that), without doing so. Three ideas:
 *
 * - A batch that only decodes changes in no way until a sequence finishes, one could join, or KV runs out. Its step
 *   times form an arithmetic progression while step time is linear in KV tokens, because every step adds one a
 *   sequence. Such a *run* of steps is one event, cut short at the next boundary when the queue changes.
 * - A decoding sequence needs no attention before it finishes: joined at step s with n tokens to go, it finishes at s +
 *   n. The KV it holds follows from the step number; blocks are counted by (tokens − step number) modulo block size.
 * - Only steps in which budget or KV do not suffice for all are scheduled one by one in their order.
 *
 * What belongs to a request is in columns of the request table; nothing is allocated per step or request.
 */
import { InvariantError } from '../errors.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { ENGINE_RECORD, type RequestTable } from '../workload/request-table.ts';
import { NO_SESSION } from '../workload/traces/index.ts';
import { Arena } from './arena.ts';
import type { EngineSettings } from './engine-settings.ts';
import { KvBlocks } from './kv-blocks.ts';
import { PrefixCache } from './prefix-cache.ts';
import { ReplicaMeter } from './replica-meter.ts';
import {
  fitsInPhase,
  type InterruptibleReplica,
  type Queue,
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
/** A run of steps in which all sequences decode. */
const RUN = 3;

/**
 * An instant this far from a boundary [s] is on the side of it that the quadratic says: what lies between is at least
 * half of it, since no step is shorter than half the first, and doubles up to 104 days are within 2 ns of the instant
 * they represent.
 */
const CLOSE_CALL = 1e-6;

const NO_REQUEST = -1;

// The record of a request in `EngineRecords`, number by number. (A constant of this module costs nothing where it is used;
// one that is imported is looked up.)
const RECORD = ENGINE_RECORD;
/** Output tokens at which it finishes on this replica. */
const TARGET = 0;
/** Tokens still to be prefilled; 0 for decoding sequences. */
const TO_PREFILL = 1;
/** Tokens prefilled in this step; prefilling sequences only. */
const CHUNK = 2;
/** KV tokens held: as they are for prefilling sequences; less the number of steps ended for decoding ones. */
const KV = 3;
/**
 * 1 for a decoding sequence that skipped a step since its last token, or came from elsewhere; `lateSince` is the time
 * of that token.
 */
const LATE = 4;
/** 1 for a decoding sequence that skips this step. */
const SKIPPED = 5;
const TIER = 6;
/** The session that its context is kept for; `NO_SESSION` where it is not kept. */
const SESSION = 7;

/** Initial capacity for prefilling sequences. */
const FIRST_PREFILL_CAPACITY = 4;

/** Work counted while a step is composed; shared by all replicas, since composing is never interrupted. */
const SCRATCH: StepWork = emptyStepWork();

export class BatchingReplica implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();

  // Fields that every event reads or writes come first, so that they are adjacent in memory.
  private mode = IDLE;
  /** Incremented with every event scheduled: an event that carries another number is stale. */
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
  private prefillCount = 0;
  /** KV tokens of all decoding sequences at the last boundary. */
  private decodeKv = 0;
  /** Number of late decoding sequences. */
  private late = 0;
  /** The request found at the head of the queue at the last look, if it stayed there; `NO_REQUEST` for none. */
  private lastQueueHead = NO_REQUEST;
  /** That request could not be admitted for lack of token budget or KV. */
  private headBlocked = false;
  /** Sequences in the step in progress. */
  private scheduled = 0;
  /** Decoding sequences that skip this step. */
  private skipped = 0;
  /** Sequences cancelled during this step. */
  private cancelled = 0;

  /** Counts of decoding sequences: three sub-arrays, which begin at the offsets below. */
  private readonly decodeCounts: Int32Array;
  /** By (KV tokens − steps ended) modulo block size. */
  private readonly phases: number;
  /** By tier, and the late ones by tier. */
  private readonly ofTier: number;
  private readonly lateOfTier: number;
  /** View of the counts by tier, as reported to the observer. */
  private readonly decodeCountsOfTier: Int32Array;

  /** Decoding sequences, ordered by the step at whose end they finish. */
  private readonly byFinishStep: RowHeap;
  /** Prefilling sequences in order of (rank, arrival, id), from an offset on. */
  private prefilling: Int32Array;
  private firstPrefilling: number;
  private prefillCapacity = FIRST_PREFILL_CAPACITY;
  private readonly kv: KvBlocks;
  private readonly settings: EngineSettings;
  private readonly work = SCRATCH;
  private readonly arena: Arena;
  // The environment, field by field: it is reached several times an event.
  private readonly table: RequestTable;
  private readonly queue: Queue;
  private readonly observer: ServiceObserver;
  private readonly schedule: Schedule;
  private readonly onGrid: ReplicaEnvironment['onGrid'];
  private readonly tiers: number;
  private readonly phase: Phase;
  private readonly fitsHere: EngineSettings['fits'];
  /**
   * Prefixes that finished requests of sessions left in blocks that running work may reclaim; `null` while there are
   * none.
   */
  private prefixes: PrefixCache | null = null;
  /** Blocks that running sequences share; `null` where the contents of prompts are unknown. */
  private readonly shared: SharedPrefixes | null;

  /** KV that sequences cancelled during this step hold until it ends. */
  private cancelledBlocks = 0;
  private cancelledTokens = 0;
  /** Requests of those sequences, where they may share blocks with others. */
  private readonly cancelledSharers: number[] = [];
  /** Caches blocks that no sequence holds any more; one function, so that a release allocates no closure. */
  private readonly keepShared = (key: number, blocks: number): void => {
    this.prefixes ??= new PrefixCache();
    this.prefixes.keep(key, blocks, this.boundaryAt, key);
  };
  /** For steps in which order matters: all running sequences, in order. */
  private readonly order: RunningOrder;

  constructor(settings: EngineSettings, environment: ReplicaEnvironment, arena = new Arena()) {
    const { tiers } = environment;
    const cells = arena.take(settings.blockSize + 2 * tiers + FIRST_PREFILL_CAPACITY);
    this.id = environment.id;
    this.decodeCounts = cells.ints;
    this.phases = cells.first;
    this.ofTier = this.phases + settings.blockSize;
    this.lateOfTier = this.ofTier + tiers;
    this.decodeCountsOfTier = cells.ints.subarray(this.ofTier, this.lateOfTier);
    this.prefilling = cells.ints;
    this.firstPrefilling = this.lateOfTier + tiers;
    this.arena = arena;
    this.byFinishStep = new RowHeap(arena);
    this.order = new RunningOrder(environment.table);
    this.kv = new KvBlocks(settings.blocks, settings.blockSize);
    this.settings = settings;
    this.table = environment.table;
    this.queue = environment.queue;
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
    return this.kv.tokens + this.byFinishStep.size * this.stepsUntil(now, true);
  }

  get room(): number {
    return this.headBlocked ? 0 : this.settings.maxSequences - this.running - this.cancelled;
  }

  /** Sequence slots; whether KV suffices too is decided when the next step is composed. */
  yieldingTo(row: RequestRow): number {
    if (!this.settings.priorityPreemption) return 0;
    const { rank } = this.table.batch;
    const importance = this.queue.importance(row);
    let count = 0;
    for (let place = 0; place < this.byFinishStep.size; place++) {
      if (rank[this.byFinishStep.at(place)]! > importance) count += 1;
    }
    for (let place = 0; place < this.prefillCount; place++) {
      if (rank[this.prefillingAt(place)]! > importance) count += 1;
    }
    return count;
  }

  get use(): number {
    const { kv, settings } = this;
    return Math.max((this.running + this.cancelled) / settings.maxSequences, kv.held / (kv.held + kv.free));
  }

  private get running(): number {
    return this.byFinishStep.size + this.prefillCount;
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

  onQueueChanged(now: number, boundariesPassed: boolean): boolean {
    if (this.mode !== RUN) return false;
    const head = this.queue.peek();
    const declared = this.table.declared;
    const request = head === NO_ROW ? NO_REQUEST : declared.id[head]!;
    if (request === this.lastQueueHead) return true;
    this.lastQueueHead = request;
    this.headBlocked = false;
    if (request === NO_REQUEST) return true;
    // Without a free slot a request can join only by pre-empting another.
    if (this.running >= this.settings.maxSequences && !this.settings.priorityPreemption) return false;
    const steps = this.stepsUntil(now, boundariesPassed);
    if (steps >= this.runSteps) return false;
    this.runSteps = steps;
    this.callAt(this.runBoundary(steps));
    return false;
  }

  /** A step boundary: completes what ran and composes the next step. */
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
        this.meter.kvTokens.set(this.kv.tokens + this.byFinishStep.size, at);
      }
    }
    this.checkKv();
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    for (let place = 0; place < this.byFinishStep.size; place++) {
      const row = this.byFinishStep.at(place);
      const finishesAt = this.byFinishStep.keyAt(place) - records[RECORD * row + SKIPPED]!;
      outputDone[row] = records[RECORD * row + TARGET]! - (finishesAt - this.step);
      lastTokenAt[row] = this.lastTokenOf(row, this.boundaryAt);
    }
  }

  evict(now: number, release: Release): void {
    this.settle(now, true);
    this.keepOrder();
    const { size } = this.order;
    this.order.clear();
    this.plan += 1;
    this.byFinishStep.clear();
    this.prefillCount = 0;
    this.decodeKv = 0;
    this.decodeCounts.fill(0, this.phases, this.lateOfTier + this.tiers);
    this.late = 0;
    this.skipped = 0;
    this.lastQueueHead = NO_REQUEST;
    this.headBlocked = false;
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
    if (records[RECORD * row + TO_PREFILL]! > 0) {
      this.dropPrefilling(row);
    } else {
      const place = this.byFinishStep.placeOf(row);
      const isSkipped = records[RECORD * row + SKIPPED]!;
      outputDone[row] =
        records[RECORD * row + TARGET]! - (this.byFinishStep.keyAt(place) - isSkipped - this.step);
      lastTokenAt[row] = this.lastTokenOf(row, this.boundaryAt);
      // Its next token is counted in KV already; a skipped sequence was set back by as much.
      held += this.step + 1;
      this.skipped -= isSkipped;
      this.dropDecoding(row, place, held - 1 + isSkipped);
    }
    const common = this.blocksInCommon(row);
    if (common > 0) this.cancelledSharers.push(this.table.declared.id[row]!);
    this.cancelled += 1;
    this.cancelledBlocks += this.kv.blocksFor(held) - common;
    this.cancelledTokens += held - common * this.settings.blockSize;
  }

  /** Turns the run's step in progress into a single step, at whose end the next one is composed. */
  private endRunWithStep(now: number): void {
    this.settle(now, true);
    this.takeKv(this.inPhase(0), this.byFinishStep.size);
    this.scheduled = this.byFinishStep.size;
    this.mode = STEP;
    this.callAt(this.runBoundary(1));
  }

  /** Checks that the KV counted as held equals what the running sequences hold, in tokens and blocks. */
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
    for (let place = 0; place < this.prefillCount; place++)
      count(this.prefillingAt(place), records[RECORD * this.prefillingAt(place) + KV]!);
    // During a step, a decoding sequence's next token is counted in KV already.
    const taken = this.step + (this.mode === STEP ? 1 : 0);
    for (let place = 0; place < this.byFinishStep.size; place++) {
      count(this.byFinishStep.at(place), records[RECORD * this.byFinishStep.at(place) + KV]! + taken);
    }
    if (tokens !== this.kv.tokens || blocks !== this.kv.held) {
      throw new InvariantError(
        `replica ${this.id} counts ${this.kv.tokens} KV tokens in ${this.kv.held} blocks; its sequences hold ${tokens} in ${blocks} blocks`,
      );
    }
    if (this.prefixes !== null && this.prefixes.blocks > this.kv.free) {
      throw new InvariantError(
        `replica ${this.id} caches ${this.prefixes.blocks} blocks of prefixes but only ${this.kv.free} are free`,
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
   * The first boundary of the run at or after an instant, as a number of steps; strictly after it when the boundaries
   * of that instant have passed. Solved from the quadratic; where the solution is so close to a boundary that rounding
   * could have moved it, the boundaries themselves decide.
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
    const { meter, byFinishStep } = this;
    const gap = now - this.boundaryAt;
    this.boundaryAt = now;
    const decoded = byFinishStep.size - this.skipped;
    meter.steps += 1;
    meter.sequences += this.scheduled;
    meter.tokensEmitted += decoded;
    this.step += 1;
    this.decodeKv += decoded;
    if (this.late > 0) this.reportLate(now, gap);
    else if (decoded > 0) this.observer.furtherTokenRun(gap, 0, 1, this.decodeCountsOfTier);
    if (this.cancelled > 0) this.releaseCancelled();
    this.finishComplete();
    this.completePrefills();
  }

  /** Frees the KV and slots of sequences cancelled during the step that ends now. */
  private releaseCancelled(): void {
    this.kv.release(this.cancelledBlocks, this.cancelledTokens);
    for (const request of this.cancelledSharers) this.releaseShared(request, 0);
    this.cancelledSharers.length = 0;
    this.cancelled = 0;
    this.cancelledBlocks = 0;
    this.cancelledTokens = 0;
  }

  /**
   * Some decoding sequences skipped earlier steps: those that did not skip this one get their next token, after a
   * longer gap than the others.
   */
  private reportLate(now: number, gap: number): void {
    for (let tier = 0; tier < this.tiers; tier++) {
      const regular = this.decodeCounts[this.ofTier + tier]! - this.decodeCounts[this.lateOfTier + tier]!;
      if (regular > 0) this.observer.furtherTokens(tier, gap, regular);
    }
    const { records } = this.table.engine;
    const { lateSince } = this.table.batch;
    for (let place = 0; place < this.byFinishStep.size; place++) {
      const row = this.byFinishStep.at(place);
      const record = RECORD * row;
      if (records[record + LATE] === 0) continue;
      if (records[record + SKIPPED] === 1) {
        records[record + SKIPPED] = 0;
        continue;
      }
      this.observer.furtherTokens(records[record + TIER]!, now - lateSince[row]!, 1);
      this.forgetLate(row);
    }
    this.skipped = 0;
  }

  private forgetLate(row: RequestRow): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    records[record + LATE] = 0;
    records[record + SKIPPED] = 0;
    this.late -= 1;
    this.decodeCounts[this.lateOfTier + records[record + TIER]!]! -= 1;
  }

  /** Finishes the sequences that have all their tokens after this step. */
  private finishComplete(): void {
    const { byFinishStep } = this;
    while (byFinishStep.size > 0 && byFinishStep.keyAt(0) === this.step) this.finish(byFinishStep.at(0), 0);
  }

  /** Finishes the decoding sequence at that place of `byFinishStep`. */
  private finish(row: RequestRow, place: number): void {
    const now = this.boundaryAt;
    const { outputDone, lastTokenAt } = this.table.progress;
    const { records } = this.table.engine;
    const request = this.table.declared.id[row]!;
    outputDone[row] = records[RECORD * row + TARGET]!;
    lastTokenAt[row] = now;
    const held = records[RECORD * row + KV]! + this.step;
    this.removeDecoding(row, place);
    this.keepPrefix(row, request, held);
    this.observer.finished(row, now);
  }

  /** Completes the prefill chunks of the step; the last chunk of a prompt yields a token. */
  private completePrefills(): void {
    const now = this.boundaryAt;
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    const { observer } = this;
    let kept = 0;
    for (let place = 0; place < this.prefillCount; place++) {
      const row = this.prefillingAt(place);
      const record = RECORD * row;
      const toPrefill = records[record + TO_PREFILL]! - records[record + CHUNK]!;
      records[record + TO_PREFILL] = toPrefill;
      if (toPrefill > 0) {
        this.putPrefilling(kept++, row);
        continue;
      }
      const done = ++outputDone[row]!;
      this.meter.tokensEmitted += 1;
      if (done === 1) observer.firstToken(row, now);
      else observer.furtherTokens(records[record + TIER]!, now - lastTokenAt[row]!, 1);
      this.addDecoding(row, records[record + TARGET]! - done);
      if (done === records[record + TARGET]!) this.finish(row, this.byFinishStep.placeOf(row));
    }
    this.prefillCount = kept;
  }

  /** Completes this many steps of the run, the last of which ends at `at`. */
  private completeRun(steps: number, at: number): void {
    const { meter, kv, byFinishStep } = this;
    this.boundaryAt = at;
    const decodeCount = byFinishStep.size;
    const first = this.runFirst;
    const increment = this.runIncrement;
    meter.steps += steps;
    meter.sequences += steps * decodeCount;
    meter.tokensEmitted += steps * decodeCount;
    // KV held in step j is what was held at the start plus j + 1 tokens per sequence; a step is first + j × increment
    // long: Σ (a + d (j + 1)) (first + j increment).
    const held = kv.tokens + decodeCount;
    const sum1 = (steps * (steps - 1)) / 2;
    const sum2 = ((steps - 1) * steps * (2 * steps - 1)) / 6;
    const area =
      steps * held * first + (held * increment + decodeCount * first) * sum1 + decodeCount * increment * sum2;
    this.takeKv(this.blocksOver(steps), steps * decodeCount);
    meter.kvTokens.follow(area, this.runAt, kv.tokens, at);
    this.observer.furtherTokenRun(first, increment, steps, this.decodeCountsOfTier);
    this.step += steps;
    this.decodeKv += steps * decodeCount;
    this.runFirst += steps * increment;
    this.finishComplete();
  }

  // Composition.

  private compose(): void {
    if (this.prefillCount === 0 && this.late === 0 && this.queue.peek() === NO_ROW) {
      // Nearly every second boundary: no sequence prefills and no request waits, so the next run begins, or the replica
      // goes idle.
      this.lastQueueHead = NO_REQUEST;
      this.headBlocked = false;
      if (this.byFinishStep.size === 0) return this.goIdle();
      if (this.allCanRun()) return this.run();
    }
    const { work } = this;
    const now = this.boundaryAt;
    const reservedFor = this.settings.priorityPreemption ? this.preemptForPriority(now) : NO_ROW;
    work.prefillTokens = 0;
    work.decodeTokens = 0;
    work.sequences = 0;
    work.kvTokens = 0;
    work.prefillContext = 0;
    const preempted = this.allCanRun() ? this.scheduleAll() : this.scheduleInOrder(now);
    this.lastQueueHead = NO_REQUEST;
    this.headBlocked = preempted;
    if (!preempted) this.admitWaiting(reservedFor);
    if (work.sequences === 0) return this.goIdle();
    const canRun =
      this.late === 0 &&
      this.prefillCount === 0 &&
      !preempted &&
      reservedFor === NO_ROW &&
      (this.queue.steady || this.queue.peek() === NO_ROW);
    if (canRun && !this.mayPreempt()) {
      // The run takes its KV on completion, including that already taken for its first step.
      this.kv.release(this.inPhase(0), this.byFinishStep.size);
      return this.run();
    }
    this.scheduled = work.sequences;
    this.callAt(this.onGrid(now + this.settings.stepTime.duration(work)));
    this.enter(STEP, this.kv.tokens, now);
  }

  private goIdle(): void {
    this.enter(IDLE, this.kv.tokens, this.boundaryAt);
  }

  private run(): void {
    const now = this.boundaryAt;
    this.beginRun(now);
    this.runSteps = this.longestRun();
    this.callAt(this.runBoundary(this.runSteps));
    this.enter(RUN, this.kv.tokens + this.byFinishStep.size, now);
  }

  /** Switches to a mode, with this many KV tokens held. */
  private enter(mode: number, kvTokens: number, now: number): void {
    const busy = mode >= STEP;
    if (busy !== this.mode >= STEP) this.meter.busy.set(busy ? 1 : 0, now);
    this.meter.kvTokens.set(kvTokens, now);
    this.mode = mode;
  }

  /** Whether the blocked head of the queue could pre-empt a sequence at the next boundary, when less KV is free. */
  private mayPreempt(): boolean {
    if (!this.settings.priorityPreemption || this.lastQueueHead === NO_REQUEST) return false;
    const head = this.queue.peek();
    return this.table.batch.rank[this.lastRunning()]! > this.queue.importance(head);
  }

  /** Begins or continues a run at a boundary. */
  private beginRun(at: number): void {
    const { work, settings } = this;
    const decodeCount = this.byFinishStep.size;
    work.prefillTokens = 0;
    work.prefillContext = 0;
    work.decodeTokens = decodeCount;
    work.sequences = decodeCount;
    work.kvTokens = this.decodeKv;
    this.runAt = at;
    this.runFirst = settings.stepTime.duration(work);
    this.runIncrement = settings.stepTime.perKvToken(work) * decodeCount;
  }

  /**
   * Steps until a sequence finishes, step time stops being linear in KV tokens, or KV runs out; at least one, since
   * this boundary's step was found to fit. `work` is that of the first step.
   */
  private longestRun(): number {
    const { work } = this;
    const { blockSize, stepTime } = this.settings;
    const decodeCount = this.byFinishStep.size;
    const untilFinish = this.byFinishStep.keyAt(0) - this.step;
    const linearUntil = stepTime.kvLinearUntil(work);
    const most =
      linearUntil === Infinity
        ? untilFinish
        : Math.min(untilFinish, 1 + Math.floor((linearUntil - work.kvTokens) / decodeCount));
    // An upper bound on blocks per sequence over these steps, which usually makes a closer look unnecessary.
    if (this.kv.free >= decodeCount * this.kv.blocksFor(most)) return most;
    const cycles = Math.min(Math.floor(this.kv.free / decodeCount), Math.floor(most / blockSize));
    let steps = cycles * blockSize;
    let free = this.kv.free - cycles * decodeCount;
    while (steps < most) {
      free -= this.inPhase(steps);
      if (free < 0) break;
      steps += 1;
    }
    return steps;
  }

  /** Blocks that the next `steps` decode steps take. */
  private blocksOver(steps: number): number {
    const { blockSize } = this.settings;
    const { decodeCounts, phases, kv, step } = this;
    const cycles = kv.filledBy(steps);
    let blocks = cycles * this.byFinishStep.size;
    for (let ahead = cycles * blockSize; ahead < steps; ahead++) {
      blocks += decodeCounts[phases + kv.phaseOf(-step - ahead)]!;
    }
    return blocks;
  }

  /** Decoding sequences that need a block `ahead` steps from now. */
  private inPhase(ahead: number): number {
    return this.decodeCounts[this.phases + this.phaseOf(ahead)]!;
  }

  /** Their phase: (kv − step) ≡ −(step + ahead). */
  private phaseOf(ahead: number): number {
    return this.kv.phaseOf(-(this.step + ahead));
  }

  /**
   * Whether token budget and KV suffice for all sequences, so that their order does not matter: each decoding sequence
   * gets its token and prefilling sequences share the rest; the first that falls short is behind all decoding ones.
   */
  private allCanRun(): boolean {
    const { maxBatchedTokens } = this.settings;
    const { records } = this.table.engine;
    let budget = maxBatchedTokens - this.byFinishStep.size;
    if (budget < 0) return false;
    let blocks = this.inPhase(0);
    let short: RequestRow = NO_ROW;
    for (let place = 0; place < this.prefillCount; place++) {
      const row = this.prefillingAt(place);
      const record = RECORD * row;
      const toPrefill = records[record + TO_PREFILL]!;
      const held = records[record + KV]!;
      const chunk = Math.min(toPrefill, budget);
      records[record + CHUNK] = chunk;
      if (short === NO_ROW && chunk < toPrefill) short = row;
      budget -= chunk;
      blocks += this.kv.missing(this.kv.blocksFor(held), held + chunk);
    }
    return blocks <= this.kv.free && (short === NO_ROW || !this.precedesDecoding(short));
  }

  /** Whether a prefilling sequence is ahead of some decoding one. */
  private precedesDecoding(sequence: RequestRow): boolean {
    if (!this.order.isKept) {
      for (let place = 0; place < this.byFinishStep.size; place++) {
        if (this.comesBefore(sequence, this.byFinishStep.at(place))) return true;
      }
      return false;
    }
    const { records } = this.table.engine;
    let place = this.order.size - 1;
    while (place >= 0 && records[RECORD * this.order.at(place) + TO_PREFILL]! > 0) place -= 1;
    return place >= 0 && this.comesBefore(sequence, this.order.at(place));
  }

  /** Schedules all sequences, with the chunks that `allCanRun` assigned. Returns false: none is pre-empted. */
  private scheduleAll(): boolean {
    const decodeCount = this.byFinishStep.size;
    const { work } = this;
    const { records } = this.table.engine;
    work.decodeTokens = decodeCount;
    work.sequences = decodeCount;
    work.kvTokens = this.decodeKv;
    this.takeKv(this.inPhase(0), decodeCount);
    for (let place = 0; place < this.prefillCount; place++) {
      const row = this.prefillingAt(place);
      const chunk = records[RECORD * row + CHUNK]!;
      if (chunk > 0) this.schedulePrefill(row, chunk);
    }
    return false;
  }

  /** Schedules sequences one by one in order, pre-empting the last when KV is short; true if any was. */
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
      const toPrefill = records[RECORD * row + TO_PREFILL]!;
      const prefills = toPrefill > 0;
      const tokens = prefills ? Math.min(toPrefill, budget) : 1;
      const held = records[RECORD * row + KV]! + (prefills ? 0 : this.step);
      const missing = this.kv.missing(this.kv.blocksFor(held), held + tokens);
      while (place < order.size && missing > this.kv.free) {
        this.preempt(order.last, now);
        preempted = true;
      }
      if (place >= order.size) break;
      budget -= tokens;
      if (prefills) {
        this.schedulePrefill(row, tokens);
        continue;
      }
      this.takeKv(missing, 1);
      work.decodeTokens += 1;
      work.sequences += 1;
      work.kvTokens += held;
    }
    for (; place < order.size; place++) {
      const row = order.at(place);
      if (records[RECORD * row + TO_PREFILL]! > 0) records[RECORD * row + CHUNK] = 0;
      else this.skipThisStep(row, now);
    }
    if (this.skipped > 0) this.byFinishStep.addToKeys(records, RECORD, SKIPPED);
    return preempted;
  }

  private schedulePrefill(row: RequestRow, tokens: number): void {
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

  /** A request whose KV was transferred from another replica decodes at once; its last token was generated there. */
  private scheduleMoved(row: RequestRow): void {
    const { work } = this;
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt } = this.table.progress;
    const held = records[RECORD * row + KV]!;
    work.decodeTokens += 1;
    work.sequences += 1;
    work.kvTokens += held;
    this.takeKv(this.kv.missing(this.kv.blocksFor(held), held + 1), 1);
    this.addDecoding(row, records[RECORD * row + TARGET]! - outputDone[row]!);
    this.rememberLate(row, lastTokenAt[row]!);
  }

  /**
   * A decoding sequence beyond the token budget skips a step: whatever is counted relative to the step number is
   * shifted by one.
   */
  private skipThisStep(row: RequestRow, now: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    this.movePhase(records[record + KV]!, -1);
    records[record + KV]! -= 1;
    this.movePhase(records[record + KV]!, 1);
    records[record + SKIPPED] = 1;
    this.skipped += 1;
    if (records[record + LATE] === 0) this.rememberLate(row, now);
  }

  /** Marks the sequence late: its next token comes more than one step after its last. */
  private rememberLate(row: RequestRow, lastTokenAt: number): void {
    const { records } = this.table.engine;
    const { lateSince } = this.table.batch;
    records[RECORD * row + LATE] = 1;
    lateSince[row] = lastTokenAt;
    this.late += 1;
    this.decodeCounts[this.lateOfTier + records[RECORD * row + TIER]!]! += 1;
  }

  private admitWaiting(reservedFor: RequestRow): void {
    const { queue, observer, table } = this;
    const { maxSequences, maxBatchedTokens, chunkedPrefill, reserveFullPrompt } = this.settings;
    const { declared } = table;
    let budget = maxBatchedTokens - this.work.prefillTokens - this.work.decodeTokens;
    for (;;) {
      const row = reservedFor === NO_ROW ? queue.peek() : reservedFor;
      if (row === NO_ROW) return;
      reservedFor = NO_ROW;
      this.lastQueueHead = declared.id[row]!;
      // A deferrable request does not block others.
      this.headBlocked = declared.deferrable[row] === 0;
      if (this.running >= maxSequences || budget <= 0) return;
      // Read all its columns together: after a long wait they have left the CPU cache, and the misses overlap.
      const output = table.outputTarget(row);
      const present = this.tokensPresent(row);
      const toPrefill = this.tokensToPrefill(row, present);
      const tier = declared.tier[row]!;
      if (!this.fits(row, output)) return;
      if (!chunkedPrefill && toPrefill <= maxBatchedTokens && toPrefill > budget) return;
      const tokens = toPrefill > 0 ? Math.min(toPrefill, budget) : 1;
      if (!this.kvSuffices(row, present + (reserveFullPrompt ? Math.max(tokens, toPrefill) : tokens))) return;
      queue.remove(row);
      this.reusePrefix(row, present);
      this.admit(row, tier, toPrefill, this.phase === 'prefill' ? 1 : output, present);
      if (toPrefill > 0) {
        this.addPrefilling(row);
        this.schedulePrefill(row, tokens);
      } else {
        this.scheduleMoved(row);
      }
      budget -= tokens;
      observer.admitted(row, this.id, this.boundaryAt);
      this.lastQueueHead = NO_REQUEST;
      this.headBlocked = false;
    }
  }

  /**
   * Pre-empts less important sequences for the head of the queue; returns that request, or `NO_ROW` if none was
   * pre-empted.
   */
  private preemptForPriority(now: number): RequestRow {
    const best = this.queue.peek();
    if (best === NO_ROW || this.canJoin(best) || !this.fits(best, this.table.outputTarget(best)))
      return NO_ROW;
    const importance = this.queue.importance(best);
    let reservedFor: RequestRow = NO_ROW;
    while (this.running > 0 && !this.canJoin(best)) {
      const worst = this.lastRunning();
      if (this.table.batch.rank[worst]! <= importance) break;
      this.preempt(worst, now);
      reservedFor = best;
    }
    return reservedFor;
  }

  private canJoin(row: RequestRow): boolean {
    const present = this.tokensPresent(row);
    const toPrefill = this.tokensToPrefill(row, present);
    const { maxSequences, maxBatchedTokens, reserveFullPrompt } = this.settings;
    const chunk = reserveFullPrompt ? toPrefill : Math.min(toPrefill, maxBatchedTokens);
    return this.running < maxSequences && this.kvSuffices(row, present + Math.max(1, chunk));
  }

  /** Whether KV suffices for a waiting request to hold this many tokens, counting those it would share with others. */
  private kvSuffices(row: RequestRow, tokens: number): boolean {
    return this.kv.missing(this.blocksOfOthers(row), tokens) <= this.kv.free;
  }

  /** Whether it could ever be served here with that output; if not, a larger pool of its model may serve it. */
  private fits(row: RequestRow, output: number): boolean {
    const { promptTokens, cachedTokens } = this.table.declared;
    return this.fitsHere(promptTokens[row]!, cachedTokens[row]!, output);
  }

  /** Pre-empts a request: it loses its KV and returns to the queue by its arrival time. */
  private preempt(row: RequestRow, now: number): void {
    const { records } = this.table.engine;
    const { outputDone, lastTokenAt, movedTokens } = this.table.progress;
    if (records[RECORD * row + TO_PREFILL]! > 0) {
      this.removePrefilling(row);
    } else {
      const place = this.byFinishStep.placeOf(row);
      outputDone[row] = records[RECORD * row + TARGET]! - (this.byFinishStep.keyAt(place) - this.step);
      lastTokenAt[row] = this.lastTokenOf(row, now);
      this.removeDecoding(row, place);
    }
    movedTokens[row] = 0;
    this.queue.push(row);
    this.observer.preempted(row, now);
  }

  // The batch.

  /** Initialises the record of an admitted request: tokens to prefill, tokens to generate, KV tokens held. */
  private admit(row: RequestRow, tier: number, toPrefill: number, target: number, held: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    this.table.batch.rank[row] = this.queue.importance(row);
    records[record + TARGET] = target;
    records[record + TO_PREFILL] = toPrefill;
    records[record + KV] = held;
    records[record + LATE] = 0;
    records[record + SKIPPED] = 0;
    records[record + TIER] = tier;
    records[record + SESSION] = this.settings.prefixCache ? this.table.declared.session[row]! : NO_SESSION;
    if (this.order.isKept) this.order.join(row);
  }

  /** Time of a decoding sequence's last token: this boundary unless it is late. */
  private lastTokenOf(row: RequestRow, boundary: number): number {
    const { records } = this.table.engine;
    const { lateSince } = this.table.batch;
    return records[RECORD * row + LATE] === 0 ? boundary : lateSince[row]!;
  }

  private prefillingAt(place: number): RequestRow {
    return this.prefilling[this.firstPrefilling + place]! as RequestRow;
  }

  private putPrefilling(place: number, row: RequestRow): void {
    this.prefilling[this.firstPrefilling + place] = row;
  }

  private addPrefilling(row: RequestRow): void {
    if (this.prefillCount === this.prefillCapacity) this.growPrefilling();
    let place = this.prefillCount++;
    for (; place > 0 && this.comesBefore(row, this.prefillingAt(place - 1)); place--) {
      this.putPrefilling(place, this.prefillingAt(place - 1));
    }
    this.putPrefilling(place, row);
  }

  private growPrefilling(): void {
    const { prefilling, firstPrefilling } = this;
    this.prefillCapacity *= 2;
    const { ints, first } = this.arena.take(this.prefillCapacity);
    ints.set(prefilling.subarray(firstPrefilling, firstPrefilling + this.prefillCount), first);
    this.prefilling = ints;
    this.firstPrefilling = first;
  }

  private removePrefilling(row: RequestRow): void {
    this.releaseKv(row, this.table.engine.records[RECORD * row + KV]!);
    this.dropPrefilling(row);
  }

  private dropPrefilling(row: RequestRow): void {
    if (this.order.isKept) this.order.remove(row);
    let place = 0;
    while (this.prefillingAt(place) !== row) place += 1;
    this.prefillCount -= 1;
    for (; place < this.prefillCount; place++) this.putPrefilling(place, this.prefillingAt(place + 1));
  }

  /** Moves a sequence whose prefill is complete to decoding, with this many tokens to go. */
  private addDecoding(row: RequestRow, tokensToGo: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    const held = records[record + KV]!;
    this.decodeKv += held;
    records[record + KV] = held - this.step;
    this.movePhase(held - this.step, 1);
    this.decodeCounts[this.ofTier + records[record + TIER]!]! += 1;
    this.byFinishStep.push(row, this.step + tokensToGo);
  }

  private removeDecoding(row: RequestRow, place: number): void {
    const held = this.table.engine.records[RECORD * row + KV]! + this.step;
    this.releaseKv(row, held);
    this.dropDecoding(row, place, held);
  }

  /**
   * Drops the decoding sequence at that place of `byFinishStep`, which held this many KV tokens at the last boundary.
   */
  private dropDecoding(row: RequestRow, place: number, held: number): void {
    const { records } = this.table.engine;
    const record = RECORD * row;
    if (this.order.isKept) this.order.remove(row);
    if (records[record + LATE] === 1) this.forgetLate(row);
    this.decodeKv -= held;
    this.movePhase(records[record + KV]!, -1);
    this.decodeCounts[this.ofTier + records[record + TIER]!]! -= 1;
    this.byFinishStep.removeAt(place);
  }

  private movePhase(kvLessSteps: number, by: number): void {
    this.decodeCounts[this.phases + this.kv.phaseOf(kvLessSteps)]! += by;
  }

  /** Ensures that all running sequences are in order, now and for a while. */
  private keepOrder(): void {
    const { order } = this;
    if (!order.need()) return;
    for (let place = 0; place < this.prefillCount; place++) order.add(this.prefillingAt(place));
    for (let place = 0; place < this.byFinishStep.size; place++) order.add(this.byFinishStep.at(place));
  }

  private lastRunning(): RequestRow {
    this.keepOrder();
    return this.order.last;
  }

  private comesBefore(a: RequestRow, b: RequestRow): boolean {
    return this.order.comesBefore(a, b);
  }

  /** Tokens that a waiting request must prefill if it joins with `present` KV tokens. */
  private tokensToPrefill(row: RequestRow, present: number): number {
    const { declared, progress } = this.table;
    if (progress.movedTokens[row]! > 0) return 0;
    return declared.promptTokens[row]! - present + progress.outputDone[row]!;
  }

  // Prefixes.

  private takeKv(blocks: number, tokens: number): void {
    this.kv.take(blocks, tokens);
    if (this.prefixes !== null && this.prefixes.blocks > this.kv.free) this.prefixes.shrinkTo(this.kv.free);
  }

  /** A key that is unique to the session across tiers. */
  private sessionKey(row: RequestRow): number {
    return this.table.declared.session[row]! * this.tiers + this.table.declared.tier[row]!;
  }

  /** KV tokens that a waiting request would join with. */
  private tokensPresent(row: RequestRow): number {
    const moved = this.table.progress.movedTokens[row]!;
    return moved > 0 ? moved : this.cachedTokens(row);
  }

  /**
   * Tokens that need no prefill: whole blocks shared or cached for its session, or the assumed number without either.
   */
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

  /**
   * Takes over the prefix cached for its session, or the shared blocks, for a request that joins with `present` KV
   * tokens.
   */
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

  /** Caches the whole blocks of a finished request's context for its session. */
  private keepPrefix(row: RequestRow, request: number, held: number): void {
    if (this.table.engine.records[RECORD * row + SESSION] === NO_SESSION) return;
    const blocks = Math.floor(held / this.settings.blockSize);
    if (blocks === 0) return;
    this.prefixes ??= new PrefixCache();
    this.prefixes.keep(this.sessionKey(row), blocks, this.boundaryAt, request);
  }

  /** Leading blocks of a waiting request's prompt that running sequences hold. */
  private blocksOfOthers(row: RequestRow): number {
    if (this.shared === null || this.table.progress.movedTokens[row]! > 0) return 0;
    return this.shared.running(this.table.declared.id[row]!);
  }

  /** Blocks of a running request that are shared and counted once. */
  private blocksInCommon(row: RequestRow): number {
    return this.shared === null ? 0 : this.shared.blocksOf(this.table.declared.id[row]!);
  }

  /** Releases the KV of a request: what it held alone, and what no other sequence shares. */
  private releaseKv(row: RequestRow, held: number): void {
    const common = this.blocksInCommon(row);
    this.kv.release(this.kv.blocksFor(held) - common, held - common * this.settings.blockSize);
    if (this.shared === null) return;
    const { id, session } = this.table.declared;
    // A session's request shares nothing beyond the blocks in common.
    const whole = session[row] === NO_SESSION ? Math.floor(held / this.settings.blockSize) : common;
    this.releaseShared(id[row]!, whole - common);
  }

  private releaseShared(request: number, alone: number): void {
    const freed = this.shared!.leave(request, alone, this.keepShared);
    this.kv.release(freed, freed * this.settings.blockSize);
  }
}
