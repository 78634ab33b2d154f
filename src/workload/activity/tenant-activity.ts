/**
 * How a tier's requests spread over its tenants. Each request is sent by a tenant drawn by weight, which makes the
 * tenants of a Poisson tier independent Poisson streams of unequal rates.
 */
import type { UniformSource } from '../../stats/index.ts';
import { strategiesOf } from '../../strategy.ts';

export interface TenantActivity {
  /** The tenant that sends the next request, 0 ≤ tenant < tenants. */
  choose(source: UniformSource): number;
  /** By tenant, its share of the requests; 1 in all. */
  shares(): Float64Array;
}

export interface ActivityEnvironment {
  /** Tenants in the cell. */
  readonly tenants: number;
  /** Draws the weights of the tenants, once, where they are random. */
  readonly weights: UniformSource;
  /** The weights of a file, by the name that the scenario gives it. */
  tenantWeights(file: string): Float64Array;
}

export const activityStrategy = strategiesOf<ActivityEnvironment, TenantActivity>();

/**
 * A choice by weight in constant time: the alias method (Walker 1977; Vose 1991). One uniform a choice: its whole part
 * picks the column and its fraction the side.
 */
export class WeightedChoice implements TenantActivity {
  private readonly keep: Float64Array;
  private readonly alias: Int32Array;

  constructor(weights: Float64Array) {
    const n = weights.length;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const scaled = weights.map((weight) => (weight * n) / total);
    this.keep = new Float64Array(n).fill(1);
    this.alias = Int32Array.from({ length: n }, (_, index) => index);
    const small: number[] = [];
    const large: number[] = [];
    scaled.forEach((weight, index) => (weight < 1 ? small : large).push(index));
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!;
      const more = large[large.length - 1]!;
      this.keep[less] = scaled[less]!;
      this.alias[less] = more;
      scaled[more]! -= 1 - scaled[less]!;
      if (scaled[more]! < 1) small.push(large.pop()!);
    }
  }

  shares(): Float64Array {
    const { keep, alias } = this;
    const shares = keep.map((kept) => kept / keep.length);
    keep.forEach((kept, column) => (shares[alias[column]!]! += (1 - kept) / keep.length));
    return shares;
  }

  choose(source: UniformSource): number {
    const spot = source.next() * this.keep.length;
    const column = Math.floor(spot);
    return spot - column < this.keep[column]! ? column : this.alias[column]!;
  }
}
