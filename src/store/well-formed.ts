/** Text that can be kept: SQLite keeps UTF-8, in which half of a pair of UTF-16 cannot be written. */
import { InputError } from '../errors.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws `InputError` for text that would be read back as another. */
export function checkText(place: string, text: string): void {
  const found = LONE_SURROGATE.exec(text);
  if (found === null) return;
  const code = text.charCodeAt(found.index).toString(16);
  throw new InputError([
    {
      place,
      path: '',
      message: `character ${found.index + 1} is \\u${code}, half of a pair of UTF-16, which is no character; leave it out`,
    },
  ]);
}
