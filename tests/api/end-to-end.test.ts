/** The results API over real HTTP, as the built program serves it: one batch from its scenario to its exports. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { endAll, fleetyield, Folder } from '../helpers/command.ts';
import { generatedClient } from '../../tools/generated-client.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { follow, serve, toEnd, type ServedProcess } from '../helpers/server.ts';

/** M/M/c with mean service of one second: some milliseconds a replication. */
const queue = (name: string, slots: number, duration = 3_600) =>
  queueText({
    tiers: [poissonTier(1.6, 'revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1 }')],
    slots,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 60,
    duration,
  }).replace('name: queue', `name: ${name}`);

const TEXT = queue('two, "slots"', 2);
const folder = new Folder({ 'two.yaml': TEXT });
let server: ServedProcess;

beforeAll(async () => {
  server = await serve(folder.path);
});
afterAll(async () => {
  await server.end();
  endAll();
  folder.remove();
});

/** What an operation answered, which must not be a problem. */
function right<Data>({ data, error }: { readonly data?: Data; readonly error?: unknown }): Data {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

/** A batch that was run to its end; its id. */
async function finished(text: string, replications: number, more: { seed?: string } = {}): Promise<string> {
  const body = { scenario: { kind: 'text' as const, text }, replications, ...more };
  const { id } = right(await server.client.POST('/v1/batches', { body }));
  await toEnd(server.url, id);
  return id;
}

describe('a batch', () => {
  it('is submitted, followed to its end, and comes to what fleetyield run comes to', async () => {
    const answer = await server.client.POST('/v1/batches', {
      body: { scenario: { kind: 'text', text: TEXT }, replications: 6 },
    });
    expect(answer.response.status).toBe(202);
    const { id } = right(answer);
    expect(answer.response.headers.get('location')).toBe(`/v1/batches/${id}`);
    const events = await toEnd(server.url, id);
    expect(events.map(({ event }) => event).filter((event) => event !== 'progress')).toEqual([
      'queued',
      'started',
      'finished',
    ]);
    // Without gaps from 1, which is what resuming rests on.
    expect(events.map((one) => one.id)).toEqual(events.map((_, index) => index + 1));
    const batch = right(await server.client.GET('/v1/batches/{id}', { params: { path: { id } } }));
    expect(batch).toMatchObject({
      status: 'finished',
      replications: { planned: 6, done: 6, failed: 0 },
      problem: null,
    });

    const run = await fleetyield(
      ['run', 'two.yaml', '--replications', '6', '--no-store', '--json', '--quiet'],
      { cwd: folder.path },
    );
    const document = JSON.parse(run.stdout) as ResultDocument;
    const result = right(await server.client.GET('/v1/batches/{id}/result', { params: { path: { id } } }));
    expect({ ...result, wallSeconds: 0 }).toEqual({ ...document, wallSeconds: 0 });
    const { estimates } = right(
      await server.client.GET('/v1/batches/{id}/estimates', {
        params: { path: { id }, query: { scope: 'total', metric: 'wait.mean' } },
      }),
    );
    expect(estimates).toEqual(
      document.estimates.filter(({ scope, metric }) => scope === 'total' && metric === 'wait.mean'),
    );
  });
});

const byId = (id: string) => ({ params: { path: { id } } });

describe('results', () => {
  it('are told by hour and by replication, page by page', async () => {
    const id = await finished(TEXT, 6);
    const hourly = right(await server.client.GET('/v1/batches/{id}/hourly', byId(id)));
    expect(hourly).toMatchObject({ batch: id, replications: 6, hourOfWeek: [0, 1] });
    // The window is from minute 1 to minute 61.
    expect(hourly.seconds).toEqual([3_540, 60]);
    const query = { metric: 'requests.arrived', limit: 4 };
    const first = right(
      await server.client.GET('/v1/batches/{id}/replications', { params: { path: { id }, query } }),
    );
    const second = right(
      await server.client.GET('/v1/batches/{id}/replications', {
        params: { path: { id }, query: { ...query, cursor: first.next! } },
      }),
    );
    const values = [...first.items, ...second.items];
    expect(values.map(({ replication }) => replication)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(second.next).toBeNull();
    const { estimates } = right(
      await server.client.GET('/v1/batches/{id}/estimates', {
        params: { path: { id }, query: { scope: 'total', metric: 'requests.arrived', confidence: 0.9 } },
      }),
    );
    expect(estimates[0]!.mean).toBeCloseTo(values.reduce((sum, { value }) => sum + value!, 0) / 6, 9);
  });

  it('are compared pair by pair, as results compare does', async () => {
    const [a, b] = [await finished(TEXT, 6), await finished(queue('three', 3), 6)];
    const compared = right(
      await server.client.GET('/v1/comparisons', { params: { query: { baseline: a, batch: b } } }),
    );
    const { stdout } = await fleetyield(['results', 'compare', a, b, '--json'], { cwd: folder.path });
    const { fleetyield: _version, ...told } = JSON.parse(stdout) as object & { fleetyield: string };
    expect(compared).toEqual(told);
    expect(compared.scenarios).toEqual([{ scenario: 'three', sameDemand: true }]);
    const other = await finished(TEXT, 2, { seed: '2' });
    const refused = await server.client.GET('/v1/comparisons', {
      params: { query: { baseline: a, batch: other } },
    });
    expect(refused.error).toMatchObject({ status: 400, code: 'input-invalid' });
    expect(refused.error!.detail).toContain('seeds differ (1 and 2)');
  });

  it('are priced anew, as reprice does, and at their own prices come to the same', async () => {
    const id = await finished(TEXT, 6);
    const prices = (dollars: number) =>
      `tiers: [{ name: all, revenue: { kind: per-token, inputPerMillion: ${dollars}, outputPerMillion: ${dollars} } }]`;
    const repriced = async (dollars: number) =>
      right(
        await server.client.POST('/v1/batches/{id}/reprice', {
          ...byId(id),
          body: { text: prices(dollars) },
        }),
      );
    const revenue = ({ estimates }: { readonly estimates: readonly { metric: string; scope: string }[] }) =>
      estimates.find(({ metric, scope }) => metric === 'revenue' && scope === 'total');
    folder.write('prices', prices(3));
    const { stdout } = await fleetyield(['reprice', id, '--prices', 'prices', '--json'], {
      cwd: folder.path,
    });
    expect(await repriced(3)).toEqual(JSON.parse(stdout));
    const result = right(await server.client.GET('/v1/batches/{id}/result', byId(id)));
    expect(revenue(await repriced(1))).toEqual(revenue(result));
    const { error } = await server.client.POST('/v1/batches/{id}/reprice', {
      ...byId(id),
      body: { text: 'tiers: [{ name: nobody }]' },
    });
    expect(error!.detail).toBe('prices:1 tiers[0].name: no tier is called "nobody"; known: all');
  });

  it('are exported as CSV, JSON and Parquet with the same rows', async () => {
    const id = await finished(TEXT, 6);
    const fetched = async (format: string) =>
      fetch(`${server.url}/v1/batches/${id}/export?table=replications&format=${format}`);
    const rows = (await (await fetched('json')).json()) as readonly { readonly value: number | null }[];
    const csv = (await (await fetched('csv')).text()).trimEnd().split('\n');
    const answer = await fetched('parquet');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="replications-${id.slice(0, 12)}.parquet"`,
    );
    const parquet = await parquetReadObjects({ file: await answer.arrayBuffer() });
    expect(rows.length).toBeGreaterThan(6 * 50);
    expect(csv.length).toBe(rows.length + 1);
    expect(parquet.map(({ value }) => value)).toEqual(rows.map(({ value }) => value));
  });
});

describe('scenarios', () => {
  it('are checked with the lines and the words of the command line, and name no file of the server', async () => {
    const wrong = TEXT.replace('concurrency: 2', 'concurrency: none').replace(
      '{ kind: poisson, ratePerSecond: 1.6 }',
      '{ kind: replay, file: /etc/passwd, format: csv }',
    );
    folder.write('wrong.yaml', TEXT.replace('concurrency: 2', 'concurrency: none'));
    const { stderr } = await fleetyield(['validate', 'wrong.yaml'], { cwd: folder.path });
    const { error } = await server.client.POST('/v1/scenarios/validate', {
      body: { text: TEXT.replace('concurrency: 2', 'concurrency: none') },
    });
    expect(error).toMatchObject({ status: 400, code: 'input-invalid' });
    // On the command line the code stands behind the message; here it is a field of the fault.
    const words = stderr.trimEnd().replace(/ \[FY-\d+\]$/, '');
    expect(error!.detail).toBe(words.replace('wrong.yaml', 'scenario'));
    expect(error!.faults![0]!.path).toBe('fleet.pools[0].serving.concurrency');
    const replayed = await server.client.POST('/v1/scenarios/validate', {
      body: { text: wrong.replace('concurrency: none', 'concurrency: 2') },
    });
    expect(replayed.error!.detail).toContain('a scenario that was sent names no files');
    const built = async (base: string) =>
      server.client.POST('/v1/scenarios/validate', {
        body: {
          text: `fleetyield: 1\nbase: ${base}\nname: built\nchanges: [{ horizon.duration: 1h }]`,
        },
      });
    expect(right(await built('erlang-c')).name).toBe('built');
    expect((await built('/etc/passwd')).error!.detail).toContain('no shipped scenario of that name');
    expect((await built(`${folder.path}/two.yaml`)).error!.status).toBe(400);
  });

  it('are stored by version, and a version runs by its hash', async () => {
    const stored = async (text: string) =>
      server.client.POST('/v1/scenarios', { body: { text: text.replace('two, "slots"', 'kept') } });
    const [old, young] = [await stored(TEXT), await stored(queue('two, "slots"', 4))];
    expect([old.response.status, young.response.status]).toEqual([201, 201]);
    expect((await stored(TEXT)).response.status).toBe(200);
    const name = 'kept';
    const { hash } = right(old);
    const versions = right(
      await server.client.GET('/v1/scenarios/{name}/versions', { params: { path: { name } } }),
    );
    expect(versions.items.map((one) => one.hash)).toEqual([right(young).hash, hash]);
    const newest = right(await server.client.GET('/v1/scenarios/{name}', { params: { path: { name } } }));
    expect(newest.hash).toBe(right(young).hash);
    const batch = right(
      await server.client.POST('/v1/batches', {
        body: { scenario: { kind: 'stored', name, hash }, replications: 2 },
      }),
    );
    expect(batch.scenario).toEqual({ name, hash, changes: [] });
    await toEnd(server.url, batch.id);
    const gone = await server.client.DELETE('/v1/scenarios/{name}', { params: { path: { name } } });
    expect(gone.response.status).toBe(204);
    const after = await server.client.GET('/v1/scenarios/{name}', { params: { path: { name } } });
    expect(after.error).toMatchObject({ status: 404, code: 'not-found' });
  });
});

/** A queue that needs some seconds for all its replications, and its name. */
const LONG = (name: string) => ({ kind: 'text' as const, text: queue(name, 2, 36_000) });

describe('a batch that runs', () => {
  it('is cancelled with what it finished kept, goes on when it is asked for again, and is then deleted', async () => {
    const ask = () =>
      server.client.POST('/v1/batches', { body: { scenario: LONG('cancelled'), replications: 400 } });
    const { id } = right(await ask());
    for await (const { data } of follow(server.url, id)) if ((data.finished ?? 0) > 0) break;
    const busy = await server.client.DELETE('/v1/batches/{id}', byId(id));
    expect(busy.error).toMatchObject({ status: 409, code: 'batch-active' });
    expect(right(await server.client.POST('/v1/batches/{id}/cancel', byId(id))).status).toBe('cancelled');
    const events = await toEnd(server.url, id);
    expect(events.at(-1)!.event).toBe('cancelled');
    const again = await server.client.POST('/v1/batches/{id}/cancel', byId(id));
    expect(again.error).toMatchObject({ status: 409, code: 'batch-at-rest' });
    const { done } = right(await server.client.GET('/v1/batches/{id}', byId(id))).replications;
    expect(done).toBeGreaterThan(0);
    const rest = right(
      await server.client.POST('/v1/batches', {
        body: { scenario: LONG('cancelled'), replications: done },
      }),
    );
    await toEnd(server.url, rest.id);
    expect(right(await server.client.GET('/v1/batches/{id}', byId(id))).status).toBe('finished');
    expect((await server.client.DELETE('/v1/batches/{id}', byId(id))).response.status).toBe(204);
    expect((await server.client.GET('/v1/batches/{id}', byId(id))).response.status).toBe(404);
  });

  it('says of one metric what it says of it among all, from the replications that are done', async () => {
    const { id } = right(
      await server.client.POST('/v1/batches', { body: { scenario: LONG('asked'), replications: 400 } }),
    );
    for await (const { data } of follow(server.url, id)) if ((data.finished ?? 0) > 1) break;
    const estimates = async (query: { scope?: string; metric?: string }) =>
      right(await server.client.GET('/v1/batches/{id}/estimates', { params: { path: { id }, query } }));
    const [one, all] = [
      await estimates({ scope: 'total', metric: 'requests.arrived' }),
      await estimates({ scope: 'total' }),
    ];
    expect(one.estimates.map(({ n }) => n)).toEqual([one.replications]);
    const { n, mean } = one.estimates[0]!;
    // 1.6 a second for ten hours is 57,600; the mean of n of them is within 4.4 deviations but for one time in 100,000.
    expect(Math.abs(mean! - 57_600)).toBeLessThan(4.4 * Math.sqrt(57_600 / n));
    expect(all.replications).toBeGreaterThanOrEqual(one.replications);
    expect(all.estimates.some(({ metric }) => metric === 'wait.p99')).toBe(true);
    const nothing = { params: { path: { id }, query: { scope: 'total', metric: 'nothing' } } };
    const { response } = await server.client.GET('/v1/batches/{id}/estimates', nothing);
    expect(response.status).toBe(404);
    await server.client.POST('/v1/batches/{id}/cancel', byId(id));
    await toEnd(server.url, id);
    const done = async () => right(await server.client.GET('/v1/batches/{id}', byId(id))).replications.done;
    // All that are done are in it; threads may bring what they had finished when the batch was cancelled.
    const before = await done();
    const { replications } = await estimates({ scope: 'total' });
    expect(replications).toBeGreaterThanOrEqual(before);
    expect(replications).toBeLessThanOrEqual(await done());
  });

  it('is the same batch for two clients who ask for it at once, and each follows it to its end', async () => {
    const body = { scenario: { kind: 'text' as const, text: queue('both', 2) }, replications: 30 };
    const other = { scenario: { kind: 'text' as const, text: queue('other', 3) }, replications: 30 };
    const asked = await Promise.all(
      [body, body, other].map((one) => server.client.POST('/v1/batches', { body: one })),
    );
    const ids = asked.map((one) => right(one).id);
    expect(ids[0]).toBe(ids[1]);
    const seen = await Promise.all(ids.map((id) => toEnd(server.url, id)));
    expect(seen[0]).toEqual(seen[1]);
    expect(seen.map((events) => events.at(-1)!.event)).toEqual(['finished', 'finished', 'finished']);
  });

  it('is followed from where a client was, who misses nothing and sees nothing twice', async () => {
    const scenario = { kind: 'text' as const, text: queue('resumed', 2) };
    const { id } = right(await server.client.POST('/v1/batches', { body: { scenario, replications: 40 } }));
    const seen = [];
    for await (const event of follow(server.url, id)) {
      seen.push(event);
      if (seen.length === 2) break;
    }
    seen.push(...(await toEnd(server.url, id, seen.at(-1)!.id)));
    expect(seen).toEqual(await toEnd(server.url, id));
    // Nothing more to come: a browser stops asking.
    const after = await fetch(`${server.url}/v1/batches/${id}/events`, {
      headers: { 'last-event-id': String(seen.at(-1)!.id) },
    });
    expect(after.status).toBe(204);
  });

  it('goes on when a client vanishes in the middle of its stream, which is then closed', async () => {
    const streams = async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^fleetyield_event_streams (\d+)$/m.exec(text)![1]);
    };
    expect(await streams()).toBe(0);
    const { id } = right(
      await server.client.POST('/v1/batches', { body: { scenario: LONG('left'), replications: 400 } }),
    );
    for await (const _event of follow(server.url, id)) {
      expect(await streams()).toBe(1);
      break;
    }
    await expect.poll(streams, { timeout: 10_000 }).toBe(0);
    expect(right(await server.client.GET('/v1/batches/{id}', byId(id))).status).toBe('running');
    await server.client.POST('/v1/batches/{id}/cancel', byId(id));
  });
});

describe('an Idempotency-Key', () => {
  const ask = (replications: number, key: string) =>
    server.client.POST('/v1/batches', {
      body: { scenario: { kind: 'text', text: TEXT }, replications },
      params: { header: { 'idempotency-key': key } },
    });

  it('makes the same request one request, and refuses to stand for another', async () => {
    const first = await ask(3, 'k1');
    await toEnd(server.url, right(first).id);
    const [second, other] = [await ask(3, 'k1'), await ask(4, 'k1')];
    expect(right(second).id).toBe(right(first).id);
    expect(second.response.headers.get('idempotency-replayed')).toBe('true');
    expect(first.response.headers.get('idempotency-replayed')).toBeNull();
    expect(other.error).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });
});

describe('batches', () => {
  it('are listed page by page, by scenario, seed and status', async () => {
    for (const seed of ['a', 'b', 'c']) await finished(queue('listed', 2), 1, { seed });
    const page = async (query: object) =>
      right(await server.client.GET('/v1/batches', { params: { query: { scenario: 'listed', ...query } } }));
    const first = await page({ limit: 2 });
    const second = await page({ limit: 2, cursor: first.next! });
    expect([...first.items, ...second.items].map(({ seed }) => seed)).toEqual(['c', 'b', 'a']);
    expect(second.next).toBeNull();
    expect((await page({ seed: 'b' })).items.map(({ seed }) => seed)).toEqual(['b']);
    expect((await page({ status: 'running' })).items).toEqual([]);
  });
});

describe('choices', () => {
  it('are those of list, with the schemas of strategies and the texts of scenarios', async () => {
    const { stdout } = await fleetyield(['list', '--json']);
    const listed = JSON.parse(stdout) as Record<string, { summary: string; entries: object[] }>;
    const strategies = right(await server.client.GET('/v1/strategies')).families;
    const presets = right(await server.client.GET('/v1/presets')).families;
    const told = [...strategies, ...presets].map(({ family, ...rest }) => [family, rest]);
    expect(Object.fromEntries(told)).toEqual(listed);
    expect(presets.map(({ family }) => family)).toContain('scenarios');
    const { text } = right(
      await server.client.GET('/v1/presets/scenarios/{name}', { params: { path: { name: 'erlang-c' } } }),
    );
    expect(text).toContain('name: erlang-c');
  });
});

describe('a server', () => {
  it('that is killed in the middle of a batch goes on when it is started again, to the same bytes', async () => {
    const place = new Folder({ 'long.yaml': queue('killed', 2, 36_000) });
    try {
      const body = { scenario: LONG('killed'), replications: 20 };
      const before = await serve(place.path);
      const { id } = right(await before.client.POST('/v1/batches', { body }));
      let last = 0;
      for await (const { id: event, data } of follow(before.url, id)) {
        last = event;
        if ((data.finished ?? 0) > 0) break;
      }
      expect(await before.end('SIGKILL')).toBeNull();
      const after = await serve(place.path);
      const events = await toEnd(after.url, id, last);
      expect(events[0]!.id).toBe(last + 1);
      expect(events.map(({ event }) => event)).toContain('queued');
      expect(events.at(-1)!.event).toBe('finished');
      const result = right(await after.client.GET('/v1/batches/{id}/result', byId(id)));
      expect(await after.end()).toBe(0);
      const { stdout } = await fleetyield(
        ['run', 'long.yaml', '--replications', '20', '--no-store', '--json', '--quiet'],
        { cwd: place.path },
      );
      const undisturbed = JSON.parse(stdout) as ResultDocument;
      expect({ ...result, wallSeconds: 0 }).toEqual({ ...undisturbed, wallSeconds: 0 });
    } finally {
      place.remove();
    }
  });

  it('that is asked to end gives back what it runs, and a second is refused while the first is there', async () => {
    const place = new Folder();
    try {
      const first = await serve(place.path, ['--out', 'documents']);
      const second = await fleetyield(['serve', '--port', '0'], { cwd: place.path });
      expect(second).toMatchObject({ code: 4, stdout: '' });
      expect(second.stderr).toContain('another fleetyield serve has results/fleetyield.sqlite');
      const { id: short } = right(
        await first.client.POST('/v1/batches', {
          body: { scenario: { kind: 'text', text: queue('short', 2) }, replications: 2 },
        }),
      );
      await toEnd(first.url, short);
      const written = JSON.parse(
        readFileSync(place.of(`documents/short-${short.slice(0, 12)}.json`), 'utf8'),
      ) as ResultDocument;
      expect(written).toMatchObject({ replications: 2, scenario: { name: 'short' }, interrupted: false });
      const { id } = right(
        await first.client.POST('/v1/batches', { body: { scenario: LONG('back'), replications: 400 } }),
      );
      for await (const { data } of follow(first.url, id)) if ((data.finished ?? 0) > 0) break;
      expect(await first.end()).toBe(0);
      const third = await serve(place.path);
      const batch = right(await third.client.GET('/v1/batches/{id}', byId(id)));
      expect(['queued', 'running']).toContain(batch.status);
      expect(batch.replications.done).toBeGreaterThan(0);
      await third.client.POST('/v1/batches/{id}/cancel', byId(id));
      await third.end();
    } finally {
      place.remove();
    }
  });
});

describe('the typed client', () => {
  it('is what npm run client writes', async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as object;
    const written = readFileSync(
      fileURLToPath(new URL('../../src/client/paths.ts', import.meta.url)),
      'utf8',
    );
    expect(await generatedClient(document)).toBe(written);
  });
});
