/** Downloads as they are made, over real HTTP: piece by piece, for as long as somebody reads. */
import { connect, type Socket } from 'node:net';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tablePieces } from '../../src/store/export-file.ts';
import type { ExportFormat } from '../../src/store/export-columns.ts';
import { recordsOf } from '../../src/store/records.ts';
import { Store } from '../../src/store/store.ts';
import { builtServer, type BuiltServer } from '../helpers/api-server.ts';
import { descriptionOf, packed } from '../helpers/stored.ts';

const METRICS = 100;
const REPLICATIONS = 300;
const ROWS = METRICS * REPLICATIONS;

/** A batch whose table of replications has 30,000 rows, some 7 MB: more than the buffers of a connection. */
function filled(path: string, hash: string): string {
  const store = Store.open(path);
  const batch = store.batch(descriptionOf(hash));
  const metric = (at: number) => ({
    scope: 'total',
    metric: `m${at}`,
    unit: '1',
    kind: 'value',
    p: null,
    sample: null,
  });
  const layout = JSON.stringify(Array.from({ length: METRICS }, (_, at) => metric(at)));
  const results = Array.from({ length: REPLICATIONS }, (_, replication) => ({
    ...packed(replication),
    layout,
    records: recordsOf({
      numbers: Float64Array.from({ length: 4 * METRICS }, (_, at) =>
        at % 4 === 0 ? replication + at / 4 : NaN,
      ),
      audit: [],
      fingerprints: [],
      hourly: '{}',
      books: null,
      sketches: [],
    }),
  }));
  batch.keep(results, [], 'here');
  store.close();
  return batch.id;
}

let built: BuiltServer;
let url: string;
let batch: string;
beforeAll(async () => {
  built = await builtServer({}, { stallSeconds: 5, downloadsPerCaller: 3 });
  url = await built.server.listen();
  batch = filled(built.store, 'large');
});
afterAll(() => built.end());

const pathOf = (id: string, format: ExportFormat) =>
  `/v1/batches/${id}/export?table=replications&format=${format}`;

const connections = () =>
  new Promise<number>((resolve) => built.server.app.server.getConnections((_error, count) => resolve(count)));

/** A client that asks for a file, reads the beginning of the answer and nothing more. */
function unread(id: string): Promise<{ readonly socket: Socket; readonly status: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(`GET ${pathOf(id, 'csv')} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    socket.on('error', reject);
    socket.once('data', (first: Buffer) => {
      socket.pause();
      resolve({ socket, status: Number(/^HTTP\/1.1 (\d+) /.exec(first.toString('latin1'))![1]) });
    });
  });
}

describe('a file of many pieces', () => {
  it('has every row once, in each format', async () => {
    const csv = await (await fetch(`${url}${pathOf(batch, 'csv')}`)).text();
    const lines = csv.trimEnd().split('\n');
    expect(lines.length).toBe(ROWS + 1);
    // The last metric of the last replication: 299 + 99.
    expect(lines.at(-1)).toMatch(/,m99,1,398,,$/);
    const rows = (await (await fetch(`${url}${pathOf(batch, 'json')}`)).json()) as { value: number }[];
    const sum = (found: readonly { readonly value: number }[]) =>
      found.reduce((total, { value }) => total + value, 0);
    // Each replication a hundred times and each metric three hundred: 100 × 300 × 299 ÷ 2 + 300 × 100 × 99 ÷ 2.
    const expected =
      (METRICS * REPLICATIONS * (REPLICATIONS - 1) + REPLICATIONS * METRICS * (METRICS - 1)) / 2;
    expect([rows.length, sum(rows)]).toEqual([ROWS, expected]);
    const bytes = await (await fetch(`${url}${pathOf(batch, 'parquet')}`)).arrayBuffer();
    const objects = (await parquetReadObjects({ file: bytes })) as { value: number }[];
    expect([objects.length, sum(objects)]).toEqual([ROWS, expected]);
  });

  it('is made as it is asked for, each piece of bounded size', () => {
    let read = 0;
    function* endless() {
      for (;;) yield { n: read++ };
    }
    const columns = [{ name: 'n', type: 'integer', meaning: '' }] as const;
    for (const [format, most] of [
      ['csv', 3_000],
      ['json', 3_000],
      ['parquet', 30_000],
    ] as const) {
      read = 0;
      const pieces = tablePieces(format, columns, endless());
      for (let piece = 0; piece < 3; piece++) expect(pieces.next().value!.length).toBeLessThan(200_000);
      expect(read, format).toBeLessThanOrEqual(most);
      pieces.return(undefined);
    }
  });
});

describe('a download', () => {
  it('that is never read ends, and so do those that are broken off; what they held is there for others', async () => {
    const begun = await Promise.all(Array.from({ length: 3 }, () => unread(batch)));
    expect(begun.map((download) => download.status)).toEqual([200, 200, 200]);
    const status = async () => {
      const answer = await fetch(`${url}${pathOf(batch, 'csv')}`, { headers: { connection: 'close' } });
      await answer.body!.cancel();
      return answer.status;
    };
    expect(await status()).toBe(429);
    await expect.poll(status, { timeout: 60_000, interval: 200 }).toBe(200);
    for (const { socket } of begun) socket.destroy();
    for (let more = 0; more < 6; more++) (await unread(batch)).socket.destroy();
    await expect.poll(status, { timeout: 20_000 }).toBe(200);
    await expect.poll(connections, { timeout: 60_000 }).toBe(0);
  });

  it('of a batch that is deleted meanwhile is cut, and does not look whole', async () => {
    const id = filled(built.store, 'deleted');
    const answer = await fetch(`${url}${pathOf(id, 'csv')}`);
    expect(answer.status).toBe(200);
    expect((await fetch(`${url}/v1/batches/${id}`, { method: 'DELETE' })).status).toBe(204);
    await expect(answer.text()).rejects.toThrow();
  });
});
