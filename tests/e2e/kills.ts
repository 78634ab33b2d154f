/** A batch that is killed at random moments, and what its store holds afterwards. Real processes, real files. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { Streams } from '../../src/stats/index.ts';
import { fleetyield, start, until, type CommandOptions } from '../helpers/command.ts';

export interface KilledBatch {
  /** By kill: replications that the process had told as finished, and that the store held after it. */
  readonly kills: readonly { readonly afterSeconds: number; readonly told: number; readonly kept: number }[];
  /** Replications that the last run, which was let be, found there. */
  readonly found: number;
  /** Whether the store was sound after every kill. */
  readonly sound: boolean;
  /** What the last run printed, but for the clock. */
  readonly document: string;
  /** Digests of everything in the store that is not a clock, a machine or a place. */
  readonly content: string;
}

/** What is killed: arguments of `run` without `--store`, that take some seconds. */
export interface Victim {
  readonly args: readonly string[];
  readonly options: CommandOptions;
  /** Kills come uniformly within so long after replications began to run [s]. */
  readonly within: number;
}

/**
 * Starts the batch and kills it, so many times, and lets it end. A run that ends before its kill takes the store away and
 * is not counted.
 */
export async function killed(
  victim: Victim,
  store: string,
  kills: number,
  seed: string,
): Promise<KilledBatch> {
  const moments = new Streams(seed, 0).stream('kills');
  const told: KilledBatch['kills'][number][] = [];
  let sound = true;
  while (told.length < kills) {
    const afterSeconds = moments.next() * victim.within;
    const running = start(
      ['run', ...victim.args, '--store', store, '--json', '--log-level', 'debug'],
      victim.options,
    );
    // The moment counts from when replications run: a slow start is not what is to be killed.
    const ended = await until(running, ({ stderr }) => stderr.includes('batch progressed')).then(
      () => false,
      () => true,
    );
    if (!ended) await new Promise((resolve) => setTimeout(resolve, 1_000 * afterSeconds));
    running.process.kill('SIGKILL');
    const { code, stderr } = await running.outcome;
    if (ended || code !== null) {
      removeStore(store);
      continue;
    }
    const lines = [...stderr.matchAll(/"finished":(\d+)/g)];
    const state = stateOf(store);
    sound &&= state.sound;
    told.push({ afterSeconds, told: Number(lines.at(-1)?.[1] ?? 0), kept: state.done });
  }
  const found = stateOf(store).done;
  return { kills: told, found, sound, ...(await undisturbed(victim, store)) };
}

/** The same batch, let be: what it prints and what its store holds. */
export async function undisturbed(
  victim: Victim,
  store: string,
): Promise<{ readonly document: string; readonly content: string }> {
  const { code, stdout, stderr } = await fleetyield(
    ['run', ...victim.args, '--store', store, '--json', '--quiet'],
    victim.options,
  );
  if (code !== 0) throw new Error(`the batch ended with ${code}: ${stderr}`);
  return { document: withoutClock(stdout), content: contentOf(store) };
}

export const withoutClock = (text: string): string => text.replaceAll(/"wallSeconds": [\d.]+/g, '');

function removeStore(store: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${store}${ending}`, { force: true });
}

function stateOf(store: string): { readonly done: number; readonly sound: boolean } {
  // Opened to write, as the next run does: what the dead process had begun is taken back.
  const database = new Sqlite(store);
  try {
    const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'replications'");
    // Killed before the tables were there, the file is still empty.
    if (tables.pluck().get() === 0) return { done: 0, sound: true };
    const done = database.prepare("SELECT count(*) FROM replications WHERE status = 'done'").pluck().get();
    const check = database.pragma('integrity_check', { simple: true });
    return { done: done as number, sound: check === 'ok' && countsAgree(database) };
  } finally {
    database.close();
  }
}

/** Whether every replication that is done has its numbers, and the batch says how many are. */
function countsAgree(database: Sqlite.Database): boolean {
  const count = (text: string) => database.prepare(text).pluck().get() as number;
  const done = count("SELECT count(*) FROM replications WHERE status = 'done'");
  return (
    count("SELECT count(*) FROM records WHERE part = 'numbers'") === done &&
    count('SELECT coalesce(sum(done), 0) FROM batches') === done
  );
}

/** The tables of a store, as the digest of each; what clocks and machines write is left out. */
function contentOf(store: string): string {
  const database = new Sqlite(store, { readonly: true });
  try {
    const digest = (text: string) => {
      const hash = createHash('sha256');
      for (const row of database.prepare(text).raw().iterate()) hash.update(JSON.stringify(row));
      return hash.digest('hex');
    };
    return [
      'SELECT id, scenario, seed, code, level, planned, done, resolved FROM batches JOIN texts USING (batch)',
      'SELECT * FROM layouts ORDER BY batch',
      'SELECT replication, status, events FROM replications ORDER BY batch, replication',
      'SELECT batch, replication, part, hex(content) FROM records ORDER BY batch, replication, part',
      'SELECT batch, level, below, hex(numbers) FROM estimates ORDER BY batch, level, below',
    ]
      .map(digest)
      .join('\n');
  } finally {
    database.close();
  }
}
