/**
 * What a server holds after many batches were cancelled: threads and memory, every tenth of them.
 *
 *   npm run study:cancelled                        1,000 batches, some minutes
 *   npm run study:cancelled -- 100
 */
import { setTimeout } from 'node:timers/promises';
import { cancelOne, heldBy } from '../tests/helpers/cancelled-batches.ts';
import { Folder } from '../tests/helpers/command.ts';
import { serve } from '../tests/helpers/server.ts';

const count = Number(process.argv[2] ?? 1_000);
const folder = new Folder();
const server = await serve(folder.path, ['--threads', '2', '--rate-limit', '1000000000']);
const show = (batches: number) => {
  const { threads, megabytes } = heldBy(server);
  process.stdout.write(`after ${batches} batches: ${threads} threads, ${megabytes} MB\n`);
};
try {
  show(0);
  for (let batch = 1; batch <= count; batch++) {
    await cancelOne(server, String(batch));
    if (batch % Math.ceil(count / 10) === 0) show(batch);
  }
  await setTimeout(2_000);
  process.stdout.write('at rest, ');
  show(count);
} finally {
  await server.end();
  folder.remove();
}
