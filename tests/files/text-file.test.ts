/** Files as users have them: packed, of another encoding, or no text at all. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, ParameterError } from '../../src/errors.ts';
import { textChunks } from '../../src/files/text-chunks.ts';
import { unpacked } from '../../src/files/packed-bytes.ts';
import { loadTraceFile } from '../../src/files/trace-files.ts';
import { readText } from '../../src/files/text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'fleetyield-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Requests of which the last arrives after nine hours. */
const TEXT = `at,prompt,output\n${Array.from({ length: 3_000 }, (_, n) => `${n * 11},${100 + n},${n + 1}\n`).join('')}`;

const file = (name: string, bytes: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

/** A frame of zstd that holds the text as it is: blocks of at most 128 KiB (RFC 8878, 3.1.1). */
function zstdFrame(text: string | Uint8Array): Buffer {
  const content = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  // Single segment, four bytes of content size, no checksum.
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size];
  for (let from = 0; from < content.length; from += 2 ** 17) {
    const block = content.subarray(from, from + 2 ** 17);
    const last = from + block.length === content.length ? 1 : 0;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}

const half = TEXT.indexOf('\n', TEXT.length / 2) - 3;

/** The text that bytes are, handed over in pieces of a size. */
const read = (bytes: Uint8Array, size: number): string => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
  return [...textChunks(unpacked(pieces))].join('');
};

const refusal = (path: string): string => {
  try {
    loadTraceFile(path, 'csv');
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a text file', () => {
  it.each([
    ['plain', Buffer.from(TEXT)],
    ['gzip', gzipSync(TEXT)],
    ['gzip of several members', Buffer.concat([gzipSync(TEXT.slice(0, half)), gzipSync(TEXT.slice(half))])],
    ['zstd', zstdFrame(TEXT)],
    ['zstd of several frames', Buffer.concat([zstdFrame(TEXT.slice(0, half)), zstdFrame(TEXT.slice(half))])],
  ])('is the same %s, whatever the pieces in which it is read', (_, bytes) => {
    for (const size of [bytes.length, 4_096, 1_000, 7]) expect(read(bytes, size)).toBe(TEXT);
  });

  it('keeps characters whole at the ends of pieces, and leaves out the byte-order mark', () => {
    const text = 'at,tenant\n0,Zoë\n1,日本\n2,😀\n';
    const bytes = Buffer.from(`\uFEFF${text}`);
    for (let size = 1; size <= bytes.length; size++) expect(read(bytes, size)).toBe(text);
  });

  it.each([
    [
      'UTF-16 with a mark',
      Buffer.from(`\uFEFF${TEXT}`, 'utf16le'),
      'is UTF-16 text, which is not read; convert it',
    ],
    ['UTF-16 without one', Buffer.from(TEXT, 'utf16le'), 'is UTF-16 text'],
    ['UTF-16, high byte first', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16(), 'iconv -f UTF-16 -t UTF-8'],
    ['Latin-1', Buffer.from('at,tenant\n0,Zoë\n', 'latin1'), 'no character after "at,tenant\\n0,Zo"'],
    ['zeros', Buffer.alloc(2_000), 'is no text'],
    [
      'a zip archive',
      Buffer.from('PK\u0003\u0004\u0014 t.csv'),
      'is a zip archive, which is not read; unpack it with unzip',
    ],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'is compressed by bzip2, which is not read; unpack it with bunzip2'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]), 'is compressed by xz'],
    ['Parquet', Buffer.from('PAR1\u0015\u0004'), 'is Parquet, which is not read; write its rows as CSV'],
    [
      'gzip in gzip',
      gzipSync(gzipSync(TEXT)),
      'is compressed twice, by gzip within gzip; unpack it once with gzip -d',
    ],
    ['zstd in gzip', gzipSync(zstdFrame(TEXT)), 'by zstd within gzip; unpack it once with gzip -d'],
    ['gzip in zstd', zstdFrame(gzipSync(TEXT)), 'by gzip within zstd; unpack it once with zstd -d'],
    ['a torn gzip', gzipSync(TEXT).subarray(0, 900), 'looks like gzip and cannot be unpacked'],
    ['a torn zstd', zstdFrame(TEXT).subarray(0, 900), 'looks like zstd and cannot be unpacked'],
    ['no more than the mark of gzip', Buffer.from([0x1f, 0x8b]), 'looks like gzip and cannot be unpacked'],
  ])('of another kind is told as such, with what to do: %s', (_, bytes, says) => {
    const message = refusal(file('other.csv', bytes));
    expect(message).toContain(says);
    expect(message.length).toBeLessThan(400);

    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('that a checksum finds damaged is refused', () => {
    const damaged = gzipSync(TEXT);
    damaged[damaged.length - 6]! ^= 1;
    expect(refusal(file('damaged.csv.gz', damaged))).toContain(
      'cannot be unpacked: zlib: incorrect data check',
    );
  });

  it.each(['trace.tar', 'trace.tar.gz'])('in a tar archive is told as such: %s', (name) => {
    file('inner.csv', TEXT);
    const path = join(folder, name);
    execFileSync('tar', [name.endsWith('gz') ? '-czf' : '-cf', path, '-C', folder, 'inner.csv']);
    expect(refusal(path)).toContain('is a tar archive, which is not read; unpack it with tar -xf');
  });

  it('is called by its name and digest, which is of its bytes as they lie there', () => {
    const bytes = gzipSync(TEXT);
    const path = file('trace.csv.gz', bytes);
    const sum = execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);
    expect(readText(path)).toEqual({ content: TEXT, digest: sum });
  });

  it('that is read as a whole, a scenario or a list of prices, is of the same kinds', () => {
    expect(readText(file('marked.yaml', '\uFEFFname: a\n')).content).toBe('name: a\n');
    const wide = file('wide.yaml', Buffer.from('\uFEFFname: a\n', 'utf16le'));
    expect(() => readText(wide)).toThrow(`the file ${wide} is UTF-16 text, which is not read`);
    expect(() => readText(folder)).toThrow(`the file ${folder} is a folder`);
    expect(() => readText(join(folder, 'none'))).toThrow('does not exist; check the path');
  });

  it('that is read as a whole has an end: what is larger belongs in a trace', () => {
    const zeros = gzipSync(Buffer.alloc(70_000_000, '#'));
    expect(() => readText(file('bomb.yaml.gz', zeros))).toThrow(ParameterError);
    expect(() => readText(file('bomb.yaml.gz', zeros))).toThrow('has more than 67,108,864 characters');
  });
});
