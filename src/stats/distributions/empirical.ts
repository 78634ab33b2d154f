/**
 * A distribution given by quantiles, measured or assumed: the inverse distribution function, linear between the points.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Probability } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import {
  distributionOf,
  type Distribution,
  type DistributionEnvironment,
  type QuantileTable,
} from './distribution.ts';
import type { Quantity } from './quantity.ts';

/** Guides a point: more take memory, fewer longer searches. */
const GUIDES_PER_POINT = 8;

/** Inversion with guides (Chen and Asau 1974): where to begin to look is read from a table, not searched for. */
class Empirical implements Distribution {
  private readonly probabilities: Float64Array;
  private readonly values: Float64Array;
  /** By the whole part of u × their number: the last point at or below the least such u. */
  private readonly guides: Int32Array;

  constructor(quantiles: QuantileTable) {
    this.probabilities = Float64Array.from(quantiles, ([probability]) => probability);
    this.values = Float64Array.from(quantiles, ([, value]) => value);
    const count = GUIDES_PER_POINT * quantiles.length;
    let point = 0;
    this.guides = new Int32Array(count).map((_, guide) => {
      while (point + 1 < quantiles.length && quantiles[point + 1]![0] * count <= guide) point += 1;
      return point;
    });
  }

  sample(source: UniformSource): number {
    return this.quantile(source.next());
  }

  quantile(u: number): number {
    const { probabilities, values, guides } = this;
    let low = guides[Math.floor(u * guides.length)]!;
    // A product that was rounded may guide one point too far.
    if (probabilities[low]! > u) low -= 1;
    while (probabilities[low + 1]! <= u) low += 1;
    const along = (u - probabilities[low]!) / (probabilities[low + 1]! - probabilities[low]!);
    return values[low]! + along * (values[low + 1]! - values[low]!);
  }
}

export const empirical = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'empirical',
    summary: 'Measured or assumed quantiles, linear in between: a table of the catalog, or a list.',
    parameters: {
      table: Type.Optional(
        Type.String({
          description: 'Name of a quantile table of the catalog.',
          examples: ['azure-2023-conversation.prompt'],
        }),
      ),
      quantiles: Type.Optional(
        Type.Array(
          Type.Tuple([
            Probability({ description: 'Probability of a value at most this.' }),
            quantity.zeroOrMore({ description: 'The value.' }),
          ]),
          { minItems: 2, description: 'Pairs [probability, value], from probability 0 to 1, rising.' },
        ),
      ),
    },
    example: {
      kind: 'empirical',
      quantiles: [
        [0, quantity.written(20)],
        [0.5, quantity.written(120)],
        [0.9, quantity.written(600)],
        [1, quantity.written(4000)],
      ],
    },
    create: ({ table, quantiles }, environment) => {
      if ((table === undefined) === (quantiles === undefined)) {
        throw new ParameterError('', 'needs exactly one of table and quantiles');
      }
      const points = quantiles ?? tableOf(table!, environment);
      requireRising(points, quantiles === undefined ? null : 'quantiles');
      return new Empirical(points);
    },
  });

function tableOf(name: string, environment: DistributionEnvironment): QuantileTable {
  const table = environment.quantileTable(name);
  if (table === null) throw new ParameterError('table', `unknown quantile table "${name}"`, 'unknown-name');
  return table;
}

/** Throws ParameterError at the first point that breaks the order. A table's points have no path in the input. */
function requireRising(points: QuantileTable, root: string | null): void {
  const fail = (index: number, part: number, message: string): never => {
    throw root === null
      ? new ParameterError('table', `point ${index} of the table: ${message}`)
      : new ParameterError(`${root}[${index}][${part}]`, message);
  };
  if (points.length < 2)
    throw new ParameterError(root ?? 'table', `${points.length} quantiles; at least 2 are needed`);
  points.forEach(([probability, value], i) => {
    if (!(value >= 0 && value < Infinity)) fail(i, 1, `value ${value} must be finite and zero or more`);
    if (i === 0) return;
    const [probabilityBefore, valueBefore] = points[i - 1]!;
    if (!(probability > probabilityBefore)) {
      fail(i, 0, `probability ${probability} must be above the one before, ${probabilityBefore}`);
    }
    if (value < valueBefore) fail(i, 1, `value ${value} must not be below the one before, ${valueBefore}`);
  });
  const last = points.length - 1;
  if (points[0]![0] !== 0) fail(0, 0, `the first probability must be 0, got ${points[0]![0]}`);
  if (points[last]![0] !== 1) fail(last, 0, `the last probability must be 1, got ${points[last]![0]}`);
}
