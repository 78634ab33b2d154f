/** Tiers and priorities that a trace records, from the text of file and scenario to who is served when. */
import { describe, expect, test } from 'vitest';
import { SourceDocument } from '../../src/input/source-document.ts';
import { InputError } from '../../src/errors.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { readScenario } from '../../src/scenario/scenario.ts';
import { TRACE_FORMATS } from '../../src/workload/traces/index.ts';
import { runOf } from '../helpers/story.ts';

const catalog = readCatalog();

const REPLAY = 'model: any, arrivals: { kind: replay, file: t.csv, format: csv }';

/** One server that takes 10 s for each request, and a file that all tiers replay. */
const scenarioOf = (trace: string, tiers: readonly string[], more = '') =>
  readScenario(
    new SourceDocument(
      `fleetyield: 1
name: recorded
horizon: { duration: 1000s }
workload:
  tiers:
${tiers.map((tier) => `    - { ${tier} }`).join('\n')}
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 10s } } }] }
gateway: { discipline: { kind: strict-priority }${more} }
`,
      'test.yaml',
    ),
    { catalog, trace: (file) => ({ trace: TRACE_FORMATS.csv.read(trace, file), digest: 'of a test' }) },
  );

/** The message of the `InputError` that reading throws. */
function refusal(trace: string, tiers: readonly string[]): string {
  try {
    scenarioOf(trace, tiers);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

const TWO_TIERS = 'at,prompt,output,tier\n0,5,1,free\n1,7,1,paid\n2,9,1,free\n';

describe('a trace that names tiers', () => {
  test('is played by the tiers of those names, each its own requests', () => {
    const { stories } = runOf(
      scenarioOf(TWO_TIERS, [`name: paid, ${REPLAY}`, `name: free, priority: 1, ${REPLAY}`]),
    );
    expect(
      stories.map(({ tier, priority, arrivedAt, promptTokens }) => [tier, priority, arrivedAt, promptTokens]),
    ).toEqual([
      [1, 1, 0, 5],
      [0, 0, 1, 7],
      [1, 1, 2, 9],
    ]);
  });

  test('is refused where a tier of it is played by nobody, with how many requests that leaves', () => {
    expect(refusal(TWO_TIERS, [`name: paid, ${REPLAY}`])).toMatch(
      /^test\.yaml:6 workload\.tiers\[0\]\.arrivals\.file: holds 2 requests of a tier "free"/,
    );
  });

  test('is refused where it has nothing of a tier that plays it', () => {
    const message = refusal(TWO_TIERS, [
      `name: paid, ${REPLAY}`,
      `name: free, ${REPLAY}`,
      `name: pro, ${REPLAY}`,
    ]);
    expect(message).toContain('test.yaml:8 workload.tiers[2].arrivals.file');
    expect(message).toContain('the tiers free, paid and none of "pro"');
  });
});

describe('a trace that records priorities', () => {
  // The first holds the server until 10 s; the others wait for it, of one tier with priority 1.
  const RECORDED = 'at,prompt,output,priority\n0,1,1,\n1,2,1,4\n2,3,1,\n3,4,1,0\n4,5,1,4\n';
  const PLAIN = `name: all, priority: 1, ${REPLAY}`;

  test('has them served in that order, those without one by that of their tier', () => {
    const { stories } = runOf(scenarioOf(RECORDED, [PLAIN]));
    const started = [...stories].sort((a, b) => a.admittedAt - b.admittedAt);
    expect(started.map(({ promptTokens, priority }) => [promptTokens, priority])).toEqual([
      [1, 1],
      [4, 0],
      [3, 1],
      [2, 4],
      [5, 4],
    ]);
  });

  test('is refused for deferrable work, which comes behind all recorded', () => {
    const poisson = 'model: any, arrivals: { kind: poisson, ratePerSecond: 1 }, deferrable: { window: 1h }';
    expect(refusal(RECORDED, [PLAIN, `name: batch, priority: 4, ${poisson}`])).toMatch(
      /workload\.tiers\[1\]\.priority: 4 is too high: deferrable tiers must have the lowest priority; write 5 or more/,
    );
    expect(refusal(RECORDED, [`${PLAIN}, deferrable: { window: 1h }`])).toContain('records priorities');
  });
});
