/**
 * Columns and estimates of a batch, folded from the records of its replications by index: the same whoever finished first
 * and however often the batch was interrupted. It knows records, and nothing of databases.
 */
import { partOf, type Column } from '../experiments/columns.ts';
import { estimateColumn, type Estimate } from '../experiments/estimate.ts';
import { quantileContributions, QuantileSketch, type UpTo } from '../stats/index.ts';
import { numbersFrom } from './number-bytes.ts';
import { NUMBERS_PER_METRIC, type MetricLayout } from './packed-replication.ts';
import { samplesPart, SKETCHES_PER_RECORD, sketchesFrom } from './records.ts';

/** Numbers that are in memory at once while estimates are folded, and again as many of samples: 32 MiB. */
const NUMBERS_AT_ONCE = 2 ** 22;

/** Which numbers of a metric its column is made of; quantiles are made of samples. */
const PARTS_OF: Readonly<Record<MetricLayout['kind'], readonly number[]>> = {
  value: [0],
  ratio: [1, 2],
  quantile: [],
  spread: [1, 2, 3],
};

/** The bytes of a record of a replication, as they were written. */
export type ReadRecord = (replication: number, part: string) => Uint8Array;

/** Of some metrics that follow each other: by metric and part, the numbers of all replications. */
interface Numbers {
  readonly first: number;
  readonly of: readonly (readonly Float64Array[])[];
}

/** What replications, all done and in rising order, said together. Metrics are best asked for in the order of results. */
export class BatchFold {
  readonly replications: readonly number[];
  private readonly read: ReadRecord;
  private readonly layout: readonly MetricLayout[];
  /** What was read last, of many metrics at once. */
  private numbers: Numbers | null = null;
  private quantiles: { readonly part: string; readonly of: ReadonlyMap<string, Column> } | null = null;

  constructor(read: ReadRecord, layout: readonly MetricLayout[], replications: readonly number[]) {
    this.read = read;
    this.layout = layout;
    this.replications = replications;
  }

  /** Of the metric at a place in results. */
  column(metric: number): Column {
    const layout = this.layout[metric]!;
    return this.columnOf(layout, layout.kind === 'quantile' ? [] : this.numbersOf(metric));
  }

  /** Estimates of the metrics that are asked for, in the order of results. */
  estimates(level: number, asked: (metric: MetricLayout) => boolean): Estimate[] {
    if (this.replications.length === 0) return [];
    return this.layout.flatMap((one, place) => {
      if (!asked(one)) return [];
      const { scope, metric, unit } = one;
      return [{ scope, metric, unit, ...estimateColumn(this.column(place), level) }];
    });
  }

  private numbersOf(metric: number): readonly Float64Array[] {
    const there = this.numbers?.of[metric - this.numbers.first];
    if (there !== undefined) return there;
    this.numbers = this.readNumbers(metric);
    return this.numbers.of[0]!;
  }

  /** The numbers of a metric and of those after it, as many as memory allows. */
  private readNumbers(first: number): Numbers {
    const { replications } = this;
    const of: Float64Array[][] = [];
    for (let numbers = 0, metric = first; metric < this.layout.length; metric++) {
      const parts = PARTS_OF[this.layout[metric]!.kind];
      numbers += parts.length * replications.length;
      if (metric > first && numbers > NUMBERS_AT_ONCE) break;
      of.push(parts.map(() => new Float64Array(replications.length)));
    }
    replications.forEach((replication, at) => {
      const all = numbersFrom(this.read(replication, 'numbers'));
      of.forEach((parts, which) => {
        const metric = first + which;
        const places = PARTS_OF[this.layout[metric]!.kind];
        for (let part = 0; part < parts.length; part++)
          parts[part]![at] = all[NUMBERS_PER_METRIC * metric + places[part]!]!;
      });
    });
    return { first, of };
  }

  private columnOf({ kind, p, sample }: MetricLayout, parts: readonly Float64Array[]): Column {
    switch (kind) {
      case 'value':
        return { kind, values: Array.from(parts[0]!, (value) => (Number.isNaN(value) ? null : value)) };
      case 'ratio':
        return { kind, numerators: [...parts[0]!], denominators: [...parts[1]!] };
      case 'quantile':
        return this.quantilesOf(samplesPart(sample!)).get(quantileKey(sample!, p!))!;
      case 'spread': {
        const [counts, means, squares] = parts;
        return {
          kind,
          spreads: Array.from(counts!, (count, at) => ({ count, mean: means![at]!, squares: squares![at]! })),
        };
      }
    }
  }

  /** Every quantile of the samples of a record. */
  private quantilesOf(part: string): ReadonlyMap<string, Column> {
    if (this.quantiles?.part !== part) this.quantiles = { part, of: this.makeQuantiles(part) };
    return this.quantiles.of;
  }

  private makeQuantiles(part: string): ReadonlyMap<string, Column> {
    const asked = new Map<string, { readonly sample: number; readonly p: number }>();
    for (const { p, sample } of this.layout)
      if (sample !== null && samplesPart(sample) === part)
        asked.set(quantileKey(sample, p!), { sample, p: p! });
    const sketches = this.sketchesOf(part);
    const pools: QuantileSketch[] = [];
    for (const some of sketches.all())
      some.forEach((one, at) => (pools[at] ??= new QuantileSketch()).merge(one));
    const quantiles = [...asked].map(([key, { sample, p }]) => {
      const at = sample % SKETCHES_PER_RECORD;
      return { key, p, at, pooled: pools[at]!.quantile(p), parts: [] as UpTo[] };
    });
    for (const some of sketches.all())
      for (const { at, pooled, parts } of quantiles) parts.push(partOf(some[at]!, pooled));
    return new Map(
      quantiles.map(({ key, p, at, pooled, parts }) => [
        key,
        { kind: 'quantile', pooled, contributions: quantileContributions(p, pools[at]!, parts) },
      ]),
    );
  }

  /** The sketches of a record by replication, to be gone through twice: read once where they fit into memory. */
  private sketchesOf(part: string): { all(): Iterable<QuantileSketch[]> } {
    const read = (replication: number) => sketchesFrom(this.read(replication, part));
    const kept: QuantileSketch[][] = [];
    let numbers = 0;
    const { replications } = this;
    return {
      *all() {
        yield* kept;
        for (const replication of replications.slice(kept.length)) {
          const sketches = read(replication);
          numbers += sketches.reduce((sum, { numbersHeld }) => sum + numbersHeld, 0);
          if (numbers <= NUMBERS_AT_ONCE) kept.push(sketches);
          yield sketches;
        }
      },
    };
  }
}

const quantileKey = (sample: number, p: number): string => `${sample} ${p}`;
