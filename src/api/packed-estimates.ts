/**
 * Estimates packed for the transfer between threads: each name once. Hundreds of estimates have the same scope, and a
 * text is copied once for each time it occurs in a message.
 */
import type { Estimate } from '../experiments/estimate.ts';

export interface PackedEstimates {
  readonly names: readonly string[];
  /** By estimate: the indices of its scope, metric and unit among the names. */
  readonly places: Uint32Array;
  /** By estimate: mean, half-width and n; NaN for none. */
  readonly numbers: Float64Array;
}

const numberOf = (value: number | null): number => value ?? NaN;
const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

export function packEstimates(estimates: readonly Estimate[]): PackedEstimates {
  const places = new Map<string, number>();
  const placeOf = (name: string): number => {
    const there = places.get(name);
    if (there !== undefined) return there;
    places.set(name, places.size);
    return places.size - 1;
  };
  const packed = {
    places: Uint32Array.from(
      estimates.flatMap(({ scope, metric, unit }) => [scope, metric, unit].map(placeOf)),
    ),
    numbers: Float64Array.from(
      estimates.flatMap(({ mean, halfWidth, n }) => [numberOf(mean), numberOf(halfWidth), n]),
    ),
  };
  return { names: [...places.keys()], ...packed };
}

export function unpackEstimates({ names, places, numbers }: PackedEstimates): Estimate[] {
  return Array.from({ length: places.length / 3 }, (_, index) => ({
    scope: names[places[3 * index]!]!,
    metric: names[places[3 * index + 1]!]!,
    unit: names[places[3 * index + 2]!]!,
    mean: orNull(numbers[3 * index]!),
    halfWidth: orNull(numbers[3 * index + 1]!),
    n: numbers[3 * index + 2]!,
  }));
}
