/**
 * Values in messages: what a user wrote, quoted. However long the value, the
 * text is short; control characters are escaped, so a terminal prints them and does not obey them. It knows no files.
 */

/** The most characters of a value that are shown. */
const MOST_SHOWN = 60;
/** The most items of a list, or keys of a mapping, that are read for that. */
const MOST_ITEMS = MOST_SHOWN / 2;

/** What a terminal obeys or a reader cannot see: control and format characters, and line breaks. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** A value quoted in a message: as JSON, shortened; `missing` where there is none. */
export function shown(value: unknown, most = MOST_SHOWN): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(outlined(value));
  return shortened(visible(text), most);
}

/** A text in a message without quotes: on one line, shortened. */
export const shownText = (text: string, most = MOST_SHOWN): string =>
  shortened(visible(text.slice(0, most + 1)), most);

/**
 * A text in which each character is visible, as names are shown: invisible ones, including line breaks, are written as
 * their code points.
 */
export const visible = (text: string): string =>
  text.replace(INVISIBLE, (character) =>
    // As in JSON, in units of 16 bits.
    Array.from({ length: character.length }, (_, at) => numbered(character.charCodeAt(at))).join(''),
  );

const numbered = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

/** The same for a text of several lines: line breaks are kept. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** The part of a value that may be shown, so that a long one is not turned into text only to be cut off. */
function outlined(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MOST_SHOWN + 1);
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(outlined);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ITEMS)
      .map(([key, inner]) => [key.slice(0, MOST_SHOWN + 1), outlined(inner)]),
  );
}
