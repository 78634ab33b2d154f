/** Arrivals replayed from a trace: written in the scenario, or read from a file. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Count, Duration, Fields, OneOf, WholeNumber } from '../../schema.ts';
import { TRACE_FORMATS, type TraceFormat } from '../traces/index.ts';
import { traceOf, type Trace } from '../traces/trace.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';

const replayedRequest = Fields({
  at: Duration({ description: 'Arrival, since the start of the run.' }),
  prompt: Type.Optional(Count({ description: 'Prompt tokens; the tier’s lengths decide when left out.' })),
  output: Type.Optional(Count({ description: 'Output tokens; the tier’s lengths decide when left out.' })),
  cached: Type.Optional(
    WholeNumber({ description: 'Prompt tokens found in the prefix cache, fewer than prompt.' }),
  ),
  tenant: Type.Optional(
    Type.Union([Type.String(), Type.Integer({ minimum: 0 })], { description: 'Who sends it.' }),
  ),
  session: Type.Optional(
    Type.Union([Type.String(), Type.Integer({ minimum: 0 })], {
      description:
        'The chain of requests it belongs to: its prompt begins with the request before and its output.',
    }),
  ),
  patience: Type.Optional(Duration({ description: 'How long the client waits to be admitted to service.' })),
});

export const replay = arrivalStrategy({
  kind: 'replay',
  summary: 'The requests of a trace, at their recorded times and with their recorded lengths.',
  parameters: {
    requests: Type.Optional(
      Type.Array(replayedRequest, { description: 'The requests, in order of arrival.' }),
    ),
    file: Type.Optional(
      Type.String({ description: 'A trace file, plain or gzip; the path is relative to the scenario.' }),
    ),
    format: Type.Optional(
      OneOf(Object.keys(TRACE_FORMATS) as TraceFormat[], { description: 'The layout of the file.' }),
    ),
  },
  example: { kind: 'replay', file: 'trace.csv.gz', format: 'azure-llm-2023' },
  create: ({ requests, file }, environment) => {
    if ((requests === undefined) === (file === undefined)) {
      throw new ParameterError('', 'needs either requests or file (with its format), and not both');
    }
    if (environment.share !== 1) {
      throw new ParameterError(
        'kind',
        'a trace is replayed whole, so cell.share must be 1; scale the fleet instead',
      );
    }
    return new ReplayedArrivals(file === undefined ? traceOf(requests!) : environment.trace(file));
  },
});

class ReplayedArrivals implements ArrivalProcess {
  readonly trace: Trace;
  index = -1;

  constructor(trace: Trace) {
    this.trace = trace;
  }

  next(): number {
    if (this.index + 1 >= this.trace.at.length) return Infinity;
    this.index += 1;
    return this.trace.at[this.index]!;
  }
}
