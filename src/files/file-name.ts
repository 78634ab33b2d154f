/** File names from arbitrary names: whatever a scenario is called, its file can be written on every disk. */
import { createHash } from 'node:crypto';

/** With an extension and a little more, a name stays below the 255 bytes that file systems allow. */
const MOST = 100;
const DIGITS = 8;

/**
 * Replaces everything that is not a letter, digit, dot or dash with a dash. A long name is cut, and eight digits
 * distinguish it from others with the same beginning.
 */
export function fileNameOf(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  if (plain.length <= MOST) return plain;
  return `${plain.slice(0, MOST)}-${createHash('sha256').update(name).digest('hex').slice(0, DIGITS)}`;
}
