/** Folders for output. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and its missing parents. Throws the system's error at once for one that cannot be created, where
 * `recursive` would retry without end (Node 20 below `/proc`).
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let above = resolve(folder); !existsSync(above); above = dirname(above)) missing.push(above);
  // If a file is in its place, this raises the system's own error.
  if (missing.length === 0 && !statSync(folder).isDirectory()) mkdirSync(folder);
  for (const one of missing.toReversed()) makeOne(one);
}

/** Another process may have created it first. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw error;
  }
}
