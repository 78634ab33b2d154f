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
import { BatchClaim, heldBy, type Holder } from './batch-claim.ts';
import { BatchRows, type BatchKey } from './batch-rows.ts';
import { clearBatch } from './batch-statements.ts';
import { sealedRow } from './checksum.ts';
import type { StoreFile } from './database.ts';
import { numbersBytes, numbersFrom } from './number-bytes.ts';
import { NUMBERS_PER_METRIC, type PackedReplication } from './packed-replication.ts';
import { booksFrom, detailsFrom, hourlyFrom, type Details } from './records.ts';
import { BatchGone } from './store-errors.ts';

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
  private readonly file: StoreFile;
  private readonly rows: BatchRows;
  private readonly reservation: BatchClaim;
  private readonly key: number;
  private readonly statements: BatchRows['statements'];
  /** The layout as replications supply it. */
  private layoutText: string | null = null;
  /** The last fold, and what it was made from: the checksums of the rows of its replications. */
  private folded: Folded | null = null;
  private isIntact = false;

  constructor(file: StoreFile, key: BatchKey) {
    this.file = file;
    this.rows = new BatchRows(file, key);
    this.key = this.rows.key;
    this.statements = this.rows.statements;
    this.reservation = new BatchClaim(file, this.key, this.statements);
  }

  /** 64 hexadecimal digits; its first digits name it. */
  get id(): string {
    return this.rows.id;
  }

  /** The name shown to users: the first digits of its id, and its scenario. */
  get name(): string {
    return this.rows.name;
  }

  /** Indices of the replications that are done, below a bound, in rising order. */
  done(below = Infinity): number[] {
    return this.rows
      .states()
      .filter(({ status, replication }) => status === 'done' && replication < below)
      .map(({ replication }) => replication);
  }

  /** The bound above every replication that is done. */
  end(): number {
    return (this.done().at(-1) ?? -1) + 1;
  }

  failures(below = Infinity): ReplicationFailure[] {
    return this.rows
      .states()
      .filter(({ status, replication }) => status === 'failed' && replication < below)
      .map(({ replication, failure, error }) => ({ replication, failure: failure!, message: error! }));
  }

  /** Where and when the replications that are done were run; at least one must be done. */
  origin(): BatchOrigin {
    const done = this.rows.states().filter(({ status }) => status === 'done');
    const instants = done.map(({ finishedAt }) => finishedAt).toSorted();
    return {
      machines: [...new Set(done.map(({ machine }) => machine))].toSorted(),
      firstFinishedAt: instants[0]!,
      lastFinishedAt: instants.at(-1)!,
    };
  }

  /** Whether its samples were pruned, so that quantiles are known from kept estimates only. */
  isPruned(): boolean {
    return this.file.reading(() => this.rows.present().prunedAt !== null);
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
    return this.writing(() => this.reservation.take());
  }

  /** Throws if this object may no longer run the batch, and gives a sign of life when one is due. */
  attend(): void {
    this.file.once(() => {
      this.file.reading(() => this.checkMine());
      this.reservation.sign();
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
    this.reservation.release();
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
            key,
            replication,
            'done',
            null,
            null,
            wallSeconds,
            events,
            machine,
            now(),
          ),
        );
        for (const [part, content] of Object.entries(records))
          statements.addRecord.run(sealedRow('records', key, replication, part, content));
        statements.tally.run(1, 0, wallSeconds, key);
      }
      for (const { replication, failure, message } of failures) {
        this.forget(replication);
        statements.addReplication.run(
          sealedRow('replications', key, replication, 'failed', failure, message, null, null, machine, now()),
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
      const holder = this.reservation.holder();
      if (holder !== null && !force) throw heldBy(this.name, holder, '--fresh');
      clearBatch(this.file.database, this.key);
      this.statements.renew.run(generation, now(), this.key);
      this.statements.seal.run(this.key);
    });
    this.forgetRead(generation);
  }

  /**
   * Reads every record, and deletes the replications of which any is not as it was written; returns their indices, in
   * rising order. What is left is sound, and deleted replications can be run again. After a success the records are not
   * read again.
   */
  removeDamaged(): number[] {
    if (this.isIntact) return [];
    const damaged = this.file.reading(() => this.rows.damaged());
    this.isIntact = damaged.length === 0;
    if (this.isIntact) return [];
    this.file.writing(() => {
      this.checkMine();
      const { statements, key } = this;
      for (const replication of damaged) {
        statements.forgetReplication.run(key, replication);
        statements.forgetRecords.run(key, replication);
      }
      if (!this.rows.hasSoundLayout()) statements.forgetLayout.run(key);
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
      this.rows.present();
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
    return this.rows.metrics();
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
      yield JSON.parse(hourlyFrom(this.rows.record(replication, 'hourly'))) as HourlySeries;
  }

  /** Every replication, one after another, with its numbers as they are packed. */
  *replications(): Generator<ReplicationNumbers> {
    for (const { replication, status, error, wallSeconds } of this.rows.states()) {
      const numbers = status === 'done' ? numbersFrom(this.rows.record(replication, 'numbers')) : null;
      yield { replication, status, error, wallSeconds, numbers };
    }
  }

  /** The values of the metric at an index in results, in at most `limit` replications from an index on. */
  values(metric: number, from: number, limit: number): ReplicationValue[] {
    return this.file.reading(() =>
      this.rows
        .states()
        .filter(({ replication }) => replication >= from)
        .slice(0, limit)
        .map(({ replication, status, wallSeconds }) => {
          const numbers = status === 'done' ? numbersFrom(this.rows.record(replication, 'numbers')) : null;
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
    return booksFrom(this.rows.record(replication, 'books'));
  }

  private details(replication: number): Details {
    return detailsFrom(this.rows.record(replication, 'details'));
  }

  private checkMine(): void {
    this.rows.present();
    if (this.reservation.isLost()) throw new BatchGone(this.name, this.file.path);
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

  private forgetRead(generation?: string): void {
    this.rows.forget(generation);
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
    const sums = new Map(this.rows.states().map(({ replication, checksum }) => [replication, checksum]));
    const asked = new Set(replications);
    // A fold of no replications knows no metrics.
    const stays =
      folded?.generation === this.rows.generation &&
      folded.checksums.length > 0 &&
      folded.fold.replications.every((one, at) => asked.has(one) && sums.get(one) === folded.checksums[at]);
    const fold = stays
      ? folded.fold
      : new BatchFold(
          (replication, part) => this.rows.record(replication, part),
          this.metrics(),
          replications,
        );
    fold.extend(replications);
    const checksums = replications.map((one) => sums.get(one)!);
    this.folded = { fold, generation: this.rows.generation, checksums };
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

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Above every index. */
const MOST = Number.MAX_SAFE_INTEGER;
const bounded = (below: number): number => Math.min(below, MOST);

const now = (): string => new Date().toISOString();
