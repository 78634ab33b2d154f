/** Folders that are written into. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and those above it that are not there. Throws the error of the system for one that cannot be: at once,
 * where to make it with `recursive` would be tried without end (Node 20 below `/proc`).
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let above = resolve(folder); !existsSync(above); above = dirname(above)) missing.push(above);
  // A file in its place is told of as the system does.
  if (missing.length === 0 && !statSync(folder).isDirectory()) mkdirSync(folder);
  for (const one of missing.toReversed()) makeOne(one);
}

/** Another process may have come first. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw error;
  }
}
