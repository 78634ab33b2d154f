/**
 * Sizes of a fleet: which replicas a factor means, and how far a fleet is moved to see what a GPU is worth. It knows
 * pools and replicas, and nothing of what they serve. What trains is not of the fleet here: it is left as it is.
 */
import { ParameterError } from '../errors.ts';
import type { Cell } from '../simulation/cell.ts';
import { sumOf } from '../stats/index.ts';
import { shareOf } from '../units.ts';

/** A fleet of the provider. */
export interface FleetSize {
  /** Replicas by pool, in the order of the pools that serve. */
  readonly replicas: readonly number[];
  /** GPUs of what is scaled: of all pools that serve, or of the one that was chosen. */
  readonly gpus: number;
}

/** A requested fleet size. */
export interface AskedSize extends FleetSize {
  /** The requested multiple; of several that round to this fleet, the nearest. */
  readonly factor: number;
  /** Other requested multiples that round to this fleet. */
  readonly also: readonly number[];
}

export interface SizePlan {
  readonly base: FleetSize;
  /** The requested sizes, rising; those that round to the same fleet are merged. */
  readonly points: readonly AskedSize[];
  /** The fleet a step smaller and a step larger. */
  readonly fewer: FleetSize;
  readonly more: FleetSize;
  /**
   * The pool that alone takes the step where the pools have no step in common; `null` where they have, or there is one.
   */
  readonly alone: string | null;
}

export interface SizeOptions {
  /** Multiples of the fleet, each a number above zero. */
  readonly factors: readonly number[];
  /** The share of a pool that a step is to be. */
  readonly step: number;
  /** The pool to scale alone; all for `null`. */
  readonly pool: string | null;
}

/** A step that several pools have in common is no larger than this share of them. */
const LARGEST_STEP = 0.1;
/** Pools change in the same proportion when none is further than this from it, as a share of it. */
const IN_PROPORTION = 0.1;

/** A pool of the fleet in units: the fewest replicas of the provider that are whole replicas of the cell. */
interface ScaledPool {
  readonly name: string;
  readonly units: number;
  readonly replicasPerUnit: number;
  /** None where it is not scaled. */
  readonly gpusPerUnit: number;
  readonly isScaled: boolean;
}

/**
 * The fleets to run. Throws `ParameterError` at `gpus` for a factor that leaves a pool without a replica; at `pool` for
 * a pool that is not there, and where a pool has one replica and none can be spared.
 */
export function planSizes(cell: SizedCell, options: SizeOptions): SizePlan {
  const pools = scaledPools(cell, options.pool);
  const remedy = remedyIn(cell);
  const points = sizesAt(cell, options.factors, options.pool);
  const { steps, alone } = stepsOf(pools, options.step);
  pools.forEach(({ name, units }, index) => {
    if (steps[index]! >= units)
      throw new ParameterError(
        'pool',
        `${name} has ${units === 1 ? 'one replica' : `${units} replicas`} in the cell and none can be spared to see what it is worth; ${remedy}`,
      );
  });
  const moved = (sign: number) =>
    sizeOf(
      pools,
      pools.map(({ units }, index) => units + sign * steps[index]!),
    );
  return { base: sizeAt(pools, 1, remedy), points, fewer: moved(-1), more: moved(1), alone };
}

type SizedCell = Pick<Cell, 'pools' | 'share'>;

const remedyIn = ({ share }: SizedCell): string =>
  share < 1 ? 'raise cell.share' : 'write the pool as more and smaller replicas';

/**
 * The fleets of the factors, rising; factors that round to the same whole replicas of the cell are one fleet. Throws as
 * `planSizes` does for these.
 */
export function sizesAt(
  cell: SizedCell,
  factors: readonly number[],
  pool: string | null,
): readonly AskedSize[] {
  const pools = scaledPools(cell, pool);
  const remedy = remedyIn(cell);
  const base = sizeAt(pools, 1, remedy);
  const fleets = new Map<string, { size: FleetSize; factors: number[] }>();
  for (const factor of [...new Set(factors)].toSorted((a, b) => a - b)) {
    const size = sizeAt(pools, factor, remedy);
    const key = size.replicas.join();
    const known = fleets.get(key);
    if (known === undefined) fleets.set(key, { size, factors: [factor] });
    else known.factors.push(factor);
  }
  return [...fleets.values()].map(({ size, factors: asked }) => {
    const distance = (factor: number) => Math.abs(factor - size.gpus / base.gpus);
    const factor = asked.reduce((best, one) => (distance(one) < distance(best) ? one : best));
    return { factor, also: asked.filter((one) => one !== factor), ...size };
  });
}

function scaledPools({ pools, share }: SizedCell, chosen: string | null): ScaledPool[] {
  const serving = pools.filter((pool) => pool.serving !== null);
  if (chosen !== null && !serving.some(({ name }) => name === chosen))
    throw new ParameterError(
      'pool',
      `no pool that serves is called "${chosen}"; known: ${serving.map(({ name }) => name).join(', ')}`,
      'unknown-name',
    );
  const perUnit = cellReplicasPerUnit(share);
  return serving.map(({ name, replicas, gpusPerReplica }) => {
    const replicasPerUnit = Math.round(perUnit / share);
    const isScaled = chosen === null || name === chosen;
    return {
      name,
      isScaled,
      replicasPerUnit,
      units: Math.round(replicas / perUnit),
      gpusPerUnit: isScaled ? replicasPerUnit * gpusPerReplica : 0,
    };
  });
}

/**
 * The fewest replicas of a cell that correspond to a whole number of the provider's replicas; any pool has a multiple.
 */
function cellReplicasPerUnit(share: number): number {
  let count = 1;
  while (shareOf(Math.round(count / share), share).whole !== count) count += 1;
  return count;
}

/** `remedy` is what would make room for a factor that leaves a pool without a replica. */
function sizeAt(pools: readonly ScaledPool[], factor: number, remedy: string): FleetSize {
  const units = pools.map((pool) => (pool.isScaled ? Math.round(factor * pool.units) : pool.units));
  const empty = pools[units.indexOf(0)];
  if (empty !== undefined)
    throw new ParameterError(
      'gpus',
      `${factor} of the ${empty.units === 1 ? 'one replica' : `${empty.units} replicas`} of ${empty.name} in the cell leaves none; ` +
        `choose ${Number((0.5 / empty.units).toPrecision(3))} or more, or ${remedy}`,
    );
  return sizeOf(pools, units);
}

function sizeOf(pools: readonly ScaledPool[], units: readonly number[]): FleetSize {
  return {
    replicas: pools.map(({ replicasPerUnit }, index) => units[index]! * replicasPerUnit),
    gpus: sumOf(pools.map(({ gpusPerUnit }, index) => units[index]! * gpusPerUnit)),
  };
}

/**
 * Units by which each pool changes in a step. All change in the same proportion, that of the requested step or of the
 * next larger one at which they do; where there is none, the pool with the most GPUs changes alone, by one replica at
 * least.
 */
function stepsOf(pools: readonly ScaledPool[], step: number): { steps: number[]; alone: string | null } {
  const scaled = pools.filter(({ isScaled }) => isScaled);
  const largest = scaled.reduce((most, pool) =>
    pool.units * pool.gpusPerUnit > most.units * most.gpusPerUnit ? pool : most,
  );
  const first = Math.max(1, Math.round(step * largest.units));
  for (let units = first; units === first || units <= LARGEST_STEP * largest.units; units++) {
    const share = units / largest.units;
    const steps = pools.map((pool) => (pool.isScaled ? Math.round(share * pool.units) : 0));
    const together = pools.every(
      (pool, index) =>
        !pool.isScaled || Math.abs(steps[index]! - share * pool.units) <= IN_PROPORTION * share * pool.units,
    );
    if (together) return { steps, alone: null };
  }
  return { steps: pools.map((pool) => (pool === largest ? first : 0)), alone: largest.name };
}
