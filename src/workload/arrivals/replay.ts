/**
 * Arrivals replayed from a trace: written in the scenario, or read from a file; once or several times in a row, at the
 * recorded times or slower or faster. Only arrivals are scaled: lengths, patience and think times are as recorded.
 */
import { Type } from 'typebox';
import { ParameterError, within } from '../../errors.ts';
import {
  Count,
  Duration,
  Fields,
  OneOf,
  Positive,
  PositiveDuration,
  WholeNumber,
} from '../../input/schema.ts';
import { PriorityClass } from '../priority.ts';
import { TRACE_FORMATS, type TraceFormat } from '../traces/index.ts';
import { someOfTier, traceOf, type Trace } from '../traces/trace.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';
import { beginnings, recordedSessions, type RecordedSessions } from './recorded-sessions.ts';

const replayedRequest = Fields({
  at: Duration({ description: 'Arrival, since the start of the run.', examples: ['1.5s'] }),
  prompt: Type.Optional(
    Count({ description: 'Prompt tokens; the tier’s lengths decide when left out.', examples: [1200] }),
  ),
  output: Type.Optional(
    Count({ description: 'Output tokens; the tier’s lengths decide when left out.', examples: [300] }),
  ),
  cached: Type.Optional(
    WholeNumber({
      description: 'Prompt tokens found in the prefix cache, fewer than prompt.',
      examples: [800],
    }),
  ),
  tenant: Type.Optional(
    Type.Union([Type.String(), Type.Integer({ minimum: 0 })], {
      description: 'Who sends it.',
      examples: ['acme'],
    }),
  ),
  session: Type.Optional(
    Type.Union([Type.String(), Type.Integer({ minimum: 0 })], {
      description:
        'The chain of requests it belongs to: its prompt begins with the request before and its output.',
      examples: ['chat-17'],
    }),
  ),
  patience: Type.Optional(
    Duration({ description: 'How long the client waits to be admitted to service.', examples: ['10s'] }),
  ),
  priority: Type.Optional(
    PriorityClass({ description: 'Its priority class; that of the tier when left out.', examples: [0] }),
  ),
  finished: Type.Optional(
    Duration({
      description:
        'The recorded end of its answer, since the start of the run: closed sessions think from it.',
      examples: ['6.2s'],
    }),
  ),
});

export const replay = arrivalStrategy({
  kind: 'replay',
  summary: 'The requests of a trace, at their recorded times and with their recorded lengths.',
  parameters: {
    requests: Type.Optional(
      Type.Array(replayedRequest, {
        description: 'The requests, in order of arrival.',
        examples: [
          [
            { at: '0s', prompt: 1200, output: 300, tenant: 'acme' },
            { at: '1.5s', prompt: 80, output: 20 },
          ],
        ],
      }),
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
        examples: [512],
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
        examples: ['1h'],
      }),
    ),
    sessions: Type.Optional(
      OneOf(['open', 'closed'] as const, {
        description:
          'open (when left out): every request comes at its recorded time, whether or not the answer that it repeats is there. closed: the first of each session does, and each next turn comes a think time after the answer to the one before it: from the recorded end of that answer (finished), or from the recorded arrival of that turn where no end is recorded, to its own arrival; think times are not scaled. A turn that is lost for good ends its session, and the later turns are not sent. Meant for sessions that are conversations: those of mooncake and qwen-bailian are prompts that begin alike.',
      }),
    ),
  },
  example: { kind: 'replay', file: 'trace.csv.gz', format: 'azure-llm-2023' },
  declares: { isStationary: false, replays: (parameters) => parameters, users: null },
  create: ({ requests, file, timeScale, repeat, length, sessions }, environment) => {
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
        `${repeat} times ${trace.sessions} sessions exceed the limit of ${MOST_SESSIONS}; repeat less`,
      );
    }
    const scale = timeScale / environment.load;
    const turns = sessions === 'closed' ? recordedSessions(trace) : undefined;
    return new ReplayedArrivals(trace, scale, repeat, lengthOf(whole, repeat, length), turns);
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
        'has no effect on a trace that is played once; add repeat, or drop it',
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
      'is missing: all requests of the trace arrive at once, so its length is unknown and it cannot be repeated',
    );
  }
  return last + meanGap;
}

class ReplayedArrivals implements ArrivalProcess {
  readonly trace: Trace;
  readonly turns?: RecordedSessions;
  position = -1;
  private readonly timeScale: number;
  private readonly repeat: number;
  private readonly length: number;

  constructor(trace: Trace, timeScale: number, repeat: number, length: number, turns?: RecordedSessions) {
    this.trace = trace;
    this.timeScale = timeScale;
    this.repeat = repeat;
    this.length = length;
    if (turns !== undefined) this.turns = turns;
  }

  next(): number {
    const { at } = this.trace;
    const end = at.length * this.repeat;
    do this.position += 1;
    while (this.position < end && this.followsAnswer(this.position % at.length));
    if (this.position >= end) {
      this.position = end;
      return Infinity;
    }
    const played = Math.floor(this.position / at.length);
    return this.timeScale * (played * this.length + at[this.position % at.length]!);
  }

  expectedBy(instant: number): number {
    const { trace, timeScale, repeat, length, turns } = this;
    const { at, session } = trace;
    const until = instant / timeScale;
    const whole = length === 0 ? repeat : Math.min(repeat, Math.floor(until / length));
    if (whole >= repeat) return repeat * at.length;
    const into = until - whole * length;
    // The turns of a closed session may come before their recorded times: all of them are counted where it begins.
    const comes = turns === undefined ? at : beginnings(at, (request) => session![request]);
    return whole * at.length + comes.filter((one) => one <= into).length;
  }

  /** Whether a request of the trace is sent when an answer has come, and not at a time of its own. */
  private followsAnswer(index: number): boolean {
    return this.turns !== undefined && !Number.isNaN(this.turns.think[index]!);
  }
}
