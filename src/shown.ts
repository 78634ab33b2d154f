/**
 * Values in messages: what a user wrote, quoted so that it says what it is and no more. However long the value, the
 * text is short; whatever characters it holds, a terminal prints it and obeys none of it. It knows no files.
 */

/** So many characters of a value are shown [characters]. */
const MOST_SHOWN = 60;
/** So many items of a list, or keys of a mapping, are looked at for that. */
const MOST_ITEMS = MOST_SHOWN / 2;

/** What a terminal obeys or a reader cannot see: control and format characters, and breaks of lines. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** A value as it is quoted in a message: as JSON has it, shortened; `missing` where there is none. */
export function shown(value: unknown, most = MOST_SHOWN): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(outlined(value));
  return shortened(visible(text), most);
}

/** A text as it stands in a message without quotes of its own: on one line, shortened. */
export const shownText = (text: string, most = MOST_SHOWN): string =>
  shortened(visible(text.slice(0, most + 1)), most);

/** A text in which each character is visible, as names are shown: others, breaks of lines too, are written as their numbers. */
export const visible = (text: string): string =>
  text.replace(INVISIBLE, (character) =>
    // As JSON has it, which knows nothing beyond 16 bits.
    Array.from({ length: character.length }, (_, at) => numbered(character.charCodeAt(at))).join(''),
  );

const numbered = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

/** The same, of lines: their breaks are kept. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** As much of a value as may be shown: the whole of a long one would be made into text only to be cut off. */
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
