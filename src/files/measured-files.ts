/** Measured runs on disk. It knows paths, and nothing of what the files say. */
import { readMeasuredCsv } from '../calibration/measured-csv.ts';
import { readMeasuredPrompts } from '../calibration/measured-prompts.ts';
import type { MeasuredRun } from '../calibration/measured-run.ts';
import type { ReadingListener } from './file-bytes.ts';
import { atFile, readFileBy } from './text-file.ts';

/**
 * The measured run in a CSV file, and what its prompts say in another where there is one; both plain, gzip or zstd. Throws
 * `InputError` for a file that is not there or not right, with line and column; `EnvironmentError` for one that cannot be
 * read.
 */
export function loadMeasuredRun(path: string, prompts?: string, onRead?: ReadingListener): MeasuredRun {
  const lines =
    prompts === undefined
      ? null
      : atFile(prompts, () => readFileBy(prompts, readMeasuredPrompts, onRead).content);
  return atFile(
    path,
    () => readFileBy(path, (text, name) => readMeasuredCsv(text, name, lines), onRead).content,
  );
}
