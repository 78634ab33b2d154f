/** Trace files that a user names. It knows paths, and nothing of what the files say. */
import { TRACE_FORMATS, type Trace, type TraceFormat } from '../workload/traces/index.ts';
import { readGivenText } from './text-file.ts';

/**
 * The trace in a file, plain or gzip. Throws `InputError` for a file that is not there or not right, with the line;
 * `EnvironmentError` for one that cannot be read.
 */
export function loadTraceFile(path: string, format: TraceFormat): Trace {
  return TRACE_FORMATS[format].read(readGivenText(path), path);
}
