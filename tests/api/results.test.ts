/** What results say beside their numbers: names that were meant, and what is to be known before they are believed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  const answer = await built.server.app.inject({
    ...{ method: 'POST', url: '/v1/batches' },
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: JSON.stringify({ scenario: { kind: 'text', text }, replications: 2 }),
  });
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
  ['estimates?metric=wait.meen&level=0.9', 'metric "wait.meen"; did you mean "wait.mean"?'],
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

it('estimates of tiers with names as long as a body has room for come in pages of bounded length', async () => {
  // Forty tiers of 20,000 characters each, of which each has some fifty metrics: 40 MB in one answer.
  const tiers = Array.from({ length: 40 }, (_, index) => `${'n'.repeat(20_000)}${index}`);
  const text = queueText({
    tiers: tiers.map((name) => poissonTier(0.01, '', name)),
    slots: 1,
    service: '{ kind: constant, value: 1s }',
    warmUp: 0,
    duration: 60,
  });
  const answer = await built.server.app.inject({
    ...{ method: 'POST', url: '/v1/batches' },
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: JSON.stringify({ scenario: { kind: 'text', text }, replications: 2 }),
  });
  expect(answer.statusCode, answer.body.slice(0, 300)).toBe(202);
  const { id } = answer.json<{ id: string }>();
  await get(`/v1/batches/${id}/events`);
  const { pages, longest } = await pagesOf(id, '');
  expect(new Set(pages.flatMap(({ estimates }) => estimates.map(({ scope }) => scope))).size).toBeGreaterThan(
    40,
  );
  // Two million characters, and the head of a page.
  expect(longest).toBeLessThan(2 ** 21 + 1_000);
}, 120_000);
