/**
 * Stamps of the calendar, as ISO 8601 and its relatives in published traces write them: a date, a `T` or a blank, a time
 * of day with any fraction of a second, and `Z`, an offset from UTC or nothing, which means UTC. It knows no files.
 */

const WHOLE_SECOND = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})$/;
const WHOLE_SECOND_LENGTH = '2023-11-16 18:15:46'.length;
const OFFSET = /^ ?(?:[Zz]|([+-])(\d{2})(?::?(\d{2}))?)?$/;

/** So many digits are a whole number that a double holds. */
const EXACT_DIGITS = 15;

/** Reads the stamps of one file as times since the first of them. */
export class TimeStamps {
  /** The first stamp: its whole second [s since 1970] and its fraction [s], apart so that no digit is lost. */
  private origin: { readonly second: number; readonly fraction: number } | null = null;
  // What was read last, for most stamps are of the second of the one before, and all of them of one offset.
  private secondText = '';
  private second = NaN;
  private offsetText = '';
  private offset = 0;

  /** The time since the first stamp [s]; `null` for a text that is no stamp. */
  sinceFirst(written: string): number | null {
    const text = written.trim();
    const secondText = text.slice(0, WHOLE_SECOND_LENGTH);
    if (secondText !== this.secondText) {
      this.secondText = secondText;
      this.second = wholeSecond(secondText);
    }
    const end = endOfFraction(text);
    const offsetText = text.slice(end);
    if (offsetText !== this.offsetText) {
      this.offsetText = offsetText;
      this.offset = offsetOf(offsetText);
    }
    const second = this.second - this.offset;
    const fraction = fractionIn(text, end);
    if (Number.isNaN(second) || Number.isNaN(fraction)) return null;
    this.origin ??= { second, fraction };
    return second - this.origin.second + (fraction - this.origin.fraction);
  }
}

/** A whole second of the calendar [s since 1970]; NaN for one that there is not. */
function wholeSecond(text: string): number {
  const match = WHOLE_SECOND.exec(text);
  if (match === null) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const start = Date.UTC(year, month - 1, day);
  const is = new Date(start);
  if (is.getUTCMonth() !== month - 1 || is.getUTCDate() !== day) return NaN;
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  return start / 1_000 + hour * 3_600 + minute * 60 + second;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Where the digits behind the whole second end. */
function endOfFraction(text: string): number {
  let end = WHOLE_SECOND_LENGTH;
  if (text[end] !== '.' && text[end] !== ',') return end;
  end += 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

/** The fraction of a second that ends there [s]; NaN where a point has no digits behind it. */
function fractionIn(text: string, end: number): number {
  const digits = end - WHOLE_SECOND_LENGTH - 1;
  if (digits < 0) return 0;
  if (digits === 0) return NaN;
  if (digits > EXACT_DIGITS) return Number(`0.${text.slice(WHOLE_SECOND_LENGTH + 1, end)}`);
  let value = 0;
  for (let at = end - digits; at < end; at++) value = 10 * value + text.charCodeAt(at) - 48;
  return value / 10 ** digits;
}

/** How far a clock is before UTC [s]; NaN for a text that is no offset. */
function offsetOf(text: string): number {
  const match = OFFSET.exec(text);
  if (match === null) return NaN;
  const [, sign, hours, minutes = '0'] = match;
  if (sign === undefined) return 0;
  if (Number(hours) > 23 || Number(minutes) > 59) return NaN;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60);
}
