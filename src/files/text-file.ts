/**
 * Text files named by a user: plain, gzip or zstd, as a whole or in chunks. It reports what is wrong with a file, and
 * does not know what the text means.
 */
import { InputError, ParameterError } from '../errors.ts';
import { shownText } from '../shown.ts';
import type { Text } from '../workload/traces/index.ts';
import { calledInMessages, FileBytes, type ReadingListener } from './file-bytes.ts';
import { unpacked } from './packed-bytes.ts';
import { textChunks } from './text-chunks.ts';

/** What was parsed from a text, and the SHA-256 of the bytes of the file. */
export interface ReadFile<Content> {
  readonly content: Content;
  readonly digest: string;
}

/**
 * Parses the text of a file as it is read, in memory that does not grow with the file. `make` receives the text and the
 * file's name. Throws `ParameterError` for a file that does not exist or is not text, `EnvironmentError` for one that
 * cannot be read, and what `make` throws.
 */
export function readFileBy<Content>(
  path: string,
  make: (text: Text, name: string) => Content,
  onRead?: ReadingListener,
): ReadFile<Content> {
  const bytes = new FileBytes(path, onRead);
  const content = make(saying(path, textChunks(unpacked(bytes.chunks()))), calledInMessages(path));
  return { content, digest: bytes.digest() };
}

/** The chunks; errors found in them carry the file's name. */
function* saying(path: string, chunks: Iterable<string>): Iterable<string> {
  try {
    yield* chunks;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new ParameterError(
      error.path,
      `the file ${shownText(calledInMessages(path), LONGEST_NAME)} ${error.message}`,
      'no-file',
    );
  }
}

/** At most this much of a path is shown [characters]: paths may be long, and their ends distinguish them. */
const LONGEST_NAME = 200;

/** Limit on a text that is read as a whole [characters]: a scenario, a list of prices. */
const LONGEST_TEXT = 2 ** 26;

/** The text of a file as a whole. Throws as `readFileBy` does. */
export const readText = (path: string, onRead?: ReadingListener): ReadFile<string> =>
  readFileBy(path, wholeText, onRead);

function wholeText(text: Text, name: string): string {
  let whole = '';
  for (const chunk of text) {
    whole += chunk;
    if (whole.length > LONGEST_TEXT)
      throw new ParameterError(
        '',
        `the file ${shownText(name, LONGEST_NAME)} has more than ${LONGEST_TEXT.toLocaleString('en')} characters; ` +
          'keep requests in a trace file, which may be of any size',
      );
  }
  return whole;
}

/** The text of a file named by the user. Throws `InputError` for one that does not exist or is invalid. */
export const readGivenText = (path: string): string => atFile(path, () => readText(path).content);

/** Runs `read` and attributes the faults it finds to the file. */
export function atFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([
      { kind: 'no-file', place: calledInMessages(path), path: '', message: error.message },
    ]);
  }
}
