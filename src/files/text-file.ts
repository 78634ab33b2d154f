/** Text files: reads one, plain or gzip, and says what is wrong with it. It knows compression and nothing of content. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { EnvironmentError, InputError, ParameterError } from '../errors.ts';

/** The text of a file that the user named. Throws `InputError` for one that is not there or not right. */
export function readGivenText(path: string): string {
  try {
    return readText(path).text;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([{ place: path, path: '', message: error.message }]);
  }
}

const GZIP_MAGIC = [0x1f, 0x8b];

/** The text of a file, unpacked where it is gzip, and the digest of its bytes. Throws `ParameterError`. */
export function readText(path: string): { readonly text: string; readonly digest: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') {
      const what = code === 'EISDIR' ? 'is a folder' : 'does not exist';
      throw new ParameterError('', `the file ${path} ${what}; check the path`);
    }
    throw new EnvironmentError(`${path} cannot be read: ${message}`, { cause: error });
  }
  return {
    text: unpack(bytes, path).toString('utf8'),
    digest: createHash('sha256').update(bytes).digest('hex'),
  };
}

function unpack(bytes: Buffer, path: string): Buffer {
  if (!GZIP_MAGIC.every((byte, at) => bytes[at] === byte)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new ParameterError(
      '',
      `the file ${path} looks like gzip and cannot be unpacked: ${(error as Error).message}; fetch it again`,
    );
  }
}
