/** Recorded sessions replayed closed: the next turn comes a recorded think time after the answer that it repeats. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { Folder } from '../helpers/command.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';

interface Turn {
  readonly at: number;
  readonly session?: string;
  readonly finished?: number;
}

interface Parts {
  readonly turns: readonly Turn[];
  /** Further keys of the arrivals, and of the tier. */
  readonly arrivals?: string;
  readonly tier?: string;
  /** Seconds of each service in the one slot, or another service. */
  readonly serving: number | string;
  readonly duration: number;
  readonly fleet?: string;
  readonly load?: number;
}

/** Prompts grow by 100 tokens a turn: what was said, and an answer of 40. */
const rows = (turns: readonly Turn[]) =>
  turns.map(({ at, session, finished }, index) => {
    const before = turns.slice(0, index).filter((one) => session !== undefined && one.session === session);
    const more = `${session === undefined ? '' : `, session: ${session}`}${finished === undefined ? '' : `, finished: ${finished}s`}`;
    return `{ at: ${at}s, prompt: ${100 * (before.length + 1)}, output: 40${more} }`;
  });

const textOf = (
  { turns, arrivals = '', tier = '', serving, duration, fleet = '', load = 1 }: Parts,
  sessions = 'closed',
) => `
fleetyield: 1
name: closed
horizon: { duration: ${duration}s }
workload:
  load: ${load}
  tiers: [{ name: all, model: m, arrivals: { kind: replay, sessions: ${sessions}, requests: [${rows(turns).join(', ')}]${arrivals} }${tier} }]
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: ${typeof serving === 'string' ? serving : `{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: ${serving}s } }`}${fleet} }] }
`;
const storiesOf = (parts: Parts, sessions?: string) => runOf(scenarioOf(textOf(parts, sessions))).stories;
const arrivalsOf = (stories: readonly Story[]) =>
  stories.map(({ arrivedAt }) => Math.round(1e6 * arrivedAt) / 1e6);

const THREE: readonly Turn[] = [
  { at: 0, session: 'a', finished: 3 },
  { at: 5, session: 'a' },
  { at: 9, session: 'a' },
];

describe('a turn of a session that is replayed closed', () => {
  test('comes its think time after the answer, which took 50 s where 3 s were recorded', () => {
    // Recorded: an answer until 3 s and 2 s of thought; the next answer's end is not, so that the 4 s from 5 to 9 are the
    // thought. Answers of 50 s: turns at 0, 50 + 2 and 102 + 4. The request of no session keeps its time, and waits.
    const stories = storiesOf({ turns: [...THREE, { at: 110 }], serving: 50, duration: 300 });
    expect(arrivalsOf(stories)).toEqual([0, 52, 106, 110]);
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([50, 102, 156, 206]);
    expect(
      stories.map(({ session, promptTokens, prefixTokens }) => [session, promptTokens, prefixTokens]),
    ).toEqual([
      [0, 100, 0],
      [0, 200, 140],
      [0, 300, 240],
      [-1, 100, 0],
    ]);
  });

  test('comes at its recorded time where sessions are open', () => {
    expect(arrivalsOf(storiesOf({ turns: THREE, serving: 50, duration: 300 }, 'open'))).toEqual([0, 5, 9]);
  });

  test('finds in the prefix cache the answer that it repeats, which it did not as it was recorded', () => {
    // Steps of 1 s: the first answer is there at 40 s, and 139 of its 140 tokens have their KV: 136 in blocks of 8.
    const parts = {
      turns: THREE.slice(1),
      serving:
        '{ kind: continuous-batching, kv: { capacityTokens: 4000, blockSize: 8 }, stepTime: { kind: affine, base: 1s } }',
      duration: 200,
    };
    const told = (sessions: string) =>
      storiesOf(parts, sessions).map(({ arrivedAt, cachedTokens }) => [arrivedAt, cachedTokens]);
    expect(told('open')[1]![1]).toBeLessThan(136);
    expect(told('closed')).toEqual([
      [5, 0],
      [49, 136],
    ]);
  });

  test('comes before its recorded time where the answer does, be that after the end of the run', () => {
    // Recorded answers of 100 s, served in 2; the turn that was recorded at 101 s comes at 2 + 1.
    const turns = [
      { at: 0, session: 'a', finished: 100 },
      { at: 101, session: 'a' },
    ];
    expect(arrivalsOf(storiesOf({ turns, serving: 2, duration: 20 }))).toEqual([0, 3]);
  });

  test('thinks as long as was recorded, whatever the pace of arrivals', () => {
    // Twice as slow by its scale and four times as fast by the load: sessions begin at half of their times.
    const turns = [...THREE, { at: 20, session: 'b' }, { at: 26, session: 'b' }];
    const stories = storiesOf({ turns, arrivals: ', timeScale: 2', load: 4, serving: 1, duration: 300 });
    expect(arrivalsOf(stories)).toEqual([0, 3, 8, 10, 17]);
  });

  test('is of a session of its own in each repetition', () => {
    const stories = storiesOf({
      turns: THREE.slice(0, 2),
      arrivals: ', repeat: 3, length: 10s',
      serving: 4,
      duration: 100,
    });
    // Answers of 4 s: turns 4 + 2 s after their sessions begin, and numbers as in the trace that is played three times.
    expect(stories.map(({ arrivedAt, session, ordinal }) => [arrivedAt, session, ordinal])).toEqual([
      [0, 0, 0],
      [6, 0, 1],
      [10, 1, 2],
      [16, 1, 3],
      [20, 2, 4],
      [26, 2, 5],
    ]);
  });

  test('has the tenant of its session where none is recorded', () => {
    const turns = Array.from({ length: 40 }, (_, one) => ({ at: one, session: `s${one % 20}` }));
    const stories = storiesOf({ turns, tier: ', tenants: 1000', serving: 0.01, duration: 300 });
    const tenants = new Map(stories.map(({ session, tenant }) => [session, tenant]));
    expect(stories).toHaveLength(40);
    for (const { session, tenant } of stories) expect(tenant).toBe(tenants.get(session));
  });

  /** Another holds the slot for 10 s, and the client of the first turn waits for 1. */
  const blocked = (more: string) =>
    storiesOf({
      turns: [{ at: 0 }, ...THREE],
      tier: `, patience: { kind: constant, value: 1s }${more}`,
      serving: 10,
      duration: 200,
    }).map(({ arrivedAt, attempts, outcome }) => [arrivedAt, attempts, outcome]);

  test('does not come when the one before it is lost', () => {
    expect(blocked('')).toEqual([
      [0, 1, 'served'],
      [0, 1, 'abandoned'],
    ]);
  });

  test('comes after the answer to a later attempt', () => {
    // Given up at 1 s, it comes back at 21 and is served until 31: then 2 s, and 10 + 4 later.
    expect(
      blocked(
        ', retries: { maxAttempts: 2, persistence: 1, backoff: { base: 20s, factor: 1, cap: 20s, jitter: none } }',
      ),
    ).toEqual([
      [0, 1, 'served'],
      [0, 2, 'served'],
      [33, 1, 'served'],
      [47, 1, 'served'],
    ]);
  });

  test('does not come when the deadline of the one before it passes in service', () => {
    const stories = storiesOf({
      turns: THREE,
      tier: ', deadline: { kind: constant, value: 20s }',
      serving: 50,
      duration: 200,
    });
    expect(stories.map(({ outcome }) => outcome)).toEqual(['abandoned']);
  });
});

describe('sessions that are replayed closed', () => {
  const folder = new Folder({});
  afterAll(() => folder.remove());
  const load = (file: string, duration: number) => {
    folder.write('trace.csv', file);
    folder.write(
      'file.yaml',
      textOf({ turns: [], serving: 2, duration }).replace(/requests: \[\]/, 'file: trace.csv, format: csv'),
    );
    return loadScenario({ path: `${folder.path}/file.yaml`, overrides: [] }, readCatalog());
  };

  test('are read whole from a file, and those that begin after the end of the run are reported', () => {
    const scenario = load(
      'at,prompt,output,session,finished\n0,50,9,a,100\n30,50,9,b,\n101,90,9,a,\n102,90,9,b,\n',
      20,
    );
    expect(arrivalsOf(runOf(scenario).stories)).toEqual([0, 3]);
    expect(scenario.notes.map(({ message }) => message)).toEqual([
      '2 of 4 requests of trace.csv arrive after the end of the run, which is 20 s long on the clock of the trace, and are left out',
    ]);
    expect(() => load('at,prompt,output,session\n30,50,9,a\n40,90,9,a\n', 20)).toThrow('nothing arrives');
  });

  test('draw for each request alike whatever becomes of the others', () => {
    const turns = Array.from({ length: 60 }, (_, one) => ({ at: one / 4, session: `s${one % 7}` }));
    const run = (serving: number) =>
      runOf(
        scenarioOf(
          textOf({
            turns,
            tier: ', tenants: 50, patience: { kind: exponential, mean: 20s }, lengths: { maxOutput: { kind: uniform, low: 1, high: 90 } }',
            serving,
            duration: 600,
          }),
        ),
      );
    const [fast, slow] = [run(0.1), run(1.5)];
    const drawn = ({ tenant, maxOutput, session, promptTokens }: Story) => [
      tenant,
      maxOutput,
      session,
      promptTokens,
    ];
    const known = new Map(fast.stories.map((story) => [story.ordinal, drawn(story)]));
    expect(known.size).toBe(60);
    expect(slow.stories.length).toBeGreaterThan(30);
    expect(arrivalsOf(slow.stories)).not.toEqual(arrivalsOf(fast.stories).slice(0, slow.stories.length));
    for (const story of slow.stories) expect(drawn(story)).toEqual(known.get(story.ordinal));
    expect([...slow.ledger.fingerprints]).toEqual([...fast.ledger.fingerprints]);
  });

  test('balance the books, and every turn waits for its answer, whatever the trace and the fleet', () => {
    const turn = fc.record({
      gap: fc.integer({ min: 0, max: 40 }),
      session: fc.integer({ min: 0, max: 5 }),
      lasts: fc.option(fc.integer({ min: 0, max: 3 })),
    });
    fc.assert(
      fc.property(
        fc.array(turn, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (drawn, tenths) => {
          let at = 0;
          const turns: Turn[] = drawn.map(({ gap, session }) => ({
            at: (at += gap / 10),
            session: `s${session}`,
          }));
          const recorded = turns.map((one, index) => {
            const { lasts } = drawn[index]!;
            const next = turns.slice(index + 1).find(({ session }) => session === one.session);
            return lasts === null || (next !== undefined && next.at < one.at + lasts)
              ? one
              : { ...one, finished: one.at + lasts };
          });
          const stories = storiesOf({
            turns: recorded,
            tier: ', patience: { kind: exponential, mean: 4s }, deadline: { kind: exponential, mean: 30s }',
            fleet:
              ', failures: { mtbf: { kind: exponential, mean: 20s }, mttr: { kind: exponential, mean: 2s } }',
            serving: tenths / 10,
            duration: 60,
          });
          const ended = new Map<number, Story>();
          for (const story of stories) {
            const before = ended.get(story.session);
            ended.set(story.session, story);
            if (before === undefined) continue;
            const { at: sent, finished } = recorded[before.ordinal]!;
            const think = recorded[story.ordinal]!.at - (finished ?? sent);
            expect(before.outcome).toBe('served');
            expect(story.arrivedAt).toBeCloseTo(before.lastTokenAt + think, 6);
          }
        },
      ),
      { numRuns: 60, seed: 19 },
    );
  });
});
