/** A store that cannot be written for a while: who asks is told to come again, and what runs goes on afterwards. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endAll, Folder } from '../helpers/command.ts';
import { smallQueue } from '../helpers/queue.ts';
import { serve, toEnd, type ServedProcess } from '../helpers/server.ts';

/** Of a batch that runs while its store cannot be written. */
const REPLICATIONS = 50;

const folder = new Folder();
const mounted: string[] = [];
afterAll(() => {
  endAll();
  for (const path of mounted) execFileSync('umount', ['--lazy', path]);
  folder.remove();
});

const post = (server: ServedProcess, seed: string, replications: number) =>
  fetch(`${server.url}/v1/batches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ scenario: { kind: 'text', text: smallQueue(500) }, seed, replications }),
  });

async function idOf(answer: Response): Promise<string> {
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { readonly id: string }).id;
}

const doneOf = async (server: ServedProcess, id: string) => {
  const answer = await fetch(`${server.url}/v1/batches/${id}`);
  return ((await answer.json()) as { readonly replications: { readonly done: number } }).replications.done;
};

/** What is promised while it lasts: writing is refused for a while, all else is answered. */
async function expectUnavailable(server: ServedProcess, code: string): Promise<void> {
  const refused = await post(server, 'refused', 1);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
  expect(await refused.json()).toMatchObject({ code, status: 503 });
  for (const path of ['/health', '/ready', '/v1/batches'])
    expect((await fetch(`${server.url}${path}`)).status, path).toBe(200);
}

/** What is promised afterwards: the batch that ran meanwhile ends whole, and others are taken. */
async function expectGoesOn(server: ServedProcess, running: string, code: string): Promise<void> {
  const events = await toEnd(server.url, running);
  expect(events.at(-1)!.data.status).toBe('finished');
  expect(await doneOf(server, running)).toBe(REPLICATIONS);
  const taken = await post(server, `after ${code}`, 1);
  expect(taken.status).toBe(202);
  expect((await toEnd(server.url, await idOf(taken))).at(-1)!.data.status).toBe('finished');
}

/** A file system of its own, so large [MiB]; `null` where this user may not mount one. */
function smallDisk(size: number): string | null {
  const path = folder.of(`disk-${size}`);
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  mounted.push(path);
  return path;
}

const disk = smallDisk(24);
const store = join(disk ?? folder.path, 'store.sqlite');

describe('makes the server answer 503 with Retry-After, and it goes on afterwards:', () => {
  let server: ServedProcess;
  beforeAll(async () => {
    server = await serve(folder.path, ['--store', store]);
  });

  /** A batch of which some is done, and more to come. */
  async function begun(seed: string): Promise<string> {
    const running = await idOf(await post(server, seed, REPLICATIONS));
    await expect.poll(() => doneOf(server, running), { timeout: 30_000 }).toBeGreaterThan(0);
    return running;
  }

  it('a store that another process holds', async () => {
    const running = await begun('held');
    const other = new Sqlite(store);
    other.exec('BEGIN IMMEDIATE');
    await expectUnavailable(server, 'store-busy');
    other.exec('COMMIT');
    other.close();
    await expectGoesOn(server, running, 'store-busy');
  });

  it.skipIf(disk === null)('a store on a disk without room', async () => {
    const running = await begun('full');
    const filler = join(disk!, 'filler');
    for (let piece = 2 ** 20; piece >= 4_096; piece /= 2) {
      for (let full = false; !full;) {
        try {
          writeFileSync(filler, new Uint8Array(piece), { flag: 'a' });
        } catch {
          full = true;
        }
      }
    }
    await expectUnavailable(server, 'store-full');
    rmSync(filler);
    await expectGoesOn(server, running, 'store-full');
  });

  it('and it ends as it does after a quiet day', async () => {
    expect(await server.end()).toBe(0);
  });
});
