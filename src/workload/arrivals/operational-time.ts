/**
 * Operational time: a clock that runs as fast as arrivals are expected, by the hours of the week. A process of unit
 * rate read off this clock has the rate of the hour (time-rescaling; Çinlar 1975). It knows rates and hours, and
 * nothing of the process.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { NonNegative, OneOf } from '../../input/schema.ts';
import { SECONDS_PER_HOUR } from '../../units.ts';
import { HOURS_PER_WEEK, weeklyShape, type HourlyShape } from '../hourly-shape.ts';
import type { ArrivalEnvironment } from './arrival-process.ts';

const factor = NonNegative({ description: 'Relative rate.' });

/** How a scenario says which shape of the week a rate follows. */
export const shapeParameters = {
  profile: Type.Optional(
    Type.String({
      description: 'A shape of the week from the catalogue, instead of the lists.',
      examples: ['us-business'],
    }),
  ),
  hourOfDay: Type.Optional(
    Type.Array(factor, {
      minItems: 24,
      maxItems: 24,
      description: 'Relative rate of the hours 0 to 23.',
      examples: [[3, 2, 2, 2, 2, 3, 4, 6, 8, 10, 11, 11, 10, 11, 11, 11, 10, 9, 8, 7, 6, 5, 4, 3]],
    }),
  ),
  dayOfWeek: Type.Optional(
    Type.Array(factor, {
      minItems: 7,
      maxItems: 7,
      description: 'Relative rate of Monday to Sunday.',
      examples: [[1, 1, 1, 1, 0.9, 0.5, 0.4]],
    }),
  ),
  interpolation: Type.Optional(
    OneOf(['constant', 'linear'] as const, {
      description:
        'constant: each hour has its rate; linear: the middle of each hour has, and between them the rate moves evenly. Constant when left out.',
    }),
  ),
  growthPerWeek: Type.Optional(
    Type.Number({
      exclusiveMinimum: -1,
      description:
        'Trend: by what share of itself the rate rises in a week, compounding from the start of the run; 0.02 is two percent. None when left out.',
      examples: [0.02],
    }),
  ),
};

/** Which shape a rate has; none where all are left out. */
export interface ShapeChoice {
  readonly profile?: string;
  readonly hourOfDay?: readonly number[];
  readonly dayOfWeek?: readonly number[];
}

/** How a rate runs beside its shape. */
export interface Course {
  readonly interpolation?: 'constant' | 'linear';
  readonly growthPerWeek?: number;
}

/** No run is longer than this; with a rate that decays to zero the next arrival may never come. */
const LAST_HOUR = 1_000_000;

/** The shape that parameters choose; `null` when they choose none. Throws `ParameterError` where they contradict. */
export function shapeOf(parameters: ShapeChoice, environment: ArrivalEnvironment): HourlyShape | null {
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
      'conflicts with hourOfDay or dayOfWeek; give either the profile or the lists',
    );
  }
  const shape = environment.profile(profile);
  if (shape === null) {
    throw new ParameterError(
      'profile',
      `unknown profile "${profile}"; known: ${environment.profileNames.join(', ')}`,
      'unknown-name',
    );
  }
  return shape;
}

/** Whether parameters choose neither a shape nor growth: the rate never changes. */
export const isFlat = ({ profile, hourOfDay, dayOfWeek, growthPerWeek }: ShapeChoice & Course): boolean =>
  [profile, hourOfDay, dayOfWeek, growthPerWeek].every((one) => one === undefined);

/** A rate that is the same in every hour. */
export const FLAT: HourlyShape = new Float64Array(HOURS_PER_WEEK).fill(1);

/**
 * The clock of one tier. Its unit is one expected arrival.
 *
 * Growth is that of the middle of each hour: the whole hour's where the rate is constant in it, and a point on the line
 * where it is linear. So the cumulative rate has a closed form between neighbouring points, and is inverted exactly.
 */
export class OperationalTime {
  private readonly rate: number;
  private readonly shape: HourlyShape;
  private readonly startOfWeek: number;
  private readonly linear: boolean;
  /** What the rate is multiplied by in an hour. */
  private readonly growth: number;
  private at = 0;
  /** Whole hours passed, or middles of hours, counted from the Monday before the start. */
  private hour: number;

  /** `rate` is the mean over the week [1/s], `startOfWeek` where in the week the run starts [s]. */
  constructor(rate: number, shape: HourlyShape, startOfWeek: number, course: Course = {}) {
    this.rate = rate;
    this.shape = shape;
    this.startOfWeek = startOfWeek;
    this.linear = course.interpolation === 'linear';
    this.growth = (1 + (course.growthPerWeek ?? 0)) ** (1 / HOURS_PER_WEEK);
    this.hour = Math.floor(startOfWeek / SECONDS_PER_HOUR - (this.linear ? 0.5 : 0));
  }

  /**
   * The instant [s] by which the given number of further arrivals is expected: the cumulative rate inverted, hour by
   * hour.
   */
  advance(expected: number): number {
    while (this.hour < LAST_HOUR) {
      const rate = this.rateNow();
      const slope = this.linear
        ? (this.rateOf(this.hour + 1) - this.rateOf(this.hour)) / SECONDS_PER_HOUR
        : 0;
      const ends = this.secondsAt(this.hour + 1);
      const rest = ends - this.at;
      const untilThen = rest * (rate + (slope * rest) / 2);
      if (expected < untilThen) {
        // The root of rate × d + slope × d² ÷ 2 = expected, in the form that no difference spoils.
        this.at +=
          slope === 0
            ? expected / rate
            : (2 * expected) / (rate + Math.sqrt(rate * rate + 2 * slope * expected));
        return this.at;
      }
      expected -= untilThen;
      this.at = ends;
      this.hour += 1;
    }
    return Infinity;
  }

  /** How many arrivals are expected from the start of the run to an instant [s]; it may be ∞. */
  expectedBy(instant: number): number {
    const first = Math.floor(this.startOfWeek / SECONDS_PER_HOUR - (this.linear ? 0.5 : 0));
    let expected = 0;
    for (let hour = first; hour < LAST_HOUR; hour++) {
      const [begins, ends] = [this.secondsAt(hour), this.secondsAt(hour + 1)];
      if (begins >= instant) break;
      const slope = this.linear ? (this.rateOf(hour + 1) - this.rateOf(hour)) / SECONDS_PER_HOUR : 0;
      const [from, to] = [Math.max(0, begins), Math.min(instant, ends)];
      // The rate in the middle of the part: exact where it is constant or moves evenly.
      expected += (to - from) * (this.rateOf(hour) + slope * ((from + to) / 2 - begins));
    }
    return expected;
  }

  /** The instant of the run at which an hour begins, or its middle comes where the rate is linear [s]. */
  private secondsAt(hour: number): number {
    return (hour + (this.linear ? 0.5 : 0)) * SECONDS_PER_HOUR - this.startOfWeek;
  }

  private rateNow(): number {
    const from = this.rateOf(this.hour);
    if (!this.linear) return from;
    const along = (this.at - this.secondsAt(this.hour)) / SECONDS_PER_HOUR;
    return from + along * (this.rateOf(this.hour + 1) - from);
  }

  /** The rate of an hour, or at its middle [1/s]. */
  private rateOf(hour: number): number {
    const rate = this.rate * this.shape[(hour + HOURS_PER_WEEK) % HOURS_PER_WEEK]!;
    return this.growth === 1
      ? rate
      : rate * this.growth ** (hour + 0.5 - this.startOfWeek / SECONDS_PER_HOUR);
  }
}
