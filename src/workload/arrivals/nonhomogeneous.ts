/**
 * Poisson arrivals whose rate follows the hours of the week. Exact: the next arrival is where the integral of the rate
 * has grown by a unit exponential (inversion of the cumulative rate; Çinlar 1975), hour by hour.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { NonNegative, Positive } from '../../schema.ts';
import type { UniformSource } from '../../stats/index.ts';
import { SECONDS_PER_HOUR } from '../../units.ts';
import { HOURS_PER_WEEK, weeklyShape, type HourlyShape } from '../hourly-shape.ts';
import { arrivalStrategy, type ArrivalEnvironment, type ArrivalProcess } from './arrival-process.ts';

const factor = NonNegative({ description: 'Relative rate.' });

export const nonhomogeneous = arrivalStrategy({
  kind: 'nonhomogeneous',
  summary: 'Independent arrivals at a rate that follows the hour of the day and the day of the week.',
  parameters: {
    ratePerSecond: Positive({ description: 'Arrivals of the provider, the mean over the week [1/s].' }),
    profile: Type.Optional(
      Type.String({ description: 'A shape of the week from the catalogue, instead of the lists.' }),
    ),
    hourOfDay: Type.Optional(
      Type.Array(factor, { minItems: 24, maxItems: 24, description: 'Relative rate of the hours 0 to 23.' }),
    ),
    dayOfWeek: Type.Optional(
      Type.Array(factor, { minItems: 7, maxItems: 7, description: 'Relative rate of Monday to Sunday.' }),
    ),
  },
  example: { kind: 'nonhomogeneous', ratePerSecond: 8, profile: 'azure-2024-code' },
  create: (parameters, environment) =>
    new HourlyArrivals(
      parameters.ratePerSecond * environment.share,
      shapeOf(parameters, environment),
      environment.startOfWeek,
      environment.source,
    ),
});

function shapeOf(
  parameters: { profile?: string; hourOfDay?: readonly number[]; dayOfWeek?: readonly number[] },
  environment: ArrivalEnvironment,
): HourlyShape {
  const { profile, hourOfDay, dayOfWeek } = parameters;
  if (profile === undefined) {
    if (hourOfDay === undefined && dayOfWeek === undefined) {
      throw new ParameterError(
        '',
        'gives no shape; write profile, hourOfDay or dayOfWeek, or use kind: poisson',
      );
    }
    if (hourOfDay?.every((value) => value === 0)) {
      throw new ParameterError(
        'hourOfDay',
        'every hour is 0, so nothing would ever arrive; give some hour a rate',
      );
    }
    if (dayOfWeek?.every((value) => value === 0)) {
      throw new ParameterError(
        'dayOfWeek',
        'every day is 0, so nothing would ever arrive; give some day a rate',
      );
    }
    return weeklyShape(hourOfDay ?? Array<number>(24).fill(1), dayOfWeek ?? Array<number>(7).fill(1));
  }
  if (hourOfDay !== undefined || dayOfWeek !== undefined) {
    throw new ParameterError(
      'profile',
      'stands beside hourOfDay or dayOfWeek; give the profile or the lists, not both',
    );
  }
  const shape = environment.profile(profile);
  if (shape === null) {
    throw new ParameterError(
      'profile',
      `unknown profile "${profile}"; known: ${environment.profileNames.join(', ')}`,
    );
  }
  return shape;
}

class HourlyArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly index = -1;
  private readonly rate: number;
  private readonly shape: HourlyShape;
  private readonly startOfWeek: number;
  private readonly source: UniformSource;
  private at = 0;
  /** Whole hours of the week's clock passed, counted from the Monday before the start. */
  private hour: number;

  constructor(rate: number, shape: HourlyShape, startOfWeek: number, source: UniformSource) {
    this.rate = rate;
    this.shape = shape;
    this.startOfWeek = startOfWeek;
    this.source = source;
    this.hour = Math.floor(startOfWeek / SECONDS_PER_HOUR);
  }

  next(): number {
    let due = -Math.log(1 - this.source.next());
    for (;;) {
      const rate = this.rate * this.shape[this.hour % HOURS_PER_WEEK]!;
      const hourEnds = (this.hour + 1) * SECONDS_PER_HOUR - this.startOfWeek;
      const expected = rate * (hourEnds - this.at);
      if (due < expected) {
        this.at += due / rate;
        return this.at;
      }
      due -= expected;
      this.at = hourEnds;
      this.hour += 1;
    }
  }
}
