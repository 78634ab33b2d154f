/** Trace files named by a user. It knows paths, and not what the files contain. */
import { TRACE_FORMATS, type Trace, type TraceFormat, type TraceOptions } from '../workload/traces/index.ts';
import type { ReadingListener } from './file-bytes.ts';
import { atFile, readFileBy } from './text-file.ts';

/**
 * The trace in a file, plain, gzip or zstd, or on standard input for `-`. Throws `InputError` with the line for a file
 * that does not exist or is invalid; `EnvironmentError` for one that cannot be read.
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
