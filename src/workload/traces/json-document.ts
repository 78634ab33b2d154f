/** A file that is one JSON document, as benchmarks write their results. It knows values and their paths. */
import { shown } from '../../shown.ts';
import { withoutNumbers } from './json-lines.ts';
import { chunksOf, fault, type Text } from './text.ts';
import { wrongAt } from './served-requests.ts';

/** The longest document that is read [characters]: what the engine of the language holds in one text. */
const LONGEST = 2 ** 29 - 24;

/** The value of a document. Throws `InputError` where it is none, or too long to be read whole. */
export function jsonDocument(text: Text, file: string): unknown {
  let whole = '';
  for (const chunk of chunksOf(text)) {
    if (whole.length + chunk.length > LONGEST)
      throw fault(
        file,
        1,
        'is a JSON document of more than half a gigabyte; leave the texts of requests and answers out of it',
      );
    whole += chunk;
  }
  try {
    return JSON.parse(whole);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw fault(
      file,
      1,
      `is not one JSON document: ${error.message.slice(0, MOST_OF_ERROR)}${withoutNumbers(whole)}`,
    );
  }
}

const MOST_OF_ERROR = 120;

export type JsonMapping = Readonly<Record<string, unknown>>;

/** A value as a mapping; `null` where it is none. */
export const mappingOf = (value: unknown): JsonMapping | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonMapping) : null;

/** Reads numbers of a file, each with its place, and throws `InputError` for what is none. */
export class Numbers {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** A finite number of any sign. */
  number(value: unknown, place: string): number {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw wrongAt(this.file, place, `is ${shown(value)}; expected a number`);
  }

  /** A whole number of one or more. */
  count(value: unknown, place: string): number {
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
    throw wrongAt(this.file, place, `is ${shown(value)}; expected a whole number of one or more`);
  }
}
