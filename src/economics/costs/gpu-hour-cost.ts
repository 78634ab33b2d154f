/**
 * The cost of a GPU-hour, line by line. It knows one GPU and how busy it was; sums over fleets, tiers and years are
 * computed elsewhere.
 */
import type { Accelerator } from '../../catalog/accelerator.ts';
import type { OwnedGpuHour } from '../../catalog/prices.ts';
import { InvariantError } from '../../errors.ts';
import { strategiesOf } from '../../input/strategy.ts';
import type { HourlyShape } from '../../workload/hourly-shape.ts';

/** The cost of one GPU for one hour [USD/GPU-hour]. */
export interface GpuHourLines {
  readonly rent: number;
  /** Depreciation of the GPU, including its share of host and network. */
  readonly accelerator: number;
  /** Straight-line depreciation of building, power and cooling plant. */
  readonly infrastructure: number;
  readonly costOfCapital: number;
  readonly opex: number;
  /** Power of the machines x tariff. */
  readonly electricity: number;
  /** Power that the building draws beyond the machines: (PUE - 1) x electricity. */
  readonly cooling: number;
}

export const NO_LINES: GpuHourLines = {
  rent: 0,
  accelerator: 0,
  infrastructure: 0,
  costOfCapital: 0,
  opex: 0,
  electricity: 0,
  cooling: 0,
};

export interface GpuHourCost {
  /** The lines when the GPU computes for this share of the hour, in [0, 1], and idles for the rest. */
  perGpuHour(busyShare: number): GpuHourLines;
  /**
   * Electricity and cooling prices in each hour of the week, relative to their mean; absent where the price is
   * constant.
   */
  readonly tariff?: HourlyShape;
  /** A GPU that has failed costs nothing while it is away: the landlord took it back. */
  readonly freeWhileFailed?: true;
}

/** The inputs of a cost: the pool's accelerator, `null` where it names none, and the catalogue's presets. */
export interface GpuHourEnvironment {
  readonly accelerator: Accelerator | null;
  /** A preset by name, or `null`. */
  ownedGpuHour(name: string): OwnedGpuHour | null;
}

export const gpuHourCost = strategiesOf<GpuHourEnvironment, GpuHourCost>();

/** The sum of the lines [USD/GPU-hour]. */
export function totalPerGpuHour(lines: GpuHourLines): number {
  return (
    lines.rent +
    lines.accelerator +
    lines.infrastructure +
    lines.costOfCapital +
    lines.opex +
    lines.electricity +
    lines.cooling
  );
}

/** Throws `InvariantError` for a share of time outside its range. */
export function checkBusyShare(busyShare: number): void {
  if (!(busyShare >= 0 && busyShare <= 1)) {
    throw new InvariantError(`a GPU was busy for ${busyShare} of its time; expected a share from 0 to 1`);
  }
}
