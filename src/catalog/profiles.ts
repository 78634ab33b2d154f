/**
 * Profiles: how demand moves through the hours of a week, as factors on a mean rate. It knows shapes; rates and the
 * drawing of arrivals belong to `workload`.
 */
import { Type, type Static } from 'typebox';
import { ParameterError } from '../errors.ts';
import { Fields, NonNegative } from '../input/schema.ts';
import { ENTRY_FIELDS } from './provenance.ts';

const HOURS_PER_DAY = 24;
const DAYS_PER_WEEK = 7;
const WEEKDAYS = 5;

/** How far the mean of a written profile may be from 1: rounding to three digits, not a mistake of units. */
const MEAN_TOLERANCE = 0.01;

export interface WeekProfile {
  readonly name: string;
  readonly summary: string;
  /** Factors on the mean rate, hour by hour from Monday 00:00 (UTC); 168 of them, mean exactly 1 up to rounding. */
  readonly hours: readonly number[];
}

const Day = Type.Array(NonNegative({ description: 'A factor on the mean rate.' }), {
  minItems: HOURS_PER_DAY,
  maxItems: HOURS_PER_DAY,
  description: 'Factors on the mean rate of the week, hours 0 to 23 UTC.',
});

export const WeekProfileEntry = Fields(
  {
    kind: Type.Literal('week-profile'),
    ...ENTRY_FIELDS,
    weekday: Day,
    weekend: Type.Optional(Day),
  },
  { description: 'A shape of demand through the week.' },
);

/**
 * Without `weekend` every day is alike. Factors are divided by their mean, so that a mean rate keeps its meaning.
 * Throws `ParameterError` when that mean is more than 1 % from 1.
 */
export function readWeekProfile(entry: Static<typeof WeekProfileEntry>): WeekProfile {
  const week = Array.from({ length: DAYS_PER_WEEK }, (_, day) =>
    day < WEEKDAYS ? entry.weekday : (entry.weekend ?? entry.weekday),
  ).flat();
  const mean = week.reduce((sum, factor) => sum + factor, 0) / week.length;
  if (Math.abs(mean - 1) > MEAN_TOLERANCE) {
    throw new ParameterError(
      'weekday',
      `the mean over the week is ${mean.toFixed(4)}; expected factors of mean 1 (within ${MEAN_TOLERANCE})`,
    );
  }
  return { name: entry.name, summary: entry.summary, hours: week.map((factor) => factor / mean) };
}
