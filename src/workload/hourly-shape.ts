/**
 * The shape of a week: a rate for each of its 168 hours relative to the mean. It knows hours and nothing of requests.
 */

/** Multipliers by hour of the week (0 = Monday 00:00 to 01:00), with mean 1. */
export type HourlyShape = Float64Array;

export const HOURS_PER_WEEK = 168;
const HOURS_PER_DAY = 24;

/**
 * The shape hour of day × day of week. The factors are relative: the product is divided by its mean over the week, so
 * that the rate it multiplies is the mean rate.
 */
export function weeklyShape(hourOfDay: readonly number[], dayOfWeek: readonly number[]): HourlyShape {
  return normalise(
    Float64Array.from(
      { length: HOURS_PER_WEEK },
      (_, hour) => hourOfDay[hour % HOURS_PER_DAY]! * dayOfWeek[Math.floor(hour / HOURS_PER_DAY)]!,
    ),
  );
}

/** A shape of one day for Monday to Friday and another for the weekend, divided by the mean over the week. */
export function weekdayWeekendShape(weekday: readonly number[], weekend: readonly number[]): HourlyShape {
  return normalise(
    Float64Array.from({ length: HOURS_PER_WEEK }, (_, hour) => {
      const day = hour < 5 * HOURS_PER_DAY ? weekday : weekend;
      return day[hour % HOURS_PER_DAY]!;
    }),
  );
}

function normalise(shape: Float64Array): HourlyShape {
  const mean = shape.reduce((sum, factor) => sum + factor, 0) / shape.length;
  return shape.map((factor) => factor / mean);
}
