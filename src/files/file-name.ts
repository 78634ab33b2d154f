/** Names as names of files: whatever a scenario is called, its file can be written on every disk. */
import { createHash } from 'node:crypto';

/** With an ending and a little more a name stays below the 255 bytes that file systems take. */
const MOST = 100;
const DIGITS = 8;

/**
 * What is not a letter, digit, dot or dash becomes a dash. Of a long name there is the beginning, and eight digits that tell
 * it from others that begin alike.
 */
export function fileNameOf(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  if (plain.length <= MOST) return plain;
  return `${plain.slice(0, MOST)}-${createHash('sha256').update(name).digest('hex').slice(0, DIGITS)}`;
}
