/** Trace files that a user names. It knows paths, and nothing of what the files say. */
import { TRACE_FORMATS, type Trace, type TraceFormat, type TraceOptions } from '../workload/traces/index.ts';
import type { ReadingListener } from './file-bytes.ts';
import { atFile, readFileBy } from './text-file.ts';

/**
 * The trace in a file, plain, gzip or zstd, or on standard input for `-`. Throws `InputError` for a file that is not there
 * or not right, with the line; `EnvironmentError` for one that cannot be read.
 */
export function loadTraceFile(
  path: string,
  format: TraceFormat,
  options: TraceOptions = {},
  onRead?: ReadingListener,
): Trace {
  return atFile(
    path,
    () => readFileBy(path, (text, name) => TRACE_FORMATS[format].read(text, name, options), onRead).content,
  );
}
