/**
 * The quantiles of samples over all replications, which can be extended with further replications. It keeps the pooled
 * sketches, and of each replication the part near each quantile: as the pool grows the quantile moves a little, and the
 * samples up to it are counted again without reading them. It knows sketches, and nothing of databases.
 */
import { quantileContributions, QuantileSketch, type UpTo, type WeightSteps } from '../stats/index.ts';
import type { Column } from './observation-parts.ts';

/** The sketches of a replication that are kept in one record, in order. */
export type ReadSketches = (replication: number) => readonly QuantileSketch[];

/** A requested quantile: its key, its probability, and the index of its sketch in the record. */
export interface AskedQuantile {
  readonly key: string;
  readonly p: number;
  readonly at: number;
}

/**
 * How many numbers of samples are in memory at once while they are folded, and how many may be kept there: 32 MiB each.
 */
export const SAMPLES_AT_ONCE = 2 ** 22;

/**
 * How far to either side of a quantile steps are kept, in standard errors of the share below it, as if each replication
 * were one value. Replications are samples of many values, so the quantile seldom moves that far.
 */
const REACH = 2;

/** The part of each replication near a quantile, in order; valid while the quantile is from `low` to `high`. */
interface Near {
  readonly low: number;
  readonly high: number;
  /** How many replications there were when the ends were set. */
  readonly setFor: number;
  readonly steps: readonly WeightSteps[];
}

export class SamplesFold {
  private readonly asked: readonly AskedQuantile[];
  private readonly read: ReadSketches;
  /** The replications in the pools, rising. */
  private covered: readonly number[] = [];
  private pools: QuantileSketch[] = [];
  /** By quantile; `null` before it is known, and if it takes too much memory. */
  private near: readonly (Near | null)[] = [];
  private held = 0;

  constructor(asked: readonly AskedQuantile[], read: ReadSketches) {
    this.asked = asked;
    this.read = read;
  }

  /** The memory it holds, in units of 8 bytes. */
  get numbersHeld(): number {
    return this.held;
  }

  /**
   * By key, the columns of replications in rising order, which must include those of the last call: identical to
   * folding all of them at once. After an exception the object must not be used again.
   */
  columns(replications: readonly number[]): ReadonlyMap<string, Column> {
    const sketches = new Sketches(this.read);
    let fresh = without(replications, this.covered);
    const areLast = this.covered.length === 0 || !(fresh[0]! < this.covered.at(-1)!);
    this.merge(fresh, sketches);
    if (!areLast && !this.pools.every(({ isWhole }) => isWhole)) {
      // Sums of weights that are not whole depend on the order in their last bit.
      this.pools = [];
      this.covered = [];
      fresh = replications;
      this.merge(fresh, sketches);
    }
    const columns = this.columnsOf(replications, new Set(fresh), sketches);
    this.covered = replications;
    return columns;
  }

  private merge(replications: readonly number[], sketches: Sketches): void {
    for (const replication of replications)
      sketches.of(replication).forEach((one, at) => (this.pools[at] ??= new QuantileSketch()).merge(one));
  }

  private columnsOf(
    replications: readonly number[],
    fresh: ReadonlySet<number>,
    sketches: Sketches,
  ): ReadonlyMap<string, Column> {
    let room = SAMPLES_AT_ONCE - this.pools.reduce((sum, { numbersHeld }) => sum + numbersHeld, 0);
    const quantiles = this.asked.map((one, which) => {
      const pooled = this.pools[one.at]!.quantile(one.p);
      const there = this.covered.length === 0 ? null : (this.near[which] ?? null);
      const isKnown = there !== null && (pooled === null || (there.low <= pooled && pooled <= there.high));
      const near = isKnown ? there : null;
      const ends = near ?? endsOf(this.pools[one.at]!, one.p, replications.length);
      return { ...one, pooled, near, ends, parts: [] as UpTo[], steps: [] as WeightSteps[] };
    });
    let old = 0;
    for (const replication of replications) {
      const isFresh = fresh.has(replication);
      for (const { at, pooled, near, ends, parts, steps } of quantiles) {
        const kept = isFresh ? undefined : near?.steps[old];
        if (kept !== undefined)
          parts.push({ count: kept.count, upTo: pooled === null ? 0 : kept.upTo(pooled) });
        else parts.push(partOf(sketches.of(replication)[at]!, pooled));
        if (room < 0) continue;
        const some = kept ?? sketches.of(replication)[at]!.stepsBetween(ends.low, ends.high);
        room -= some.numbersHeld;
        steps.push(some);
      }
      if (!isFresh) old++;
    }
    this.near = quantiles.map(({ at, p, ends, steps }) =>
      room < 0 ? null : nearer({ ...ends, steps }, endsOf(this.pools[at]!, p, replications.length)),
    );
    this.held = SAMPLES_AT_ONCE - room;
    return new Map(
      quantiles.map(({ key, p, at, pooled, parts }) => [
        key,
        { kind: 'quantile', pooled, contributions: quantileContributions(p, this.pools[at]!, parts) },
      ]),
    );
  }
}

type Ends = Omit<Near, 'steps'>;

/** The values between which the quantile of a pool will lie, with this many replications and with more. */
function endsOf(pool: QuantileSketch, p: number, replications: number): Ends {
  const reach = REACH * Math.sqrt((p * (1 - p)) / replications);
  return {
    low: p - reach > 0 ? (pool.quantile(p - reach) ?? 0) : 0,
    high: p + reach < 1 ? (pool.quantile(p + reach) ?? Infinity) : Infinity,
    setFor: replications,
  };
}

/** Narrows the steps to closer ends, once there are twice as many replications as when the ends were set. */
function nearer(near: Near, { low: lowest, high: highest, setFor }: Ends): Near {
  if (setFor < 2 * near.setFor) return near;
  const low = Math.max(near.low, lowest);
  const high = Math.min(near.high, highest);
  return { low, high, setFor, steps: near.steps.map((one) => one.narrowed(low, high)) };
}

/** The sketches of one record by replication, read once if they fit into memory. */
class Sketches {
  private readonly read: ReadSketches;
  private readonly kept = new Map<number, readonly QuantileSketch[]>();
  private room = SAMPLES_AT_ONCE;
  private last: { readonly replication: number; readonly sketches: readonly QuantileSketch[] } | null = null;

  constructor(read: ReadSketches) {
    this.read = read;
  }

  of(replication: number): readonly QuantileSketch[] {
    if (this.last?.replication === replication) return this.last.sketches;
    const sketches = this.kept.get(replication) ?? this.read(replication);
    if (this.room > 0 && !this.kept.has(replication)) {
      this.room -= sketches.reduce((sum, { numbersHeld }) => sum + numbersHeld, 0);
      this.kept.set(replication, sketches);
    }
    this.last = { replication, sketches };
    return sketches;
  }
}

/** The elements of `all` that are not in `some`. */
export function without(all: readonly number[], some: readonly number[]): readonly number[] {
  if (some.length === 0) return all;
  const there = new Set(some);
  return all.filter((one) => !there.has(one));
}

/** What of a replication lies at or below the pooled quantile. */
const partOf = (sketch: QuantileSketch, pooled: number | null): UpTo => ({
  count: sketch.count,
  upTo: pooled === null ? 0 : sketch.weightUpTo(pooled),
});
