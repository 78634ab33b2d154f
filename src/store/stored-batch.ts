/**
 * A batch in the store: its replications as they finish, and what they say together. It knows tables and how estimates
 * are folded from them; who runs replications, and when there are enough, is not its affair.
 */
import type { Books } from '../economics/books.ts';
import { InvariantError } from '../errors.ts';
import { partOf, type Column } from '../experiments/columns.ts';
import { estimateColumn, type Estimate } from '../experiments/estimate.ts';
import { meanSeries, type HourlySeries, type OutcomeSeries } from '../experiments/hourly-series.ts';
import type { AuditCheck } from '../simulation/ledger.ts';
import { quantileContributions, QuantileSketch, type UpTo } from '../stats/index.ts';
import { booksFrom } from './books-bytes.ts';
import { guarded, type Database } from './database.ts';
import { NUMBERS_PER_METRIC, type MetricLayout, type PackedReplication } from './packed-replication.ts';
import { sketchState } from './sketch-bytes.ts';

/** A replication that has no result: a broken invariant, another defect, or the end of its thread. */
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

/** What names a batch in every row that is exported of it. */
export interface BatchHead {
  readonly batch: string;
  readonly scenario: string;
  readonly scenario_hash: string;
  readonly seed: string;
}

/** One metric of one replication, as it is exported. */
export interface ReplicationRow extends BatchHead {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly error: string | null;
  readonly wall_seconds: number | null;
  readonly scope: string | null;
  readonly metric: string | null;
  readonly unit: string | null;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
}

/** Numbers of observations that are in memory at once while estimates are folded: 32 MiB. */
const NUMBERS_AT_ONCE = 2 ** 22;

export class StoredBatch {
  /** 64 hexadecimal digits; its first digits name it. */
  readonly id: string;
  private readonly path: string;
  private readonly database: Database;
  private readonly key: number;
  private readonly statements: ReturnType<typeof prepare>;
  private layout: readonly MetricLayout[] | null = null;
  /** As replications bring it. */
  private layoutText: string | null = null;

  constructor(path: string, database: Database, key: number, id: string) {
    this.path = path;
    this.database = database;
    this.key = key;
    this.id = id;
    this.statements = prepare(database);
  }

  /** Indices of the replications that are done, below a bound, in rising order. */
  done(below = Infinity): number[] {
    return this.guarded(() => this.statements.done.all(this.key, bounded(below)) as number[]);
  }

  /** The bound above every replication that is done. */
  end(): number {
    return (this.done().at(-1) ?? -1) + 1;
  }

  failures(below = Infinity): ReplicationFailure[] {
    return this.guarded(() => this.statements.failures.all(this.key, bounded(below)) as ReplicationFailure[]);
  }

  /** Where and when the replications that are done were run; at least one is. */
  origin(): BatchOrigin {
    return this.guarded(() => {
      const times = this.statements.times.get(this.key) as Omit<BatchOrigin, 'machines'>;
      return { ...times, machines: this.statements.machines.all(this.key) as string[] };
    });
  }

  /** How many replications are asked for, and the level of intervals that are asked for with them. */
  plan(replications: number, level: number): void {
    this.guarded(() => this.statements.plan.run(replications, level, now(), this.key));
  }

  /**
   * Keeps replications, all or none; when this returns they are on the disk. One that is there already is replaced.
   *
   * @param machine what ran them
   */
  keep(
    results: readonly PackedReplication[],
    failures: readonly ReplicationFailure[],
    machine: string,
  ): void {
    const write = this.database.transaction(() => {
      this.statements.addMachine.run(machine);
      const machineKey = this.statements.machine.get(machine) as number;
      for (const result of results) this.write(result, machineKey);
      for (const { replication, failure, message } of failures) {
        this.forgetReplication(replication);
        this.statements.addFailure.run(this.key, replication, failure, message, machineKey, now());
      }
      this.statements.forgetEstimates.run(this.key);
      this.statements.touch.run(now(), this.key);
    });
    this.guarded(() => write.immediate());
  }

  /** Forgets every replication. */
  clear(): void {
    const forget = this.database.transaction(() => clearBatch(this.database, this.key));
    this.guarded(() => {
      forget.immediate();
    });
    this.layout = null;
    this.layoutText = null;
  }

  /**
   * Estimates from the replications that are done with indices below a bound, folded by index: the same whoever finished
   * first and however often the batch was interrupted. They are kept until a replication is added.
   */
  estimates(level: number, below: number): Estimate[] {
    return this.guarded(() => {
      const kept = this.statements.estimates.all(this.key, level, bounded(below)) as Estimate[];
      if (kept.length > 0) return kept;
      const done = this.done(below);
      const made = this.fold(level, done, () => true);
      if (!this.database.readonly) this.keepEstimates(made, level, below, done.length);
      return made;
    });
  }

  /** As `estimates`, of some metrics of a scope alone, and not kept. */
  estimatesOf(scope: string, metrics: readonly string[], level: number, below: number): Estimate[] {
    return this.guarded(() =>
      this.fold(level, this.done(below), (one) => one.scope === scope && metrics.includes(one.metric)),
    );
  }

  /** The metrics of the batch in the order of results; empty before a replication is done. */
  metrics(): readonly MetricLayout[] {
    if (this.layout !== null) return this.layout;
    const layout = this.guarded(() => this.statements.layout.all(this.key) as MetricLayout[]);
    if (layout.length > 0) this.layout = layout;
    return layout;
  }

  /** What the replications given, all done and in rising order, said of one metric, by its place in results. */
  column(metric: number, replications: readonly number[]): Column {
    return this.guarded(() => {
      const [numbers] = this.numbersOf(metric, 1, replications) as [Float64Array];
      return this.columnOf(metric, numbers, replications, new Pools());
    });
  }

  /** The mean of the hourly series of replications that are done, of which there is one at least. */
  hourly(replications: readonly number[]): OutcomeSeries {
    return meanSeries(this.hourlySeries(replications));
  }

  /** The hourly series of replications that are done, one after another. */
  *hourlySeries(replications: readonly number[]): Generator<HourlySeries> {
    for (const replication of replications) {
      const json = this.guarded(() => this.statements.hourly.get(this.key, replication) as string);
      yield JSON.parse(json) as HourlySeries;
    }
  }

  /** Every metric of every replication, in order; a replication that failed has one row, without a metric. */
  rows({ batch, scenario, scenario_hash, seed }: BatchHead): IterableIterator<ReplicationRow> {
    return this.guarded(
      () =>
        this.statements.rows.iterate(
          batch,
          scenario,
          scenario_hash,
          seed,
          this.key,
        ) as IterableIterator<ReplicationRow>,
    );
  }

  /** Of replications that are done: equal texts where the offered work of each tier is equal. */
  fingerprints(replications: readonly number[]): string[] {
    return this.guarded(() =>
      replications.map((index) => this.statements.fingerprints.get(this.key, index) as string),
    );
  }

  /** The checks of one replication that is done. */
  audit(replication: number): AuditCheck[] {
    return JSON.parse(
      this.guarded(() => this.statements.audit.get(this.key, replication) as string),
    ) as AuditCheck[];
  }

  /** What the money of a replication that is done is made of; `null` where an older program kept it. */
  books(replication: number): Books | null {
    const bytes = this.guarded(() => this.statements.books.get(this.key, replication) as Uint8Array | null);
    return bytes === null ? null : booksFrom(bytes);
  }

  private write(result: PackedReplication, machine: number): void {
    const { replication, wallSeconds, events, audit, fingerprints, hourly, books, numbers, sketches } =
      result;
    const { key, statements } = this;
    this.checkLayout(result.layout, replication);
    this.forgetReplication(replication);
    statements.addReplication.run(
      ...[key, replication, wallSeconds, events, audit, fingerprints, hourly, books, machine, now()],
    );
    this.writeNumbers(replication, numbers);
    sketches.forEach((sketch, sample) => statements.addSample.run(key, replication, sample, sketch));
  }

  /** A statement costs more than a row of it: they are written many at once, and those that are left over alone. */
  private writeNumbers(replication: number, numbers: Float64Array): void {
    const { addObservations, addObservation } = this.statements;
    const metrics = numbers.length / NUMBERS_PER_METRIC;
    for (let metric = 0; metric < metrics;) {
      const rows = metric + ROWS_AT_ONCE <= metrics ? ROWS_AT_ONCE : 1;
      const values: (number | null)[] = [];
      for (const end = metric + rows; metric < end; metric++) {
        const at = NUMBERS_PER_METRIC * metric;
        values.push(this.key, replication, metric);
        for (let part = 0; part < NUMBERS_PER_METRIC; part++) values.push(number(numbers[at + part]!));
      }
      (rows === 1 ? addObservation : addObservations).run(values);
    }
  }

  /** The first replication says which metrics there are; the others say the same. */
  private checkLayout(layout: string, replication: number): void {
    if (this.statements.hasMetrics.get(this.key) === 0) {
      (JSON.parse(layout) as MetricLayout[]).forEach(({ scope, metric, unit, kind, p, sample }, index) =>
        this.statements.addMetric.run(this.key, index, scope, metric, unit, kind, p, sample),
      );
      return;
    }
    this.layoutText ??= JSON.stringify(this.metrics());
    if (this.layoutText !== layout) {
      throw new InvariantError(
        `replication ${replication} measured other metrics than those before it in batch ${this.id}`,
      );
    }
  }

  private forgetReplication(replication: number): void {
    for (const forget of this.statements.forgetReplication) forget.run(this.key, replication);
  }

  private fold(level: number, done: readonly number[], asked: (layout: MetricLayout) => boolean): Estimate[] {
    if (done.length === 0) return [];
    const pools = new Pools();
    const metrics = this.metrics();
    const estimates: Estimate[] = [];
    // Runs of metrics that are asked for, as many at once as memory allows.
    const most = Math.max(1, Math.floor(NUMBERS_AT_ONCE / (NUMBERS_PER_METRIC * done.length)));
    for (let from = 0, to = 0; from < metrics.length; from = Math.max(to, from + 1)) {
      for (to = from; to < metrics.length && to - from < most && asked(metrics[to]!);) to += 1;
      if (to === from) continue;
      this.numbersOf(from, to - from, done).forEach((numbers, at) => {
        const { scope, metric, unit } = metrics[from + at]!;
        const column = this.columnOf(from + at, numbers, done, pools);
        estimates.push({ scope, metric, unit, ...estimateColumn(column, level) });
      });
    }
    return estimates;
  }

  /** By metric, from a first one on: the numbers of the replications given, `NUMBERS_PER_METRIC` each, NaN for none. */
  private numbersOf(first: number, metrics: number, replications: readonly number[]): Float64Array[] {
    const numbers = Array.from({ length: metrics }, () =>
      new Float64Array(NUMBERS_PER_METRIC * replications.length).fill(NaN),
    );
    const rows = this.statements.observations.iterate(
      ...[first, first + metrics - 1, this.key, replications.at(-1)],
    ) as IterableIterator<[number, ...string[]]>;
    let at = 0;
    for (const [replication, places, ...lists] of rows) {
      while (replications[at]! < replication) at += 1;
      if (replications[at] !== replication) continue;
      const metricsOf = JSON.parse(places!) as number[];
      lists.forEach((list, part) => {
        (JSON.parse(list) as (number | null)[]).forEach((value, which) => {
          numbers[metricsOf[which]! - first]![NUMBERS_PER_METRIC * at + part] = value ?? NaN;
        });
      });
    }
    return numbers;
  }

  private columnOf(
    metric: number,
    numbers: Float64Array,
    replications: readonly number[],
    pools: Pools,
  ): Column {
    const { kind, p, sample } = this.metrics()[metric]!;
    const part = (which: number) => replications.map((_, at) => numbers[NUMBERS_PER_METRIC * at + which]!);
    switch (kind) {
      case 'value':
        return { kind, values: part(0).map(number) };
      case 'ratio':
        return { kind, numerators: part(1), denominators: part(2) };
      case 'quantile':
        return pools.of(sample!, () => this.quantiles(sample!, replications)).get(p!)!;
      case 'spread': {
        const [counts, means, squares] = [part(1), part(2), part(3)];
        return {
          kind,
          spreads: counts.map((count, at) => ({ count, mean: means[at]!, squares: squares[at]! })),
        };
      }
    }
  }

  /** Every quantile of a sample, by its probability; one sketch at a time is in memory beside that of all together. */
  private quantiles(sample: number, replications: readonly number[]): Map<number, Column> {
    const pool = new QuantileSketch();
    for (const sketch of this.sketchesOf(sample, replications)) pool.merge(sketch);
    const asked = this.metrics()
      .filter((one) => one.sample === sample)
      .map(({ p }) => ({ p: p!, pooled: pool.quantile(p!), parts: [] as UpTo[] }));
    for (const sketch of this.sketchesOf(sample, replications))
      for (const { pooled, parts } of asked) parts.push(partOf(sketch, pooled));
    return new Map(
      asked.map(({ p, pooled, parts }) => [
        p,
        { kind: 'quantile', pooled, contributions: quantileContributions(p, pool, parts) },
      ]),
    );
  }

  private *sketchesOf(sample: number, replications: readonly number[]): Generator<QuantileSketch> {
    for (const replication of replications) {
      const bytes = this.statements.sketch.get(this.key, replication, sample) as Uint8Array;
      yield QuantileSketch.fromState(sketchState(bytes));
    }
  }

  /** Keeps estimates, unless another process has added a replication since they were made. */
  private keepEstimates(estimates: readonly Estimate[], level: number, below: number, from: number): void {
    this.database
      .transaction(() => {
        if (this.done(below).length !== from) return;
        estimates.forEach(({ mean, halfWidth, n }, metric) =>
          this.statements.addEstimate.run(this.key, level, bounded(below), metric, mean, halfWidth, n),
        );
      })
      .immediate();
  }

  private guarded<T>(work: () => T): T {
    return guarded(this.path, work);
  }
}

/** The quantiles of samples, made once however many are asked of one. */
class Pools {
  private readonly made = new Map<number, ReadonlyMap<number, Column>>();

  of(sample: number, make: () => ReadonlyMap<number, Column>): ReadonlyMap<number, Column> {
    const quantiles = this.made.get(sample) ?? make();
    this.made.set(sample, quantiles);
    return quantiles;
  }
}

/** Takes a batch's replications and what was made of them out of every table but its own. Runs in a transaction. */
export function clearBatch(database: Database, batch: number): void {
  for (const table of ['estimates', 'samples', 'observations', 'replications', 'metrics']) {
    database.prepare(`DELETE FROM ${table} WHERE batch = ?`).run(batch);
  }
}

const number = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Beyond every index. */
const MOST = Number.MAX_SAFE_INTEGER;
const bounded = (below: number): number => Math.min(below, MOST);

const now = (): string => new Date().toISOString();

/** A row of observations, and how many of them one statement writes. */
const OBSERVATION = '(?, ?, ?, ?, ?, ?, ?)';
const ROWS_AT_ONCE = 32;

function prepare(database: Database) {
  const sql = (text: string) => database.prepare<unknown[], unknown>(text);
  return {
    done: sql(
      "SELECT replication FROM replications WHERE batch = ? AND replication < ? AND status = 'done' ORDER BY replication",
    ).pluck(),
    failures: sql(
      "SELECT replication, failure, error AS message FROM replications WHERE batch = ? AND replication < ? AND status = 'failed' ORDER BY replication",
    ),
    times: sql(
      `SELECT min(finished_at) AS firstFinishedAt, max(finished_at) AS lastFinishedAt
       FROM replications WHERE batch = ? AND status = 'done'`,
    ),
    machines: sql(
      `SELECT DISTINCT description FROM replications JOIN machines USING (machine)
       WHERE batch = ? AND status = 'done' ORDER BY description`,
    ).pluck(),
    plan: sql('UPDATE batches SET planned = ?, level = ?, updated_at = ? WHERE batch = ?'),
    touch: sql('UPDATE batches SET updated_at = ? WHERE batch = ?'),
    addMachine: sql('INSERT OR IGNORE INTO machines (description) VALUES (?)'),
    machine: sql('SELECT machine FROM machines WHERE description = ?').pluck(),
    hasMetrics: sql('SELECT EXISTS (SELECT 1 FROM metrics WHERE batch = ?)').pluck(),
    layout: sql(
      'SELECT scope, name AS metric, unit, kind, p, sample FROM metrics WHERE batch = ? ORDER BY metrics.metric',
    ),
    addMetric: sql('INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    addReplication: sql(
      `INSERT INTO replications (batch, replication, status, wall_seconds, events, audit, fingerprints, hourly, books, machine, finished_at)
       VALUES (?, ?, 'done', ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addFailure: sql(
      `INSERT INTO replications (batch, replication, status, failure, error, machine, finished_at)
       VALUES (?, ?, 'failed', ?, ?, ?, ?)`,
    ),
    addObservation: sql(`INSERT INTO observations VALUES ${OBSERVATION}`),
    addObservations: sql(
      `INSERT INTO observations VALUES ${Array<string>(ROWS_AT_ONCE).fill(OBSERVATION).join()}`,
    ),
    addSample: sql('INSERT INTO samples VALUES (?, ?, ?, ?)'),
    forgetReplication: ['replications', 'observations', 'samples'].map((table) =>
      sql(`DELETE FROM ${table} WHERE batch = ? AND replication = ?`),
    ),
    // From replications to observations: a seek for each replication, whatever the metrics asked for. As lists, because
    // to step from row to row costs three times as much; SQLite writes numbers so that the same ones are read back.
    observations: sql(
      `SELECT r.replication, json_group_array(o.metric), json_group_array(o.value), json_group_array(o.a),
         json_group_array(o.b), json_group_array(o.c)
       FROM replications AS r CROSS JOIN observations AS o
         ON o.batch = r.batch AND o.replication = r.replication AND o.metric BETWEEN ? AND ?
       WHERE r.batch = ? AND r.replication <= ? GROUP BY r.replication ORDER BY r.replication`,
    ).raw(),
    sketch: sql('SELECT sketch FROM samples WHERE batch = ? AND replication = ? AND sample = ?').pluck(),
    rows: sql(
      `SELECT ? AS batch, ? AS scenario, ? AS scenario_hash, ? AS seed, r.replication, status, error, wall_seconds,
         scope, name AS metric, unit, value,
         iif(kind = 'ratio', a, NULL) AS numerator, iif(kind = 'ratio', b, NULL) AS denominator
       FROM replications AS r LEFT JOIN observations AS o USING (batch, replication)
         LEFT JOIN metrics USING (batch, metric)
       WHERE r.batch = ? ORDER BY r.replication, o.metric`,
    ),
    hourly: sql('SELECT hourly FROM replications WHERE batch = ? AND replication = ?').pluck(),
    fingerprints: sql('SELECT fingerprints FROM replications WHERE batch = ? AND replication = ?').pluck(),
    books: sql('SELECT books FROM replications WHERE batch = ? AND replication = ?').pluck(),
    audit: sql('SELECT audit FROM replications WHERE batch = ? AND replication = ?').pluck(),
    estimates: sql(
      `SELECT scope, name AS metric, unit, mean, half_width AS halfWidth, n
       FROM estimates JOIN metrics USING (batch, metric)
       WHERE batch = ? AND level = ? AND below = ? ORDER BY metrics.metric`,
    ),
    addEstimate: sql('INSERT OR REPLACE INTO estimates VALUES (?, ?, ?, ?, ?, ?, ?)'),
    forgetEstimates: sql('DELETE FROM estimates WHERE batch = ?'),
  };
}
