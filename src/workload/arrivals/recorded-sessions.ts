/**
 * The sessions of a trace, for clients that wait for the answer before they send the next turn: which request follows
 * which, and how long its client thought. It knows what was recorded and nothing of what a run makes of it.
 */
import { ParameterError } from '../../errors.ts';
import { NO_SESSION, NOT_RECORDED, type Trace } from '../traces/trace.ts';

/** By request of a trace. */
export interface RecordedSessions {
  /** The next turn of its session, as an index; −1 where there is none. */
  readonly following: Int32Array;
  /**
   * From the answer to the turn before, or from the arrival of that turn where the end of its answer was not recorded,
   * to its own arrival [s]; NaN where it begins a session or belongs to none.
   */
  readonly think: Float64Array;
}

/** Those of traces that were asked for: each replication asks again. */
const known = new WeakMap<Trace, RecordedSessions>();

/**
 * The sessions of a trace. Throws `ParameterError` where it has none, or where a turn was sent before the recorded end
 * of the answer to the one before: its client did not wait.
 */
export function recordedSessions(trace: Trace): RecordedSessions {
  const found = known.get(trace) ?? sessionsOf(trace);
  known.set(trace, found);
  return found;
}

function sessionsOf({ at, session, finishedAt }: Trace): RecordedSessions {
  if (session === null)
    throw new ParameterError(
      'sessions',
      'closed asks for recorded sessions, and the trace has none; give requests a session, or leave sessions out',
    );
  const following = new Int32Array(at.length).fill(-1);
  const think = new Float64Array(at.length).fill(NaN);
  const latest = new Map<number, number>();
  for (let turn = 0; turn < at.length; turn++) {
    if (session[turn] === NO_SESSION) continue;
    const before = latest.get(session[turn]!);
    latest.set(session[turn]!, turn);
    if (before === undefined) continue;
    const finished = finishedAt?.[before] ?? NOT_RECORDED;
    const answered = finished === NOT_RECORDED ? at[before]! : finished;
    following[before] = turn;
    think[turn] = at[turn]! - answered;
    if (think[turn]! < 0)
      throw new ParameterError(
        'sessions',
        `closed asks for turns that wait for the answer before, and one arrives at ${at[turn]} s, before the recorded end of that answer (${answered} s); give such requests sessions of their own, or leave finished out`,
      );
  }
  return { following, think };
}

/**
 * When the session of each request begins, or the request itself where it belongs to none, in order of the requests
 * [s].
 */
export function beginnings(
  at: ArrayLike<number>,
  sessionOf: (request: number) => number | string | undefined,
): Float64Array {
  const begun = new Map<number | string, number>();
  return Float64Array.from(at, (arrival, request) => {
    const session = sessionOf(request);
    if (session === undefined || session === NO_SESSION) return arrival;
    if (!begun.has(session)) begun.set(session, arrival);
    return begun.get(session)!;
  });
}
