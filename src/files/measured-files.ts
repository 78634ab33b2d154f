/** Measured runs on disk. It knows paths, and nothing of what the files say. */
import { readMeasuredCsv } from '../calibration/measured-csv.ts';
import { readMeasuredPrompts } from '../calibration/measured-prompts.ts';
import type { MeasuredRun } from '../calibration/measured-run.ts';
import { readGivenText } from './text-file.ts';

/**
 * The measured run in a CSV file, and what its prompts say in another where there is one; both plain or gzip. Throws
 * `InputError` for a file that is not there or not right, with line and column; `EnvironmentError` for one that cannot be
 * read.
 */
export function loadMeasuredRun(path: string, prompts?: string): MeasuredRun {
  return readMeasuredCsv(
    readGivenText(path),
    path,
    prompts === undefined ? null : readMeasuredPrompts(readGivenText(prompts), prompts),
  );
}
