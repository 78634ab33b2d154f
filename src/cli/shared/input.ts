/**
 * The input of commands: reads each file once, with progress where that takes long, and shows warnings about a scenario
 * before it runs.
 */
import { basename } from 'node:path';
import { describeFault } from '../../errors.ts';
import type { ReadingListener } from '../../files/file-bytes.ts';
import { InputFiles } from '../../files/input-files.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { Progress } from './progress.ts';
import { notice } from './terminal.ts';

/** The input files of one command. */
export const inputFiles = (quiet = false): InputFiles => new InputFiles(readingProgress(quiet));

const BYTES_PER_MB = 1e6;

/** Shows reading progress for each file that takes longer than a moment. */
export function readingProgress(quiet: boolean): ReadingListener {
  let shown: { readonly path: string; readonly progress: Progress } | null = null;
  return ({ path, read, size }) => {
    // The amount of data left in a pipe is unknown.
    if (size === null) return;
    shown ??= { path, progress: new Progress(`reading ${basename(path)}`, quiet, 'MB') };
    const megabytes = read / BYTES_PER_MB;
    shown.progress.update({
      finished: Math.round(megabytes),
      planned: Math.ceil(size / BYTES_PER_MB),
      worth: megabytes,
      leastCertain: null,
    });
    if (read < size) return;
    shown.progress.stop();
    shown = null;
  };
}

const printed = new Set<string>();

/** Prints the warnings about a scenario on standard error, each once, even when the command is quiet. */
export function printNotes({ notes }: Scenario): void {
  for (const note of notes) {
    const text = `warning: ${describeFault(note)}`;
    if (!printed.has(text)) notice(text);
    printed.add(text);
  }
}

/** Prints a warning on standard error about the requests of a file that were skipped. */
export function printLeftOut(file: string, { leftOut }: { readonly leftOut: number }): void {
  if (leftOut > 0)
    notice(
      `warning: ${file}: ${leftOut} ${leftOut === 1 ? 'request' : 'requests'} that failed or had no answer of an engine ` +
        'are left out; the load was higher by them',
    );
}
