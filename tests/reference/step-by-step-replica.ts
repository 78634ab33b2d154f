/**
 * The slow, obvious replica: it looks at every sequence in every step, one step at a time, with plain objects. It is what
 * the fast replica of `src/serving/batching-replica.ts` must agree with; the rules are numbered in
 * `src/serving/continuous-batching.ts`.
 */
import { NO_ROW, type RequestRow } from '../../src/ids.ts';
import type { EngineSettings } from '../../src/serving/continuous-batching.ts';
import { KvBlocks } from '../../src/serving/kv-blocks.ts';
import { ReplicaMeter } from '../../src/serving/replica-meter.ts';
import type { InterruptibleReplica, Release, ReplicaEnvironment } from '../../src/serving/replica.ts';
import { emptyStepWork, type StepWork } from '../../src/serving/step-time/index.ts';
import type { RequestTable } from '../../src/workload/request-table.ts';
import { NO_SESSION } from '../../src/workload/traces/index.ts';

/** A request in service. */
interface Sequence {
  readonly row: RequestRow;
  readonly tier: number;
  readonly priority: number;
  readonly attemptAt: number;
  readonly id: number;
  /** Output tokens it will have in the end. */
  readonly outputTarget: number;
  /** Tokens it must still read before it can emit: prompt, or prompt and own output after a pre-emption. */
  toRead: number;
  /** Tokens it holds in the KV cache. */
  kvTokens: number;
  /** Blocks those tokens are in. */
  blocks: number;
  /** Tokens it is scheduled for in the running step; 0 when it is not in it. */
  scheduled: number;
  /** Its client has given it up during the running step. */
  cancelled: boolean;
}

/** What is kept of a session that nobody runs on. */
interface Prefix {
  readonly session: string;
  blocks: number;
}

export class StepByStepReplica implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly settings: EngineSettings;
  private readonly environment: ReplicaEnvironment;
  private readonly table: RequestTable;
  private readonly kv: KvBlocks;
  /** In order of (priority, arrival, id). */
  private readonly running: Sequence[] = [];
  /** The least recently used first. */
  private prefixes: Prefix[] = [];
  private readonly work: StepWork = emptyStepWork();
  /** A step runs, or is about to be composed. */
  private active = false;
  /** Evictions so far: a boundary asked for before the last of them is stale. */
  private evictions = 0;
  /** When the last step ended [s]. */
  private lastBoundaryAt = NaN;
  /** Tokens of the step that ends now whose predecessors came at the last boundary, by tier. */
  private readonly furtherTokens: Int32Array;

  constructor(settings: EngineSettings, environment: ReplicaEnvironment) {
    this.id = environment.id;
    this.settings = settings;
    this.environment = environment;
    this.table = environment.table;
    this.kv = new KvBlocks(settings.blocks, settings.blockSize);
    this.furtherTokens = new Int32Array(environment.tiers);
  }

  get room(): number {
    return this.settings.maxSequences - this.running.length;
  }

  get use(): number {
    const { kv, running, settings } = this;
    return Math.max(running.length / settings.maxSequences, kv.held / (kv.held + kv.free));
  }

  kvTokens(): number {
    return this.meter.kvTokens.value;
  }

  get canStart(): boolean {
    return !this.active;
  }

  start(now: number): void {
    this.active = true;
    this.environment.schedule(now, this.id, this.evictions);
  }

  get listens(): boolean {
    return false;
  }

  lineChanged(): boolean {
    // It looks at its line at every boundary.
    return false;
  }

  settle(): void {
    // It writes everything down at every boundary.
  }

  cancel(row: RequestRow): void {
    this.running.find((sequence) => sequence.row === row)!.cancelled = true;
  }

  /** A step boundary: the step that ran, if one did, is complete, and the next is composed. */
  resume(now: number, evictions: number): void {
    if (evictions !== this.evictions) return;
    if (this.work.sequences > 0) this.completeStep(now);
    this.composeStep(now);
    this.meter.kvTokens.set(this.kv.tokens, now);
    this.active = this.work.sequences > 0;
    this.meter.busy.set(this.active ? 1 : 0, now);
    if (!this.active) return;
    const ends = this.environment.onGrid(now + this.settings.stepTime.duration(this.work));
    this.environment.schedule(ends, this.id, this.evictions);
  }

  /** All that run give up their KV, and the step in progress has not been. */
  evict(now: number, release: Release): void {
    this.evictions += 1;
    this.active = false;
    this.work.sequences = 0;
    this.prefixes = [];
    const evicted = this.running.splice(0);
    for (const { blocks, kvTokens } of evicted) this.kv.release(blocks, kvTokens);
    this.meter.kvTokens.set(0, now);
    this.meter.busy.set(0, now);
    for (const { row, cancelled } of evicted) if (!cancelled) release(row, now);
  }

  private completeStep(now: number): void {
    const { observer } = this.environment;
    // Requests only end here, so the columns stay where they are.
    const { outputDone, lastTokenAt } = this.table.progress;
    const { running, meter, lastBoundaryAt, furtherTokens } = this;
    meter.steps += 1;
    meter.sequences += this.work.sequences;
    let kept = 0;
    const finished: Sequence[] = [];
    for (const sequence of running) {
      const { row } = sequence;
      if (sequence.cancelled) {
        this.kv.release(sequence.blocks, sequence.kvTokens);
        continue;
      }
      if (sequence.toRead > 0) sequence.toRead -= sequence.scheduled;
      if (sequence.scheduled > 0 && sequence.toRead === 0) {
        meter.tokensEmitted += 1;
        const done = ++outputDone[row]!;
        if (done === 1) observer.firstToken(row, now);
        else if (lastTokenAt[row] === lastBoundaryAt) furtherTokens[sequence.tier]! += 1;
        else observer.furtherTokens(sequence.tier, now - lastTokenAt[row]!, 1);
        lastTokenAt[row] = now;
        if (done === sequence.outputTarget) {
          this.kv.release(sequence.blocks, sequence.kvTokens);
          finished.push(sequence);
          observer.finished(row, now);
          continue;
        }
      }
      running[kept++] = sequence;
    }
    if (kept < running.length) running.length = kept;
    this.reportFurtherTokens(now);
    for (const sequence of finished.toSorted((a, b) => a.id - b.id)) this.keepPrefix(sequence);
    this.lastBoundaryAt = now;
  }

  /** Nearly all tokens follow one of the step before; those are counted by tier and told together. */
  private reportFurtherTokens(now: number): void {
    for (let tier = 0; tier < this.furtherTokens.length; tier++) {
      const count = this.furtherTokens[tier]!;
      if (count === 0) continue;
      this.environment.observer.furtherTokens(tier, now - this.lastBoundaryAt, count);
      this.furtherTokens[tier] = 0;
    }
  }

  private composeStep(now: number): void {
    const { work } = this;
    work.prefillTokens = 0;
    work.decodeTokens = 0;
    work.sequences = 0;
    work.kvTokens = 0;
    work.prefillContext = 0;
    for (const sequence of this.running) sequence.scheduled = 0;
    const promised = this.settings.priorityPreemption ? this.makeWayForImportant(now) : NO_ROW;
    const preempted = this.scheduleRunning(now);
    if (!preempted) this.admitWaiting(promised, now);
  }

  /** Rule 5; the request for which way was made, or `NO_ROW`. It joins first, whatever the order of the line. */
  private makeWayForImportant(now: number): RequestRow {
    const best = this.environment.line.peek();
    if (best === NO_ROW || this.canJoin(best)) return NO_ROW;
    const importance = this.table.declared.priority[best]!;
    let promised: RequestRow = NO_ROW;
    for (let last = this.running.length - 1; last >= 0 && !this.canJoin(best); last--) {
      if (this.running[last]!.priority <= importance) break;
      this.preempt(now);
      promised = best;
    }
    return promised;
  }

  /** Whether a slot and KV for the next chunk of a waiting request are free. */
  private canJoin(row: RequestRow): boolean {
    const toRead = this.tokensToRead(row);
    const chunk = toRead > 0 ? Math.min(toRead, this.settings.maxBatchedTokens) : 1;
    return (
      this.running.length < this.settings.maxSequences &&
      this.kv.missing(0, this.tokensPresent(row) + chunk) <= this.kv.free
    );
  }

  /** Rules 2 and 4; true when a sequence was pre-empted. */
  private scheduleRunning(now: number): boolean {
    let budget = this.settings.maxBatchedTokens;
    let preempted = false;
    for (let place = 0; place < this.running.length && budget > 0; place++) {
      const sequence = this.running[place]!;
      const chunk = sequence.toRead > 0 ? Math.min(sequence.toRead, budget) : 1;
      const missing = this.kv.missing(sequence.blocks, sequence.kvTokens + chunk);
      while (place < this.running.length && missing > this.kv.free) {
        this.preempt(now);
        preempted = true;
      }
      if (place >= this.running.length) break;
      this.schedule(sequence, chunk, missing);
      budget -= chunk;
    }
    return preempted;
  }

  /** Rule 2 for those who wait. */
  private admitWaiting(promised: RequestRow, now: number): void {
    const { line, observer } = this.environment;
    let budget = this.settings.maxBatchedTokens - this.work.prefillTokens - this.work.decodeTokens;
    while (this.running.length < this.settings.maxSequences && budget > 0) {
      const row = promised === NO_ROW ? line.peek() : promised;
      if (row === NO_ROW) return;
      promised = NO_ROW;
      const toRead = this.tokensToRead(row);
      // A recomputation longer than a whole step's budget is read in chunks even where prompts are not: it could
      // never come back otherwise.
      const whole = !this.settings.chunkedPrefill && toRead <= this.settings.maxBatchedTokens;
      if (whole && toRead > budget) return;
      const chunk = toRead > 0 ? Math.min(toRead, budget) : 1;
      const present = this.tokensPresent(row);
      const missing = this.kv.missing(0, present + chunk);
      if (missing > this.kv.free) return;
      line.remove(row);
      const sequence = this.sequenceOf(row, toRead);
      this.prefixes = this.prefixes.filter(({ session }) => session !== this.sessionOf(row));
      if (Number.isNaN(this.table.progress.admittedAt[row]!)) this.table.progress.cachedTokens[row] = present;
      this.kv.take(0, present);
      sequence.kvTokens = present;
      this.insert(sequence);
      this.schedule(sequence, chunk, missing);
      budget -= chunk;
      observer.admitted(row, this.id, now);
    }
  }

  /** Counts a sequence into the step and takes the KV it will write, which needs so many more blocks. */
  private schedule(sequence: Sequence, chunk: number, blocks: number): void {
    const { work } = this;
    work.sequences += 1;
    work.kvTokens += sequence.kvTokens;
    if (sequence.toRead > 0) {
      work.prefillTokens += chunk;
      work.prefillContext += chunk * (sequence.kvTokens + chunk / 2);
    } else {
      work.decodeTokens += 1;
    }
    sequence.scheduled = chunk;
    this.kv.take(blocks, chunk);
    this.makeRoomForWork();
    sequence.blocks += blocks;
    sequence.kvTokens += chunk;
  }

  /** The last running sequence loses its KV and waits again where its arrival puts it. */
  private preempt(now: number): void {
    const victim = this.running.pop()!;
    this.kv.release(victim.blocks, victim.kvTokens);
    this.table.progress.movedTokens[victim.row] = 0;
    this.environment.line.push(victim.row);
    this.environment.observer.preempted(victim.row, now);
  }

  private tokensToRead(row: RequestRow): number {
    const { declared, progress } = this.table;
    if (progress.movedTokens[row]! > 0) return 0;
    return declared.promptTokens[row]! - this.cachedTokens(row) + progress.outputDone[row]!;
  }

  /** The session of a request, by tier; `null` for none. */
  private sessionOf(row: RequestRow): string | null {
    const { session, tier } = this.table.declared;
    return session[row] === NO_SESSION ? null : `${tier[row]!}/${session[row]!}`;
  }

  /** Rule 7: KV that came over a link, or rule 6. */
  private tokensPresent(row: RequestRow): number {
    const moved = this.table.progress.movedTokens[row]!;
    return moved > 0 ? moved : this.cachedTokens(row);
  }

  /** Rule 6: tokens found in the whole blocks kept of a session; what is assumed where there is none. */
  private cachedTokens(row: RequestRow): number {
    const { prefixTokens, cachedTokens } = this.table.declared;
    const own = this.sessionOf(row);
    if (own === null) return cachedTokens[row]!;
    const kept = this.prefixes.find(({ session }) => session === own)?.blocks ?? 0;
    return Math.min(kept, Math.floor(prefixTokens[row]! / this.settings.blockSize)) * this.settings.blockSize;
  }

  private keepPrefix({ row, kvTokens }: Sequence): void {
    const session = this.sessionOf(row);
    const blocks = Math.floor(kvTokens / this.settings.blockSize);
    if (session === null || blocks === 0 || !this.settings.prefixCache) return;
    this.prefixes = [...this.prefixes.filter((prefix) => prefix.session !== session), { session, blocks }];
  }

  /** Kept blocks beyond what running work leaves free go, one after another. */
  private makeRoomForWork(): void {
    let excess = this.prefixes.reduce((sum, { blocks }) => sum + blocks, 0) - this.kv.free;
    for (; excess > 0; excess--) {
      this.prefixes[0]!.blocks -= 1;
      if (this.prefixes[0]!.blocks === 0) this.prefixes.shift();
    }
  }

  private sequenceOf(row: RequestRow, toRead: number): Sequence {
    const { declared } = this.table;
    return {
      row,
      tier: declared.tier[row]!,
      priority: declared.priority[row]!,
      attemptAt: declared.attemptAt[row]!,
      id: declared.id[row]!,
      outputTarget: this.environment.phase === 'prefill' ? 1 : this.table.outputTarget(row),
      toRead,
      kvTokens: 0,
      blocks: 0,
      scheduled: 0,
      cancelled: false,
    };
  }

  private insert(sequence: Sequence): void {
    let place = this.running.length;
    while (place > 0 && comesBefore(sequence, this.running[place - 1]!)) place -= 1;
    this.running.splice(place, 0, sequence);
  }
}

function comesBefore(a: Sequence, b: Sequence): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.attemptAt !== b.attemptAt) return a.attemptAt < b.attemptAt;
  return a.id < b.id;
}
