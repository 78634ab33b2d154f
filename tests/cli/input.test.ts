/** What commands read, as processes: from pipes, from standard input, and with a word where a trace does not fit the run. */
import { afterAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { Folder, shell, type Outcome } from '../helpers/command.ts';

/** One server that takes a second for each request of a trace. */
const scenario = (arrivals: string, duration = '60s') => `
fleetyield: 1
name: piped
horizon: { duration: ${duration} }
workload:
  tiers:
    - { name: all, model: any, arrivals: ${arrivals} }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
`;

const folder = new Folder({
  'three.csv': 'at,prompt,output\n0,5,1\n10,5,1\n20,5,1\n',
  'replay.yaml': scenario('{ kind: replay, file: three.csv, format: csv }'),
  'short.yaml': scenario('{ kind: replay, file: three.csv, format: csv }', '15s'),
  'late.yaml': scenario('{ kind: replay, requests: [{ at: 90s, prompt: 5, output: 1 }] }'),
  'seldom.yaml': scenario('{ kind: poisson, ratePerSecond: 0.000000001 }'),
});
afterAll(() => folder.remove());

const run = (line: string): Promise<Outcome> => shell(line, { cwd: folder.path });
const arrived = ({ stdout }: Outcome): number | null | undefined =>
  (JSON.parse(stdout) as ResultDocument).estimates.find(
    ({ scope, metric }) => scope === 'tier:all' && metric === 'requests.arrived',
  )?.mean;

const ONCE = '--replications 2 --threads 2 --no-store --quiet --json';

describe('what comes out of a pipe', () => {
  it.each([
    ['a scenario on standard input', `cat replay.yaml | fleetyield run - ${ONCE}`],
    [
      'a scenario from a process',
      `fleetyield run <(cat replay.yaml) --set "workload.tiers[0].arrivals.file=$PWD/three.csv" ${ONCE}`,
    ],
    [
      'a trace from a process',
      `fleetyield run replay.yaml --set workload.tiers[0].arrivals.file=<(cat three.csv) ${ONCE}`,
    ],
    [
      'a packed trace on standard input',
      `gzip -c three.csv | fleetyield run replay.yaml --set workload.tiers[0].arrivals.file=/dev/stdin ${ONCE}`,
    ],
  ])('is read once, and by all threads: %s', async (_, line) => {
    const outcome = await run(line);
    expect([outcome.code, outcome.stderr]).toEqual([0, '']);
    expect(arrived(outcome)).toBe(3);
  });

  it('is called standard input where it is wrong', async () => {
    const { code, stderr } = await run(
      "printf 'at,prompt\\nsoon,1\\n' | fleetyield fit-workload - --format csv",
    );
    expect([code, stderr]).toEqual([
      2,
      'standard input:2 at is "soon"; expected a decimal number of at least 0 [FY-300]\n',
    ]);
  });
});

describe('a trace that does not fit the run', () => {
  it('is played as far as the run goes, and what is left out is told by run and validate', async () => {
    const note =
      'warning: short.yaml:7 workload.tiers[0].arrivals.file: 1 of 3 requests of three.csv arrive after the end of the run, ' +
      'which is 15 s long on the clock of the trace, and are left out\n';
    const ran = await run(`fleetyield run short.yaml ${ONCE}`);
    expect([ran.code, ran.stderr, arrived(ran)]).toEqual([0, note, 2]);
    const validated = await run('fleetyield validate short.yaml');
    expect([validated.code, validated.stderr]).toEqual([0, note]);
  });

  it('is seen on the clock that load and timeScale make of it', async () => {
    // At twice the load the third request comes at 10 s; three times slower the second comes at 30 s.
    const faster = await run(`fleetyield run short.yaml --set workload.load=2 ${ONCE}`);
    expect([faster.stderr, arrived(faster)]).toEqual(['', 3]);
    const slower = await run(
      `fleetyield run short.yaml --set workload.tiers[0].arrivals.timeScale=3 ${ONCE}`,
    );
    expect(slower.stderr).toContain(
      '2 of 3 requests of three.csv arrive after the end of the run, which is 5 s long',
    );
    expect(arrived(slower)).toBe(1);
  });

  it('is refused where nothing of it would arrive', async () => {
    const { code, stderr } = await run(`fleetyield validate late.yaml`);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'late.yaml:7 workload.tiers[0].arrivals.requests: nothing arrives: the first request is at 90 s, after the end of the run',
    );
  });
});

describe('a run in which nothing arrives', () => {
  it('says so in its table and on standard error', async () => {
    const { code, stdout, stderr } = await run(
      'fleetyield run seldom.yaml --replications 1 --no-store --quiet',
    );
    const says =
      'no request arrived in the measured window of any replication; check rates, the times of traces, and the horizon';
    expect(code).toBe(0);
    expect(stdout).toContain(`warning: ${says}`);
    expect(stderr).toContain(`warning: piped: ${says}`);
  });
});
