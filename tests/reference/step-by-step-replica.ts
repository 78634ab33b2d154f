/**
 * The slow, obvious replica: it processes every sequence in every step, one step at a time, with plain objects. The
 * fast replica of `src/serving/batching-replica.ts` must agree with it; the rules are numbered in
 * `src/serving/continuous-batching.ts`.
 */
import { NO_ROW, type RequestRow } from '../../src/ids.ts';
import type { EngineSettings } from '../../src/serving/engine-settings.ts';
import { KvBlocks } from '../../src/serving/kv-blocks.ts';
import { ReplicaMeter } from '../../src/serving/replica-meter.ts';
import type { InterruptibleReplica, Release, ReplicaEnvironment } from '../../src/serving/replica.ts';
import { emptyStepWork, type StepWork } from '../../src/serving/step-time/index.ts';
import type { RequestTable } from '../../src/workload/request-table.ts';
import { NO_NODE } from '../../src/workload/prompt-tree.ts';
import { NO_SESSION } from '../../src/workload/traces/index.ts';

/** A request in service. */
interface Sequence {
  readonly row: RequestRow;
  readonly tier: number;
  /** Its importance in the queue when it was admitted; smaller is more important. */
  readonly rank: number;
  readonly attemptAt: number;
  readonly id: number;
  /** Output tokens it will have at the end. */
  readonly outputTarget: number;
  /** Tokens still to prefill before it can emit: prompt, or prompt and its own output after a pre-emption. */
  toPrefill: number;
  /** Tokens it holds in the KV cache. */
  kvTokens: number;
  /** Blocks those tokens are in. */
  blocks: number;
  /** Tokens it is scheduled for in the running step; 0 when it is not in it. */
  scheduled: number;
  /** It was cancelled during the running step. */
  cancelled: boolean;
  /** Nodes of the prompt tree that it shares, from the beginning of its prompt. */
  nodes: number[];
}

/** A cached prefix of a session, or of a node of the prompt tree, that no running sequence holds. */
interface Prefix {
  readonly of: string;
  blocks: number;
  readonly usedAt: number;
  /** Order among those used at the same instant. */
  readonly rank: number;
}

const nodeName = (node: number) => `node ${node}`;
const aloneName = (id: number) => `alone ${id}`;

export class StepByStepReplica implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly settings: EngineSettings;
  private readonly environment: ReplicaEnvironment;
  private readonly table: RequestTable;
  private readonly kv: KvBlocks;
  /** In order of (rank, arrival, id). */
  private readonly running: Sequence[] = [];
  /** The least recently used first. */
  private prefixes: Prefix[] = [];
  /** By request that released KV: the number of shared blocks before those it held alone. */
  private readonly aloneFrom = new Map<number, number>();
  private readonly work: StepWork = emptyStepWork();
  /** A step runs, or is about to be composed. */
  private active = false;
  /** Evictions so far: a boundary scheduled before the last of them is stale. */
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

  yieldingTo(row: RequestRow): number {
    if (!this.settings.priorityPreemption) return 0;
    const importance = this.environment.queue.importance(row);
    return this.running.filter(({ rank, cancelled }) => !cancelled && rank > importance).length;
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

  onQueueChanged(): boolean {
    // It checks its queue at every boundary.
    return false;
  }

  settle(): void {
    // All its state is up to date at every boundary.
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

  /** Evicts all running sequences; the step in progress is discarded. */
  evict(now: number, release: Release): void {
    this.evictions += 1;
    this.active = false;
    this.work.sequences = 0;
    this.prefixes = [];
    const evicted = this.running.splice(0);
    this.kv.release(this.kv.held, this.kv.tokens);
    this.meter.kvTokens.set(0, now);
    this.meter.busy.set(0, now);
    for (const { row, cancelled } of evicted) if (!cancelled) release(row, now);
  }

  private completeStep(now: number): void {
    const { observer } = this.environment;
    // Requests only finish here, so the columns are not reallocated.
    const { outputDone, lastTokenAt } = this.table.progress;
    const { running, meter, lastBoundaryAt, furtherTokens } = this;
    meter.steps += 1;
    meter.sequences += this.work.sequences;
    let stay = 0;
    const finished: Sequence[] = [];
    for (const sequence of running) {
      const { row } = sequence;
      if (sequence.cancelled) {
        this.release(sequence, now);
        continue;
      }
      if (sequence.toPrefill > 0) sequence.toPrefill -= sequence.scheduled;
      if (sequence.scheduled > 0 && sequence.toPrefill === 0) {
        meter.tokensEmitted += 1;
        const done = ++outputDone[row]!;
        if (done === 1) observer.firstToken(row, now);
        else if (lastTokenAt[row] === lastBoundaryAt) furtherTokens[sequence.tier]! += 1;
        else observer.furtherTokens(sequence.tier, now - lastTokenAt[row]!, 1);
        lastTokenAt[row] = now;
        if (done === sequence.outputTarget) {
          this.release(sequence, now);
          finished.push(sequence);
          observer.finished(row, now);
          continue;
        }
      }
      running[stay++] = sequence;
    }
    if (stay < running.length) running.length = stay;
    this.reportFurtherTokens(now);
    for (const sequence of finished) this.keepPrefix(sequence, now);
    this.lastBoundaryAt = now;
  }

  /** Nearly all tokens follow one of the step before; those are counted by tier and reported together. */
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
    const reservedFor = this.settings.priorityPreemption ? this.preemptForPriority(now) : NO_ROW;
    const preempted = this.scheduleRunning(now);
    if (!preempted) this.admitWaiting(reservedFor, now);
  }

  /**
   * Rule 5. Returns the request for which others were pre-empted, or `NO_ROW`; it joins first, whatever the order of
   * the queue.
   */
  private preemptForPriority(now: number): RequestRow {
    const best = this.environment.queue.peek();
    if (best === NO_ROW || this.canJoin(best)) return NO_ROW;
    const importance = this.environment.queue.importance(best);
    let reservedFor: RequestRow = NO_ROW;
    for (let last = this.running.length - 1; last >= 0 && !this.canJoin(best); last--) {
      if (this.running[last]!.rank <= importance) break;
      this.preempt(now);
      reservedFor = best;
    }
    return reservedFor;
  }

  /** Whether a slot and KV for the next chunk of a waiting request are free. */
  private canJoin(row: RequestRow): boolean {
    const toPrefill = this.tokensToPrefill(row);
    const chunk = toPrefill > 0 ? Math.min(toPrefill, this.settings.maxBatchedTokens) : 1;
    return this.running.length < this.settings.maxSequences && this.kvSuffices(row, chunk);
  }

  /** Whether the KV that a waiting request needs to join with a chunk is free. */
  private kvSuffices(row: RequestRow, chunk: number): boolean {
    const tokens = this.settings.reserveFullPrompt ? Math.max(chunk, this.tokensToPrefill(row)) : chunk;
    const there = this.nodesHeldByOthers(row).reduce((sum, node) => sum + this.blocksOf(node), 0);
    return this.kv.missing(there, this.tokensPresent(row) + tokens) <= this.kv.free;
  }

  /** Rules 2 and 4; true when a sequence was pre-empted. */
  private scheduleRunning(now: number): boolean {
    let budget = this.settings.maxBatchedTokens;
    let preempted = false;
    for (let place = 0; place < this.running.length && budget > 0; place++) {
      const sequence = this.running[place]!;
      const chunk = sequence.toPrefill > 0 ? Math.min(sequence.toPrefill, budget) : 1;
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

  /** Rule 2 for waiting requests. */
  private admitWaiting(reservedFor: RequestRow, now: number): void {
    const { queue, observer } = this.environment;
    let budget = this.settings.maxBatchedTokens - this.work.prefillTokens - this.work.decodeTokens;
    while (this.running.length < this.settings.maxSequences && budget > 0) {
      const row = reservedFor === NO_ROW ? queue.peek() : reservedFor;
      if (row === NO_ROW) return;
      reservedFor = NO_ROW;
      const toPrefill = this.tokensToPrefill(row);
      // A recomputation longer than a whole step's budget is prefilled in chunks even where prompts are not: it could
      // never be readmitted otherwise.
      const whole = !this.settings.chunkedPrefill && toPrefill <= this.settings.maxBatchedTokens;
      if (whole && toPrefill > budget) return;
      const chunk = toPrefill > 0 ? Math.min(toPrefill, budget) : 1;
      const present = this.tokensPresent(row);
      if (!this.kvSuffices(row, chunk)) return;
      queue.remove(row);
      const sequence = this.sequenceOf(row, toPrefill);
      this.forget(this.sessionOf(row) ?? '');
      if (Number.isNaN(this.table.progress.admittedAt[row]!)) this.table.progress.cachedTokens[row] = present;
      this.shareWith(sequence, present);
      this.insert(sequence);
      this.schedule(sequence, chunk, this.kv.missing(sequence.blocks, present + chunk));
      budget -= chunk;
      observer.admitted(row, this.id, now);
    }
  }

  /** Counts a sequence into the step and takes the KV it will write, which needs `blocks` more blocks. */
  private schedule(sequence: Sequence, chunk: number, blocks: number): void {
    const { work } = this;
    work.sequences += 1;
    work.kvTokens += sequence.kvTokens;
    if (sequence.toPrefill > 0) {
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
    this.putInCommon(sequence);
  }

  /** Pre-empts the last running sequence: it loses its KV and returns to the queue by its arrival time. */
  private preempt(now: number): void {
    const victim = this.running.pop()!;
    this.release(victim, now);
    this.table.progress.movedTokens[victim.row] = 0;
    this.environment.queue.push(victim.row);
    this.environment.observer.preempted(victim.row, now);
  }

  private tokensToPrefill(row: RequestRow): number {
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

  /** Rule 6: tokens found in the whole blocks cached for its session; the assumed number without one. */
  private cachedTokens(row: RequestRow): number {
    const { prefixTokens, cachedTokens } = this.table.declared;
    const own = this.sessionOf(row);
    if (own === null && this.prompts === null) return cachedTokens[row]!;
    if (own === null) return this.blocksInCommon(row) * this.settings.blockSize;
    const kept = this.kept(own);
    return Math.min(kept, Math.floor(prefixTokens[row]! / this.settings.blockSize)) * this.settings.blockSize;
  }

  private keepPrefix({ row, id, kvTokens }: Sequence, now: number): void {
    const session = this.sessionOf(row);
    const blocks = Math.floor(kvTokens / this.settings.blockSize);
    if (session === null || blocks === 0 || !this.settings.prefixCache) return;
    const before = this.prefixes.find(({ of }) => of === session);
    if (before !== undefined && before.usedAt === now && before.rank > id) return;
    this.keep({ of: session, blocks, usedAt: now, rank: id });
  }

  private keep(prefix: Prefix): void {
    this.forget(prefix.of);
    this.prefixes.push(prefix);
    this.prefixes.sort((a, b) => a.usedAt - b.usedAt || a.rank - b.rank);
  }

  private forget(name: string): void {
    this.prefixes = this.prefixes.filter(({ of }) => of !== name);
  }

  /** Blocks cached for a session or node. */
  private kept(name: string): number {
    return this.prefixes.find(({ of }) => of === name)?.blocks ?? 0;
  }

  // Rule 6 for prompts that are known to begin alike.

  private get prompts() {
    return this.settings.prefixCache ? this.settings.prompts : null;
  }

  /**
   * The nodes of a request's prompt from its beginning; none where its content is unknown or its KV was transferred.
   */
  private nodesOf(row: RequestRow): number[] {
    const nodes: number[] = [];
    if (this.prompts === null || this.table.progress.movedTokens[row]! > 0) return nodes;
    let node = this.prompts.last[this.table.declared.id[row]!]!;
    for (; node !== NO_NODE; node = this.prompts.before[node]!) nodes.unshift(node);
    return nodes;
  }

  private blocksOf(node: number): number {
    return this.prompts!.blocks[node]!;
  }

  private isHeld(node: number): boolean {
    return this.running.some(({ nodes }) => nodes.includes(node));
  }

  private nodesHeldByOthers(row: RequestRow): number[] {
    const nodes = this.nodesOf(row);
    const first = nodes.findIndex((node) => !this.isHeld(node));
    return first < 0 ? nodes : nodes.slice(0, first);
  }

  /** Leading blocks of a prompt that are held or cached without a gap. */
  private blocksInCommon(row: RequestRow): number {
    let blocks = 0;
    for (const node of this.nodesOf(row)) {
      const there = this.isHeld(node) ? this.blocksOf(node) : this.kept(nodeName(node));
      blocks += there;
      if (there < this.blocksOf(node)) break;
    }
    const id = this.table.declared.id[row]!;
    const from = this.aloneFrom.get(id) ?? 0;
    return blocks < from ? blocks : Math.max(blocks, from + this.kept(aloneName(id)));
  }

  /** A sequence that joins with `present` tokens shares whole nodes with others and holds the rest alone. */
  private shareWith(sequence: Sequence, present: number): void {
    const { blockSize } = this.settings;
    const held = this.nodesHeldByOthers(sequence.row).reduce((sum, node) => sum + this.blocksOf(node), 0);
    this.forget(aloneName(sequence.id));
    for (const node of this.nodesOf(sequence.row)) {
      const there = this.isHeld(node) ? this.blocksOf(node) : this.kept(nodeName(node));
      this.forget(nodeName(node));
      if (there < this.blocksOf(node)) break;
      sequence.nodes.push(node);
    }
    sequence.blocks = this.kv.blocksFor(present);
    sequence.kvTokens = present;
    this.kv.take(sequence.blocks - held, present - held * blockSize);
    this.makeRoomForWork();
  }

  /** Nodes that a sequence has prefilled whole are shared from now on, unless there is another copy of them. */
  private putInCommon(sequence: Sequence): void {
    if (sequence.toPrefill === 0) return;
    for (const node of this.nodesOf(sequence.row).slice(sequence.nodes.length)) {
      const ends = [...sequence.nodes, node].reduce((sum, one) => sum + this.blocksOf(one), 0);
      const whole = Math.floor(sequence.kvTokens / this.settings.blockSize);
      if (whole < ends || this.isHeld(node) || this.kept(nodeName(node)) > 0) return;
      sequence.nodes.push(node);
    }
  }

  /** Releases the KV of a sequence; the caller has removed it from `running`, or is about to. */
  private release(sequence: Sequence, now: number): void {
    const { nodes, id, kvTokens, cancelled } = sequence;
    sequence.nodes = [];
    let others = 0;
    if (this.prompts !== null && !cancelled && this.sessionOf(sequence.row) === null) {
      const from = nodes.reduce((sum, node) => sum + this.blocksOf(node), 0);
      const blocks = Math.floor(kvTokens / this.settings.blockSize) - from;
      this.aloneFrom.set(id, from);
      // Ranked below all nodes, so that the end of a context is evicted before its beginning.
      const rank = -this.prompts.blocks.length - id;
      if (blocks > 0) this.keep({ of: aloneName(id), blocks, usedAt: now, rank });
    }
    for (const node of nodes) {
      if (this.isHeld(node)) others += this.blocksOf(node);
      else this.keep({ of: nodeName(node), blocks: this.blocksOf(node), usedAt: now, rank: -node });
    }
    this.kv.release(sequence.blocks - others, sequence.kvTokens - others * this.settings.blockSize);
  }

  /** Evicts cached blocks beyond what running work leaves free, one by one. */
  private makeRoomForWork(): void {
    let excess = this.prefixes.reduce((sum, { blocks }) => sum + blocks, 0) - this.kv.free;
    for (; excess > 0; excess--) {
      this.prefixes[0]!.blocks -= 1;
      if (this.prefixes[0]!.blocks === 0) this.prefixes.shift();
    }
  }

  private sequenceOf(row: RequestRow, toPrefill: number): Sequence {
    const { declared } = this.table;
    return {
      row,
      tier: declared.tier[row]!,
      rank: this.environment.queue.importance(row),
      attemptAt: declared.attemptAt[row]!,
      id: declared.id[row]!,
      outputTarget: this.environment.phase === 'prefill' ? 1 : this.table.outputTarget(row),
      toPrefill,
      kvTokens: 0,
      blocks: 0,
      scheduled: 0,
      cancelled: false,
      nodes: [],
    };
  }

  private insert(sequence: Sequence): void {
    let place = this.running.length;
    while (place > 0 && comesBefore(sequence, this.running[place - 1]!)) place -= 1;
    this.running.splice(place, 0, sequence);
  }
}

function comesBefore(a: Sequence, b: Sequence): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.attemptAt !== b.attemptAt) return a.attemptAt < b.attemptAt;
  return a.id < b.id;
}
