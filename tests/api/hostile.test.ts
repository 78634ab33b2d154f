/** What is sent to break the results API, over real HTTP: it is refused in problem documents, at once, and leaves nothing. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '../../src/store/store.ts';
import { endAll, Folder } from '../helpers/command.ts';
import { smallQueue } from '../helpers/queue.ts';
import { serve, toEnd, type ServedProcess } from '../helpers/server.ts';
import { descriptionOf, packed } from '../helpers/stored.ts';

const folder = new Folder();
let server: ServedProcess;
beforeAll(async () => {
  server = await serve(folder.path);
});
afterAll(async () => {
  await server.end();
  endAll();
  folder.remove();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Sends bytes as they are, and reads until the server closes the connection. */
function sent(text: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (got += piece));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head, body = ''] = got.split('\r\n\r\n');
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(head!) ?? [];
      const [, type = ''] = /^content-type: ([^;\r]+)/im.exec(head!) ?? [];
      resolve({ status: Number(status), type, body });
    });
  });
}

const asked = (line: string, more = '') =>
  sent(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`);

const post = async (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

const problemOf = async (answer: Response) => (await answer.json()) as { code: string; detail: string };

const BYTES_OF_HEADERS = 16_384;

describe('a request that is none', () => {
  it('is refused with a problem document, whoever refuses it', async () => {
    const refused: readonly (readonly [Promise<Answer>, number, string])[] = [
      [sent('nothing of the kind\r\n\r\n'), 400, 'input-invalid'],
      [asked('GET /v1/batches/%zz'), 400, 'input-invalid'],
      [asked(`GET /v1/scenarios/${'a'.repeat(3_000)}`), 414, 'too-large'],
      [asked('GET /health', `X: ${'a'.repeat(BYTES_OF_HEADERS)}\r\n`), 431, 'too-large'],
      [asked('GET /health', 'X: a\0b\r\n'), 400, 'input-invalid'],
      [
        asked('POST /v1/batches', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
        400,
        'input-invalid',
      ],
      [asked('GET /nothing'), 404, 'not-found'],
      [asked('PUT /v1/batches'), 405, 'method-not-allowed'],
      [sent('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'), 400, 'input-invalid'],
      [asked('GET /health', 'Host: other.example\r\n'), 400, 'input-invalid'],
      [asked('GET /health', 'Expect: the-best\r\n'), 417, 'expectation-failed'],
      [asked('GET http://rebound.example/v1/batches'), 403, 'forbidden'],
      [asked('OPTIONS *'), 404, 'not-found'],
    ];
    for (const [answer, status, code] of refused) {
      const { status: told, type, body } = await answer;
      expect([told, type, (JSON.parse(body) as { code: string }).code]).toEqual([
        status,
        'application/problem+json',
        code,
      ]);
    }
  });

  it('that never comes whole is ended', async () => {
    const begun = [
      sent('POST /v1/scenarios/validate HTTP/1.1\r\nHost: local'),
      sent(
        'POST /v1/scenarios/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      ),
    ];
    for (const answer of await Promise.all(begun))
      expect(answer).toMatchObject({ status: 408, type: 'application/problem+json' });
  });
});

describe('HEAD', () => {
  it('is answered without a body whatever is wrong with it, and with what comes after it', async () => {
    const head = (path: string, more = '') => sent(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\n${more}`);
    const close = 'Connection: close\r\n\r\n';
    for (const [answer, status] of [
      [head('/v1/batches', close), 200],
      [head('/nothing', close), 404],
      [head('/v1/batches', `Expect: the-best\r\n${close}`), 417],
      // No request: once it was answered first, and taken for the answer to HEAD.
      [head('/v1/batches', '\r\n{"a":1}'), 200],
    ] as const)
      expect(await answer).toMatchObject({ status, body: '' });
  });
});

describe('methods', () => {
  it('that a path does not take are named beside those it does, and HEAD is GET without its answer', async () => {
    const answer = await fetch(`${server.url}/v1/batches/${'0'.repeat(64)}`, { method: 'PATCH' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
    const head = await fetch(`${server.url}/v1/batches?limit=1`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('of nothing are counted as requests too', async () => {
    const { headers } = await fetch(`${server.url}/nothing`);
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
  });
});

describe('a body', () => {
  it('is refused where the kind of something is an object, whatever that has for its text', async () => {
    const told = async (path: string, body: unknown) => {
      const answer = await post(path, JSON.stringify(body));
      return [answer.status, (await problemOf(answer)).detail];
    };
    expect(await told('/v1/batches', { scenario: { kind: { toString: 1 } } })).toEqual([
      400,
      'body scenario.kind: unknown choice of a scenario {"toString":1}; known: text, stored, shipped',
    ]);
    for (const kind of ['{ toString: 1 }', '{ valueOf: 1, toString: null }', '[[]]']) {
      const [status, detail] = await told('/v1/scenarios/validate', {
        text: smallQueue(60).replace('kind: poisson', `kind: ${kind}`),
      });
      expect(status, kind).toBe(400);
      expect(detail, kind).toContain('unknown arrival process');
    }
  });

  it('is read only as plain JSON in UTF-8', async () => {
    const body = JSON.stringify({ text: smallQueue(60, 'plain') });
    const statuses = async (headers: Record<string, string>) =>
      (await post('/v1/scenarios/validate', body, headers)).status;
    expect(await statuses({})).toBe(200);
    expect(await statuses({ 'content-type': 'application/json; charset=UTF-8' })).toBe(200);
    expect(await statuses({ 'content-type': 'application/json; charset=latin1' })).toBe(415);
    expect(await statuses({ 'content-type': 'application/jsonp' })).toBe(415);
    expect(await statuses({ 'content-encoding': 'gzip' })).toBe(415);
  });

  it('that is a tower of lists is refused', async () => {
    const levels = 400_000;
    const answer = await post(
      '/v1/scenarios/validate',
      `{"text":${'['.repeat(levels)}${']'.repeat(levels)}}`,
    );
    expect(answer.status).toBe(400);
    expect((await problemOf(answer)).detail).toBe(
      'body nesting too deep; at most 64 levels of lists and mappings are read',
    );
  });

  it('of a scenario that is long and wrong is refused while others submit', async () => {
    // Before faults were bounded this took more than a minute, and the thread that submits with it.
    const text = Array.from({ length: 4_000 }, (_, at) => `k${at}: 1`).join('\n');
    const startedAt = performance.now();
    const [wrong, right] = await Promise.all([
      post('/v1/scenarios/validate', JSON.stringify({ text })),
      post(
        '/v1/batches',
        JSON.stringify({ scenario: { kind: 'shipped', name: 'erlang-c' }, replications: 1 }),
      ),
    ]);
    expect([wrong.status, right.status]).toEqual([400, 202]);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(((await wrong.json()) as { faults: unknown[] }).faults.length).toBe(101);
  });
});

describe('a name', () => {
  it('under which a scenario could not be asked for is refused, and any other leads back to it', async () => {
    const stored = async (name: string) =>
      post('/v1/scenarios', JSON.stringify({ text: smallQueue(60, `"${name}"`) }));
    for (const name of ['\\ud800', 'a\\0b', '.', '..', 'n'.repeat(201)])
      expect((await problemOf(await stored(name))).detail, name).toMatch(
        /^scenario name: a scenario that is stored/,
      );
    for (const name of ['../../etc/passwd', 'é?#%/ü', '😀'.repeat(100)]) {
      const answer = await stored(name);
      expect(answer.status, name).toBe(201);
      const back = await fetch(`${server.url}${answer.headers.get('location')}`);
      expect(((await back.json()) as { name: string }).name).toBe(name);
    }
  });
});

describe('an Idempotency-Key', () => {
  const submit = async (key: string, name: string, duration: number) =>
    post(
      '/v1/batches',
      JSON.stringify({ scenario: { kind: 'text', text: smallQueue(duration, name) }, replications: 1 }),
      { 'idempotency-key': key },
    );

  it('sent ten times at once is one batch, and with another scenario leaves nothing in the store', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit('once', 'once', 61)));
    const ids = new Set(
      await Promise.all(answers.map(async (one) => ((await one.json()) as { id: string }).id)),
    );
    expect(ids.size).toBe(1);
    expect(answers.filter((one) => one.headers.get('idempotency-replayed') === 'true').length).toBe(9);
    expect((await submit('once', 'never', 62)).status).toBe(422);
    const listed = await fetch(`${server.url}/v1/batches?scenario=never`);
    expect(((await listed.json()) as { items: unknown[] }).items).toEqual([]);
  });

  it('of a batch that was deleted asks for a new one', async () => {
    const { id } = (await (await submit('again', 'again', 63)).json()) as { id: string };
    await toEnd(server.url, id);
    expect((await fetch(`${server.url}/v1/batches/${id}`, { method: 'DELETE' })).status).toBe(204);
    const again = await submit('again', 'again', 63);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null]);
  });
});

describe('a batch that is under way', () => {
  it('is refused to whoever asks for it otherwise, and is the same for whoever asks for the same', async () => {
    const submit = async (replications: number) =>
      post(
        '/v1/batches',
        JSON.stringify({ scenario: { kind: 'text', text: smallQueue(1e8, 'long') }, replications }),
      );
    const { id } = (await (await submit(1)).json()) as { id: string };
    expect(((await (await submit(1)).json()) as { id: string }).id).toBe(id);
    const other = await submit(2);
    expect([other.status, (await problemOf(other)).code]).toEqual([409, 'batch-active']);
    const unknown = { scenario: { kind: 'stored', name: 'nowhere' } };
    expect((await post('/v1/batches', JSON.stringify(unknown))).status).toBe(404);
    expect((await fetch(`${server.url}/v1/batches/${id}/cancel`, { method: 'POST' })).status).toBe(200);
  });
});

describe('a batch that a defect or the machine ended', () => {
  it('is exported without the places of the program', async () => {
    const store = Store.open(folder.of('results/fleetyield.sqlite'));
    const batch = store.batch(descriptionOf('failing'));
    const stack = 'Error: x\n    at run (/srv/fleetyield/dist/cell.js:1:1)';
    batch.keep(
      [packed(4)],
      [
        { replication: 0, failure: 'defect', message: stack },
        { replication: 1, failure: 'died', message: 'its thread died: Cannot find /srv/fleetyield' },
        { replication: 2, failure: 'died', message: 'out of memory: Array buffer allocation failed' },
        { replication: 3, failure: 'invariant', message: 'audit: 3 requests of 4 ended' },
      ],
      'here',
    );
    store.close();
    const answer = await fetch(`${server.url}/v1/batches/${batch.id}/export?table=replications&format=json`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { error: string }[]).map(({ error }) => error)).toEqual([
      'internal error, a bug in fleetyield; its log says more',
      'its thread died',
      'out of memory: Array buffer allocation failed',
      'audit: 3 requests of 4 ended',
      null,
    ]);
  });
});
