/** Measured runs on disk. It knows paths, and nothing of what the files say. */
import { readMeasuredBenchmark } from '../calibration/measured-benchmark.ts';
import { readMeasuredCsv } from '../calibration/measured-csv.ts';
import { readMeasuredPrompts } from '../calibration/measured-prompts.ts';
import type { MeasuredRun } from '../calibration/measured-run.ts';
import type { ReadingListener } from './file-bytes.ts';
import type { BenchmarkFormat } from '../workload/traces/index.ts';
import { atFile, readFileBy } from './text-file.ts';

/** How a measured run is written down: as comma-separated text of our own, or as a benchmark writes it. */
export type MeasuredFormat = 'csv' | BenchmarkFormat;

/**
 * The measured run in a file, and what its prompts say in another where there is one; both plain, gzip or zstd. Throws
 * `InputError` for a file that is not there or not right, with its place; `EnvironmentError` for one that cannot be read.
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
