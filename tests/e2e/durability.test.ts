/** What is finished is kept, whatever happens: kills, interrupts, full disks, folders that may not be written, defects. */
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import type { BatchSummary } from '../../src/store/batch-summary.ts';
import { endAll, fleetyield, Folder, shell, start, until } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { killed, undisturbed, withoutClock } from './kills.ts';

const LOAD = { tiers: [poissonTier(7)], slots: 8, service: '{ kind: exponential, mean: 1s }', warmUp: 0 };

const folder = new Folder({
  'queue.yaml': queueText({ ...LOAD, duration: 3_000 }),
  'small.yaml': queueText({ ...LOAD, duration: 30 }).replace('name: queue', 'name: small'),
});
afterEach(endAll);
afterAll(() => folder.remove());

const here = { cwd: folder.path };

const summaries = async (store: string): Promise<BatchSummary[]> =>
  JSON.parse((await fleetyield(['results', '--store', store, '--json'], here)).stdout) as BatchSummary[];

/** What one run gives that nothing disturbs and nothing is kept of. */
async function documentOf(...args: string[]): Promise<string> {
  const { stdout } = await fleetyield(['run', ...args, '--no-store', '--json', '--quiet'], here);
  return withoutClock(stdout);
}

describe('a batch that is killed', () => {
  it('three times at random moments comes to what an undisturbed one comes to, in every table', async () => {
    const victim = { args: ['queue.yaml', '--replications', '60'], options: here, within: 1.5 };
    const expected = await undisturbed(victim, folder.of('whole.sqlite'));
    const { kills, found, sound, ...rest } = await killed(victim, folder.of('killed.sqlite'), 3, 'test');
    expect(sound).toBe(true);
    for (const { told, kept } of kills) expect(kept).toBeGreaterThanOrEqual(told);
    expect(kills.map(({ kept }) => kept)).toEqual(kills.map(({ kept }) => kept).toSorted((a, b) => a - b));
    expect(found).toBe(kills.at(-1)!.kept);
    expect(rest.document).toBe(expected.document);
    expect(rest.content).toBe(expected.content);
  });
});

describe('a batch that is interrupted', () => {
  it('is seen by another process while it runs, and continued by the same command', async () => {
    const store = 'interrupted.sqlite';
    const args = ['run', 'queue.yaml', '--replications', '400', '--store', store, '--json'];
    const running = start([...args, '--log-level', 'debug'], here);
    await until(running, ({ stderr }) => /"finished":[1-9]/.test(stderr));
    const [seen] = await summaries(store);
    expect(seen).toMatchObject({ scenario: 'queue', planned: 400, status: 'running', failed: 0 });
    expect(seen!.done).toBeGreaterThan(0);
    running.process.kill('SIGINT');
    const { code, stderr } = await running.outcome;
    expect(code).toBe(130);
    const kept = Number(/interrupted: (\d+) replications/.exec(stderr)![1]);
    expect(stderr).toContain('; run the same command to resume\n');
    const shown = await fleetyield(['results', 'show', 'queue', '--store', store], here);
    expect(shown.stdout).toMatch(/^\d+ replications?, not all that were asked for/m);
    const onwards = await fleetyield([...args.slice(0, 3), String(kept + 2), ...args.slice(4)], here);
    const there = Number(/: (\d+) of \d+ replications were there already/.exec(onwards.stderr)![1]);
    // Those beyond the number now asked for were begun side by side with the others.
    expect(there).toBeGreaterThanOrEqual(kept - 4);
    expect(JSON.parse(onwards.stdout)).toMatchObject({ replications: kept + 2, interrupted: false });
    expect(withoutClock(onwards.stdout)).toBe(
      await documentOf('queue.yaml', '--replications', String(kept + 2)),
    );
  });
});

describe('where results are kept', () => {
  it('is told, with what is there; nothing is computed twice unless it is asked for', async () => {
    const cwd = mkdtempSync(folder.of('home-'));
    const run = async (...args: string[]) => {
      const all = ['run', '../small.yaml', '--replications', '3', '--json', ...args];
      const outcome = await fleetyield(all, { cwd });
      // On a slow machine there is progress too.
      return { ...outcome, stderr: outcome.stderr.replaceAll(/^.* replications finished.*\n/gm, '') };
    };
    const [first, again, fresh, quiet, nowhere] = [
      await run(),
      await run(),
      await run('--fresh'),
      await run('--quiet'),
      await run('--no-store'),
    ];
    const BATCH = 'small, batch [0-9a-f]{12} in results/fleetyield\\.sqlite';
    expect(first.stderr).toMatch(
      new RegExp(
        `^results are kept in results/fleetyield\\.sqlite, which is new; --store FILE names another, --no-store keeps none\\n${BATCH}\\n$`,
      ),
    );
    expect(again.stderr).toMatch(new RegExp(`^${BATCH}: 3 of 3 replications were there already\\n$`));
    expect(fresh.stderr).toMatch(new RegExp(`^${BATCH}\\n$`));
    expect([quiet.stderr, nowhere.stderr]).toEqual(['', '']);
    for (const { code, stdout } of [first, again, fresh, quiet, nowhere])
      expect([code, withoutClock(stdout)]).toEqual([0, withoutClock(first.stdout)]);
  });

  it('holds a scenario once, whatever its name and its place; another seed is another batch', async () => {
    const store = 'once.sqlite';
    folder.write('moved.yaml', readFileSync(folder.of('small.yaml'), 'utf8'));
    for (const args of [
      ['small.yaml'],
      ['moved.yaml', '--set', 'name=renamed'],
      ['small.yaml', '--seed', '2'],
    ])
      await fleetyield(['run', ...args, '--quiet', '--replications', '1', '--store', store], here);
    const all = await summaries(store);
    expect(all.map(({ scenario, seed }) => [scenario, seed])).toEqual([
      ['small', '2'],
      ['renamed', '1'],
    ]);
  });
});

describe('a disk that is full', () => {
  it('ends the batch with 4; what was finished is there for the next run, which loses nothing', async () => {
    const run = 'fleetyield run queue.yaml --replications 40 --threads 1 --store full.sqlite --json';
    // Blocks of 1,024 bytes: a file may not grow beyond 400 KiB.
    const { code, stdout, stderr } = await shell(`ulimit -f 400; ${run} --quiet`, here);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(
      /^full\.sqlite: the disk .*what was finished is kept: make room .*same command again/,
    );
    const onwards = await shell(run, here);
    expect(onwards.code).toBe(0);
    const there = Number(/: (\d+) of 40 replications were there already/.exec(onwards.stderr)![1]);
    expect(there).toBeGreaterThan(0);
    expect(withoutClock(onwards.stdout)).toBe(await documentOf('queue.yaml', '--replications', '40'));
  });
});

/** Root may write everywhere; the tests that need a place where one may not are run as nobody. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

function reachable(path: string): boolean {
  const others = (statSync(path).mode & 0o005) === 0o005;
  return others && (dirname(path) === path || reachable(dirname(path)));
}

const PROGRAM_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(isRoot && !reachable(PROGRAM_FOLDER))('a folder that may not be written', () => {
  const asNobody = { cwd: folder.path, ...(isRoot ? { uid: NOBODY } : {}) };

  it('ends a run with 4 before anything is computed, with what would do', async () => {
    chmodSync(folder.path, 0o755);
    const locked = mkdtempSync(folder.of('locked-'));
    chmodSync(locked, 0o555);
    const { code, stdout, stderr } = await fleetyield(
      ['run', 'small.yaml', '--store', join(locked, 'store.sqlite')],
      asNobody,
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/store\.sqlite: .*its folder may not be written; name another file with --store/);
  });

  it('lets what is in a store be, and the run goes on when it may be written again', async () => {
    const home = mkdtempSync(folder.of('home-'));
    const store = join(home, 'store.sqlite');
    const run = (count: number, options = asNobody) =>
      fleetyield(['run', 'small.yaml', '--replications', String(count), '--store', store, '--json'], options);
    expect((await run(2, here)).code).toBe(0);
    chmodSync(store, 0o444);
    chmodSync(home, 0o555);
    const before = readFileSync(store);
    const refused = await run(4);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 4, stdout: '' });
    expect(readFileSync(store).equals(before)).toBe(true);
    chmodSync(home, 0o755);
    chmodSync(store, 0o644);
    const onwards = await run(4, here);
    expect(onwards.stderr).toMatch(/: 2 of 4 replications were there already/);
    expect(withoutClock(onwards.stdout)).toBe(await documentOf('small.yaml', '--replications', '4'));
  });
});

describe('a program with a defect', () => {
  const START = /function replicate\([^)]*\) \{/;

  /** The program as it is built, with lines planted at the start of every replication. */
  function planted(lines: string): { readonly program: string; remove(): void } {
    const copy = mkdtempSync(join(tmpdir(), 'fleetyield-planted-'));
    cpSync(join(PROGRAM_FOLDER, 'dist'), join(copy, 'dist'), { recursive: true });
    cpSync(join(PROGRAM_FOLDER, 'package.json'), join(copy, 'package.json'));
    for (const name of ['configs', 'node_modules']) symlinkSync(join(PROGRAM_FOLDER, name), join(copy, name));
    // The function as the compiler made it, by which programs are told apart, and as it lies in the bundle, which runs.
    const targets = readdirSync(join(copy, 'dist'), { recursive: true, encoding: 'utf8' })
      // `core.js` is the library for pages, which no command loads.
      .filter((path) => path.endsWith('.js') && path !== 'core.js')
      .map((path) => join(copy, 'dist', path))
      .filter((path) => START.test(readFileSync(path, 'utf8')));
    if (targets.length !== 2) throw new Error(`replicate stands in ${targets.length} files`);
    for (const path of targets)
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(START, (line) => `${line}\n${lines}`),
      );
    return {
      program: join(copy, 'dist/cli/main.js'),
      remove: () => rmSync(copy, { recursive: true }),
    };
  }

  it('has its failed replications recorded and the others finished, and says so with 3; mended, all are computed anew', async () => {
    const { program, remove } = planted(`
      if (replication === 2) options = { ...options, observe: { finished: ({ table, row }) => (table.progress.outputDone[row] += 1) } };
      if (replication === 4) process.exit(7);
      if (replication === 5 && scenario.name === 'queue') for (const hog = []; ; ) hog.push(new Array(1e5).fill(hog.length));
    `);
    const store = 'defect.sqlite';
    const args = ['--replications', '8', '--store', store, '--json', '--quiet'];
    const broken = start(
      ['run', 'queue.yaml', 'small.yaml', ...args],
      { ...here, env: { NODE_OPTIONS: '--max-old-space-size=80' } },
      program,
    );
    const { code, stdout, stderr } = await broken.outcome;
    remove();
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^internal error, a bug in fleetyield \[FY-900\]: queue, batch \w+: 3 replications failed, 5 were finished; there is no result\n/,
    );
    expect(stderr).toMatch(/\n {2}replication 2: .*token/);
    expect(stderr).toMatch(/\n {2}replication 4: its thread died: /);
    expect(stderr).toMatch(/\n {2}replication 5: its thread died: .*memory/);
    expect(stderr).toMatch(/small, batch \w+: 2 replications failed, 6 were finished/);
    const [small, queue] = await summaries(store);
    expect(queue).toMatchObject({ scenario: 'queue', status: 'failed', done: 5, failed: 3 });
    expect(small).toMatchObject({ scenario: 'small', status: 'failed', done: 6, failed: 2 });
    // The mended program is another one, and does not trust what this one computed.
    const mended = await fleetyield(['run', 'queue.yaml', ...args], here);
    expect(mended.code).toBe(0);
    expect((JSON.parse(mended.stdout) as ResultDocument).replications).toBe(8);
    expect(await summaries(store)).toHaveLength(3);
  });
});
