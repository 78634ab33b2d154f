/**
 * The bytes of a file, chunk by chunk: a regular file, a pipe, or `-` for standard input. It knows the operating
 * system, and not what the bytes mean.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EnvironmentError, ParameterError } from '../errors.ts';

/** The user's name for standard input. */
export const STANDARD_INPUT = '-';

/** The name of a file in messages. */
export const calledInMessages = (path: string): string => (path === STANDARD_INPUT ? 'standard input' : path);

/** Called with how far reading has progressed. */
export type ReadingListener = (progress: ReadingProgress) => void;

export interface ReadingProgress {
  readonly path: string;
  /** Bytes read so far. */
  readonly read: number;
  /** Bytes of the file; `null` for a pipe. */
  readonly size: number | null;
}

/** Chunk size [bytes]: large compared with the cost of a system call, small compared with a cache. */
const CHUNK = 1 << 18;

export class FileBytes {
  private readonly path: string;
  private readonly onRead: ReadingListener;
  private readonly hash: Hash = createHash('sha256');

  constructor(path: string, onRead: ReadingListener = () => undefined) {
    this.path = path;
    this.onRead = onRead;
  }

  /**
   * The chunks, once; each is valid until the next is requested. Throws `ParameterError` for a file that does not
   * exist, `EnvironmentError` for one that cannot be read.
   */
  *chunks(): Iterable<Uint8Array> {
    const { path } = this;
    const file = path === STANDARD_INPUT ? 0 : this.attempt(() => openSync(path, 'r'));
    try {
      const stats = this.attempt(() => fstatSync(file));
      if (stats.isDirectory()) throw new ParameterError('', 'is a folder; name a file');
      const size = stats.isFile() ? stats.size : null;
      const chunk = Buffer.alloc(CHUNK);
      let read = 0;
      for (let got = this.readInto(file, chunk); got > 0; got = this.readInto(file, chunk)) {
        const bytes = chunk.subarray(0, got);
        this.hash.update(bytes);
        read += got;
        this.onRead({ path, read, size });
        yield bytes;
      }
    } finally {
      if (file !== 0) closeSync(file);
    }
  }

  /** SHA-256 of the bytes, once all of them have been read. */
  digest(): string {
    return this.hash.digest('hex');
  }

  private readInto(file: number, chunk: Buffer): number {
    for (;;) {
      try {
        return readSync(file, chunk);
      } catch (error) {
        // Another program has left standard input in non-blocking mode.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw this.failure(error);
        Atomics.wait(PAUSE, 0, 0, PAUSE_MILLISECONDS);
      }
    }
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): Error {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return new ParameterError('', 'does not exist; check the path');
    if (code === 'EISDIR') return new ParameterError('', 'is a folder; name a file');
    return new EnvironmentError(`${calledInMessages(this.path)} cannot be read: ${message}`, {
      cause: error,
    });
  }
}

/** Never notified: waiting on it is a pause. */
const PAUSE = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const PAUSE_MILLISECONDS = 5;
