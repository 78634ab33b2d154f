/**
 * A batch in the store: its replications as they finish, and what they say together. It knows tables and how estimates
 * are folded from them; who runs replications, and when there are enough, is not its affair.
 */
import { InvariantError } from '../errors.ts';
import { estimateColumn, type Column, type Estimate } from '../experiments/estimate.ts';
import { meanSeries, type HourlySeries } from '../experiments/hourly-series.ts';
import type { AuditCheck } from '../simulation/ledger.ts';
import { QuantileSketch } from '../stats/index.ts';
import { guarded, type Database } from './database.ts';
import { NUMBERS_PER_METRIC, type MetricLayout, type PackedReplication } from './packed-replication.ts';
import { sketchState } from './sketch-bytes.ts';

/** A replication that has no result: a broken invariant, another defect, or the end of its thread. */
export interface ReplicationFailure {
  readonly replication: number;
  readonly failure: 'invariant' | 'defect' | 'died';
  readonly message: string;
}

/** One metric of one replication, as it is exported. */
export interface ReplicationRow {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly error: string | null;
  readonly wallSeconds: number | null;
  readonly scope: string | null;
  readonly metric: string | null;
  readonly unit: string | null;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
}

/** The numbers of one metric in one replication. */
interface ObservationRow {
  readonly value: number | null;
  readonly a: number | null;
  readonly b: number | null;
  readonly c: number | null;
}

export class StoredBatch {
  /** 64 hexadecimal digits; its first digits name it. */
  readonly id: string;
  private readonly path: string;
  private readonly database: Database;
  private readonly key: number;
  private readonly statements: ReturnType<typeof prepare>;
  private layout: readonly MetricLayout[] | null = null;

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
  }

  /**
   * Estimates from the replications that are done with indices below a bound, folded by index: the same whoever finished
   * first and however often the batch was interrupted. They are kept until a replication is added.
   */
  estimates(level: number, below: number): Estimate[] {
    return this.guarded(() => {
      const kept = this.statements.estimates.all(this.key, level, bounded(below)) as Estimate[];
      if (kept.length > 0) return kept;
      const made = this.fold(level, this.done(below), () => true);
      if (!this.database.readonly) this.keepEstimates(made, level, below);
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
    this.layout ??= this.guarded(() => this.statements.layout.all(this.key) as MetricLayout[]);
    return this.layout.length === 0 ? ((this.layout = null), []) : this.layout;
  }

  /** What the replications given, all done, said of one metric, by its place in results. */
  column(metric: number, replications: readonly number[], pools = new Pools()): Column {
    const { kind, p, sample } = this.metrics()[metric]!;
    const rows = replications.map(
      (replication) => this.statements.observation.get(this.key, replication, metric) as ObservationRow,
    );
    switch (kind) {
      case 'value':
        return { kind, values: rows.map(({ value }) => value) };
      case 'ratio':
        return { kind, numerators: rows.map(({ a }) => a!), denominators: rows.map(({ b }) => b!) };
      case 'quantile': {
        const pooled = pools.of(sample!, () => this.pool(sample!, replications));
        return { kind, sections: rows.map(({ value }) => value), pooled: pooled.quantile(p!) };
      }
      case 'spread':
        return { kind, spreads: rows.map(({ a, b, c }) => ({ count: a!, mean: b!, squares: c! })) };
    }
  }

  /** The mean of the hourly series of replications that are done, of which there is one at least. */
  hourly(replications: readonly number[]): HourlySeries {
    return meanSeries(this.hourlyOf(replications));
  }

  private *hourlyOf(replications: readonly number[]): Generator<HourlySeries> {
    for (const replication of replications) {
      const json = this.guarded(() => this.statements.hourly.get(this.key, replication) as string);
      yield JSON.parse(json) as HourlySeries;
    }
  }

  /** Every metric of every replication, in order; a replication that failed has one row, without a metric. */
  rows(): IterableIterator<ReplicationRow> {
    return this.guarded(() => this.statements.rows.iterate(this.key) as IterableIterator<ReplicationRow>);
  }

  /** The checks of one replication that is done. */
  audit(replication: number): AuditCheck[] {
    return JSON.parse(
      this.guarded(() => this.statements.audit.get(this.key, replication) as string),
    ) as AuditCheck[];
  }

  private write(result: PackedReplication, machine: number): void {
    const { replication, wallSeconds, events, audit, fingerprints, hourly, numbers, sketches } = result;
    const { key, statements } = this;
    this.checkLayout(JSON.parse(result.layout) as MetricLayout[], replication);
    this.forgetReplication(replication);
    statements.addReplication.run(
      ...[key, replication, wallSeconds, events, audit, fingerprints, hourly, machine, now()],
    );
    for (let at = 0; at < numbers.length; at += NUMBERS_PER_METRIC) {
      statements.addObservation.run(
        ...[key, replication, at / NUMBERS_PER_METRIC],
        ...[
          number(numbers[at]!),
          number(numbers[at + 1]!),
          number(numbers[at + 2]!),
          number(numbers[at + 3]!),
        ],
      );
    }
    sketches.forEach((sketch, sample) => statements.addSample.run(key, replication, sample, sketch));
  }

  /** The first replication says which metrics there are; the others say the same. */
  private checkLayout(layout: readonly MetricLayout[], replication: number): void {
    const known = this.metrics();
    if (known.length === 0) {
      layout.forEach(({ scope, metric, unit, kind, p, sample }, index) =>
        this.statements.addMetric.run(this.key, index, scope, metric, unit, kind, p, sample),
      );
    } else if (JSON.stringify(known) !== JSON.stringify(layout)) {
      throw new InvariantError(
        `replication ${replication} measured other metrics than those before it in batch ${this.id}`,
      );
    }
  }

  private forgetReplication(replication: number): void {
    for (const forget of this.statements.forgetReplication) forget.run(this.key, replication);
  }

  private fold(level: number, done: readonly number[], asked: (layout: MetricLayout) => boolean): Estimate[] {
    const pools = new Pools();
    return this.metrics().flatMap((layout, index) => {
      if (!asked(layout) || done.length === 0) return [];
      const { scope, metric, unit } = layout;
      return [{ scope, metric, unit, ...estimateColumn(this.column(index, done, pools), level) }];
    });
  }

  /** The values of all replications together; one sketch at a time is in memory beside it. */
  private pool(sample: number, replications: readonly number[]): QuantileSketch {
    const pool = new QuantileSketch();
    for (const replication of replications) {
      const bytes = this.statements.sketch.get(this.key, replication, sample) as Uint8Array;
      pool.merge(QuantileSketch.fromState(sketchState(bytes)));
    }
    return pool;
  }

  private keepEstimates(estimates: readonly Estimate[], level: number, below: number): void {
    this.database
      .transaction(() =>
        estimates.forEach(({ mean, halfWidth, n }, metric) =>
          this.statements.addEstimate.run(this.key, level, bounded(below), metric, mean, halfWidth, n),
        ),
      )
      .immediate();
  }

  private guarded<T>(work: () => T): T {
    return guarded(this.path, work);
  }
}

/** Pooled sketches by sample, made once however many quantiles are asked of them. */
class Pools {
  private readonly made = new Map<number, QuantileSketch>();

  of(sample: number, make: () => QuantileSketch): QuantileSketch {
    const pool = this.made.get(sample) ?? make();
    this.made.set(sample, pool);
    return pool;
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

function prepare(database: Database) {
  const sql = (text: string) => database.prepare<unknown[], unknown>(text);
  return {
    done: sql(
      "SELECT replication FROM replications WHERE batch = ? AND replication < ? AND status = 'done' ORDER BY replication",
    ).pluck(),
    failures: sql(
      "SELECT replication, failure, error AS message FROM replications WHERE batch = ? AND replication < ? AND status = 'failed' ORDER BY replication",
    ),
    plan: sql('UPDATE batches SET planned = ?, level = ?, updated_at = ? WHERE batch = ?'),
    touch: sql('UPDATE batches SET updated_at = ? WHERE batch = ?'),
    addMachine: sql('INSERT OR IGNORE INTO machines (description) VALUES (?)'),
    machine: sql('SELECT machine FROM machines WHERE description = ?').pluck(),
    layout: sql(
      'SELECT scope, name AS metric, unit, kind, p, sample FROM metrics WHERE batch = ? ORDER BY metrics.metric',
    ),
    addMetric: sql('INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    addReplication: sql(
      `INSERT INTO replications (batch, replication, status, wall_seconds, events, audit, fingerprints, hourly, machine, finished_at)
       VALUES (?, ?, 'done', ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addFailure: sql(
      `INSERT INTO replications (batch, replication, status, failure, error, machine, finished_at)
       VALUES (?, ?, 'failed', ?, ?, ?, ?)`,
    ),
    addObservation: sql('INSERT INTO observations VALUES (?, ?, ?, ?, ?, ?, ?)'),
    addSample: sql('INSERT INTO samples VALUES (?, ?, ?, ?)'),
    forgetReplication: ['replications', 'observations', 'samples'].map((table) =>
      sql(`DELETE FROM ${table} WHERE batch = ? AND replication = ?`),
    ),
    observation: sql(
      'SELECT value, a, b, c FROM observations WHERE batch = ? AND replication = ? AND metric = ?',
    ),
    sketch: sql('SELECT sketch FROM samples WHERE batch = ? AND replication = ? AND sample = ?').pluck(),
    rows: sql(
      `SELECT replication, status, error, wall_seconds AS wallSeconds, scope, name AS metric, unit, value,
         iif(kind = 'ratio', a, NULL) AS numerator, iif(kind = 'ratio', b, NULL) AS denominator
       FROM replications LEFT JOIN observations USING (batch, replication) LEFT JOIN metrics USING (batch, metric)
       WHERE batch = ? ORDER BY replication, metrics.metric`,
    ),
    hourly: sql('SELECT hourly FROM replications WHERE batch = ? AND replication = ?').pluck(),
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
