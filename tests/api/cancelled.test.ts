/** What stays of batches that were cancelled, in the server as a process: nothing. A thousand of them: `npm run study:cancelled`. */
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { cancelOne, heldBy } from '../helpers/cancelled-batches.ts';
import { endAll, Folder } from '../helpers/command.ts';
import { serve } from '../helpers/server.ts';

const folder = new Folder();
afterAll(() => {
  endAll();
  folder.remove();
});

describe.skipIf(!existsSync('/proc/self/task'))('a batch that is cancelled while it runs', () => {
  it('leaves no thread behind', async () => {
    const server = await serve(folder.path, ['--threads', '2', '--rate-limit', '100000']);
    await cancelOne(server, 'first');
    const threads = () => heldBy(server).threads;
    const before = threads();
    for (let more = 0; more < 10; more++) await cancelOne(server, String(more));
    // Node starts a few helpers of its own when it first needs them; without the mend there are ten threads more.
    await expect.poll(threads, { timeout: 20_000 }).toBeLessThanOrEqual(before + 4);
    expect(await server.end()).toBe(0);
  }, 300_000);
});
