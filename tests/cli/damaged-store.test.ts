/** A store in which a bit of a record has flipped: what is damaged is named, and the same command computes it again. */
import Sqlite from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { fleetyield, Folder } from '../helpers/command.ts';
import { smallQueue } from '../helpers/queue.ts';

const folder = new Folder();
afterAll(() => folder.remove());

/** The record of which one bit is flipped, as a disk would flip it: its checksum stays. */
const FLIPPED = { replication: 2, part: 'numbers' };

function flipBit(path: string): void {
  const database = new Sqlite(path);
  const where = 'WHERE replication = @replication AND part = @part';
  const { content } = database.prepare(`SELECT content FROM records ${where}`).get(FLIPPED) as {
    content: Uint8Array;
  };
  content[content.length >> 1]! ^= 16;
  const { changes } = database.prepare(`UPDATE records SET content = @content ${where}`).run({
    ...FLIPPED,
    content,
  });
  database.close();
  expect(changes).toBe(1);
}

const withoutTime = (text: string): unknown => ({ ...(JSON.parse(text) as object), wallSeconds: 0 });

it('names the record that is damaged, and run computes its replication again to the same bytes', async () => {
  folder.write('queue.yaml', smallQueue(60));
  const run = () =>
    fleetyield(['run', 'queue.yaml', '--replications', '4', '--store', 'store.sqlite', '--json'], {
      cwd: folder.path,
    });
  const exported = () =>
    fleetyield(
      ['export', 'queue', '--what', 'replications', '--out', 'rows.csv', '--store', 'store.sqlite'],
      {
        cwd: folder.path,
      },
    );
  const whole = await run();
  expect(whole.code).toBe(0);
  flipBit(folder.of('store.sqlite'));

  const refused = await exported();
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('store.sqlite is damaged: replication 2 (numbers) of batch');
  expect(refused.stderr).toContain('the same fleetyield run computes what is damaged anew');

  const again = await run();
  expect(again.code).toBe(0);
  expect(again.stderr).toContain('records of replication 2 were damaged; it is computed anew');
  expect(again.stderr).toContain('3 of 4 replications were there already');
  expect(withoutTime(again.stdout)).toEqual(withoutTime(whole.stdout));
  expect((await exported()).code).toBe(0);
}, 60_000);
