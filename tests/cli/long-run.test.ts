/** Runs that take their time: progress, interruption, terminals. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { endAll, Folder, shell, start, until, type Running } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';

const LOAD = { tiers: [poissonTier(7)], slots: 8, service: '{ kind: exponential, mean: 1s }', warmUp: 0 };

const folder = new Folder({
  'short.yaml': queueText({ ...LOAD, duration: 100 }),
  'long.yaml': queueText({ ...LOAD, duration: 40_000 }),
  'endless.yaml': queueText({ ...LOAD, duration: 100_000_000 }),
});
afterEach(endAll);
afterAll(() => folder.remove());

const here = { cwd: folder.path };

/** An interrupt is heard in a third of a second on a quiet machine; what is not heard never ends [ms]. */
const SOON = 15_000;

const hasTerminal = existsSync('/usr/bin/script');

/** Ends a run and says how it ended and how long that took [ms]. */
async function interrupt(running: Running, signal: NodeJS.Signals = 'SIGINT') {
  const at = performance.now();
  running.process.kill(signal);
  const outcome = await running.outcome;
  return { ...outcome, took: performance.now() - at };
}

describe('progress', () => {
  it('is a line on standard error where that is no terminal, and nothing on standard output', async () => {
    const running = start(
      ['run', 'endless.yaml', '--no-store', '--replications', '12', '--threads', '1', '--json'],
      here,
    );
    await until(running, ({ stderr }) => stderr.includes('finished\n'));
    // 12 replications of 10⁸ s with 7 requests/s: a job that long is announced first.
    expect(running.written).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        /^estimate: about \S+ h for 12 replications of 700 million requests on 1 thread, and \S+ MB in a temporary file\nqueue: 0 %, 0 of 12 replications finished\n$/,
      ) as string,
    });
    await interrupt(running);
  });

  it('is nothing with --quiet', async () => {
    const running = start(
      ['run', 'endless.yaml', '--no-store', '--threads', '1', '--json', '--quiet', '--log-level', 'debug'],
      here,
    );
    const linesOf = (text: string) => text.split('\n').slice(0, -1);
    // Ten a second: by the fifteenth, progress is due.
    await until(running, ({ stderr }) => linesOf(stderr).length >= 15);
    for (const line of linesOf(running.written.stderr)) expect(line).toMatch(/^\{.*\}$/);
    const { code, stdout, stderr, took } = await interrupt(running);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('interrupted: 0 replications of queue were finished\n');
    expect(took).toBeLessThan(SOON);
  });

  it.skipIf(!hasTerminal)('is a bar on a terminal', async () => {
    // More than a second of work on any machine.
    const command = 'fleetyield run long.yaml --no-store --replications 10 --threads 1 --json > doc.json';
    const { code, stdout } = await shell(`script -qec "${command}" /dev/null`, here);
    expect(code).toBe(0);
    expect(stdout).toMatch(/queue [=-]{10,} \d+ % \| \d+ of 10 replications \| [\w ]+ left/);
    expect(JSON.parse(readFileSync(folder.of('doc.json'), 'utf8'))).toMatchObject({ replications: 10 });
  });
});

describe('colour', () => {
  const BOLD = '\u001b[1m';
  const line = 'script -qec "fleetyield list arrivals" /dev/null';

  it.skipIf(!hasTerminal)('is used on a terminal', async () => {
    expect((await shell(line, here)).stdout).toContain(`${BOLD}poisson`);
  });

  it.skipIf(!hasTerminal)('is not used where NO_COLOR is set', async () => {
    const { stdout } = await shell(line, { ...here, env: { NO_COLOR: '1' } });
    expect(stdout).toMatch(/^poisson /);
    expect(stdout).not.toContain('\u001b[');
  });

  it('is not used in a pipe', async () => {
    const { stdout } = await shell('fleetyield list | cat', here);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('an interrupted run', () => {
  /** A run of hours, once it has finished some replications. */
  async function underWay(...args: string[]): Promise<Running> {
    const running = start(
      [
        'run',
        'long.yaml',
        '--no-store',
        '--replications',
        '100000',
        '--threads',
        '1',
        '--quiet',
        '--log-level',
        'debug',
        ...args,
      ],
      here,
    );
    await until(running, ({ stderr }) => /"finished":[1-9]/.test(stderr));
    return running;
  }

  it('ends with 130 soon and keeps what was finished', async () => {
    const running = await underWay('--json', '--out', 'kept');
    const { pid } = running.process;
    const children = () =>
      readdirSync(`/proc/${pid}/task`).map((task) =>
        readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim(),
      );
    // Threads end with the process: where it has no children, none can be left behind.
    if (existsSync(`/proc/${pid}/task/${pid}/children`)) expect(children().join('')).toBe('');

    const { code, stdout, stderr, took } = await interrupt(running);
    expect(code).toBe(130);
    expect(took).toBeLessThan(SOON);
    const document = JSON.parse(stdout) as ResultDocument;
    expect(document).toMatchObject({ interrupted: true, audit: { passed: true } });
    expect(document.replications).toBeGreaterThan(0);
    const arrived = document.estimates.find(({ metric }) => metric === 'requests.arrived')!;
    expect(arrived.n).toBe(document.replications);
    expect(stderr).toContain(`interrupted: ${document.replications} replications of queue were finished\n`);
    expect(readFileSync(folder.of('kept/queue.json'), 'utf8')).toBe(stdout);
  });

  it('shows what was finished as a table, and does not begin the scenarios after it', async () => {
    const { code, stdout, stderr } = await interrupt(await underWay('short.yaml'), 'SIGTERM');
    expect(code).toBe(130);
    expect(stdout).toMatch(/^queue {2}one cell/);
    expect(stdout.match(/^\d+ replications?,/gm)).toHaveLength(1);
    expect(stderr.match(/^interrupted: /gm)).toHaveLength(1);
  });
});
