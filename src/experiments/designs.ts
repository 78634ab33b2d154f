/**
 * Designs: which points to try in the unit cube. Pure functions; factors define what a coordinate means, and nothing
 * here runs anything.
 */
import type { UniformSource } from '../stats/index.ts';

/** A point of the unit cube: one coordinate a factor, from 0 to 1. */
export type Point = readonly number[];

/** Every combination of the choices of each factor, as indices of the choices; the last factor varies fastest. */
export function gridOf(choices: readonly number[]): number[][] {
  return choices.reduce<number[][]>(
    (points, count) =>
      points.flatMap((point) => Array.from({ length: count }, (_, choice) => [...point, choice])),
    [[]],
  );
}

/**
 * A Latin hypercube: of each factor's n equal parts every one holds exactly one point, uniform within it.
 *
 * Source: McKay, Beckman and Conover, "A comparison of three methods for selecting values of input variables",
 * Technometrics 21 (1979).
 */
export function latinHypercube(points: number, factors: number, source: UniformSource): Point[] {
  const columns = Array.from({ length: factors }, () =>
    shuffled(points, source).map((part) => (part + source.next()) / points),
  );
  return Array.from({ length: points }, (_, index) => columns.map((column) => column[index]!));
}

/** 0 … count − 1 in random order (Fisher and Yates). */
function shuffled(count: number, source: UniformSource): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(source.next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/**
 * Primitive polynomials and initial direction numbers of dimensions 2 to 21: `new-joe-kuo-6` of S. Joe and F. Y. Kuo,
 * "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008); the inner
 * coefficients of the polynomial as a number, then m₁, m₂, …, as many as its degree.
 */
const DIRECTIONS: readonly (readonly [coefficients: number, ...m: number[]])[] = [
  [0, 1],
  [1, 1, 3],
  [1, 1, 3, 1],
  [2, 1, 1, 1],
  [1, 1, 1, 3, 3],
  [4, 1, 3, 5, 13],
  [2, 1, 1, 5, 5, 17],
  [4, 1, 1, 5, 5, 5],
  [7, 1, 1, 7, 11, 19],
  [11, 1, 1, 5, 1, 1],
  [13, 1, 1, 1, 3, 11],
  [14, 1, 3, 5, 5, 31],
  [1, 1, 3, 3, 9, 7, 49],
  [13, 1, 1, 1, 15, 21, 21],
  [16, 1, 3, 1, 13, 27, 49],
  [19, 1, 1, 1, 15, 7, 5],
  [22, 1, 3, 1, 15, 13, 25],
  [25, 1, 1, 5, 5, 19, 61],
  [1, 1, 3, 7, 11, 23, 15, 103],
  [4, 1, 3, 7, 13, 13, 15, 69],
];

/** Factors that a Sobol sequence can vary. */
export const SOBOL_FACTORS = DIRECTIONS.length + 1;

const BITS = 32;
const SCALE = 2 ** BITS;

/** The direction numbers of one dimension, from 0, as fractions of 2³². */
function directionsOf(dimension: number): number[] {
  const known = DIRECTIONS[dimension - 1];
  if (known === undefined) return Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit));
  const [coefficients, ...m] = known;
  const degree = m.length;
  const directions = m.map((value, bit) => (value * 2 ** (BITS - 1 - bit)) >>> 0);
  for (let bit = degree; bit < BITS; bit++) {
    let next = directions[bit - degree]! ^ (directions[bit - degree]! >>> degree);
    for (let inner = 1; inner < degree; inner++) {
      if (((coefficients >> (degree - 1 - inner)) & 1) === 1) next ^= directions[bit - inner]!;
    }
    directions.push(next >>> 0);
  }
  return directions;
}

/**
 * The first points of the Sobol sequence in the order of the Gray code, from the origin on: low-discrepancy points that
 * fill the cube evenly, best when their number is a power of two. With a source all are moved by one random digital
 * shift, which keeps their evenness, makes every point uniform, and leaves none at 0 or 1.
 *
 * Source: P. Bratley and B. L. Fox, "Algorithm 659", ACM TOMS 14 (1988); digital shifts: A. B. Owen, "Monte Carlo
 * variance of scrambled net quadrature", SIAM J. Numer. Anal. 34 (1997).
 *
 * @throws RangeError for more than 21 factors
 */
export function sobolPoints(points: number, factors: number, source: UniformSource | null = null): Point[] {
  if (factors > SOBOL_FACTORS)
    throw new RangeError(`${factors} factors: a Sobol sequence has ${SOBOL_FACTORS} here`);
  const directions = Array.from({ length: factors }, (_, dimension) => directionsOf(dimension));
  const state = directions.map(() => (source === null ? 0 : Math.floor(source.next() * SCALE)));
  // Half a cell off the origin of the shifted ones.
  const offset = source === null ? 0 : 0.5;
  return Array.from({ length: points }, (_, index) => {
    if (index > 0) {
      const bit = lowestSetBit(index);
      directions.forEach((numbers, dimension) => {
        state[dimension] = (state[dimension]! ^ numbers[bit]!) >>> 0;
      });
    }
    return state.map((word) => (word + offset) / SCALE);
  });
}

const lowestSetBit = (index: number): number => 31 - Math.clz32(index & -index);

/** A walk of Morris: each step changes one factor by the same amount, and each factor is changed once. */
export interface Trajectory {
  readonly points: readonly Point[];
  /** The factor that leads from each point to the next. */
  readonly changed: readonly number[];
}

/**
 * Random walks over the grid of `levels` values a factor, with steps of half the range as Morris has them,
 * levels ÷ (2 (levels − 1)), up or down: from each point on the grid every factor has one way that stays within it.
 *
 * Source: M. D. Morris, "Factorial sampling plans for preliminary computational experiments", Technometrics 33 (1991).
 *
 * @throws RangeError when levels is not an even number of two or more
 */
export function morrisTrajectories(
  walks: number,
  factors: number,
  levels: number,
  source: UniformSource,
): Trajectory[] {
  if (!(Number.isSafeInteger(levels) && levels >= 2 && levels % 2 === 0))
    throw new RangeError(`${levels} levels: an even number of two or more is needed`);
  return Array.from({ length: walks }, () => {
    const at = Array.from({ length: factors }, () => Math.floor(source.next() * levels));
    const changed = shuffled(factors, source);
    const pointAt = () => at.map((level) => level / (levels - 1));
    const points = [pointAt()];
    for (const factor of changed) {
      at[factor]! += at[factor]! < levels / 2 ? levels / 2 : -levels / 2;
      points.push(pointAt());
    }
    return { points, changed };
  });
}
