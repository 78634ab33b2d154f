/**
 * Columns and estimates of a batch, folded from the records of its replications in the order of their indices: the
 * result does not depend on which replication finished first, nor on how often the batch was interrupted. It knows
 * records, and nothing of databases.
 */
import { estimatesFrom, type Estimate } from '../experiments/estimate.ts';
import {
  columnOf,
  PARTS_OF,
  quantileKey,
  quantilesAsked,
  type Column,
  type ColumnSource,
  type MetricLayout,
} from '../experiments/observation-parts.ts';
import { SAMPLES_AT_ONCE, SamplesFold, without, type AskedQuantile } from '../experiments/samples-fold.ts';
import { numbersFrom } from './number-bytes.ts';
import { NUMBERS_PER_METRIC, placeOf } from './packed-replication.ts';
import { samplesPart, SKETCHES_PER_RECORD, sketchesFrom } from './records.ts';

/** How many numbers are in memory at once while estimates are folded, and as many again of samples: 32 MiB. */
const NUMBERS_AT_ONCE = 2 ** 22;

/** The bytes of a record of a replication, as they were written. */
export type ReadRecord = (replication: number, part: string) => Uint8Array;

/** For a range of consecutive metrics: by metric and part, the numbers of some replications. */
interface Numbers {
  readonly first: number;
  readonly replications: readonly number[];
  readonly of: readonly (readonly Float64Array[])[];
}

/**
 * The combined results of replications, all done and in rising order. It can be extended with further ones, and what
 * was read before is not read again if it fits into memory. Metrics are best requested in the order of results.
 */
export class BatchFold implements ColumnSource {
  private list: readonly number[];
  private readonly read: ReadRecord;
  readonly layout: readonly MetricLayout[];
  /** What was read last, for many metrics at once. */
  private numbers: Numbers | null = null;
  private readonly samples = new Map<string, SamplesFold>();
  private quantiles: { readonly part: string; readonly of: ReadonlyMap<string, Column> } | null = null;

  constructor(read: ReadRecord, layout: readonly MetricLayout[], replications: readonly number[]) {
    this.read = read;
    this.layout = layout;
    this.list = replications;
  }

  get replications(): readonly number[] {
    return this.list;
  }

  /** Continues with these replications, in rising order, which must include all previous ones unchanged. */
  extend(replications: readonly number[]): void {
    if (replications.length !== this.list.length) this.quantiles = null;
    this.list = replications;
  }

  /** The column of the metric at an index in results. */
  column(metric: number): Column {
    const { kind, p, sample } = this.layout[metric]!;
    return columnOf(kind, kind === 'quantile' ? [] : this.numbersOf(metric), () =>
      this.quantilesOf(samplesPart(sample!)).get(quantileKey(sample!, p!))!,
    );
  }

  /** Estimates of the requested metrics, in the order of results. */
  estimates(confidence: number, asked: (metric: MetricLayout) => boolean): Estimate[] {
    return this.list.length === 0 ? [] : estimatesFrom(this, confidence, asked);
  }

  private numbersOf(metric: number): readonly Float64Array[] {
    const there = this.numbers;
    const parts = there?.of[metric - there.first];
    if (parts !== undefined && there!.replications.length === this.list.length) return parts;
    this.numbers = this.readNumbers(metric);
    return this.numbers.of[metric - this.numbers.first]!;
  }

  /** The numbers of a metric and of those after it, or of all metrics, as far as memory allows. */
  private readNumbers(asked: number): Numbers {
    const replications = this.list;
    const counts = this.layout.map(({ kind }) => PARTS_OF[kind] * replications.length);
    const first = counts.reduce((sum, count) => sum + count, 0) <= NUMBERS_AT_ONCE ? 0 : asked;
    let numbers = 0;
    const end = counts.findIndex((count, metric) => {
      numbers += metric < first ? 0 : count;
      return metric > first && numbers > NUMBERS_AT_ONCE;
    });
    const metrics = this.layout.slice(first, end < 0 ? undefined : end);
    const of = metrics.map(({ kind }) =>
      Array.from({ length: PARTS_OF[kind] }, () => new Float64Array(replications.length)),
    );
    const before =
      this.numbers?.first === first && this.numbers.of.length === of.length ? this.numbers : null;
    const at = new Map(replications.map((replication, place) => [replication, place]));
    before?.replications.forEach((replication, from) => {
      const to = at.get(replication)!;
      of.forEach((parts, which) =>
        parts.forEach((part, index) => (part[to] = before.of[which]![index]![from]!)),
      );
    });
    for (const replication of without(replications, before?.replications ?? [])) {
      const to = at.get(replication)!;
      const all = numbersFrom(this.read(replication, 'numbers'));
      of.forEach((parts, which) => {
        const { kind } = metrics[which]!;
        for (let part = 0; part < parts.length; part++)
          parts[part]![to] = all[NUMBERS_PER_METRIC * (first + which) + placeOf(kind, part)]!;
      });
    }
    return { first, replications, of };
  }

  /** Every quantile of the samples of a record. */
  private quantilesOf(part: string): ReadonlyMap<string, Column> {
    if (this.quantiles?.part !== part) this.quantiles = { part, of: this.makeQuantiles(part) };
    return this.quantiles.of;
  }

  private makeQuantiles(part: string): ReadonlyMap<string, Column> {
    const known = this.samples.get(part);
    // If reading fails, the fold starts from scratch the next time.
    this.samples.delete(part);
    const fold =
      known ??
      new SamplesFold(this.quantilesAsked(part), (replication) => sketchesFrom(this.read(replication, part)));
    const columns = fold.columns(this.list);
    const held = [...this.samples.values()].reduce((sum, { numbersHeld }) => sum + numbersHeld, 0);
    if (held + fold.numbersHeld <= SAMPLES_AT_ONCE) this.samples.set(part, fold);
    return columns;
  }

  private quantilesAsked(part: string): AskedQuantile[] {
    const asked = quantilesAsked(this.layout, (sample) => samplesPart(sample) === part);
    return [...asked].map(([key, { sample, p }]) => ({ key, p, at: sample % SKETCHES_PER_RECORD }));
  }
}
