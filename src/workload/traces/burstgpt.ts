/**
 * The BurstGPT trace (HPMLL/BurstGPT, CC-BY 4.0; arXiv 2401.17644) in its published layouts: that of releases 1.1 and
 * 2.0 (files 1 and 2), and that of file 3 with `Session ID` and `Elapsed time`. Arrivals count from the first request.
 *
 * The first header is as in the files (seen in copies of release 1.1, Nov 2026). Of the second only the names of
 * the columns are published in text, so their order is not relied upon.
 *
 * Not used: the model, the kind of log and the elapsed time, which another fleet would have changed; and the session,
 * since it is not published whether `Request tokens` repeat the conversation so far. A failed request has 0 response
 * tokens and does not record the intended output, so it is refused.
 */
import { SinceFirst, traceOfTable, type TraceOptions } from './layout.ts';
import { headerText, numberIn, wholeIn } from './table.ts';
import type { Text } from './text.ts';
import type { Trace } from './trace.ts';

/** The columns that are read; others are ignored. */
const COLUMNS = ['Timestamp', 'Request tokens', 'Response tokens'];

export function readBurstGpt(text: Text, file: string, options: TraceOptions = {}): Trace {
  return traceOfTable(text, file, options, (header) => {
    if (!COLUMNS.every((name) => header.includes(name)))
      return `${headerText(header)}; expected the columns ${COLUMNS.join(', ')}, as published, or give it our own column names as csv (fleetyield list traces)`;
    const [when, asked, answered] = COLUMNS.map((name) => header.indexOf(name)) as [number, number, number];
    const seconds = new SinceFirst();
    return (cells, refuse) => {
      const output = wholeIn(cells[answered]!, 'Response tokens', 0, refuse);
      if (output === 0) {
        return refuse(
          'Response tokens is "0", a failed request; replay a file of the release without fails, or take such lines out',
        );
      }
      return {
        at: seconds.of(numberIn(cells[when]!, 'Timestamp', 0, refuse)),
        prompt: wholeIn(cells[asked]!, 'Request tokens', 1, refuse),
        output,
      };
    };
  });
}
