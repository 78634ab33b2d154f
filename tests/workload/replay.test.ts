import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { arrivalsOf, type ArrivalChoice, type Surroundings } from '../helpers/arrivals.ts';
import { sessionAt, traceOf, type RecordedRequest } from '../../src/workload/traces/trace.ts';

type Replay = Extract<ArrivalChoice, { readonly kind: 'replay' }>;

/** Requests played once as they are recorded, but for what is told. */
const replay = (
  requests: readonly RecordedRequest[] | null,
  more: Partial<Replay> = {},
  where: Surroundings = {},
) =>
  arrivalsOf(
    {
      kind: 'replay',
      timeScale: 1,
      repeat: 1,
      ...(requests === null ? {} : { requests: [...requests] }),
      ...more,
    },
    where,
  );

const at = (...instants: readonly number[]) => instants.map((instant) => ({ at: instant }));
const THREE = at(0, 2, 4);

describe('replayed arrivals', () => {
  test('come at their times, several at one too, and end', () => {
    const process = replay(at(0, 2, 2));
    expect([process.next(), process.position, process.next(), process.next(), process.position]).toEqual([
      0, 0, 2, 2, 2,
    ]);
    expect([process.next(), process.next()]).toEqual([Infinity, Infinity]);
  });

  test('come at scaled times', () => {
    const process = replay(THREE, { timeScale: 0.25 });
    expect([process.next(), process.next(), process.next(), process.next()]).toEqual([0, 0.5, 1, Infinity]);
  });

  test('come again after the last arrival and one mean gap, with their records', () => {
    const process = replay(THREE, { repeat: 3, timeScale: 10 });
    // Mean gap 2 s: the trace is 6 s long, and all of it is scaled by 10.
    const played = Array.from({ length: 9 }, () => [process.next(), process.position]);
    expect(played).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16].map((instant, n) => [10 * instant, n]));
    expect(process.next()).toBe(Infinity);
  });

  test('come again after the length that is told, which may be that of the last arrival', () => {
    const process = replay(THREE, { repeat: 2, length: 4 });
    expect(Array.from({ length: 7 }, () => process.next())).toEqual([0, 2, 4, 4, 6, 8, Infinity]);
  });

  test('are of other sessions and the same tenants in another repetition', () => {
    const process = replay(
      [
        { at: 0, prompt: 5, output: 1, session: 'a', tenant: 'x' },
        { at: 1, prompt: 5, output: 1 },
        { at: 2, prompt: 9, output: 1, session: 'b', tenant: 'y' },
      ],
      { repeat: 3 },
    );
    const played = Array.from({ length: 9 }, () => {
      process.next();
      return [sessionAt(process.trace!, process.position), process.trace!.tenant![process.position % 3]];
    });
    expect(played).toEqual([
      [0, 0],
      [-1, -1],
      [1, 1],
      [2, 0],
      [-1, -1],
      [3, 1],
      [4, 0],
      [-1, -1],
      [5, 1],
    ]);
  });

  test('leave a trace as it was for the next who replays it', () => {
    const trace = traceOf([
      { at: 0, prompt: 5, output: 1, session: 'a' },
      { at: 1, prompt: 5, output: 1, session: 'b' },
    ]);
    const process = replay(null, { file: 'x.csv', format: 'csv', repeat: 2 }, { trace });
    while (process.next() < Infinity);
    expect([...trace.session!]).toEqual([0, 1]);
  });

  test('are those of the tier where the trace names tiers, with tenants and sessions of its own', () => {
    const request = (at: number, tier: string, who: string) => ({
      at,
      tier,
      prompt: 5,
      output: 1,
      tenant: who,
      session: `${who} in ${tier}`,
    });
    const trace = traceOf([
      request(0, 'free', 'x'),
      request(1, 'paid', 'y'),
      request(2, 'free', 'z'),
      request(3, 'paid', 'x'),
      request(4, 'paid', 'y'),
    ]);
    const played = (name: string, more: Partial<Replay> = {}) => {
      const process = replay(null, { file: 'x.csv', format: 'csv', ...more }, { trace, name });
      const seen = [];
      for (let at = process.next(); at < Infinity; at = process.next()) {
        const { tenant, session } = process.trace!;
        const index = process.position % process.trace!.at.length;
        seen.push([at, tenant![index], session![index]]);
      }
      return { seen, tenants: process.trace!.tenants };
    };
    expect(played('paid')).toEqual({
      seen: [
        [1, 0, 0],
        [3, 1, 1],
        [4, 0, 0],
      ],
      tenants: 2,
    });
    // The whole trace is 4 s and a mean gap of 1 s long, whichever of its requests are played.
    expect(played('free', { repeat: 2 }).seen.map(([at]) => at)).toEqual([0, 2, 5, 7]);
    expect(() => played('pro')).toThrow('none of "pro"');
  });

  test('of an empty list never come', () => {
    expect(replay([]).next()).toBe(Infinity);
    expect(replay([], { repeat: 2, length: 5 }).next()).toBe(Infinity);
  });

  test('of closed sessions come but for the turns that follow an answer, in each repetition', () => {
    const turn = (at: number, session?: string, finished?: number) => ({
      at,
      prompt: 50,
      output: 1,
      ...(session === undefined ? {} : { session }),
      ...(finished === undefined ? {} : { finished }),
    });
    const process = replay(
      [turn(0, 'a', 0.5), turn(1, 'b'), turn(2, 'a'), turn(3), turn(5, 'b', 9), turn(6, 'a')],
      { repeat: 2, length: 10, sessions: 'closed' },
    );
    const played = Array.from({ length: 6 }, () => [process.next(), process.position]);
    expect(played).toEqual([
      [0, 0],
      [1, 1],
      [3, 3],
      [10, 6],
      [11, 7],
      [13, 9],
    ]);
    expect(process.next()).toBe(Infinity);
    // From the end at 0.5 s, where it is recorded, and else from the arrival of the turn before.
    expect([...process.turns!.following]).toEqual([2, 4, 5, -1, -1, -1]);
    expect([...process.turns!.think]).toEqual([NaN, NaN, 1.5, NaN, 4, 4]);
    // All turns of a session are expected where it begins: until 2 s those of a and b, and 6 + 3 until 10.5 s.
    expect([2, 3, 10.5].map((instant) => process.expectedBy(instant))).toEqual([5, 6, 9]);
  });

  test.each([
    ['run backwards', at(2, 1), {}, {}, /before the request above/],
    ['name a tier here and there', [{ at: 0, tier: 'a' }, { at: 1 }], {}, {}, /is missing, unlike/],
    [
      'have a session in two tiers',
      [
        { at: 0, prompt: 5, output: 1, session: 1, tier: 'a' },
        { at: 1, prompt: 9, output: 1, session: 1, tier: 'b' },
      ],
      {},
      {},
      /is "b", and its session began in "a"/,
    ],
    ['are closed without sessions', THREE, { sessions: 'closed' }, {}, /the trace has none/],
    [
      'are closed, and a turn did not wait for the answer',
      [
        { at: 0, prompt: 5, output: 1, session: 1, finished: 4 },
        { at: 3, prompt: 9, output: 1, session: 1 },
      ],
      { sessions: 'closed' },
      {},
      /arrives at 3 s, before the recorded end of that answer \(4 s\)/,
    ],
    ['end before they arrive', [{ at: 2, finished: 1 }], {}, {}, /ended at 1 s, before it arrived \(2 s\)/],
    ['have no source', null, {}, {}, /either requests or file/],
    ['have two sources', [], { file: 'x.csv' }, {}, /either requests or file/],
    ['are shared out', THREE, {}, { share: 0.5 }, /cell\.share must be 1/],
    [
      'are shorter than their last arrival',
      THREE,
      { repeat: 2, length: 3 },
      {},
      /last request arrives at 4 s/,
    ],
    ['have a length that decides nothing', THREE, { length: 9 }, {}, /has no effect/],
    ['come all at once again and again', at(3, 3), { repeat: 2 }, {}, /is missing: all requests .* at once/],
    [
      'have more sessions than there are numbers',
      [{ at: 0, prompt: 5, output: 1, session: 1 }],
      { repeat: 2 ** 31, length: 1 },
      {},
      /exceed the limit of 2147483647/,
    ],
  ] as const)('are refused when they %s', (_, requests, more, where, says) => {
    const build = () => replay(requests, more, where);
    expect(build).toThrow(ParameterError);
    expect(build).toThrow(says);
  });
});
