/**
 * A batch in the store: its replications as they finish, and their combined results. Every write names the batch as it
 * was when it was opened: one that was deleted or cleared since is not written to. It does not know which process runs
 * replications, nor when there are enough.
 */
import { randomUUID } from 'node:crypto';
import type { Books } from '../economics/books.ts';
import { InvariantError } from '../errors.ts';
import type { Column, MetricLayout } from '../experiments/observation-parts.ts';
import type { Estimate } from '../experiments/estimate.ts';
import { meanSeries, type HourlySeries, type OutcomeSeries } from '../experiments/hourly-series.ts';
import type { AuditCheck } from '../simulation/ledger.ts';
import { BatchFold } from './batch-fold.ts';
import { SHORT_ID } from './batch-identity.ts';
import { clearBatch, prepareBatch } from './batch-statements.ts';
import { checksumOf, sealedRow } from './checksum.ts';
import type { StoreFile } from './database.ts';
import { numbersBytes, numbersFrom } from './number-bytes.ts';
import { NUMBERS_PER_METRIC, type PackedReplication } from './packed-replication.ts';
import { booksFrom, detailsFrom, hourlyFrom, PARTS, SAMPLES, samplesPart, type Details } from './records.ts';
import { lives, processFrom, SIGN_INTERVAL, thisProcess, type ProcessIdentity } from './runner.ts';
import { BatchGone, BatchHeld, DamagedRecord, SamplesPruned } from './store-errors.ts';

/** A replication without a result: because of a broken invariant, another internal error, or the end of its thread. */
export interface ReplicationFailure {
  readonly replication: number;
  readonly failure: 'invariant' | 'defect' | 'died';
  readonly message: string;
}

/** Where the replications of a batch were run: processors and systems, in order; instants in ISO 8601, UTC. */
export interface BatchOrigin {
  readonly machines: readonly string[];
  readonly firstFinishedAt: string;
  readonly lastFinishedAt: string;
}

/** A replication with its numbers: `NUMBERS_PER_METRIC` of each metric; `null` if it failed. */
export interface ReplicationNumbers {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly error: string | null;
  readonly wallSeconds: number | null;
  readonly numbers: Float64Array | null;
}

/** The value of a metric in one replication; `null` if the replication failed, or has no data. */
export interface ReplicationValue {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly value: number | null;
  /** Time it took in one thread [s]. */
  readonly wallSeconds: number | null;
}

/**
 * The number of a batch in its tables, and the generation that distinguishes it from the same batch after it was
 * cleared.
 */
export interface BatchKey {
  readonly batch: number;
  readonly generation: string;
  readonly id: string;
  readonly scenario: string;
}

/** The process that runs a batch. */
export interface Holder {
  readonly process: ProcessIdentity;
  /** ISO 8601, UTC. */
  readonly since: string;
}

interface BatchRow {
  readonly generation: string;
  readonly done: number;
  readonly failed: number;
  readonly wall: number;
  readonly prunedAt: string | null;
  readonly sound: number;
}

interface ReplicationState {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly failure: ReplicationFailure['failure'] | null;
  readonly error: string | null;
  readonly wallSeconds: number | null;
  readonly machine: string;
  readonly finishedAt: string;
  readonly checksum: number;
  readonly sound: number;
}

/** The prefix of the names under which objects of this thread run a batch, and the names in use. */
const THREAD = `${randomUUID()} `;
const active = new Set<string>();

/** How many estimates are kept of a batch, by confidence level and number of replications: those requested last. */
const KEPT_ESTIMATES = 8;
/** Numbers of a kept estimate: mean, half-width, replications. */
const NUMBERS_PER_ESTIMATE = 3;

/** How many batches may keep their sums in memory, each up to 64 MiB. */
const FOLDS_IN_MEMORY = 3;
const inMemory = new Set<StoredBatch>();

interface Folded {
  readonly fold: BatchFold;
  readonly generation: string;
  readonly checksums: readonly number[];
}

export class StoredBatch {
  /** 64 hexadecimal digits; its first digits name it. */
  readonly id: string;
  private readonly file: StoreFile;
  private readonly key: number;
  private readonly scenario: string;
  private readonly statements: ReturnType<typeof prepareBatch>;
  private generation: string;
  private layout: readonly MetricLayout[] | null = null;
  /** The layout as replications supply it. */
  private layoutText: string | null = null;
  /** The last fold, and what it was made from: the checksums of the rows of its replications. */
  private folded: Folded | null = null;
  /** The name of this object among those that may run the batch; `null` as long as it does not run it. */
  private runner: string | null = null;
  private signDue = 0;
  private isIntact = false;

  constructor(file: StoreFile, { batch, generation, id, scenario }: BatchKey) {
    this.file = file;
    this.key = batch;
    this.generation = generation;
    this.id = id;
    this.scenario = scenario;
    this.statements = prepareBatch(file);
  }

  /** The name shown to users: the first digits of its id, and its scenario. */
  get name(): string {
    return `batch ${this.id.slice(0, SHORT_ID)} of ${this.scenario}`;
  }

  /** Indices of the replications that are done, below a bound, in rising order. */
  done(below = Infinity): number[] {
    return this.states()
      .filter(({ status, replication }) => status === 'done' && replication < below)
      .map(({ replication }) => replication);
  }

  /** The bound above every replication that is done. */
  end(): number {
    return (this.done().at(-1) ?? -1) + 1;
  }

  failures(below = Infinity): ReplicationFailure[] {
    return this.states()
      .filter(({ status, replication }) => status === 'failed' && replication < below)
      .map(({ replication, failure, error }) => ({ replication, failure: failure!, message: error! }));
  }

  /** Where and when the replications that are done were run; at least one must be done. */
  origin(): BatchOrigin {
    const done = this.states().filter(({ status }) => status === 'done');
    const instants = done.map(({ finishedAt }) => finishedAt).toSorted();
    return {
      machines: [...new Set(done.map(({ machine }) => machine))].toSorted(),
      firstFinishedAt: instants[0]!,
      lastFinishedAt: instants.at(-1)!,
    };
  }

  /** Whether its samples were pruned, so that quantiles are known from kept estimates only. */
  isPruned(): boolean {
    return this.file.reading(() => this.present().prunedAt !== null);
  }

  /** Records how many replications are requested, and the confidence level of intervals requested with them. */
  plan(replications: number, confidence: number): void {
    this.writing(() => {
      this.statements.plan.run(replications, confidence, now(), this.key);
      this.statements.seal.run(this.key);
    });
  }

  /**
   * Reserves the batch for this object to run it: returns `null` on success, or else the process that runs it. `attend`
   * gives signs of life, and `release` ends the reservation.
   */
  claim(): Holder | null {
    return this.writing(() => {
      const holder = this.holder();
      if (holder !== null) return holder;
      this.runner = `${THREAD}${randomUUID()}`;
      active.add(this.runner);
      const at = now();
      this.statements.run.run(this.key, this.runner, JSON.stringify(thisProcess()), at, at);
      this.signDue = performance.now() + SIGN_INTERVAL;
      return null;
    });
  }

  /** Throws if this object may no longer run the batch, and gives a sign of life when one is due. */
  attend(): void {
    this.file.once(() => {
      this.file.reading(() => this.checkMine());
      if (performance.now() < this.signDue) return;
      this.file.writing(() => this.statements.sign.run(now(), this.key, this.runner));
      this.signDue = performance.now() + SIGN_INTERVAL;
    });
  }

  /** Throws if what was kept is gone: the file is no longer there, or the batch has been replaced. */
  confirm(): void {
    this.file.checkPlace();
    this.file.reading(() => this.checkMine());
  }

  /**
   * Lets others run the batch. If that cannot be written now, others of this thread may run it at once, and all others
   * once this process has ended.
   */
  release(): void {
    const { runner } = this;
    if (runner === null) return;
    active.delete(runner);
    this.file.once(() => this.file.writing(() => this.statements.release.run(this.key, runner)));
    this.runner = null;
  }

  /**
   * Keeps replications, all or none; when this returns they are on the disk. One that is there already is replaced.
   * Throws `StoreUnavailable` if the store cannot be written now, without waiting long, and `BatchGone` if the batch is
   * no longer the one that was opened.
   *
   * @param machine what ran them
   */
  keep(
    results: readonly PackedReplication[],
    failures: readonly ReplicationFailure[],
    machine: string,
  ): void {
    const { key, statements } = this;
    this.writing(() => {
      this.checkLayouts(results);
      for (const { replication, wallSeconds, events, records } of results) {
        this.forget(replication);
        statements.addReplication.run(
          sealedRow(
            'replications',
            ...[key, replication, 'done', null, null, wallSeconds, events, machine, now()],
          ),
        );
        for (const [part, content] of Object.entries(records))
          statements.addRecord.run(sealedRow('records', key, replication, part, content));
        statements.tally.run(1, 0, wallSeconds, key);
      }
      for (const { replication, failure, message } of failures) {
        this.forget(replication);
        statements.addReplication.run(
          sealedRow(
            'replications',
            ...[key, replication, 'failed', failure, message, null, null, machine, now()],
          ),
        );
        statements.tally.run(0, 1, 0, key);
      }
      statements.forgetEstimates.run(key);
      statements.touch.run(now(), key);
      statements.seal.run(key);
    });
  }

  /**
   * Deletes every replication. From then on it is another batch: a process still running the former one gets
   * `BatchGone`. Throws `BatchHeld` while another process runs it, unless forced.
   */
  clear(force = false): void {
    const generation = randomUUID();
    this.file.writing(() => {
      this.checkMine();
      const holder = this.holder();
      if (holder !== null && !force) throw heldBy(this.name, holder, '--fresh');
      clearBatch(this.file.database, this.key);
      this.statements.renew.run(generation, now(), this.key);
      this.statements.seal.run(this.key);
    });
    this.generation = generation;
    this.forgetRead();
  }

  /**
   * Reads every record, and deletes the replications of which any is not as it was written; returns their indices, in
   * rising order. What is left is sound, and deleted replications can be run again. After a success the records are not
   * read again.
   */
  removeDamaged(): number[] {
    if (this.isIntact) return [];
    const damaged = this.file.reading(() => this.damaged());
    this.isIntact = damaged.length === 0;
    if (this.isIntact) return [];
    this.file.writing(() => {
      this.checkMine();
      const { statements, key } = this;
      for (const replication of damaged) {
        statements.forgetReplication.run(key, replication);
        statements.forgetRecords.run(key, replication);
      }
      if (!this.hasSoundLayout()) statements.forgetLayout.run(key);
      statements.forgetEstimates.run(key);
      statements.recount.run(key, key, key, now(), key);
      statements.seal.run(key);
    });
    this.isIntact = true;
    this.forgetRead();
    return damaged;
  }

  /**
   * Estimates from the replications that are done with indices below a bound, folded by index: the result does not
   * depend on which finished first, nor on how often the batch was interrupted. They are kept until a replication is
   * added.
   */
  estimates(confidence: number, below: number): Estimate[] {
    const made = this.file.reading((): { readonly all: Estimate[]; readonly from: number | null } => {
      const kept = this.keptEstimates(confidence, below);
      if (kept !== null) return { all: kept, from: null };
      const done = this.done(below);
      return { all: this.fold(done).estimates(confidence, () => true), from: done.length };
    });
    if (made.from !== null && made.from > 0 && !this.file.database.readonly)
      this.keepEstimates(made.all, confidence, below, made.from);
    return made.all;
  }

  /** Like `estimates`, for some metrics of one scope only, and not kept. */
  estimatesOf(scope: string, metrics: readonly string[], confidence: number, below: number): Estimate[] {
    return this.file.reading(() =>
      this.fold(this.done(below)).estimates(
        confidence,
        (one) => one.scope === scope && metrics.includes(one.metric),
      ),
    );
  }

  /** Estimates as `estimates` kept them; `null` if it did not, or replications were added since. */
  keptEstimates(confidence: number, below: number): Estimate[] | null {
    return this.file.reading(() => {
      this.present();
      const row = this.statements.estimates.get(this.key, confidence, bounded(below)) as
        { numbers: Uint8Array; sound: number } | undefined;
      // A damaged row is made again.
      if (row?.sound !== 1) return null;
      const numbers = numbersFrom(row.numbers);
      return this.metrics().map(({ scope, metric, unit }, place) => {
        const [mean, halfWidth, n] = numbers.subarray(NUMBERS_PER_ESTIMATE * place) as unknown as number[];
        return { scope, metric, unit, mean: orNull(mean!), halfWidth: orNull(halfWidth!), n: n! };
      });
    });
  }

  /** The metrics of the batch in the order of results; empty before a replication is done. */
  metrics(): readonly MetricLayout[] {
    if (this.layout !== null) return this.layout;
    const row = this.file.reading(() => {
      this.present();
      return this.statements.layout.get(this.key) as { layout: string; sound: number } | undefined;
    });
    if (row === undefined) return [];
    if (row.sound !== 1) throw this.damage('the list of its metrics');
    this.layout = JSON.parse(row.layout) as MetricLayout[];
    return this.layout;
  }

  /** The column of one metric, by its index in results, over the given replications, all done and in rising order. */
  column(metric: number, replications: readonly number[]): Column {
    return this.file.reading(() => this.fold(replications).column(metric));
  }

  /** The mean of the hourly series of the given replications, which must be done and at least one. */
  hourly(replications: readonly number[]): OutcomeSeries {
    return meanSeries(this.hourlySeries(replications));
  }

  /** The hourly series of the given replications, which must be done, one after another. */
  *hourlySeries(replications: readonly number[]): Generator<HourlySeries> {
    for (const replication of replications)
      yield JSON.parse(hourlyFrom(this.record(replication, 'hourly'))) as HourlySeries;
  }

  /** Every replication, one after another, with its numbers as they are packed. */
  *replications(): Generator<ReplicationNumbers> {
    for (const { replication, status, error, wallSeconds } of this.states()) {
      const numbers = status === 'done' ? numbersFrom(this.record(replication, 'numbers')) : null;
      yield { replication, status, error, wallSeconds, numbers };
    }
  }

  /** The values of the metric at an index in results, in at most `limit` replications from an index on. */
  values(metric: number, from: number, limit: number): ReplicationValue[] {
    return this.file.reading(() =>
      this.states()
        .filter(({ replication }) => replication >= from)
        .slice(0, limit)
        .map(({ replication, status, wallSeconds }) => {
          const numbers = status === 'done' ? numbersFrom(this.record(replication, 'numbers')) : null;
          const value = numbers === null ? null : orNull(numbers[NUMBERS_PER_METRIC * metric]!);
          return { replication, status, value, wallSeconds };
        }),
    );
  }

  /**
   * Fingerprints of the given replications, which must be done: equal texts if the offered work of each tier is equal.
   */
  fingerprints(replications: readonly number[]): string[] {
    return replications.map((index) => JSON.stringify(this.details(index).fingerprints));
  }

  /** The checks of one replication that is done. */
  audit(replication: number): readonly AuditCheck[] {
    return this.details(replication).audit;
  }

  /** The books of a replication that is done, from which its money is computed; `null` if an older program kept it. */
  books(replication: number): Books | null {
    return booksFrom(this.record(replication, 'books'));
  }

  private details(replication: number): Details {
    return detailsFrom(this.record(replication, 'details'));
  }

  /** The replications, after checking that all are as they were written and none is missing. */
  private states(): readonly ReplicationState[] {
    return this.file.reading(() => {
      const { done, failed } = this.present();
      const states = this.statements.replications.all(this.key) as ReplicationState[];
      const bad = states.find(({ sound }) => sound !== 1);
      if (bad !== undefined) throw this.damage(`the row of replication ${bad.replication}`);
      const there = states.filter(({ status }) => status === 'done').length;
      if (there !== done || states.length - there !== failed)
        throw this.damage(`the list of its replications (${there} of ${done} are found)`);
      return states;
    });
  }

  /** The bytes of a record, as they were written. */
  private record(replication: number, part: string): Uint8Array {
    return this.file.reading(() => {
      const row = this.statements.record.get(this.key, part, replication) as
        { content: Uint8Array; checksum: number } | undefined;
      if (row !== undefined && this.isSound(replication, part, row)) return row.content;
      const { prunedAt } = this.present();
      if (part.startsWith(SAMPLES) && prunedAt !== null) throw new SamplesPruned(this.name);
      throw this.damage(`replication ${replication} (${part})`);
    });
  }

  private isSound(
    replication: number,
    part: string,
    { content, checksum }: { readonly content: Uint8Array; readonly checksum: number },
  ): boolean {
    return checksumOf('records', this.key, replication, part, content) === checksum;
  }

  /** Replications of which a row or a record is missing or not as it was written, in rising order. */
  private damaged(): number[] {
    const { prunedAt, done, failed } = this.present();
    const states = this.statements.replications.all(this.key) as ReplicationState[];
    const damaged = new Set(states.filter(({ sound }) => sound !== 1).map(({ replication }) => replication));
    const sound = states.filter(({ sound: one }) => one === 1);
    const layout = this.hasSoundLayout() ? this.metrics() : null;
    const samples = (layout ?? []).flatMap(({ sample }) => (sample === null ? [] : [samplesPart(sample)]));
    const parts = [...PARTS, ...(prunedAt === null ? new Set(samples) : [])];
    for (const { replication, status } of sound) {
      if (status === 'failed') continue;
      const isWhole = parts.every((part) => {
        const row = this.statements.record.get(this.key, part, replication) as
          { content: Uint8Array; checksum: number } | undefined;
        return row !== undefined && this.isSound(replication, part, row);
      });
      if (!isWhole) damaged.add(replication);
    }
    // Records without a row count as damaged too; and if the list of metrics is damaged or missing, the first
    // replication is run again to restore it.
    for (const { replication } of this.statements.recorded.all(this.key) as { replication: number }[])
      if (!sound.some((one) => one.replication === replication)) damaged.add(replication);
    const first = sound.find(({ status }) => status === 'done');
    if (layout === null && first !== undefined) damaged.add(first.replication);
    const isCounted = sound.filter(({ status }) => status === 'done').length === done;
    if (!isCounted || states.length - done !== failed) damaged.add(first?.replication ?? 0);
    return [...damaged].toSorted((a, b) => a - b);
  }

  private hasSoundLayout(): boolean {
    const row = this.statements.layout.get(this.key) as { sound: number } | undefined;
    return row?.sound === 1;
  }

  private damage(what: string): DamagedRecord {
    return new DamagedRecord(
      this.file.path,
      `${what} of ${this.name}`,
      'the same fleetyield run computes what is damaged anew, and results delete takes the batch away',
    );
  }

  /** The row of the batch as it was opened. Throws `BatchGone` if it has been replaced by now. */
  private present(): BatchRow {
    const row = this.statements.batch.get(this.key) as BatchRow | undefined;
    if (row === undefined || (row.sound === 1 && row.generation !== this.generation))
      throw new BatchGone(this.name, this.file.path);
    if (row.sound !== 1) throw this.damage('the row');
    return row;
  }

  private checkMine(): void {
    this.present();
    if (this.runner === null) return;
    const held = this.statements.held.get(this.key) as { runner: string } | undefined;
    if (held?.runner !== this.runner) throw new BatchGone(this.name, this.file.path);
  }

  /** The other process or object that runs the batch, if any. */
  private holder(): Holder | null {
    const held = this.statements.held.get(this.key) as
      { runner: string; process: string; since: string; signedAt: string } | undefined;
    if (held === undefined || held.runner === this.runner) return null;
    const other = processFrom(held.process);
    // A reservation of this thread that could not be released.
    if (held.runner.startsWith(THREAD) && !active.has(held.runner)) return null;
    return other !== null && lives(other, held.signedAt) ? { process: other, since: held.since } : null;
  }

  /** Writes to the batch that was opened, all or nothing, without waiting long. */
  private writing<T>(work: () => T): T {
    return this.file.once(() =>
      this.file.writing(() => {
        this.checkMine();
        return work();
      }),
    );
  }

  private forgetRead(): void {
    this.layout = null;
    this.layoutText = null;
    this.folded = null;
  }

  /** The first replication defines the metrics; the others must have the same. */
  private checkLayouts(results: readonly PackedReplication[]): void {
    const metrics = this.metrics();
    if (metrics.length > 0) this.layoutText ??= JSON.stringify(metrics);
    const [first] = results;
    const known = this.layoutText ?? first?.layout;
    const other = results.find(({ layout }) => layout !== known);
    if (other !== undefined) {
      throw new InvariantError(
        `replication ${other.replication} measured other metrics than those before it in batch ${this.id}`,
      );
    }
    if (metrics.length === 0 && first !== undefined)
      this.statements.addLayout.run(sealedRow('layouts', this.key, first.layout));
  }

  private forget(replication: number): void {
    const before = this.statements.replication.get(this.key, replication) as
      { status: string; wallSeconds: number | null } | undefined;
    if (before === undefined) return;
    const done = before.status === 'done' ? 1 : 0;
    this.statements.tally.run(-done, done - 1, -(before.wallSeconds ?? 0), this.key);
    this.statements.forgetReplication.run(this.key, replication);
    this.statements.forgetRecords.run(this.key, replication);
  }

  /**
   * The fold over the given replications. The previous one is extended if each of its replications is unchanged, judged
   * by the checksum of its row, which also covers when and how fast it was run.
   */
  private fold(replications: readonly number[]): BatchFold {
    const { folded } = this;
    // A caller that requests one metric after another passes the same list.
    if (folded !== null && folded.fold.replications === replications) return folded.fold;
    const sums = new Map(this.states().map(({ replication, checksum }) => [replication, checksum]));
    const asked = new Set(replications);
    // A fold of no replications knows no metrics.
    const stays =
      folded?.generation === this.generation &&
      folded.checksums.length > 0 &&
      folded.fold.replications.every((one, at) => asked.has(one) && sums.get(one) === folded.checksums[at]);
    const fold = stays
      ? folded.fold
      : new BatchFold((replication, part) => this.record(replication, part), this.metrics(), replications);
    fold.extend(replications);
    const checksums = replications.map((one) => sums.get(one)!);
    this.folded = { fold, generation: this.generation, checksums };
    this.keepFolded();
    return fold;
  }

  /** Keeps the folds of the most recently folded batches of a thread in memory, and drops the others. */
  private keepFolded(): void {
    inMemory.delete(this);
    inMemory.add(this);
    for (const oldest of inMemory) {
      if (inMemory.size <= FOLDS_IN_MEMORY) break;
      inMemory.delete(oldest);
      oldest.folded = null;
    }
  }

  /** Keeps estimates, unless a replication was added since they were made. */
  private keepEstimates(
    estimates: readonly Estimate[],
    confidence: number,
    below: number,
    from: number,
  ): void {
    const numbers = new Float64Array(NUMBERS_PER_ESTIMATE * estimates.length);
    estimates.forEach(({ mean, halfWidth, n }, place) =>
      numbers.set([mean ?? NaN, halfWidth ?? NaN, n], NUMBERS_PER_ESTIMATE * place),
    );
    const { statements, key } = this;
    this.file.writing(() => {
      if (this.done(below).length !== from) return;
      statements.thinEstimates.run(key, key, KEPT_ESTIMATES - 1);
      statements.addEstimates.run(
        sealedRow('estimates', key, confidence, bounded(below), numbersBytes(numbers)),
      );
    });
  }
}

/** The error if another process runs a batch that was to be deleted or cleared. */
export function heldBy(name: string, { process: { pid, host }, since }: Holder, option: string): BatchHeld {
  const by = `process ${pid} on ${host} since ${since.slice(0, 19).replace('T', ' ')} UTC`;
  return new BatchHeld(
    name,
    by,
    `wait for it or stop it, or add --force to ${option === '' ? '' : `${option} to `}take the batch from it`,
  );
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Above every index. */
const MOST = Number.MAX_SAFE_INTEGER;
const bounded = (below: number): number => Math.min(below, MOST);

const now = (): string => new Date().toISOString();
