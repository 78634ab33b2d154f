/** Who may ask the results API, how much, and in which form. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Limits, ServerSettings } from '../../src/api/settings.ts';
import { Store } from '../../src/store/store.ts';
import { builtServer, type BuiltServer } from '../helpers/api-server.ts';
import { endAll, fleetyield, Folder } from '../helpers/command.ts';
import { smallQueue } from '../helpers/queue.ts';
import { serve } from '../helpers/server.ts';

interface Question {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Asks a server; status, headers and what it says. */
async function ask({ server }: BuiltServer, line: string, { token, headers, body }: Question = {}) {
  const [method, url] = line.split(' ') as ['GET' | 'POST', string];
  const {
    statusCode,
    json,
    headers: answered,
  } = await server.app.inject({
    method,
    url,
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: {
      host: 'localhost:8080',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  return { status: statusCode, headers: answered, said: statusCode === 204 ? null : json<unknown>() };
}

const withServer =
  (
    settings: Partial<Omit<ServerSettings, 'limits'>>,
    limits: Partial<Limits>,
    work: (built: BuiltServer) => Promise<void>,
  ) =>
  async () => {
    const built = await builtServer(settings, limits);
    try {
      await work(built);
    } finally {
      await built.end();
    }
  };

describe('tokens', () => {
  let built: BuiltServer;
  let store: Store;
  beforeAll(async () => {
    built = await builtServer({ auth: true });
    store = Store.open(built.store);
  });
  afterAll(async () => {
    store.close();
    await built.end();
  });

  it('are asked for, hold for their scopes, and end at once when they are revoked', async () => {
    const none = await ask(built, 'GET /v1/batches');
    expect(none).toMatchObject({ status: 401, said: { code: 'unauthorized', status: 401 } });
    expect(none.headers['www-authenticate']).toBe('Bearer');
    const { token, text } = store.tokens.create('reader', ['read']);
    expect((await ask(built, 'GET /v1/batches', { token: text })).status).toBe(200);
    const body = { scenario: { kind: 'shipped', name: 'erlang-c' } };
    expect(await ask(built, 'POST /v1/batches', { token: text, body })).toMatchObject({
      status: 403,
      said: { code: 'forbidden' },
    });
    store.tokens.revoke(token.id);
    expect((await ask(built, 'GET /v1/batches', { token: text })).status).toBe(401);
  });

  it('do not hold with another secret or in another form', async () => {
    const { text } = store.tokens.create('other', ['read']);
    const last = text.at(-1) === 'A' ? 'B' : 'A';
    for (const token of [
      `${text.slice(0, -5)}${last.repeat(5)}`,
      text.slice(0, -1),
      `${text}A`,
      'fly_',
      '%00',
    ])
      expect((await ask(built, 'GET /v1/batches', { token })).status, token).toBe(401);
  });

  it('are kept as digests: no byte of the store has the secret', () => {
    const { text } = store.tokens.create('secret', ['read', 'write']);
    const secret = Buffer.from(text.split('_').slice(2).join('_'));
    for (const file of [built.store, `${built.store}-wal`])
      expect(readFileSync(file).includes(secret), file).toBe(false);
  });

  it('are not asked of those who look whether the server lives or what it can do', async () => {
    for (const path of ['/health', '/ready', '/openapi.json'])
      expect((await ask(built, `GET ${path}`)).status, path).toBe(200);
    expect((await ask(built, 'GET /metrics')).status).toBe(401);
  });
});

describe('a stream of events', () => {
  it(
    'ends when the token that asked for it is revoked',
    withServer({ auth: true }, { recheckSeconds: 0.1 }, async (built) => {
      const store = Store.open(built.store);
      const owner = store.tokens.create('owner', ['read', 'write']).text;
      const follower = store.tokens.create('follower', ['read']);
      const body = { scenario: { kind: 'text', text: smallQueue(1e8) }, replications: 1 };
      const { id } = (await ask(built, 'POST /v1/batches', { token: owner, body })).said as { id: string };
      const url = await built.server.listen();
      const stream = await fetch(`${url}/v1/batches/${id}/events`, {
        headers: { authorization: `Bearer ${follower.text}` },
      });
      expect(stream.status).toBe(200);
      const began = async () =>
        (await ask(built, `GET /v1/batches/${id}`, { token: owner })).said as { status: string };
      await expect.poll(async () => (await began()).status).toBe('running');
      store.tokens.revoke(follower.token.id);
      // Comes to its end though the batch goes on.
      expect(await stream.text()).toContain('event: queued');
      expect((await began()).status).toBe('running');
      store.close();
    }),
  );
});

describe('a server that asks for no tokens', () => {
  it(
    'answers neither pages of other origins nor names that lead to it by trickery',
    withServer({}, {}, async (built) => {
      const by = async (headers: Record<string, string>) =>
        (await ask(built, 'GET /v1/batches', { headers })).status;
      expect(await by({ host: 'rebound.example:8080' })).toBe(403);
      expect(await by({ origin: 'http://evil.example' })).toBe(403);
      expect(await by({ origin: 'http://localhost:8080' })).toBe(200);
      expect(await by({ host: '127.0.0.1:8080' })).toBe(200);
      expect(await by({ host: '[::1]:8080' })).toBe(200);
    }),
  );
});

describe('bounds', () => {
  it(
    'on requests a minute hold for those too who may not ask, and not for who looks whether the server lives',
    withServer({ auth: true }, { requestsPerMinute: 3 }, async (built) => {
      const statuses = async (line: string, question: Question = {}) => {
        const found = [];
        for (let asked = 0; asked < 5; asked++) found.push((await ask(built, line, question)).status);
        return found;
      };
      expect(await statuses('GET /v1/batches')).toEqual([401, 401, 401, 429, 429]);
      const store = Store.open(built.store);
      const { text: token } = store.tokens.create('reader', ['read']);
      store.close();
      const body = { scenario: { kind: 'shipped', name: 'erlang-c' } };
      expect(await statuses('POST /v1/batches', { token, body })).toEqual([403, 403, 403, 429, 429]);
      for (const path of ['/health', '/ready'])
        expect(await statuses(`GET ${path}`), path).toEqual([200, 200, 200, 200, 200]);
    }),
  );

  it(
    'on requests of pages of elsewhere are their own: they take nothing from who is here',
    withServer({}, { requestsPerMinute: 2 }, async (built) => {
      const by = async (headers: Record<string, string>) =>
        (await ask(built, 'GET /v1/batches', { headers })).status;
      const foreign = { origin: 'http://evil.example' };
      expect([await by(foreign), await by(foreign), await by(foreign)]).toEqual([403, 403, 429]);
      expect(await by({})).toBe(200);
    }),
  );

  it(
    'are kept on requests a minute, on bodies, and on their types',
    withServer({}, { requestsPerMinute: 5, bodyBytes: 1_000 }, async (built) => {
      const large = await ask(built, 'POST /v1/scenarios/validate', { body: { text: 'a'.repeat(2_000) } });
      expect(large).toMatchObject({ status: 413, said: { code: 'too-large' } });
      const typed = await ask(built, 'POST /v1/scenarios/validate', {
        body: 'text: a',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(typed).toMatchObject({ status: 415, said: { code: 'unsupported-media-type' } });
      for (let more = 0; more < 3; more++) expect((await ask(built, 'GET /v1/batches')).status).toBe(200);
      const sixth = await ask(built, 'GET /v1/batches');
      expect(sixth).toMatchObject({ status: 429, said: { code: 'too-many-requests' } });
      expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
    }),
  );

  it(
    'are kept on the depth of scenarios, and on overrides that name nothing',
    withServer({}, { depth: 8 }, async (built) => {
      const body = { text: `${smallQueue(60)}\ndeep: ${'['.repeat(20)}${']'.repeat(20)}` };
      const deep = await ask(built, 'POST /v1/scenarios/validate', { body });
      expect(deep).toMatchObject({ status: 400, said: { code: 'input-invalid' } });
      expect(JSON.stringify(deep.said)).toContain('too deep');
    }),
  );

  it(
    'are kept on batches of one caller, on replications, and on how long a batch may run',
    withServer({}, { jobsPerCaller: 1, replications: 500, jobSeconds: 1 }, async (built) => {
      const submit = (text: string, length: { replications: number } | { precision: number }) =>
        ask(built, 'POST /v1/batches', { body: { scenario: { kind: 'text', text }, ...length } });
      const once = { replications: 1 };
      expect(await submit(smallQueue(60), { replications: 501 })).toMatchObject({
        status: 400,
        said: { code: 'input-invalid' },
      });
      // How many replications it takes is not known before: the estimate is of the first look alone.
      const first = await submit(smallQueue(5_000), { precision: 1e-9 });
      expect(first.status).toBe(202);
      expect(await submit(smallQueue(61), once)).toMatchObject({
        status: 429,
        said: { code: 'too-many-batches' },
      });
      const { id } = first.said as { readonly id: string };
      // Comes to its end when the batch does, a second later.
      await built.server.app.inject({ url: `/v1/batches/${id}/events`, headers: { host: 'localhost' } });
      expect((await ask(built, `GET /v1/batches/${id}`)).said).toMatchObject({
        status: 'failed',
        problem: { code: 'time-limit' },
      });
      expect((await submit(smallQueue(61), once)).status).toBe(202);
    }),
  );
});

describe('answers', () => {
  it(
    'have the headers that keep a browser from harm, and none that let other origins in',
    withServer({}, {}, async (built) => {
      const { headers } = await ask(built, 'GET /v1/batches', {
        headers: { origin: 'http://localhost:8080' },
      });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }),
  );

  it(
    'of the page that explains the API come whole from the server',
    withServer({}, {}, async ({ server }) => {
      const page = await server.app.inject({ url: '/docs', headers: { host: 'localhost' } });
      expect(page.statusCode).toBe(200);
      // On plain HTTP from another machine nothing would be found at https.
      expect(page.headers['content-security-policy']).toContain("default-src 'self'");
      expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
      const addresses = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
      expect(addresses.length).toBeGreaterThan(3);
      for (const address of addresses) {
        expect(address, address).not.toMatch(/^(https?:)?\/\//);
        const url = new URL(address, 'http://localhost/docs/').pathname;
        expect((await server.app.inject({ url, headers: { host: 'localhost' } })).statusCode, url).toBe(200);
      }
    }),
  );
});

describe('serve and token', () => {
  const folder = new Folder();
  afterAll(() => {
    endAll();
    folder.remove();
  });
  const here = { cwd: folder.path };

  it('ask for tokens wherever other machines reach the server', async () => {
    const created = await fleetyield(['token', 'create', 'lab', '--scope', 'read'], here);
    expect(created.stdout).toMatch(/^fly_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n$/);
    const token = created.stdout.trim();
    const server = await serve(folder.path, ['--host', '0.0.0.0'], token);
    const url = server.url.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${url}/v1/batches`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/v1/batches`, { headers })).status).toBe(200);
    const id = token.split('_')[1]!;
    expect((await fleetyield(['token', 'list'], here)).stdout).toContain(`${id}  lab   read`);
    expect((await fleetyield(['token', 'revoke', id], here)).code).toBe(0);
    expect((await fetch(`${url}/v1/batches`, { headers })).status).toBe(401);
    expect(await server.end()).toBe(0);
  });

  it('say what is wrong with what they are given', async () => {
    expect(await fleetyield(['token', 'revoke', 'nobody'], here)).toMatchObject({
      code: 2,
      stderr: 'nobody no token has this id; fleetyield token list shows them [FY-501]\n',
    });
    expect((await fleetyield(['token', 'create', 'x', '--scope', 'all'], here)).code).toBe(2);
    expect((await fleetyield(['serve', '--port', '70000'], here)).code).toBe(2);
    const server = await serve(folder.path);
    const { port } = new URL(server.url);
    const other = await fleetyield(['serve', '--port', port, '--store', 'other.sqlite'], here);
    expect(other.code).toBe(4);
    expect(other.stderr).toContain('choose another --port');
    await server.end();
  });
});
