/**
 * Stamps of the calendar, as ISO 8601 and its relatives in published traces write them: a date, a `T` or a blank, a time
 * of day with any fraction of a second, and `Z`, an offset from UTC or nothing, which means UTC. It knows no files.
 */

const STAMP =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})([.,]\d+)?(?: ?(?:([Zz])|([+-])(\d{2}):?(\d{2})?))?$/;

/** The seconds of a day. */
const DAY = 86_400;

/** Reads the stamps of one file as times since the first of them. */
export class TimeStamps {
  /** The first stamp: its whole second [s since 1970] and its fraction [s], apart so that no digit is lost. */
  private origin: { readonly second: number; readonly fraction: number } | null = null;
  /** The day read last, for most stamps are of the day before: as it is written, and its start [s since 1970]. */
  private day = '';
  private dayStart = NaN;

  /** The time since the first stamp [s]; `null` for a text that is no stamp. */
  sinceFirst(text: string): number | null {
    const match = STAMP.exec(text.trim());
    if (match === null) return null;
    const [, date, hour, minute, wholeSecond, fractionText, , sign, offsetHour, offsetMinute] = match;
    if (date !== this.day) {
      this.day = date!;
      this.dayStart = startOfDay(date!);
    }
    const [h, m, s] = [Number(hour), Number(minute), Number(wholeSecond)];
    if (Number.isNaN(this.dayStart) || h > 23 || m > 59 || s > 59) return null;
    const offset =
      sign === undefined
        ? 0
        : (sign === '-' ? -1 : 1) * (Number(offsetHour) * 3_600 + Number(offsetMinute ?? 0) * 60);
    if (Math.abs(offset) >= DAY || Number(offsetMinute ?? 0) > 59) return null;
    const second = this.dayStart + h * 3_600 + m * 60 + s - offset;
    const fraction = fractionText === undefined ? 0 : Number(`0.${fractionText.slice(1)}`);
    this.origin ??= { second, fraction };
    return second - this.origin.second + (fraction - this.origin.fraction);
  }
}

/** The start of a day of the calendar [s since 1970]; NaN for one that there is not. */
function startOfDay(date: string): number {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const start = Date.UTC(year, month - 1, day);
  const is = new Date(start);
  return is.getUTCMonth() === month - 1 && is.getUTCDate() === day ? start / 1_000 : NaN;
}
