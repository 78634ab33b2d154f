/** Measured runs on disk. It knows paths, and nothing of what the files say. */
import { readMeasuredCsv } from '../calibration/measured-csv.ts';
import type { MeasuredRun } from '../calibration/measured-run.ts';
import { readGivenText } from './text-file.ts';

/**
 * The measured run in a CSV file, plain or gzip. Throws `InputError` for a file that is not there or not right, with line
 * and column; `EnvironmentError` for one that cannot be read.
 */
export function loadMeasuredRun(path: string): MeasuredRun {
  return readMeasuredCsv(readGivenText(path), path);
}
