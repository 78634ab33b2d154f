/** The Weibull distribution, by inversion, given by its mean and shape. */
import { bisect, gammaln } from 'simple-statistics';
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

class Weibull implements Distribution {
  private readonly scale: number;
  private readonly power: number;

  constructor(mean: number, shape: number) {
    this.scale = weibullScale(mean, shape);
    this.power = 1 / shape;
  }

  sample(source: UniformSource): number {
    return this.quantile(source.next());
  }

  quantile(u: number): number {
    return this.scale * Math.exp(this.power * Math.log(-Math.log(1 - u)));
  }
}

/** The scale of a Weibull distribution: its mean is scale × Γ(1 + 1 ÷ shape). */
export function weibullScale(mean: number, shape: number): number {
  return mean / Math.exp(gammaln(1 + 1 / shape));
}

/**
 * The shape of the Weibull distribution of a coefficient of variation: the root of cv² + 1 = Γ(1 + 2 ÷ shape) ÷ Γ(1 + 1
 * ÷ shape)². Throws `ParameterError` at `cv` outside 0.01 to 1000.
 */
export function weibullShape(cv: number): number {
  if (cv < 0.01 || cv > 1_000)
    throw new ParameterError(
      'cv',
      `${cv} is beyond what a Weibull distribution is fitted to; give 0.01 to 1000`,
    );
  const excess = (logShape: number) => {
    const inverse = Math.exp(-logShape);
    return gammaln(1 + 2 * inverse) - 2 * gammaln(1 + inverse) - Math.log1p(cv * cv);
  };
  return Math.exp(bisect(excess, Math.log(0.05), Math.log(200), 200, 1e-14));
}

export const weibull = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'weibull',
    summary: 'Times to failure: shape below 1 for early failures, 1 for exponential, above 1 for wear.',
    parameters: {
      mean: quantity.positive({ description: 'Mean, above zero.' }),
      shape: Positive({ description: 'Shape, above zero; 1 is the exponential distribution.' }),
    },
    example: { kind: 'weibull', mean: quantity.written(250), shape: 0.8 },
    create: ({ mean, shape }) => {
      if (shape < 0.05) throw new ParameterError('shape', `${shape} is too small to sample; at least 0.05`);
      return new Weibull(mean, shape);
    },
  });
