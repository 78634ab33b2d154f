/**
 * The load study of the API: how fast results are told, and whether a page of batches comes in time, while a batch of
 * 10,000 small replications runs. Some two minutes of two cores, quiet ones.
 *
 *   npm run study:api                              into results/reference/api.md and .json
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { Folder } from '../tests/helpers/command.ts';
import { poissonTier, queueText } from '../tests/helpers/queue.ts';
import { follow, serve, toEnd, type ServedProcess } from '../tests/helpers/server.ts';
import { apiReport, type ApiStudy, type Load } from './api-report.ts';

const SECONDS = 5;
const REPLICATIONS = 10_000;

/** M/M/2 at 80 % for fifty minutes: five thousand requests. Batches of it differ by their seeds. */
const TEXT = queueText({
  tiers: [poissonTier(1.6)],
  slots: 2,
  service: '{ kind: exponential, mean: 1s }',
  warmUp: 0,
  duration: 3_000,
});

async function submitted({ client }: ServedProcess, seed: string, replications: number): Promise<string> {
  const body = { scenario: { kind: 'text' as const, text: TEXT }, seed, replications };
  const { data, error } = await client.POST('/v1/batches', { body });
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data.id;
}

interface Question {
  readonly operation: string;
  readonly path: string;
}

async function measured(
  server: ServedProcess,
  { operation, path }: Question,
  connections: number,
  seconds = SECONDS,
): Promise<Load> {
  const { requests, latency, non2xx, errors } = await autocannon({
    url: `${server.url}${path}`,
    connections,
    duration: seconds,
    timeout: 60,
  });
  return {
    operation,
    connections,
    pause: 0,
    perSecond: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    longest: latency.max,
    requests: requests.total,
    failed: non2xx + errors,
  };
}

const page: Question = { operation: 'GET /v1/batches', path: '/v1/batches' };
const estimates = (operation: string, id: string): Question => ({
  operation,
  path: `/v1/batches/${id}/estimates?scope=total`,
});

/** Requests of the caller who asks again and again, and the pause between an answer and the next request [ms]. */
const PACED = 1_500;
const PAUSE = 10;

/** One caller who asks, and asks again a moment after each answer. */
async function paced(server: ServedProcess, { operation, path }: Question): Promise<Load> {
  const times: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  for (let request = 0; request < PACED; request++) {
    const askedAt = performance.now();
    const answer = await fetch(`${server.url}${path}`);
    await answer.text();
    times.push(performance.now() - askedAt);
    if (answer.status !== 200) failed += 1;
    await setTimeout(PAUSE);
  }
  const perSecond = (1_000 * PACED) / (performance.now() - startedAt);
  times.sort((a, b) => a - b);
  const quantile = (p: number) => Number(times[Math.ceil(p * PACED) - 1]!.toFixed(1));
  const quantiles = { p50: quantile(0.5), p99: quantile(0.99), longest: quantile(1) };
  return { operation, connections: 1, pause: PAUSE, perSecond, ...quantiles, requests: PACED, failed };
}

/** Loads on pages of batches, and on estimates of one that is finished and of one that runs, where there is one. */
async function loads(server: ServedProcess, finished: string, running: string | null): Promise<Load[]> {
  const found = [await paced(server, page)];
  const questions = [page, estimates('GET …/estimates?scope=total', finished)];
  for (const question of questions)
    for (const connections of [1, 16, 64]) found.push(await measured(server, question, connections));
  if (running !== null)
    found.push(await measured(server, estimates('the same, of the batch that runs', running), 16, 15));
  return found;
}

const folder = new Folder();
const server = await serve(folder.path, ['--rate-limit', '1000000000']);
try {
  const loadBefore = loadavg()[0]!;
  // A page of fifteen batches.
  const small = [];
  for (let index = 0; index < 15; index++) small.push(await submitted(server, `small ${index}`, 20));
  for (const id of small) await toEnd(server.url, id);
  const [finished] = small as [string];
  const idle = await loads(server, finished, null);
  const long = await submitted(server, 'long', REPLICATIONS);
  const done = async () =>
    (await server.client.GET('/v1/batches/{id}', { params: { path: { id: long } } })).data!;
  for await (const { data } of follow(server.url, long)) if ((data.finished ?? 0) > 100) break;
  const [startedAt, before] = [performance.now(), await done()];
  const busy = await loads(server, finished, long);
  const after = await done();
  if (after.status !== 'running') throw new Error('the batch ended before the measurement');
  const study: ApiStudy = {
    date: new Date().toISOString().slice(0, 10),
    version: after.version,
    machine: `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]!.model}`,
    loadBefore: Number(loadBefore.toFixed(1)),
    loadAfter: Number(loadavg()[0]!.toFixed(1)),
    replications: REPLICATIONS,
    doneBefore: before.replications.done,
    doneAfter: after.replications.done,
    seconds: Number(((performance.now() - startedAt) / 1_000).toFixed(1)),
    idle,
    busy,
  };
  const target = (ending: string) =>
    fileURLToPath(new URL(`../results/reference/api.${ending}`, import.meta.url));
  writeFileSync(target('json'), `${JSON.stringify(study, null, 2)}\n`);
  writeFileSync(target('md'), apiReport(study));
} finally {
  await server.end();
  folder.remove();
}
