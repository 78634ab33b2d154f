/** Text that can be kept: SQLite keeps UTF-8, which cannot represent half of a UTF-16 surrogate pair. */
import { InputError } from '../errors.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws `InputError` for text that would not read back as it was written. */
export function checkText(place: string, text: string): void {
  const found = LONE_SURROGATE.exec(text);
  if (found === null) return;
  const code = text.charCodeAt(found.index).toString(16);
  throw new InputError([
    {
      kind: 'file-content',
      place,
      path: '',
      message: `character ${found.index + 1} is \\u${code}, half of a pair of UTF-16, which is no character; leave it out`,
    },
  ]);
}
