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
