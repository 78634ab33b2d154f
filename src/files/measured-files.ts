/** Measured runs on disk. It knows paths, and not what the files contain. */
import { readMeasuredBenchmark } from '../calibration/measured-benchmark.ts';
import { readMeasuredCsv } from '../calibration/measured-csv.ts';
import { readMeasuredPrompts } from '../calibration/measured-prompts.ts';
import type { MeasuredRun } from '../calibration/measured-run.ts';
import type { ReadingListener } from './file-bytes.ts';
import type { BenchmarkFormat } from '../workload/traces/index.ts';
import { atFile, readFileBy } from './text-file.ts';

/** The format of a measured run: our own comma-separated text, or a benchmark's output. */
export type MeasuredFormat = 'csv' | BenchmarkFormat;

/**
 * The measured run in a file, and the contents of its prompts from another file if there is one; both plain, gzip or
 * zstd. Throws `InputError` with the place for a file that does not exist or is invalid; `EnvironmentError` for one
 * that cannot be read.
 */
export function loadMeasuredRun(
  path: string,
  format: MeasuredFormat,
  prompts?: string,
  onRead?: ReadingListener,
): MeasuredRun {
  const lines =
    prompts === undefined
      ? null
      : atFile(prompts, () => readFileBy(prompts, readMeasuredPrompts, onRead).content);
  return atFile(
    path,
    () =>
      readFileBy(
        path,
        (text, name) =>
          format === 'csv' ? readMeasuredCsv(text, name, lines) : readMeasuredBenchmark(text, name, format),
        onRead,
      ).content,
  );
}
