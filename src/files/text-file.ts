/**
 * Text files: what a user names, plain, gzip or zstd, as a whole or in chunks. It says what is wrong with a file, and
 * knows nothing of what the text says.
 */
import { InputError, ParameterError } from '../errors.ts';
import { shownText } from '../shown.ts';
import type { Text } from '../workload/traces/index.ts';
import { calledInMessages, FileBytes, type ReadingListener } from './file-bytes.ts';
import { unpacked } from './packed-bytes.ts';
import { textChunks } from './text-chunks.ts';

/** What was made of a text, and the SHA-256 of the bytes that the file holds. */
export interface ReadFile<Content> {
  readonly content: Content;
  readonly digest: string;
}

/**
 * Makes something of the text of a file as it is read, in memory that does not grow with the file. `make` is handed the
 * text and what the file is called. Throws `ParameterError` for a file that is not there or is no text, `EnvironmentError`
 * for one that cannot be read, and what `make` throws.
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

/** The chunks, with the name of the file in what is found wrong with it. */
function* saying(path: string, chunks: Iterable<string>): Iterable<string> {
  try {
    yield* chunks;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new ParameterError(
      error.path,
      `the file ${shownText(calledInMessages(path), LONGEST_NAME)} ${error.message}`,
    );
  }
}

/** So much of a name is told [characters]: paths may be long, and what comes last tells them apart. */
const LONGEST_NAME = 200;

/** A text that is read as a whole is at most so long [characters]: a scenario, a list of prices. */
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

/** The text of a file that the user named. Throws `InputError` for one that is not there or not right. */
export const readGivenText = (path: string): string => atFile(path, () => readText(path).content);

/** Runs `read` and says of what it finds wrong that it is the file. */
export function atFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([{ place: calledInMessages(path), path: '', message: error.message }]);
  }
}
