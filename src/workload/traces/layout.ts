/**
 * What a layout of trace files is: how the requests of a text are found, and what becomes of them. It knows nothing of
 * any layout.
 */
import { ParameterError } from '../../errors.ts';
import { eachRow, type Recognise } from './table.ts';
import { fault, type Text } from './text.ts';
import { TraceBuilder, type RecordedRequest, type Trace } from './trace.ts';

/** What is asked of a file beside its requests. */
export interface TraceOptions {
  /** Requests are kept that arrive by then [s on the clock of the trace]; all of them when left out. */
  readonly until?: number;
  /** Tokens of a block of which a prompt has ids; what the layout is published with when left out. */
  readonly blockSize?: number;
}

export interface TraceLayout {
  /** One sentence for `fleetyield list traces`. */
  readonly summary: string;
  /**
   * The trace in a text; `file` is its name in messages. Throws `InputError` with file and line, also where none of its
   * requests arrives by `until`.
   */
  read(text: Text, file: string, options?: TraceOptions): Trace;
}

/** Adds the request of a line. */
export type TakeRequest = (request: RecordedRequest, line: number) => void;

/** The trace of the requests that `read` finds in a file. Throws `InputError` at the line of a wrong one. */
export function traceOfFile(
  file: string,
  { until = Infinity }: TraceOptions,
  read: (take: TakeRequest) => void,
): Trace {
  const builder = new TraceBuilder(until);
  const first = { at: NaN, line: 1 };
  read((request, line) => {
    if (builder.recorded === 0) Object.assign(first, { at: request.at, line });
    try {
      builder.add(request);
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      throw fault(file, line, error.message);
    }
  });
  if (builder.kept === 0) refuseLate(file, first, until);
  return builder.take();
}

/** The trace of the rows of comma-separated text; `recognise` knows what the columns are, or says why it does not. */
export const traceOfTable = (
  text: Text,
  file: string,
  options: TraceOptions,
  recognise: Recognise<RecordedRequest>,
): Trace =>
  traceOfFile(file, options, (take) =>
    eachRow(text, file, recognise, take, 'the layouts jsonl, mooncake and qwen-bailian read JSON lines'),
  );

/** Arrivals from the first on, for a layout whose clock began before anything that it records. */
export class SinceFirst {
  private origin: number | null = null;

  /** The time since the first instant that was handed over [s]. */
  of(instant: number): number {
    this.origin ??= instant;
    return instant - this.origin;
  }
}

/** Later than this an instant is one of the calendar: 1 January 2000, in seconds since 1970. */
const CALENDAR = 946_684_800;

function refuseLate(
  file: string,
  { at, line }: { readonly at: number; readonly line: number },
  until: number,
): never {
  const clock = at >= CALENDAR ? ', as if it were Unix time' : '';
  throw fault(
    file,
    line,
    `the first request arrives at ${at} s${clock}, and what is played of the trace ends at ${until} s, so nothing would arrive; ` +
      'arrivals count from the start of the run: subtract the first from each, or lengthen the horizon',
  );
}
