/** Batches that others delete, begin afresh or run meanwhile, and files that are taken away: real files, two connections. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { lives, thisProcess } from '../../src/store/runner.ts';
import { lockForServer } from '../../src/store/server-lock.ts';
import { BatchGone, BatchHeld, StoreGone, StoreUnavailable } from '../../src/store/store-errors.ts';
import { Store } from '../../src/store/store.ts';
import { Folder } from '../helpers/command.ts';
import { batchOf, descriptionOf, packed } from '../helpers/stored.ts';

const folder = new Folder();
afterAll(() => folder.remove());
let files = 0;
const newPath = () => folder.of(`store-${++files}.sqlite`);

/** Two connections to one store, as two processes have them. */
function two(path = newPath()): { path: string; a: Store; b: Store; end(): void } {
  const [a, b] = [Store.open(path), Store.open(path, { patience: 0 })];
  return {
    path,
    a,
    b,
    end: () => {
      a.close();
      b.close();
    },
  };
}

describe('a batch that was deleted', () => {
  it('does not come back inside the next: whoever still writes is told, and the next has its own replications alone', () => {
    const { a, b, end } = two();
    const running = batchOf(a, 'first');
    running.keep([packed(0, 5)], [], 'here');
    b.delete(running);
    const next = batchOf(b, 'second');
    next.keep([packed(0, 7)], [], 'here');
    for (const write of [
      () => running.keep([packed(1, 5)], [], 'here'),
      () => running.plan(9, 0.95),
      () => running.clear(),
      () => running.claim(),
      () => running.estimates(0.95, 9),
      () => running.done(),
      () => running.confirm(),
    ])
      expect(write).toThrow(BatchGone);
    expect(next.done()).toEqual([0]);
    expect(next.estimates(0.95, 9)).toMatchObject([{ mean: 7, n: 1 }]);
    expect(b.summaries()).toMatchObject([{ id: next.id, done: 1 }]);
    end();
  });

  it('is another when it is run again, though its id is the same', () => {
    const { a, b, end } = two();
    const former = batchOf(a, 'same');
    former.keep([packed(0), packed(1)], [], 'here');
    b.delete(former);
    const latter = batchOf(b, 'same');
    expect(latter.id).toBe(former.id);
    expect(() => former.keep([packed(2)], [], 'here')).toThrow(BatchGone);
    expect(latter.done()).toEqual([]);
    end();
  });

  it('takes what was asked of it along: no job, event or key stands for a later one', () => {
    const { a, b, end } = two();
    const { id } = batchOf(a, 'first');
    const request = { replications: 1, precision: null, confidence: 0.95 };
    const idempotency = { key: 'k', digest: 'd' };
    a.jobs.submit({ id, caller: 'x', request, most: 9, idempotency });
    b.delete({ id });
    const next = batchOf(b, 'second');
    expect(b.jobs.job(next.id)).toBeNull();
    expect(b.jobs.events(next.id, 0, 9)).toEqual([]);
    a.jobs.progress(id, { finished: 1, planned: 1 });
    a.jobs.end(id, 'finished', 1);
    expect(b.jobs.events(next.id, 0, 9)).toEqual([]);
    expect(b.jobs.batch(next.id)!.status).toBe('unfinished');
    end();
  });
});

describe('a batch that is begun afresh', () => {
  it('is another: what was begun before it is not kept in it', () => {
    const { a, b, end } = two();
    const former = batchOf(a, 'x');
    former.keep([packed(0), packed(1)], [], 'here');
    const afresh = batchOf(b, 'x');
    afresh.clear();
    expect(() => former.keep([packed(2)], [], 'here')).toThrow(BatchGone);
    afresh.keep([packed(0)], [], 'here');
    expect(afresh.done()).toEqual([0]);
    expect(() => former.estimates(0.95, 2)).toThrow(BatchGone);
    end();
  });
});

describe('a batch that is run', () => {
  it('is one process’s at a time, is neither deleted nor begun afresh without force, and says that it runs', () => {
    const { a, b, end } = two();
    const [mine, other] = [batchOf(a, 'x'), batchOf(b, 'x')];
    mine.plan(2, 0.95);
    expect(b.summaries()).toMatchObject([{ status: 'unfinished' }]);
    expect(mine.claim()).toBeNull();
    expect(b.summaries()).toMatchObject([{ status: 'running' }]);
    expect(b.jobs.batch(mine.id)!.status).toBe('running-elsewhere');
    // The other connection stands for another process; of this thread's own a runner is known to be alive.
    expect(other.claim()).toMatchObject({ process: { pid: process.pid } });
    expect(() => b.delete(other)).toThrow(BatchHeld);
    expect(() => b.delete(other)).toThrow(
      /is being run by process \d+ on .*; wait for it or stop it, or add --force/,
    );
    expect(() => other.clear()).toThrow(InputError);
    mine.attend();
    mine.release();
    expect(b.summaries()).toMatchObject([{ status: 'unfinished' }]);
    expect(other.claim()).toBeNull();
    end();
  });

  it('and is taken away with force stops who runs it: at its next sign of life, and at its next replication', () => {
    const { a, b, end } = two();
    const mine = batchOf(a, 'x');
    mine.claim();
    const other = batchOf(b, 'x');
    other.clear(true);
    expect(() => mine.attend()).toThrow(BatchGone);
    expect(() => mine.keep([packed(0)], [], 'here')).toThrow(
      /was deleted, begun afresh or taken over by another process.*is not kept/,
    );
    other.claim();
    b.delete(other, { force: true });
    expect(() => other.attend()).toThrow(BatchGone);
    end();
  });

  it('is free at once when its process was killed, and no other stands for it', async () => {
    const { path, a, end } = two();
    const batch = batchOf(a, 'x');
    const sleeper = spawn('sleep', ['60']);
    await once(sleeper, 'spawn');
    const stat = readFileSync(`/proc/${sleeper.pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
    const runner = { ...thisProcess(), pid: sleeper.pid!, started };
    const at = new Date().toISOString();
    const database = new Sqlite(path);
    database
      .prepare('INSERT INTO runs SELECT batch, ?, ?, ?, ? FROM batches')
      .run('somebody', JSON.stringify(runner), at, at);
    database.close();
    expect(a.summaries()[0]!.status).toBe('running');
    expect(batch.claim()).toMatchObject({ process: { pid: sleeper.pid } });
    // The same number begun at another time is another process.
    expect(lives({ ...runner, started: '1' }, at)).toBe(false);
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    expect(a.summaries()[0]!.status).toBe('unfinished');
    expect(batch.claim()).toBeNull();
    end();
  });

  it('by a process that cannot be seen from here is free after two minutes of silence', () => {
    const elsewhere = { ...thisProcess(), host: `not-${hostname()}` };
    const now = Date.parse('2026-01-01T00:02:01Z');
    expect(lives(elsewhere, '2026-01-01T00:00:02Z', now)).toBe(true);
    expect(lives(elsewhere, '2026-01-01T00:00:00Z', now)).toBe(false);
    // In a container of this machine a number is another's.
    const contained = { ...thisProcess(), space: 'pid:[1]', pid: 1 };
    expect(lives(contained, '2026-01-01T00:00:02Z', now)).toBe(true);
    // Before the machine was started anew.
    expect(lives({ ...thisProcess(), boot: 'another' }, '2026-01-01T00:00:02Z', now)).toBe(
      thisProcess().boot === null,
    );
  });
});

describe('a store that is taken away while it is in use', () => {
  const ways: Readonly<Record<string, (path: string) => void>> = {
    removed: (path) => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`);
    },
    moved: (path) => renameSync(path, `${path}.moved`),
    replaced: (path) => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`);
      Store.open(path).close();
    },
    'with the folder that it is in': (path) => rmSync(dirname(path), { recursive: true }),
    'without its -wal': (path) => rmSync(`${path}-wal`),
  };

  it.each(Object.keys(ways))('%s: whoever writes is told that nothing is kept', (way) => {
    const inside = folder.of(`inside-${++files}`);
    mkdirSync(inside);
    const path = join(inside, 'store.sqlite');
    const store = Store.open(path);
    const batch = batchOf(store, 'x');
    batch.keep([packed(0)], [], 'here');
    batch.confirm();
    ways[way]!(path);
    expect(() => batch.keep([packed(1)], [], 'here')).toThrow(StoreGone);
    expect(() => batch.confirm()).toThrow(/is gone: since it was opened it was removed, moved or replaced/);
    expect(() => store.confirm()).toThrow(StoreGone);
    store.close();
  });
});

describe('a store that another process writes to', () => {
  it('is told as busy where nobody waits, and is waited for, once told, where somebody does', async () => {
    const path = newPath();
    const told: string[] = [];
    const store = Store.open(path, { patience: 60_000, onNotice: (text) => told.push(text) });
    const batch = batchOf(store, 'x');
    // Another process holds it for three seconds and a half, longer than two attempts take.
    const script = `const d = require('better-sqlite3')(process.argv[1]); d.exec('BEGIN IMMEDIATE'); console.log('held');
      setTimeout(() => { d.exec('ROLLBACK'); d.close(); }, 3500);`;
    const holder = spawn(process.execPath, ['-e', script, path], { cwd: process.cwd() });
    await once(holder.stdout, 'data');
    expect(() => batch.keep([packed(0)], [], 'here')).toThrow(StoreUnavailable);
    store.tokens.create('somebody', ['read']);
    expect(told).toEqual([`${path} is being written by another process; waiting for it`]);
    await once(holder, 'exit');
    batch.keep([packed(0)], [], 'here');
    expect(batch.done()).toEqual([0]);
    store.close();
  });
});

describe('the name of a store', () => {
  it.each(['', ':memory:', 'file:lab.sqlite', 'FILE:lab.sqlite?mode=memory'])(
    '"%s" would keep nothing, and is refused',
    (name) => {
      for (const open of [Store.open, Store.openToRead]) {
        expect(() => open(name)).toThrow(InputError);
        expect(() => open(name)).toThrow(/names no file, so nothing would be kept/);
      }
      expect(existsSync(name)).toBe(false);
    },
  );

  it('may be a link: it is one store, with one lock', () => {
    const path = newPath();
    Store.open(path).close();
    const link = folder.of('link.sqlite');
    symlinkSync(path, link);
    const lock = lockForServer(path);
    expect(() => lockForServer(link)).toThrow(/another fleetyield serve has/);
    lock.release();
    // Also where the link was there first.
    const later = folder.of('later.sqlite');
    symlinkSync(folder.of('target.sqlite'), later);
    const store = Store.open(later);
    batchOf(store, 'x').keep([packed(0)], [], 'here');
    store.close();
    expect(existsSync(folder.of('target.sqlite'))).toBe(true);
    expect(Store.openToRead(folder.of('target.sqlite')).summaries()).toHaveLength(1);
  });
});

describe('text that UTF-8 cannot say', () => {
  it('is refused as a seed, a name, a scenario or an override, with its place', () => {
    const store = Store.temporary();
    const half = '\ud83d';
    const base = descriptionOf('x');
    for (const broken of [
      { seed: `a${half}` },
      { outline: { ...base.outline, name: `a${half}` } },
      { text: `a${half}` },
      { overrides: [`a${half}`] },
    ])
      expect(() => store.batch({ ...base, ...broken })).toThrow(
        /character 2 is \\ud83d, half of a pair of UTF-16/,
      );
    expect(() => store.tokens.create(half, ['read'])).toThrow(InputError);
    expect(store.batch({ ...base, seed: 'a \u{1f600} z' }).done()).toEqual([]);
    expect(store.summaries()).toMatchObject([{ seed: 'a \u{1f600} z' }]);
    store.close();
  });
});
