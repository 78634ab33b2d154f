/** What results say beside their numbers: names that were meant, and what is to be known before they are believed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtServer, type BuiltServer } from '../helpers/api-server.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';

let built: BuiltServer;
let batch: string;

const get = (path: string) =>
  built.server.app.inject({ method: 'GET', url: path, headers: { host: 'localhost' } });

beforeAll(async () => {
  built = await builtServer();
  // One request in thirty years.
  const text = queueText({
    tiers: [poissonTier(1e-9)],
    slots: 1,
    service: '{ kind: constant, value: 1s }',
    warmUp: 0,
    duration: 60,
  });
  const answer = await submit(text);
  batch = answer.json<{ id: string }>().id;
  await get(`/v1/batches/${batch}/events`);
});
afterAll(() => built.end());

it.each([
  ['estimates?metric=wait.meen', 'metric "wait.meen"; did you mean "wait.mean"?'],
  [
    'estimates?scope=total&metric=requests.servd',
    'metric "requests.servd" of scope "total"; did you mean "requests.served"?',
  ],
  ['estimates?scope=totl', 'scope "totl"; did you mean "total"?'],
  ['estimates?scope=totl&metric=wait.mean', 'scope "totl"; did you mean "total"?'],
  ['estimates?metric=wait.meen&confidence=0.9', 'metric "wait.meen"; did you mean "wait.mean"?'],
  ['replications?metric=wait.meen', 'metric "wait.meen" of scope "total"; did you mean "wait.mean"?'],
])('%s names the one that was meant', async (question, says) => {
  const answer = await get(`/v1/batches/${batch}/${question}`);
  expect(answer.statusCode).toBe(404);
  expect(answer.json<{ detail: string }>().detail).toContain(says);
});

it('the document of a batch in which nobody came says so', async () => {
  const { warnings } = (await get(`/v1/batches/${batch}/result`)).json<{ warnings: string[] }>();
  expect(warnings).toEqual([expect.stringMatching(/^no request arrived in the measured window/)]);
});

interface Page {
  readonly estimates: readonly { readonly scope: string; readonly metric: string }[];
  readonly next: string | null;
}

interface Compared {
  readonly differences: readonly { readonly scope: string; readonly metric: string }[];
}

/** Every page of the estimates of a batch, and the length of the longest [bytes]. */
async function pagesOf(id: string, limit: string) {
  const pages: Page[] = [];
  let longest = 0;
  for (let cursor: string | null = '0'; cursor !== null; cursor = pages.at(-1)!.next) {
    const answer = await get(`/v1/batches/${id}/estimates?${limit}cursor=${cursor}`);
    expect(answer.statusCode).toBe(200);
    longest = Math.max(longest, answer.rawPayload.length);
    pages.push(answer.json<Page>());
  }
  return { pages, longest };
}

it('estimates come in pages that together are all of them, each once and in order', async () => {
  const whole = (await get(`/v1/batches/${batch}/estimates`)).json<Page>();
  expect(whole.next).toBeNull();
  const { pages } = await pagesOf(batch, 'limit=7&');
  expect(pages.flatMap(({ estimates }) => estimates)).toEqual(whole.estimates);
  expect(pages.length).toBe(Math.ceil(whole.estimates.length / 7));
  // Beyond the last there is nothing, and no next.
  const beyond = (await get(`/v1/batches/${batch}/estimates?cursor=999999`)).json<Page>();
  expect(beyond).toMatchObject({ estimates: [], next: null });
});

/** Sends a batch of two replications. */
const submit = (text: string, more: object = {}) =>
  built.server.app.inject({
    method: 'POST',
    url: '/v1/batches',
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: JSON.stringify({ scenario: { kind: 'text', text }, ...more, replications: 2 }),
  });

/** A batch of so many tiers with names of 20,000 characters each, as many as a body has room for: 52. */
async function longNames(count: number, overrides: readonly string[] = []): Promise<string> {
  const names = Array.from({ length: count }, (_, index) => `${'n'.repeat(20_000)}${index}`);
  const text = queueText({
    tiers: names.map((name) => poissonTier(0.01, '', name)),
    slots: 1,
    service: '{ kind: constant, value: 1s }',
    warmUp: 0,
    duration: 60,
  });
  const answer = await submit(text, { overrides });
  expect(answer.statusCode, answer.body.slice(0, 300)).toBe(202);
  const { id } = answer.json<{ id: string }>();
  await get(`/v1/batches/${id}/events`);
  return id;
}

const reprice = (id: string, query = '') =>
  built.server.app.inject({
    method: 'POST',
    url: `/v1/batches/${id}/reprice${query}`,
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: JSON.stringify({
      text: `tiers: [{ name: ${'n'.repeat(20_000)}0, revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1 } }]`,
    }),
  });

describe('of tiers with names as long as a body has room for', () => {
  /** Forty tiers, of which each has some fifty metrics: 40 MB in one answer. */
  let many: string;
  beforeAll(async () => {
    many = await longNames(40);
  }, 120_000);

  it('estimates come in pages of bounded length', async () => {
    const { pages, longest } = await pagesOf(many, '');
    const scopes = new Set(pages.flatMap(({ estimates }) => estimates.map(({ scope }) => scope)));
    expect(scopes.size).toBeGreaterThan(40);
    // Two million bytes, and the head of a page.
    expect(longest).toBeLessThan(2 ** 21 + 1_000);
  });

  it('a document that would be longer than 32 MiB is refused, and it is said how to ask for less', async () => {
    const answer = await get(`/v1/batches/${many}/result`);
    expect(answer.statusCode).toBe(422);
    const { code, detail } = answer.json<{ code: string; detail: string }>();
    expect(code).toBe('answer-too-long');
    expect(detail).toContain(`GET /v1/batches/${many}/estimates has the estimates in pages`);
  });

  it('documents of several pieces say what estimates in pages say', async () => {
    const [few, other] = [await longNames(6), await longNames(6, ['fleet.pools[0].replicas=2'])];
    const { pages } = await pagesOf(few, '');
    const whole = await get(`/v1/batches/${few}/result`);
    expect(whole.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(whole.rawPayload.length).toBeGreaterThan(4_000_000);
    expect(whole.json<Page>().estimates).toEqual(pages.flatMap(({ estimates }) => estimates));
    const hours = (await get(`/v1/batches/${few}/hourly`)).json<{ tiers: { name: string }[] }>();
    expect(hours.tiers.map(({ name }) => name.slice(20_000))).toEqual([...'012345']);
    const comparison = `/v1/comparisons?baseline=${few}&batch=${other}`;
    const all = (await get(comparison)).json<Compared>().differences;
    expect(new Set(all.map(({ scope }) => scope)).size).toBeGreaterThan(6);
    const one = (await get(`${comparison}&scope=total&metric=wait.mean`)).json<Compared>().differences;
    expect(one).toEqual(all.filter(({ scope, metric }) => scope === 'total' && metric === 'wait.mean'));
    expect(one.length).toBe(1);
    const unknown = await get(`${comparison}&scope=total&metric=wait.meen`);
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json<{ detail: string }>().detail).toContain('did you mean "wait.mean"?');
  });

  it('money at other prices comes whole, or what is asked for of it', async () => {
    const all = (await reprice(many)).json<Page>().estimates;
    expect(all.map(({ scope }) => scope)).toContain(`tier:${'n'.repeat(20_000)}0`);
    const revenue = (await reprice(many, '?scope=total&metric=revenue')).json<Page>().estimates;
    expect(revenue).toEqual(all.filter(({ scope, metric }) => scope === 'total' && metric === 'revenue'));
    expect(revenue.length).toBe(1);
  });
});
