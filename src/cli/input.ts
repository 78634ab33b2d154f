/** What commands read: each file once, with progress where it takes long, and what is to be known of a scenario before it runs. */
import { basename } from 'node:path';
import { describeFault } from '../errors.ts';
import type { ReadingListener } from '../files/file-bytes.ts';
import { InputFiles } from '../files/input-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Progress } from './progress.ts';
import { notice } from './terminal.ts';

/** The files of one command. */
export const inputFiles = (quiet = false): InputFiles => new InputFiles(readingProgress(quiet));

const BYTES_PER_MB = 1e6;

/** Shows how far reading has come of each file that takes longer than a moment. */
export function readingProgress(quiet: boolean): ReadingListener {
  let shown: { readonly path: string; readonly progress: Progress } | null = null;
  return ({ path, read, size }) => {
    // Nobody knows how much is still to come out of a pipe.
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

const told = new Set<string>();

/** Tells on standard error what is to be known of a scenario, each thing once, also where a command is to be quiet. */
export function tellNotes({ notes }: Scenario): void {
  for (const note of notes) {
    const text = `warning: ${describeFault(note)}`;
    if (!told.has(text)) notice(text);
    told.add(text);
  }
}

/** Tells on standard error of the requests of a file that are left out of what is read. */
export function tellLeftOut(file: string, { leftOut }: { readonly leftOut: number }): void {
  if (leftOut > 0)
    notice(
      `warning: ${file}: ${leftOut} ${leftOut === 1 ? 'request' : 'requests'} that failed or had no answer of an engine ` +
        'are left out; the load was higher by them',
    );
}
