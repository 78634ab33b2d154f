/**
 * Operational time: a clock that runs as fast as arrivals are expected, by the hours of the week. A process of unit
 * rate read off this clock has the rate of the hour (time-rescaling; Çinlar 1975). It knows rates and hours, and
 * nothing of the process.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { NonNegative } from '../../schema.ts';
import { SECONDS_PER_HOUR } from '../../units.ts';
import { HOURS_PER_WEEK, weeklyShape, type HourlyShape } from '../hourly-shape.ts';
import type { ArrivalEnvironment } from './arrival-process.ts';

const factor = NonNegative({ description: 'Relative rate.' });

/** How a scenario says which shape of the week a rate follows. */
export const shapeParameters = {
  profile: Type.Optional(
    Type.String({ description: 'A shape of the week from the catalogue, instead of the lists.' }),
  ),
  hourOfDay: Type.Optional(
    Type.Array(factor, { minItems: 24, maxItems: 24, description: 'Relative rate of the hours 0 to 23.' }),
  ),
  dayOfWeek: Type.Optional(
    Type.Array(factor, { minItems: 7, maxItems: 7, description: 'Relative rate of Monday to Sunday.' }),
  ),
};

/** The shape that parameters choose; `null` when they choose none. Throws `ParameterError` where they contradict. */
export function shapeOf(
  parameters: { profile?: string; hourOfDay?: readonly number[]; dayOfWeek?: readonly number[] },
  environment: ArrivalEnvironment,
): HourlyShape | null {
  const { profile, hourOfDay, dayOfWeek } = parameters;
  if (profile === undefined) {
    if (hourOfDay === undefined && dayOfWeek === undefined) return null;
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

/** A rate that is the same in every hour. */
export const FLAT: HourlyShape = new Float64Array(HOURS_PER_WEEK).fill(1);

/** The clock of one tier. Its unit is one expected arrival. */
export class OperationalTime {
  private readonly rate: number;
  private readonly shape: HourlyShape;
  private readonly startOfWeek: number;
  private at = 0;
  /** Whole hours of the week's clock passed, counted from the Monday before the start. */
  private hour: number;

  /** `rate` is the mean over the week [1/s], `startOfWeek` where in the week the run starts [s]. */
  constructor(rate: number, shape: HourlyShape, startOfWeek: number) {
    this.rate = rate;
    this.shape = shape;
    this.startOfWeek = startOfWeek;
    this.hour = Math.floor(startOfWeek / SECONDS_PER_HOUR);
  }

  /** The instant [s] by which so many more arrivals are expected: the cumulative rate inverted, hour by hour. */
  advance(expected: number): number {
    for (;;) {
      const rate = this.rate * this.shape[this.hour % HOURS_PER_WEEK]!;
      const hourEnds = (this.hour + 1) * SECONDS_PER_HOUR - this.startOfWeek;
      const untilThen = rate * (hourEnds - this.at);
      if (expected < untilThen) {
        this.at += expected / rate;
        return this.at;
      }
      expected -= untilThen;
      this.at = hourEnds;
      this.hour += 1;
    }
  }
}
