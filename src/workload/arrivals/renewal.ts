/**
 * Renewal arrivals: independent gaps of one law, more regular or more bursty than Poisson. With a shape of the week the
 * gaps are of operational time, so that the rate follows the hour and the law stays.
 *
 * The process is in equilibrium: it has been running since long before the start, so its first gap is what is left of
 * the gap that covers the start, and any window expects the integral of the rate. That gap is picked by its length
 * (density x times as high), and the start lies uniformly in it. Source: Cox, Renewal Theory (1962), chapter 5.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { OneOf, Positive } from '../../schema.ts';
import {
  durationLaws,
  weibullScale,
  weibullShape,
  type DurationLawChoice,
  type Law,
  type UniformSource,
} from '../../stats/index.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';
import { FLAT, OperationalTime, shapeOf, shapeParameters } from './operational-time.ts';

interface Gaps {
  /** The law of a gap, of mean 1. */
  readonly law: Law;
  /** What is left of the gap that covers the start. */
  first(source: UniformSource): number;
}

const lawOf = (choice: DurationLawChoice): Law => durationLaws.create(choice, { quantileTable: () => null });

const uniformIn = (covering: Law) => (source: UniformSource) => source.next() * covering.sample(source);

const GAPS = {
  gamma: (cv: number): Gaps => ({
    law: lawOf({ kind: 'gamma', mean: 1, cv }),
    // Picked by length it has one more to its shape 1 ÷ cv² at the same scale cv².
    first: uniformIn(lawOf({ kind: 'gamma', mean: 1 + cv * cv, cv: cv / Math.sqrt(1 + cv * cv) })),
  }),
  weibull: (cv: number): Gaps => {
    const shape = weibullShape(cv);
    const scale = weibullScale(1, shape);
    // The rest has the density exp(−(x ÷ scale)^shape): (rest ÷ scale)^shape is gamma of scale 1 and shape 1 ÷ shape.
    const power = lawOf({ kind: 'gamma', mean: 1 / shape, cv: Math.sqrt(shape) });
    return {
      law: lawOf({ kind: 'weibull', mean: 1, shape }),
      first: (source) => scale * power.sample(source) ** (1 / shape),
    };
  },
  lognormal: (cv: number): Gaps => ({
    law: lawOf({ kind: 'lognormal', mean: 1, cv }),
    // Picked by length its logarithm is shifted by the variance of the logarithm, ln(1 + cv²).
    first: uniformIn(lawOf({ kind: 'lognormal', mean: 1 + cv * cv, cv })),
  }),
};

type GapLaw = keyof typeof GAPS;

const EVEN: Gaps = { law: { sample: () => 1 }, first: (source) => source.next() };

export const renewal = arrivalStrategy({
  kind: 'renewal',
  summary:
    'Independent gaps of one law, more regular or more bursty than Poisson; the rate may follow the hour.',
  parameters: {
    ratePerSecond: Positive({ description: 'Arrivals of the provider, the mean over the week [1/s].' }),
    law: OneOf([...(Object.keys(GAPS) as GapLaw[]), 'deterministic'], {
      description: 'The law of the gaps between arrivals.',
    }),
    cv: Type.Optional(
      Positive({ description: 'Coefficient of variation of the gaps (standard deviation ÷ mean).' }),
    ),
    ...shapeParameters,
  },
  example: { kind: 'renewal', ratePerSecond: 7, law: 'gamma', cv: 2 },
  create: (parameters, environment) => {
    const { ratePerSecond, law, cv } = parameters;
    if (environment.share !== 1) {
      throw new ParameterError(
        'kind',
        'a share of a renewal process has gaps of another law, so cell.share must be 1; poisson, mmpp and batch have shares',
      );
    }
    const shape = shapeOf(parameters, environment) ?? FLAT;
    return new RenewalArrivals(
      gapsOf(law, cv),
      new OperationalTime(ratePerSecond, shape, environment.startOfWeek),
      environment.source,
    );
  },
});

function gapsOf(law: GapLaw | 'deterministic', cv: number | undefined): Gaps {
  if (law === 'deterministic') {
    if (cv !== undefined) throw new ParameterError('cv', 'deterministic gaps do not vary; leave cv out');
    return EVEN;
  }
  if (cv === undefined) {
    throw new ParameterError('cv', `is missing: say how much ${law} gaps vary, 1 for as much as Poisson`);
  }
  return GAPS[law](cv);
}

class RenewalArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly index = -1;
  private readonly gaps: Gaps;
  private readonly clock: OperationalTime;
  private readonly source: UniformSource;
  private started = false;

  constructor(gaps: Gaps, clock: OperationalTime, source: UniformSource) {
    this.gaps = gaps;
    this.clock = clock;
    this.source = source;
  }

  next(): number {
    if (this.started) return this.clock.advance(this.gaps.law.sample(this.source));
    this.started = true;
    return this.clock.advance(this.gaps.first(this.source));
  }
}
