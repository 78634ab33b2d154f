/**
 * File bytes and their decompression: gzip and zstd, of one member or several, chunk by chunk. It knows compression
 * formats and archives, and not text.
 */
import { createRequire } from 'node:module';
import { ParameterError } from '../errors.ts';

/** Decompressors are loaded for the first file that needs one: most commands read none. */
const load = createRequire(import.meta.url);

/** The first bytes of a kind of file. */
interface Signature {
  readonly bytes: readonly number[] | string;
  /** Their offset; 0 when omitted. */
  readonly at?: number;
}

const GZIP: Signature = { bytes: [0x1f, 0x8b] };
const ZSTD: readonly Signature[] = [
  { bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  // A skippable frame, which some writers put before the first.
  { bytes: [0x2a, 0x4d, 0x18], at: 1 },
];

/** Unsupported formats: what each is, and how to turn it into text. */
const REFUSED: readonly (Signature & { readonly is: string; readonly remedy: string })[] = [
  { bytes: 'PK\u0003\u0004', is: 'a zip archive', remedy: 'unpack it with unzip' },
  { bytes: 'BZh', is: 'compressed by bzip2', remedy: 'unpack it with bunzip2' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], is: 'compressed by xz', remedy: 'unpack it with xz -d' },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], is: 'a 7z archive', remedy: 'unpack it with 7z x' },
  { bytes: [0x04, 0x22, 0x4d, 0x18], is: 'compressed by lz4', remedy: 'unpack it with lz4 -d' },
  { bytes: [0x1f, 0x9d], is: 'compressed by compress', remedy: 'unpack it with uncompress' },
  { bytes: 'ustar', at: 257, is: 'a tar archive', remedy: 'unpack it with tar -xf' },
  { bytes: 'PAR1', is: 'Parquet', remedy: 'write its rows as CSV' },
  { bytes: 'ARROW1', is: 'Arrow or Feather', remedy: 'write its rows as CSV' },
  { bytes: 'Obj\u0001', is: 'Avro', remedy: 'write its rows as CSV' },
  { bytes: 'SQLite format 3\0', is: 'an SQLite database', remedy: 'write its rows as CSV' },
];

/** Enough bytes of the beginning to identify the format. */
const HEAD = 512;

/** The decompressed bytes. Throws `ParameterError` for an unsupported format or damaged data. */
export function* unpacked(chunks: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const [head, all] = withHead(chunks);
  const packing = packingOf(head);
  if (packing === null) {
    refuseOther(head);
    yield* all;
    return;
  }
  const [inner, text] = withHead(opened(all, packing));
  const again = packingOf(inner);
  if (again !== null)
    throw new ParameterError(
      '',
      `is compressed twice, by ${again} within ${packing}; unpack it once with ${packing} -d`,
    );
  refuseOther(inner);
  yield* text;
}

/** The compression of bytes with this beginning; `null` for none that is supported. */
const packingOf = (head: Uint8Array): 'gzip' | 'zstd' | null =>
  begins(head, GZIP) ? 'gzip' : ZSTD.some((one) => begins(head, one)) ? 'zstd' : null;

function refuseOther(head: Uint8Array): void {
  const found = REFUSED.find((one) => begins(head, one));
  if (found !== undefined)
    throw new ParameterError(
      '',
      `is ${found.is}, which is not read; ${found.remedy} (plain text, gzip and zstd are read)`,
    );
}

function begins(head: Uint8Array, { bytes, at = 0 }: Signature): boolean {
  const wanted = typeof bytes === 'string' ? [...bytes].map((character) => character.charCodeAt(0)) : bytes;
  return wanted.every((byte, index) => head[at + index] === byte);
}

/** The first bytes, and all chunks including those that had to be read for them. */
function withHead(chunks: Iterable<Uint8Array>): [Uint8Array, Iterable<Uint8Array>] {
  const iterator = chunks[Symbol.iterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD) {
    const next = iterator.next();
    if (next.done === true) break;
    // Copied, because the producer may reuse the same memory for the next chunk.
    read.push(Uint8Array.from(next.value));
    length += next.value.length;
  }
  function* all() {
    yield* read;
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
  }
  return [Buffer.concat(read).subarray(0, HEAD), all()];
}

/** Decompresses chunk by chunk. A file that is truncated or damaged is reported as such. */
function* opened(chunks: Iterable<Uint8Array>, packing: 'gzip' | 'zstd'): Iterable<Uint8Array> {
  let ready: Uint8Array[] = [];
  const unpacker = UNPACKERS[packing]((chunk) => ready.push(chunk));
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      throw new ParameterError(
        '',
        `looks like ${packing} and cannot be unpacked: ${(error as Error).message}; fetch it again`,
      );
    }
  };
  for (const chunk of chunks) {
    attempt(() => unpacker.push(chunk));
    yield* ready;
    ready = [];
  }
  attempt(() => unpacker.end());
  yield* ready;
}

interface Unpacker {
  push(chunk: Uint8Array): void;
  end(): void;
}

const UNPACKERS: Readonly<Record<'gzip' | 'zstd', (take: (chunk: Uint8Array) => void) => Unpacker>> = {
  gzip: (take) => {
    const { Gunzip } = load('minizlib') as typeof import('minizlib');
    const gunzip = new Gunzip({});
    let failure: Error | null = null;
    gunzip.on('data', take);
    gunzip.on('error', (error: unknown) => {
      failure = error as Error;
    });
    const throwIfFailed = () => {
      if (failure !== null) throw failure;
    };
    return {
      push: (chunk) => {
        gunzip.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        throwIfFailed();
      },
      end: () => {
        gunzip.end();
        throwIfFailed();
      },
    };
  },
  zstd: (take) => {
    const { Decompress } = load('fzstd') as typeof import('fzstd');
    const decompress = new Decompress((chunk) => take(Uint8Array.from(chunk)));
    return {
      push: (chunk) => decompress.push(chunk, false),
      end: () => decompress.push(new Uint8Array(0), true),
    };
  },
};
