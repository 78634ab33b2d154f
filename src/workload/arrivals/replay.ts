/**
 * Arrivals replayed from a trace: written in the scenario, or read from a file; once or several times in a row, at the
 * recorded times or slower or faster. Only arrivals are scaled: lengths and patience are as recorded.
 */
import { Type } from 'typebox';
import { ParameterError, within } from '../../errors.ts';
import { Count, Duration, Fields, OneOf, Positive, PositiveDuration, WholeNumber } from '../../schema.ts';
import { PriorityClass } from '../priority.ts';
import { TRACE_FORMATS, type TraceFormat } from '../traces/index.ts';
import { NO_SESSION, someOfTier, traceOf, type Trace } from '../traces/trace.ts';
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
  priority: Type.Optional(
    PriorityClass({ description: 'Its priority class; that of the tier when left out.' }),
  ),
});

export const replay = arrivalStrategy({
  kind: 'replay',
  summary: 'The requests of a trace, at their recorded times and with their recorded lengths.',
  parameters: {
    requests: Type.Optional(
      Type.Array(replayedRequest, { description: 'The requests, in order of arrival.' }),
    ),
    file: Type.Optional(
      Type.String({
        description:
          'A trace file, plain, gzip or zstd; the path is relative to the scenario. Where it names tiers, its requests of this one.',
      }),
    ),
    format: Type.Optional(
      OneOf(Object.keys(TRACE_FORMATS) as TraceFormat[], { description: 'The layout of the file.' }),
    ),
    blockSize: Type.Optional(
      Count({
        description: 'Tokens of the blocks that hash_ids name; as the layout is published when left out.',
      }),
    ),
    timeScale: Positive({
      default: 1,
      description: 'Every arrival time is multiplied by this: 0.5 replays twice as fast.',
    }),
    repeat: Count({
      default: 1,
      description:
        'How often the trace is played, each time after its length; a tenant stays one, a session does not.',
    }),
    length: Type.Optional(
      PositiveDuration({
        description:
          'How long the trace is, before it is scaled; its last arrival and one mean gap when left out.',
      }),
    ),
  },
  example: { kind: 'replay', file: 'trace.csv.gz', format: 'azure-llm-2023' },
  create: ({ requests, file, timeScale, repeat, length }, environment) => {
    if ((requests === undefined) === (file === undefined)) {
      throw new ParameterError('', 'needs either requests or file (with its format), and not both');
    }
    if (environment.share !== 1) {
      throw new ParameterError(
        'kind',
        'a trace is replayed whole, so cell.share must be 1; scale the fleet instead',
      );
    }
    const whole = file === undefined ? traceOf(requests!) : environment.trace(file);
    const trace = within('file', () => someOfTier(whole, environment.tierName));
    if (trace.sessions * repeat > MOST_SESSIONS) {
      throw new ParameterError(
        'repeat',
        `${repeat} times ${trace.sessions} sessions are more than the ${MOST_SESSIONS} that can be told apart; repeat less`,
      );
    }
    return new ReplayedArrivals(trace, timeScale / environment.load, repeat, lengthOf(whole, repeat, length));
  },
});

/** Sessions are numbered by 32-bit integers. */
const MOST_SESSIONS = 2 ** 31 - 1;

/** How long a trace is [s]: as given, or its last arrival and one mean gap, which keeps its rate when repeated. */
function lengthOf({ at, recorded, lastAt: last }: Trace, repeat: number, given: number | undefined): number {
  if (given !== undefined) {
    if (repeat === 1)
      throw new ParameterError(
        'length',
        'decides nothing of a trace that is played once; add repeat, or drop it',
      );
    if (given < last) {
      throw new ParameterError(
        'length',
        `${given} s is shorter than the trace, whose last request arrives at ${last} s; give at least that`,
      );
    }
    return given;
  }
  const gaps = recorded - 1;
  const meanGap = gaps > 0 ? (last - at[0]!) / gaps : 0;
  if (repeat > 1 && meanGap === 0) {
    throw new ParameterError(
      'length',
      'is missing: all requests of the trace arrive at once, so nothing tells when it is to be repeated',
    );
  }
  return last + meanGap;
}

class ReplayedArrivals implements ArrivalProcess {
  /** The trace; of a later repetition, with sessions of its own. */
  trace: Trace;
  index = -1;
  private readonly timeScale: number;
  private readonly repeat: number;
  private readonly length: number;
  /** How often the trace has been played to its end. */
  private played = 0;

  constructor(trace: Trace, timeScale: number, repeat: number, length: number) {
    this.trace = trace;
    this.timeScale = timeScale;
    this.repeat = repeat;
    this.length = length;
  }

  next(): number {
    if (this.index + 1 >= this.trace.at.length && !this.again()) return Infinity;
    this.index += 1;
    return this.timeScale * (this.played * this.length + this.trace.at[this.index]!);
  }

  expectedBy(instant: number): number {
    const { trace, timeScale, repeat, length } = this;
    const until = instant / timeScale;
    const whole = length === 0 ? repeat : Math.min(repeat, Math.floor(until / length));
    if (whole >= repeat) return repeat * trace.at.length;
    const into = until - whole * length;
    return whole * trace.at.length + trace.at.filter((at) => at <= into).length;
  }

  /** Goes back to the beginning of the trace, if it is to be played once more. */
  private again(): boolean {
    const { at, session, sessions } = this.trace;
    if (at.length === 0 || this.played + 1 >= this.repeat) return false;
    this.played += 1;
    this.index = -1;
    if (session !== null) {
      const later = session.map((number) => (number === NO_SESSION ? NO_SESSION : number + sessions));
      this.trace = { ...this.trace, session: later };
    }
    return true;
  }
}
