/** Campaigns over HTTP: submitted, followed, cancelled, read, deleted, and resumed by the next server. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtServer, type BuiltServer } from '../helpers/api-server.ts';
import { endAll, fleetyield, Folder } from '../helpers/command.ts';
import { queueText, smallQueue } from '../helpers/queue.ts';
import { serve } from '../helpers/server.ts';

const REPLICAS = 'fleet.pools[0].replicas';
const RATE = 'workload.tiers[0].arrivals.ratePerSecond';

const PLANS = queueText({
  tiers: [
    'name: plus, tenants: 1000, arrivals: { kind: poisson, ratePerSecond: 5 }, revenue: { kind: subscription, usdPerMonth: 20, churn: { base: 0.05, slope: 0.3 }, signUps: { base: 10, perSubscriber: 0.1, slope: 1 } }',
  ],
  slots: 10,
  service: '{ kind: constant, value: 1s }',
  warmUp: 10,
  duration: 60,
});

/** As the library and the server take it, with four replicas. */
const SETTINGS = [`${REPLICAS}=4`];
const scenario = { kind: 'text', text: PLANS };

interface Campaign {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly scenarios: readonly { readonly name: string; readonly changes: readonly string[] }[];
  readonly replications: { readonly finished: number; readonly planned: number };
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

interface Problem {
  readonly code: string;
  readonly detail: string;
}

const folder = new Folder({ 'plans.yaml': PLANS });
let built: BuiltServer;
beforeAll(async () => {
  built = await builtServer({}, { jobsPerCaller: 4 });
});
afterAll(async () => {
  await built.end();
  endAll();
  folder.remove();
});

const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  built.server.app.inject({
    method,
    url,
    headers: { host: 'localhost' },
    ...(payload === undefined ? {} : { payload }),
  });

async function submitted(body: object): Promise<Campaign> {
  const answer = await ask('POST', '/v1/campaigns', body);
  expect({ status: answer.statusCode, ...(answer.statusCode === 202 ? {} : answer.json<object>()) }).toEqual({
    status: 202,
  });
  return answer.json<Campaign>();
}

/** The campaign once it is at rest; its stream of events ends then. */
async function atRest({ id }: Campaign): Promise<Campaign> {
  await ask('GET', `/v1/campaigns/${id}/events`);
  return (await ask('GET', `/v1/campaigns/${id}`)).json<Campaign>();
}

async function documentOf(body: object): Promise<unknown> {
  const campaign = await atRest(await submitted(body));
  expect([campaign.status, campaign.problem]).toEqual(['finished', null]);
  const answer = await ask('GET', `/v1/campaigns/${campaign.id}/result`);
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

async function printed(command: string, ...options: readonly string[]): Promise<unknown> {
  const { stdout } = await fleetyield(
    [command, ...options, '--json', '--no-store', '--quiet', '--set', SETTINGS[0]!],
    { cwd: folder.path },
  );
  return JSON.parse(stdout);
}

describe('the document of a campaign is what its command prints', () => {
  it('compare', async () => {
    const other = { scenario, overrides: [...SETTINGS, 'name=other', `${RATE}=4`] };
    const document = await documentOf({
      kind: 'compare',
      scenarios: [{ scenario, overrides: SETTINGS }, other],
      replications: 2,
    });
    folder.write(
      'other.yaml',
      PLANS.replace('ratePerSecond: 5', 'ratePerSecond: 4').replace(/^name: .*$/m, 'name: other'),
    );
    expect(document).toEqual(await printed('compare', 'plans.yaml', 'other.yaml', '--replications', '2'));
  });

  it.each([
    [
      'sweep',
      { vary: [`${RATE}=4,5`], metrics: ['share.served'], replications: 2 },
      ['--vary', `${RATE}=4,5`, '--metric', 'share.served', '--replications', '2'],
    ],
    [
      'sensitivity',
      { vary: [`${RATE}=4,5`], replications: 2, seed: 'x' },
      ['--vary', `${RATE}=4,5`, '--replications', '2', '--seed', 'x'],
    ],
    ['scaling', { gpus: [0.5, 1], replications: 2 }, ['--gpus', '0.5,1', '--replications', '2']],
    ['subscribers', { months: 2, replications: 2 }, ['--months', '2', '--replications', '2']],
  ])('%s', async (kind, parameters, options) => {
    const document = await documentOf({ kind, scenario, overrides: SETTINGS, ...parameters });
    expect(document).toEqual(await printed(kind, 'plans.yaml', ...options));
  });
});

describe('a campaign', () => {
  const sweep = { kind: 'sweep', scenario, overrides: SETTINGS, vary: [`${RATE}=3,4`], replications: 1 };
  const endless = {
    kind: 'sweep',
    scenario: { kind: 'text', text: smallQueue(1e6) },
    vary: ['fleet.pools[0].serving.concurrency=1,2'],
    replications: 1,
  };

  it('is listed, is one for the same request, and is gone when it is deleted', async () => {
    const first = await submitted(sweep);
    const { id, status, replications, scenarios } = await atRest(first);
    expect([status, replications]).toEqual(['finished', { finished: 2, planned: 2 }]);
    expect(scenarios.map(({ changes }) => changes)).toEqual([SETTINGS]);
    expect(await submitted(sweep)).toMatchObject({ id, status: 'finished' });
    const list = (query: string) => ask('GET', `/v1/campaigns?${query}`);
    const [newest] = (await list('kind=sweep&status=finished&limit=1')).json<{ items: Campaign[] }>().items;
    expect(newest!.id).toBe(id);
    expect((await list('kind=compare&status=failed')).json<{ items: Campaign[] }>().items).toEqual([]);
    expect((await ask('DELETE', `/v1/campaigns/${id}`)).statusCode).toBe(204);
    for (const path of ['', '/events', '/result'])
      expect((await ask('GET', `/v1/campaigns/${id}${path}`)).statusCode).toBe(404);
  });

  it('tells its story by events', async () => {
    const { id } = await atRest(await submitted({ ...sweep, seed: 'events' }));
    const { payload } = await ask('GET', `/v1/campaigns/${id}/events`);
    const events = [...payload.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
    expect(events.filter((event) => event !== 'progress')).toEqual(['queued', 'started', 'finished']);
  });

  it('is cancelled, and has no document before it is finished', async () => {
    const { id } = await submitted(endless);
    const early = await ask('GET', `/v1/campaigns/${id}/result`);
    expect([early.statusCode, early.json<Problem>().code]).toEqual([409, 'campaign-unfinished']);
    expect((await ask('DELETE', `/v1/campaigns/${id}`)).statusCode).toBe(409);
    const cancelled = await ask('POST', `/v1/campaigns/${id}/cancel`);
    expect([cancelled.statusCode, cancelled.json<Campaign>().status]).toEqual([200, 'cancelled']);
    expect((await ask('POST', `/v1/campaigns/${id}/cancel`)).json<Problem>().code).toBe('campaign-at-rest');
    expect((await ask('GET', `/v1/campaigns/${id}/result`)).json<Problem>().detail).toMatch(/is cancelled/);
    expect((await ask('DELETE', `/v1/campaigns/${id}`)).statusCode).toBe(204);
  });

  it('fails with what the results lack, under its code', async () => {
    // Without requests in the window nothing is known of the service that the next month builds on.
    const campaign = await atRest(
      await submitted({
        kind: 'subscribers',
        scenario,
        months: 2,
        replications: 1,
        overrides: [...SETTINGS, `${RATE}=0.000000001`],
      }),
    );
    expect([campaign.status, campaign.problem?.code]).toEqual(['failed', 'input-invalid']);
  });

  it.each<[body: object, says: string]>([
    [{}, 'kind'],
    [{ ...sweep, kind: 'sweeps' }, 'did you mean'],
    [{ ...sweep, vary: [] }, 'vary'],
    [{ ...sweep, vary: [`${RATE}=-1`] }, 'ratePerSecond'],
    [{ ...sweep, vary: ['nix'] }, 'vary nix'],
    [{ ...sweep, metrics: ['share.serve'] }, 'share.served'],
    [{ ...sweep, months: 2 }, 'months'],
    [{ ...sweep, scenario: { kind: 'shipped', name: 'nix' } }, 'no shipped scenario'],
    [{ ...sweep, scenario: { kind: 'text', text: PLANS.replace('constant', 'constnt') } }, 'constant'],
    [{ ...sweep, replications: 1e7 }, 'replications'],
    [{ ...sweep, overrides: ['horizon.duration=3000d'], replications: 1_000 }, 'may run for'],
    [{ kind: 'compare', scenarios: [{ scenario }] }, 'scenarios'],
    [{ kind: 'scaling', scenario, gpus: [0.001] }, 'gpus 0.001'],
    [{ ...sweep, vary: [`${RATE}=${Array.from({ length: 300 }, (_, at) => at + 1).join()}`] }, 'variants'],
  ])('is refused where it is wrong (%#)', async (body, says) => {
    const answer = await ask('POST', '/v1/campaigns', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().detail).toContain(says);
  });

  it('is one of at most so many of a caller', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 4; number++)
      ids.push((await submitted({ ...endless, seed: String(number) })).id);
    const answer = await ask('POST', '/v1/campaigns', { ...endless, seed: 'more' });
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([429, 'too-many-campaigns']);
    for (const id of ids) await ask('POST', `/v1/campaigns/${id}/cancel`);
  });
});

describe('a campaign that is sent to a server over HTTP', () => {
  it('is one for one Idempotency-Key, counted among the jobs, and its document is written into the folder of --out', async () => {
    const { url, end } = await serve(folder.path, ['--store', 'keys.sqlite', '--out', 'documents']);
    const post = async (path: string, key: string, body: object) => {
      const answer = await fetch(`${url}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      });
      const { id, status, code } = (await answer.json()) as Campaign & Problem;
      return { http: answer.status, replayed: answer.headers.get('idempotency-replayed'), id, status, code };
    };
    const sweep = { kind: 'sweep', scenario, overrides: SETTINGS, vary: [`${RATE}=3,4`], replications: 1 };
    const first = await post('campaigns', 'k', sweep);
    expect(first).toMatchObject({ http: 202, replayed: null });
    await (await fetch(`${url}/v1/campaigns/${first.id}/events`)).text();
    expect(await post('campaigns', 'k', sweep)).toMatchObject({
      http: 202,
      replayed: 'true',
      id: first.id,
      status: 'finished',
    });
    const reused = { http: 422, code: 'idempotency-key-reused' };
    expect(await post('campaigns', 'k', { ...sweep, seed: 'other' })).toMatchObject(reused);
    expect(await post('batches', 'k', { scenario, replications: 1 })).toMatchObject(reused);

    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^fleetyield_jobs\{status="finished"\} 1$/m);
    expect(metrics).toMatch(/^fleetyield_campaigns\{status="finished"\} 1$/m);
    const name = /^name: (.*)$/m.exec(PLANS)![1]!;
    const written = readFileSync(folder.of(`documents/sweep-${name}-${first.id.slice(0, 12)}.json`), 'utf8');
    const sent: unknown = await (await fetch(`${url}/v1/campaigns/${first.id}/result`)).json();
    expect(JSON.parse(written)).toEqual(sent);

    // A key goes with what it stood for.
    expect((await fetch(`${url}/v1/campaigns/${first.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await post('campaigns', 'k', { ...sweep, seed: 'other' })).toMatchObject({
      http: 202,
      replayed: null,
    });
    expect(await end()).toBe(0);
  }, 120_000);
});

describe('the next server', () => {
  it('resumes a campaign that the one before was running, to the same document', async () => {
    const text = smallQueue(30_000);
    const vary = ['fleet.pools[0].serving.concurrency=1,2'];
    const body = { kind: 'sweep', scenario: { kind: 'text', text }, vary, metrics: ['wait.mean'] };
    const first = await serve(folder.path, ['--store', 'resumed.sqlite', '--threads', '1']);
    const post = await fetch(`${first.url}/v1/campaigns`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, replications: 6 }),
    });
    const { id } = (await post.json()) as Campaign;
    const state = async (url: string) =>
      (await (await fetch(`${url}/v1/campaigns/${id}`)).json()) as Campaign;
    await expect
      .poll(async () => (await state(first.url)).replications.finished, { timeout: 120_000 })
      .toBeGreaterThan(0);
    expect((await state(first.url)).status).toBe('running');
    expect(await first.end()).toBe(0);
    const second = await serve(folder.path, ['--store', 'resumed.sqlite', '--threads', '1']);
    await expect.poll(async () => (await state(second.url)).status, { timeout: 300_000 }).toBe('finished');
    const document: unknown = await (await fetch(`${second.url}/v1/campaigns/${id}/result`)).json();
    await second.end();
    folder.write('queue.yaml', text);
    const { stdout } = await fleetyield(
      [
        'sweep',
        'queue.yaml',
        '--json',
        '--no-store',
        '--quiet',
        '--replications',
        '6',
        '--vary',
        vary[0]!,
        '--metric',
        'wait.mean',
      ],
      { cwd: folder.path },
    );
    expect(document).toEqual(JSON.parse(stdout));
  }, 600_000);
});
