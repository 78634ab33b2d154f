/** `sweep`, and what `run` does with `--precision --metric` and `--warm-up`. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { endAll, fleetyield, Folder } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';

const folder = new Folder({
  'queue.yaml': queueText({
    tiers: [poissonTier(0.5)],
    slots: 1,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 10,
    duration: 600,
  }),
  'growing.yaml': queueText({
    tiers: [poissonTier(2)],
    slots: 1,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 10,
    duration: 600,
  }),
});
const here = { cwd: folder.path };
afterEach(endAll);
afterAll(() => folder.remove());

interface Document {
  readonly points: readonly {
    readonly values: Readonly<Record<string, string>>;
    readonly estimates: readonly { readonly metric: string; readonly mean: number | null }[];
  }[];
}

const SLOTS = 'fleet.pools[0].serving.concurrency';
const RATE = 'workload.tiers[all].arrivals.ratePerSecond';

async function sweep(...args: string[]): Promise<Document> {
  const { code, stdout, stderr } = await fleetyield(['sweep', 'queue.yaml', '--json', ...args], here);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Document;
}

describe('sweep', () => {
  it('runs every combination and says the same of each as run does', async () => {
    const { points } = await sweep(
      '--vary',
      `${SLOTS}=1,2`,
      '--vary',
      `${RATE}=0.3,0.5`,
      '--metric',
      'wait.mean',
      '--no-store',
      '--replications',
      '2',
    );
    expect(points.map(({ values }) => [values[SLOTS], values[RATE]])).toEqual([
      ['1', '0.3'],
      ['1', '0.5'],
      ['2', '0.3'],
      ['2', '0.5'],
    ]);
    const run = await fleetyield(
      [
        'run',
        'queue.yaml',
        '--json',
        '--no-store',
        '--replications',
        '2',
        '--set',
        `${SLOTS}=2`,
        '--set',
        `${RATE}=0.3`,
      ],
      here,
    );
    const { estimates } = JSON.parse(run.stdout) as {
      estimates: { scope: string; metric: string }[];
    };
    expect(points[2]!.estimates).toEqual(
      estimates.filter(({ scope, metric }) => scope === 'total' && metric === 'wait.mean'),
    );
  });

  it('writes a table, one row a metric of each point as CSV, and a picture', async () => {
    const { code, stdout } = await fleetyield(
      [
        'sweep',
        'queue.yaml',
        '--vary',
        `${SLOTS}=1,2`,
        '--metric',
        'wait.mean',
        '--metric',
        'e2e.p99',
        '--replications',
        '2',
        '--no-store',
        '--out',
        'points.csv',
        '--picture',
        'slots.svg',
      ],
      here,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 points of queue\n/);
    expect(stdout).toContain('wait.mean');
    const rows = readFileSync(folder.of('points.csv'), 'utf8').trim().split('\n');
    expect(rows[0]).toBe(`point,${SLOTS},scope,metric,unit,mean,half_width,n`);
    expect(rows.slice(1).map((row) => row.split(',').slice(0, 5))).toEqual([
      ['0', '1', 'total', 'wait.mean', 's'],
      ['0', '1', 'total', 'e2e.p99', 's'],
      ['1', '2', 'total', 'wait.mean', 's'],
      ['1', '2', 'total', 'e2e.p99', 's'],
    ]);
    const picture = readFileSync(folder.of('slots.svg'), 'utf8');
    expect(picture).toMatch(/^<svg .*queue: wait\.mean \[s\]/s);
    expect(picture).not.toMatch(/NaN|undefined/);
  });

  it('samples distributions, the same points for the same seed, and goes on from what is stored', async () => {
    const args = [
      '--vary',
      `${RATE}=uniform(0.2,0.6)`,
      '--vary',
      `${SLOTS}=integers(1,3)`,
      '--design',
      'latin-hypercube',
      '--points',
      '3',
      '--replications',
      '1',
      '--metric',
      'wait.mean',
    ];
    const first = await sweep(...args);
    expect(first.points).toHaveLength(3);
    expect(first.points.map(({ values }) => values[SLOTS]).toSorted()).toEqual(['1', '2', '3']);
    expect(await sweep(...args)).toEqual(first);
    const listed = await fleetyield(['results', 'list', '--json'], here);
    expect(JSON.parse(listed.stdout)).toHaveLength(3);
  });

  it.each<[string, string[], string]>([
    ['nothing to vary', [], '--vary nothing is varied; add --vary'],
    ['no values', ['--vary', `${SLOTS}=`], 'no values; write'],
    ['an unknown path', ['--vary', 'fleet.pools[0].slots=1,2'], 'unknown key "slots"'],
    ['an item that is not there', ['--vary', 'fleet.pools[3].replicas=1,2'], 'has 1 item and none is [3]'],
    ['a path twice', ['--vary', `${SLOTS}=1,2`, '--vary', `${SLOTS}=3`], 'is varied twice'],
    ['a distribution on a grid', ['--vary', `${SLOTS}=integers(1,3)`], 'a grid takes values; list them'],
    [
      'a sample of no size',
      ['--vary', `${SLOTS}=1,2`, '--design', 'sobol'],
      'say how often with --points 50',
    ],
    [
      'a grid of some size',
      ['--vary', `${SLOTS}=1,2`, '--points', '3'],
      'is of a design that samples; add --design',
    ],
    [
      'too many points',
      ['--vary', `${SLOTS}=1,2`, '--design', 'sobol', '--points', '1001'],
      'makes 1,001 points; at most 1,000',
    ],
    [
      'a metric that no scenario has',
      ['--vary', `${SLOTS}=1,2`, '--metric', 'wait.men'],
      'there is no metric wait.men; did you mean "wait.mean"?',
    ],
    [
      'a metric that this scenario does not have',
      ['--vary', `${SLOTS}=1`, '--metric', 'revenue'],
      'total has no metric revenue',
    ],
    [
      'a scope that this scenario does not have',
      ['--vary', `${SLOTS}=1`, '--metric', 'tier:al/wait.mean'],
      '--metric tier:al/wait.mean there is no scope tier:al; did you mean "tier:all"?',
    ],
    [
      'a value that is wrong, at the option that varies it',
      ['--vary', `${SLOTS}=1,0`],
      `--vary ${SLOTS}=0 ${SLOTS}: 0 is out of range`,
    ],
    [
      'a misspelt list',
      ['--vary', 'fleet.pool[main].replicas=1,2'],
      '--vary fleet.pool[main].replicas=1 fleet has no pool; did you mean "pools"?',
    ],
    [
      'more replications than anyone means',
      ['--vary', `${SLOTS}=1`, '--replications', '100000000'],
      'expected at most 100,000',
    ],
    ['an empty seed', ['--vary', `${SLOTS}=1`, '--seed', ' '], 'expected a text that is not empty'],
    [
      'a picture of three dimensions',
      ['--vary', `${SLOTS}=1`, '--vary', `${RATE}=1`, '--vary', 'name=a', '--picture', 'x.svg'],
      '--picture draws one or two varied values',
    ],
  ])('refuses %s, and says what would do', async (_, args, says) => {
    const { code, stdout, stderr } = await fleetyield(
      ['sweep', 'queue.yaml', '--store', 'refused.sqlite', ...args],
      here,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    // Before anything is run: not even a store is made.
    for (const file of ['x.svg', 'refused.sqlite']) expect(existsSync(folder.of(file))).toBe(false);
  });
});

interface RunDocument {
  readonly replications: number;
  readonly precision?: {
    readonly reached: boolean;
    readonly metrics: readonly { readonly metric: string }[];
  };
  readonly warmUp?: { readonly seconds: number; readonly written: number };
  readonly estimates: readonly {
    readonly scope: string;
    readonly metric: string;
    readonly mean: number;
    readonly halfWidth: number;
  }[];
}

describe('run --precision', () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await fleetyield(
      ['run', 'queue.yaml', '--json', '--no-store', ...args],
      here,
    );
    expect(code).toBe(0);
    return { document: JSON.parse(stdout) as RunDocument, stderr };
  };

  it('stops by the metric that is named', async () => {
    const { document } = await run('--precision', '0.1', '--metric', 'tier:all/wait.mean');
    const found = document.estimates.find(
      ({ scope, metric }) => scope === 'tier:all' && metric === 'wait.mean',
    )!;
    expect(found.halfWidth / found.mean).toBeLessThanOrEqual(0.1 / 1.1);
    expect(document.precision).toMatchObject({ reached: true, metrics: [{ metric: 'tier:all/wait.mean' }] });
  });

  it('says so where the most replications are not enough', async () => {
    const args = ['--precision', '0.001', '--metric', 'wait.mean', '--max-replications', '25'];
    const { document, stderr } = await run(...args);
    expect(document.replications).toBe(25);
    expect(document.precision).toMatchObject({ reached: false });
    expect(stderr).toMatch(/NOT as precise as 0\.1 % after 25 replications, .*: wait\.mean ± \d/);
  });

  it('says so under --quiet too, and below the table', async () => {
    const args = ['--precision', '0.001', '--metric', 'wait.mean', '--max-replications', '20', '--quiet'];
    const { code, stdout, stderr } = await fleetyield(['run', 'queue.yaml', '--no-store', ...args], here);
    expect(code).toBe(0);
    const missed = /NOT as precise as 0\.1 % after 20 replications, the most there may be: wait\.mean ± \d.*/;
    expect(stderr).toMatch(missed);
    expect(stdout).toContain(missed.exec(stderr)![0]);
  });

  it('ends at the first look where a metric has no value, and says what it is of', async () => {
    // Slots give all tokens at once: none has a time per output token.
    const { document, stderr } = await run('--precision', '0.1', '--metric', 'tpot.mean');
    expect(document.replications).toBe(20);
    expect(stderr).toMatch(
      /NOT as precise as 10 %: none of 20 replications has a value of tpot\.mean \(.*of requests with more than one.*\); .*name another --metric\n$/,
    );
  });

  it.each<[string, string[], string]>([
    ['--metric alone', ['--metric', 'wait.mean'], '--metric says when --precision stops; add --precision'],
    [
      '--max-replications alone',
      ['--max-replications', '9'],
      '--max-replications says when --precision stops',
    ],
    [
      'a tier that is not there',
      ['--precision', '0.1', '--metric', 'tier:al/wait.mean'],
      'there is no scope tier:al; did you mean "tier:all"?',
    ],
  ])('refuses %s', async (_, args, says) => {
    const { code, stderr } = await fleetyield(['run', 'queue.yaml', '--no-store', ...args], here);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe('run --warm-up mser5', () => {
  it('takes the longer warm-up, tells it, and keeps the batch under it', async () => {
    const args = ['--replications', '1', '--json', '--set', 'horizon.warmUp=0s'];
    const { code, stdout, stderr } = await fleetyield(
      ['run', 'queue.yaml', '--warm-up', 'mser5', ...args],
      here,
    );
    expect(code).toBe(0);
    const { warmUp, estimates } = JSON.parse(stdout) as RunDocument;
    expect(warmUp).toMatchObject({ written: 0 });
    expect(stderr).toContain('5 pilot replications had settled after');
    const same = await fleetyield(
      ['run', 'queue.yaml', ...args, '--set', `horizon.warmUp=${warmUp!.seconds}s`, '--no-store'],
      here,
    );
    expect((JSON.parse(same.stdout) as RunDocument).estimates).toEqual(estimates);
  });

  it('refuses a run that does not settle', async () => {
    const { code, stderr } = await fleetyield(
      ['run', 'growing.yaml', '--warm-up', 'mser5', '--no-store'],
      here,
    );
    expect(code).toBe(2);
    expect(stderr).toContain('had not settled by half of its 610 s; lengthen horizon.duration');
  });

  it('refuses what follows the clock', async () => {
    const { code, stderr } = await fleetyield(
      ['run', 'two-requests', '--warm-up', 'mser5', '--no-store'],
      here,
    );
    expect(code).toBe(2);
    expect(stderr).toContain('what is replay follows the clock and never settles');
  });
});
