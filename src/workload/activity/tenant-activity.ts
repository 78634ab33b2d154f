/**
 * How a tier's requests spread over its tenants. Each request is sent by a tenant drawn by weight, which makes the
 * tenants of a Poisson tier independent Poisson streams of unequal rates.
 */
import type { UniformSource } from '../../stats/index.ts';
import { declaringStrategiesOf } from '../../input/strategy.ts';

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

export interface ActivityDeclarations {
  /** The file of weights that it names; `null` where it names none. */
  readonly file: string | null;
  /** Whether every tenant sends as much as any other. */
  readonly isEven: boolean;
}

export const activityStrategy = declaringStrategiesOf<
  ActivityEnvironment,
  TenantActivity,
  ActivityDeclarations
>();

/**
 * A choice by weight in constant time: the alias method (Walker 1977; Vose 1991). One uniform a choice: its whole part
 * picks the column and its fraction the side. The weights are asked for at the first choice, and 16 bytes a tenant are
 * held.
 */
export class WeightedChoice implements TenantActivity {
  private readonly weightsOf: () => Float64Array;
  private keep: Float64Array = new Float64Array();
  private alias: Int32Array = new Int32Array();

  /** `weightsOf` makes the weights, which are then the choice's own. */
  constructor(weightsOf: () => Float64Array) {
    this.weightsOf = weightsOf;
  }

  shares(): Float64Array {
    if (this.keep.length === 0) this.begin();
    const { keep, alias } = this;
    const shares = keep.map((kept) => kept / keep.length);
    keep.forEach((kept, column) => (shares[alias[column]!]! += (1 - kept) / keep.length));
    return shares;
  }

  choose(source: UniformSource): number {
    if (this.keep.length === 0) this.begin();
    const spot = source.next() * this.keep.length;
    const column = Math.floor(spot);
    return spot - column < this.keep[column]! ? column : this.alias[column]!;
  }

  private begin(): void {
    const keep = this.weightsOf();
    const n = keep.length;
    let total = 0;
    for (const weight of keep) total += weight;
    const alias = new Int32Array(n);
    // Two stacks from either end: of columns that are not full, and of those that have some to give.
    const stacks = new Int32Array(n);
    let small = 0;
    let large = n;
    for (let column = 0; column < n; column++) {
      keep[column] = (keep[column]! * n) / total;
      alias[column] = column;
      if (keep[column]! < 1) stacks[small++] = column;
      else stacks[--large] = column;
    }
    while (small > 0 && large < n) {
      const less = stacks[--small]!;
      const more = stacks[large]!;
      alias[less] = more;
      keep[more]! -= 1 - keep[less]!;
      if (keep[more]! < 1) {
        large += 1;
        stacks[small++] = more;
      }
    }
    // What is left on either is full but for rounding.
    for (let at = 0; at < small; at++) keep[stacks[at]!] = 1;
    for (let at = large; at < n; at++) keep[stacks[at]!] = 1;
    this.alias = alias;
    this.keep = keep;
  }
}
