/** `--plugin`: strategies and metrics of the user's own, as processes and on worker threads. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { endAll, fleetyield, Folder, type Outcome } from '../helpers/command.ts';
import { follow, serve } from '../helpers/server.ts';

const folder = new Folder();
afterAll(() => {
  endAll();
  folder.remove();
});

/** One server at load 0.9, whose queue is long enough for its order to matter, for half an hour. */
const SCENARIO = `fleetyield: 1
name: queue
horizon: { warmUp: 100s, duration: 1800s }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: poisson, ratePerSecond: 0.9 }
      lengths: { prompt: { kind: lognormal, mean: 500, cv: 1 }, output: { kind: constant, value: 1 } }
fleet:
  pools:
    - name: main
      model: any
      replicas: 1
      serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1s } }
`;
folder.write('queue.yaml', SCENARIO);

const LONGEST_FIRST = `
  defineDiscipline({
    kind: 'longest-prompt-first',
    summary: 'The longest prompt first.',
    parameters: {},
    example: { kind: 'longest-prompt-first' },
    create: (_, environment) => new KeyedQueue(environment, (row) => -environment.declared.promptTokens[row]),
  }),`;

const FCFS = `
  defineDiscipline({
    kind: 'my-fcfs',
    summary: 'First come, first served.',
    parameters: {},
    example: { kind: 'my-fcfs' },
    create: (_, environment) => {
      const { declared, wasServed, links } = environment;
      const queue = new ArrivalOrder(declared, links);
      return {
        steady: true,
        account: null,
        get length() {
          return queue.length;
        },
        push: (row) => queue.insert(row),
        peek: () => queue.first,
        remove: (row) => queue.remove(row),
        lastBehind: () => NO_ROW,
        behind: () => 0,
        servedBehind: () => 0,
        importance: (row) => importanceOf(declared, row, 0),
        lastOfTier: (tier) => queue.lastWhere((row) => declared.tier[row] === tier && !wasServed(row)),
        precedes: (a, b) => arrivedBefore(declared, a, b),
        oldestAt: () => {
          const oldest = queue.firstWhere((row) => !wasServed(row));
          return oldest === NO_ROW ? Infinity : declared.attemptAt[oldest];
        },
      };
    },
  }),`;

/** The requests served, counted as \`requests.served\` counts them: the shipped metric is the expected value. */
const METRIC = `
  defineMetric({
    name: 'requests.mine',
    unit: 'requests',
    summary: 'Requests served whole.',
    scopes: ['total', 'tier'],
    observe: (ledger, scope) => value(ledger.cohortTotal('served', tierOf(scope))),
  }),`;

const moduleOf = (...definitions: readonly string[]) =>
  `import * as api from 'fleetyield/plugin';
const { arrivedBefore, ArrivalOrder, defineDiscipline, defineMetric, importanceOf, KeyedQueue, NO_ROW, tierOf, value } = api;
export default [${definitions.join('')}
];
`;

const plugin = folder.write('mine.mjs', moduleOf(LONGEST_FIRST, FCFS, METRIC));
const scenario = folder.of('queue.yaml');

const runWith = (kind: string, ...more: readonly string[]): Promise<Outcome> => {
  const chosen = ['--set', `gateway.discipline.kind=${kind}`, '--seed', '7', '--json', '--quiet'];
  return fleetyield(['run', scenario, ...chosen, ...more], { cwd: folder.path });
};

async function documentOf(outcome: Promise<Outcome>): Promise<ResultDocument> {
  const { code, stdout, stderr } = await outcome;
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as ResultDocument;
}

const meanOf = ({ estimates }: Pick<ResultDocument, 'estimates'>, metric: string, scope = 'total') =>
  estimates.find((one) => one.metric === metric && one.scope === scope)?.mean;

describe('a plugin', { timeout: 120_000 }, () => {
  it('gives the same numbers on two threads as on one, and others than first come, first served', async () => {
    const more = ['--plugin', plugin, '--no-store', '--replications', '4'];
    const [one, two, fcfs] = await Promise.all([
      documentOf(runWith('longest-prompt-first', ...more, '--threads', '1')),
      documentOf(runWith('longest-prompt-first', ...more, '--threads', '2')),
      documentOf(runWith('fcfs', ...more, '--threads', '2')),
    ]);
    expect(two.estimates).toEqual(one.estimates);
    // The order does not depend on service times, so the mean wait is the same in the long run; its tail is longer.
    expect(meanOf(one, 'wait.p99')).toBeGreaterThan(meanOf(fcfs, 'wait.p99')!);
  });

  it('that copies a shipped discipline has exactly its numbers', async () => {
    const more = ['--no-store', '--replications', '2', '--threads', '2'];
    const [mine, shipped] = await Promise.all([
      documentOf(runWith('my-fcfs', '--plugin', plugin, ...more)),
      documentOf(runWith('fcfs', ...more)),
    ]);
    expect(mine.estimates.filter(({ metric }) => metric !== 'requests.mine')).toEqual(shipped.estimates);
    for (const scope of ['total', 'tier:all'])
      expect(meanOf(mine, 'requests.mine', scope)).toBe(meanOf(shipped, 'requests.served', scope));
  });

  it('is listed, and known to messages', async () => {
    const { stdout } = await fleetyield(['list', 'disciplines', '--plugin', plugin]);
    expect(stdout).toMatch(/^longest-prompt-first +The longest prompt first\.$/m);
    expect((await fleetyield(['list', 'metrics', '--plugin', plugin])).stdout).toContain('requests.mine');
    const misspelt = ['validate', scenario, '--set', 'gateway.discipline.kind=longest-prompt-fist'];
    const { code, stderr } = await fleetyield([...misspelt, '--plugin', plugin]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('longest-prompt-first') as string,
    });
  });
});

describe('the metric of a plugin', { timeout: 120_000 }, () => {
  const report = (...args: readonly string[]) => fleetyield(args, { cwd: folder.path });

  it('is in the table of run, in compare and in report, which needs no plugin', async () => {
    const more = ['--plugin', plugin, '--store', 'metric.sqlite', '--threads', '1', '--quiet'];
    const ran = await report('run', scenario, '--replications', '2', ...more);
    expect(ran.stdout).toMatch(/requests\.mine +total +[\d,]+ ± [\d.,]+ +requests/);
    const fewer = folder.write(
      'fewer.yaml',
      SCENARIO.replace('0.9', '0.8').replace('name: queue', 'name: fewer'),
    );
    const compared = await report('compare', scenario, fewer, '--replications', '2', ...more);
    expect(compared.stderr).toBe('');
    expect(compared.stdout).toMatch(/^ *requests\.mine .*−/m);
    const page = await report('report', 'queue', '--store', 'metric.sqlite', '--out', 'page.html');
    expect(page.code, page.stderr).toBe(0);
    const text = readFileSync(folder.of('page.html'), 'utf8');
    expect(text).toContain('data-metric="requests.mine"');
    expect(text).toContain('Requests served whole.');
  });
});

/** What a file is refused with, at the end of its only line. */
async function refusalOf(file: string, ...more: readonly string[]): Promise<string> {
  const { code, stderr } = await fleetyield(['list', 'disciplines', '--plugin', file, ...more], {
    cwd: folder.path,
  });
  expect(code, stderr).toBe(2);
  expect(stderr.split('\n')).toHaveLength(2);
  expect(stderr.startsWith(`${file} `), stderr).toBe(true);
  return stderr;
}

describe('a file that is no plugin', { timeout: 120_000 }, () => {
  const define = (fields: string) => `import { defineDiscipline } from 'fleetyield/plugin';
const create = () => null;
const [kind, summary, parameters, example] = ['mine', 'Mine.', {}, { kind: 'mine' }];
export default [defineDiscipline({ ${fields} })];
`;
  it.for([
    ['missing.mjs', null, 'there is no such file'],
    ['broken.mjs', 'export default [;', 'does not load'],
    ['thrown.mjs', "throw new Error('not today');\nexport default [];", 'does not load: Error: not today'],
    ['nothing.mjs', 'export const answer = 42;', 'has no default export'],
    ['other.mjs', 'export default { answer: 42 };', 'has another default export'],
    ['plain.mjs', "export default [{ kind: 'mine' }];", 'was not made by defineDiscipline'],
    ['helper.mjs', "import './no-such.mjs';\nexport default [];", '"./no-such.mjs", which does not exist'],
    ['package.mjs', "import 'no-such-package';\nexport default [];", 'the package "no-such-package"'],
    ['named.mjs', "await import('./' + 'x.mjs');\nexport default [];", 'whose name is an expression'],
    ['old.js', 'module.exports = [];', 'is no ECMAScript module'],
    ['text.txt', 'export default [];', 'ends in ".txt"'],
    [
      'shipped.mjs',
      define("kind: 'fcfs', summary, parameters, example: { kind: 'fcfs' }, create"),
      'discipline fcfs ships',
    ],
    [
      'twice.mjs',
      define('kind, summary, parameters, example, create').replace(
        /\[(defineD.*)\];/,
        (_, one: string) => `[${one}, ${one}];`,
      ),
      'discipline mine is defined twice',
    ],
    ['kind.mjs', define("kind: 'My Own', summary, parameters, example, create"), 'has no kind'],
    ['summary.mjs', define('kind, parameters, example, create'), 'has no summary'],
    ['parameters.mjs', define('kind, summary, parameters: 3, example, create'), '(mine) has no parameters'],
    ['example.mjs', define('kind, summary, parameters, example: {}, create'), '(mine) has no example'],
    ['create.mjs', define('kind, summary, parameters, example'), '(mine) has no function create'],
  ] as const)('is refused: %s', async ([file, text, expected]) => {
    if (text !== null) folder.write(file, text);
    expect(await refusalOf(file)).toContain(expected);
  });

  it('is refused in TypeScript where this Node does not strip types', async () => {
    folder.write('typed.ts', 'export default [];');
    const strips = Boolean((process.features as { typescript?: unknown }).typescript);
    const expected = strips ? 'default export' : 'does not run TypeScript';
    expect(await refusalOf('typed.ts')).toContain(expected);
  });
});

describe('code of a plugin', { timeout: 120_000 }, () => {
  const misbehaving = (name: string, member: string) =>
    folder.write(
      name,
      moduleOf(LONGEST_FIRST, METRIC).replace(
        'new KeyedQueue(environment,',
        `new (class extends KeyedQueue { ${member} })(environment,`,
      ),
    );
  const failure = async (file: string) => {
    const more = ['--plugin', file, '--no-store', '--replications', '2', '--threads', '2'];
    const { code, stderr } = await runWith('longest-prompt-first', ...more);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    return stderr;
  };

  it.for([
    ['throws.mjs', "push() { throw new TypeError('no'); }", 'push() threw TypeError: no'],
    ['promises.mjs', 'async peek() { return super.peek(); }', 'peek() returned a promise'],
    ['not-a-row.mjs', 'peek() { return 0.5; }', 'peek() returned 0.5; it must return a row of a request'],
  ] as const)('ends the run where it does not keep its contract: %s', async ([name, member, expected]) => {
    const file = misbehaving(name, member);
    expect(await failure(file)).toContain(`${file} discipline longest-prompt-first: ${expected}`);
  });

  it('ends the run where a metric is not a finite number', async () => {
    const file = folder.write(
      'nan.mjs',
      moduleOf(LONGEST_FIRST, METRIC).replace('value(ledger', 'value(NaN * ledger'),
    );
    expect(await failure(file)).toContain(`${file} metric requests.mine: observe() returned`);
  });

  it('ends the run where it breaks the books, and is named as the likely cause', async () => {
    // Its first request is lost between two places of the heap.
    const file = misbehaving('half.mjs', 'length = 1.5;');
    expect(await failure(file)).toMatch(
      /half\.mjs replication \d came to a state that cannot be \(.+\); a plugin/,
    );
  });

  it('ends the run where it depends on chance', async () => {
    const file = folder.write(
      'chance.mjs',
      moduleOf(LONGEST_FIRST).replace('-environment.declared.promptTokens[row]', 'Math.random()'),
    );
    expect(await failure(file)).toContain(`${file} replication 0 had another result when it was run again`);
  });
});

describe('the batch of a plugin', { timeout: 120_000 }, () => {
  it('is another one when a file that the plugin imports changes, and the same when it is as before', async () => {
    const helper = (factor: number) => folder.write('factor.mjs', `export const factor = ${factor};\n`);
    const file = folder.write(
      'uses-helper.mjs',
      `import { factor } from './factor.mjs';\n${moduleOf(LONGEST_FIRST).replace('-environment', 'factor * environment')}`,
    );
    const more = ['--plugin', file, '--store', 'identity.sqlite', '--replications', '1', '--threads', '1'];
    const batches = async () => {
      const listed = await fleetyield(['results', '--json', '--store', 'identity.sqlite'], {
        cwd: folder.path,
      });
      return (JSON.parse(listed.stdout) as unknown[]).length;
    };
    helper(-1);
    await documentOf(runWith('longest-prompt-first', ...more));
    expect(await batches()).toBe(1);
    helper(1);
    await documentOf(runWith('longest-prompt-first', ...more));
    expect(await batches()).toBe(2);
    helper(-1);
    await documentOf(runWith('longest-prompt-first', ...more));
    expect(await batches()).toBe(2);
  });
});

describe('a server with a plugin', { timeout: 120_000 }, () => {
  it('runs what callers send with it, and loads none that a caller names', async () => {
    const args = ['--store', 'served.sqlite', '--threads', '2', '--plugin', plugin, '--log-level', 'silent'];
    const server = await serve(folder.path, args);
    const text = `${SCENARIO}gateway: { discipline: { kind: longest-prompt-first } }\n`;
    const scenarioSent = { kind: 'text', text } as const;
    const body = { scenario: scenarioSent, replications: 2, seed: '7' };
    const { data, error } = await server.client.POST('/v1/batches', { body });
    expect(error).toBeUndefined();
    let last = '';
    for await (const { event } of follow(server.url, data!.id)) last = event;
    expect(last).toBe('finished');
    const named = await fetch(`${server.url}/v1/batches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, plugins: [plugin] }),
    });
    expect(named.status).toBe(400);
    expect(await server.end()).toBe(0);
    // The batch is the one that the command line would run: nothing is computed again.
    const written = folder.write('served.yaml', text);
    const more = [
      '--plugin',
      plugin,
      '--seed',
      '7',
      '--replications',
      '2',
      '--store',
      'served.sqlite',
      '--json',
    ];
    const again = await fleetyield(['run', written, ...more], { cwd: folder.path });
    expect(again.stderr).toContain('2 of 2 replications were there already');
  });

  it('does not start with a file that is no plugin', async () => {
    const file = folder.write('no-list.mjs', 'export default 3;');
    const { code, stderr } = await fleetyield(['serve', '--port', '0', '--plugin', file], {
      cwd: folder.path,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('has another default export');
  });
});
