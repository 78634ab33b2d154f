/** Batches over real threads of the built program. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { BatchProgress, BatchRequest, BatchResult } from '../../src/batch/run-batch.ts';
import { estimate, type Estimate } from '../../src/experiments/estimate.ts';
import { exactly, untilPrecise } from '../../src/experiments/precision.ts';
import type { MetricAddress } from '../../src/experiments/metric-address.ts';
import type { ReplicationResult } from '../../src/experiments/replicate.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { Folder } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { replications } from '../helpers/scenario.ts';
import { batchOf } from '../helpers/stored.ts';

/** Built, because its threads need no loader; its types are those of the source. */
const built = (module: string): Promise<unknown> =>
  import(new URL(`../../dist/${module}.js`, import.meta.url).href);
const { runBatch } = (await built('batch/run-batch')) as typeof import('../../src/batch/run-batch.ts');
const { Store } = (await built('store/store')) as typeof import('../../src/store/store.ts');

const LOAD = { tiers: [poissonTier(7)], slots: 8, service: '{ kind: exponential, mean: 1s }', warmUp: 0 };

const folder = new Folder({
  'short.yaml': queueText({ ...LOAD, duration: 300 }),
  'long.yaml': queueText({ ...LOAD, duration: 8_000 }),
});
const store = Store.temporary();
afterAll(() => {
  store.close();
  folder.remove();
});

const catalog = readCatalog();
let batches = 0;

const isAnyOf = (some: readonly MetricAddress[], { scope, metric }: MetricAddress): boolean =>
  some.some((one) => one.scope === scope && one.metric === metric);

/** A batch that shares nothing with those before it. */
function request(file: string, more: Partial<BatchRequest> = {}): BatchRequest {
  const scenario = { path: folder.of(file), overrides: [] };
  const { hash } = loadScenario(scenario, catalog);
  return {
    scenario,
    hash,
    batch: batchOf(store, `${hash} ${++batches}`),
    seed: 'test',
    stop: exactly(6),
    confidence: 0.95,
    threads: 2,
    byHour: false,
    requestsFile: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  };
}

/** The same replications, one after another in this thread. */
const alone = ({ scenario, seed }: BatchRequest, count: number): ReplicationResult[] =>
  replications(loadScenario(scenario, catalog), count, { seed });

const estimatesOf = ({ batch, confidence }: BatchRequest, { planned }: BatchResult): Estimate[] =>
  batch.estimates(confidence, planned);

const measured = (replicated: readonly ReplicationResult[]) =>
  estimate(
    replicated.map(({ measurements }) => measurements),
    0.95,
  );

/** What a batch that must fail threw: its name, exit code and message. */
async function failureOf(broken: BatchRequest) {
  const error: unknown = await runBatch({ ...broken, threads: 1 }).then(
    () => new Error('the batch succeeded'),
    (reason: unknown) => reason,
  );
  const { name, exitCode, message } = error as { name: string; exitCode?: number; message: string };
  return { name, exitCode, message };
}

describe('a batch', () => {
  it('gives what one replication after another gives, whoever finishes first', async () => {
    const asked = request('short.yaml', { threads: 3 });
    const result = await runBatch(asked);
    expect(result).toEqual({
      finished: [0, 1, 2, 3, 4, 5],
      planned: 6,
      reused: 0,
      failures: [],
      interrupted: false,
    });
    expect(estimatesOf(asked, result)).toEqual(measured(alone(asked, 6)));
  });

  it('writes the rows of replication 0, whichever thread runs it', async () => {
    const requestsFile = folder.of('rows.csv');
    const asked = request('short.yaml', { requestsFile });
    await runBatch(asked);
    const rows = readFileSync(requestsFile, 'utf8').trim().split('\n').slice(1);
    const arrived = asked.batch.estimates(0.95, 1).find(({ metric }) => metric === 'requests.arrived')!;
    expect(arrived).toMatchObject({ scope: 'total', mean: rows.length, n: 1 });
  });

  it('writes the rows also when replication 0 is there already, with the same result', async () => {
    const requestsFile = folder.of('again.csv');
    const asked = request('short.yaml');
    const before = estimatesOf(asked, await runBatch(asked));
    const again = { ...asked, requestsFile };
    const result = await runBatch(again);
    expect(result.reused).toBe(5);
    expect(estimatesOf(again, result)).toEqual(before);
    expect(readFileSync(requestsFile, 'utf8')).toMatch(/^id,tier,/);
  });

  it('counts what is finished, and never more than was planned', async () => {
    const seen: BatchProgress[] = [];
    await runBatch(request('long.yaml', { onProgress: (state) => seen.push(state) }));
    expect(seen.length).toBeGreaterThan(0);
    for (const { finished, planned, worth } of seen) {
      expect(planned).toBe(6);
      expect(worth).toBeGreaterThanOrEqual(finished);
      expect(worth).toBeLessThanOrEqual(planned);
    }
    expect(seen.map(({ worth }) => worth)).toEqual(seen.map(({ worth }) => worth).toSorted((a, b) => a - b));
  });

  it('tells the least certain of what it watches, with the half-width that it has by now', async () => {
    const metrics = ['e2e.mean', 'e2e.p99'].map((metric) => ({ scope: 'tier:all', metric }));
    const asked = request('short.yaml', { stop: exactly(20) });
    await runBatch(asked);
    const there = asked.batch.estimates(0.95, 20).filter((one) => isAnyOf(metrics, one));
    const seen: BatchProgress[] = [];
    const stop = untilPrecise({ relative: 1e-6, metrics, most: 50 });
    await runBatch({ ...asked, stop, onProgress: (state) => seen.push(state) });
    const relative = ({ halfWidth, mean }: Estimate) => halfWidth! / mean!;
    const [leastCertain] = there.toSorted((a, b) => relative(b) - relative(a));
    // What is told first is told before any of the thirty more is done.
    expect(seen[0]).toMatchObject({ finished: 20, planned: 50, leastCertain });
  });
});

describe('a failure in a thread', () => {
  it('of the input comes back as the input’s: the scenario changed under the batch', async () => {
    expect(await failureOf(request('short.yaml', { hash: 'another' }))).toMatchObject({
      name: 'InputError',
      exitCode: 2,
      message: expect.stringMatching(
        /short\.yaml the scenario changed while its batch was running/,
      ) as string,
    });
  });

  it('of the environment comes back as the environment’s', async () => {
    const requestsFile = folder.of('short.yaml/rows.csv');
    expect(await failureOf(request('short.yaml', { requestsFile }))).toMatchObject({
      name: 'EnvironmentError',
      exitCode: 4,
      message: expect.stringContaining(`${requestsFile} cannot be written: ENOTDIR`) as string,
    });
  });

  it('of the program is kept with where it was, and the other replications go on', async () => {
    const asked = request('short.yaml', { seed: null as unknown as string });
    const { finished, failures } = await runBatch(asked);
    expect(finished).toEqual([]);
    expect(failures.map(({ replication, failure }) => [replication, failure])).toEqual(
      [0, 1, 2, 3, 4, 5].map((index) => [index, 'defect']),
    );
    for (const { message } of failures) expect(message).toMatch(/\n {4}at /);
    // Mended, the same batch has no failures left.
    const mended = await runBatch({ ...asked, seed: 'test' });
    expect(mended).toMatchObject({ finished: [0, 1, 2, 3, 4, 5], reused: 0, failures: [] });
  });

  it('is not tried for ever where nothing succeeds', async () => {
    const asked = request('short.yaml', { seed: null as unknown as string, stop: exactly(1_000) });
    const { failures } = await runBatch(asked);
    expect(failures.length).toBeGreaterThanOrEqual(20);
    expect(failures.length).toBeLessThan(30);
  });
});

describe('a batch that is there in part', () => {
  it('runs what is missing, and comes to what one run comes to: 2, then 6, then 4', async () => {
    const asked = request('short.yaml');
    const two = await runBatch({ ...asked, stop: exactly(2) });
    expect(two).toMatchObject({ finished: [0, 1], reused: 0 });
    const six = await runBatch(asked);
    expect(six).toMatchObject({ finished: [0, 1, 2, 3, 4, 5], reused: 2 });
    const replicated = alone(asked, 6);
    expect(estimatesOf(asked, six)).toEqual(measured(replicated));
    const four = await runBatch({ ...asked, stop: exactly(4) });
    expect(four).toMatchObject({ finished: [0, 1, 2, 3], reused: 4 });
    expect(estimatesOf(asked, four)).toEqual(measured(replicated.slice(0, 4)));
  });

  it('goes on in stages to a precision, from what is there', async () => {
    const asked = request('short.yaml', { stop: untilPrecise({ relative: 0.05 }) });
    const { planned } = await runBatch(asked);
    expect(planned).toBeGreaterThanOrEqual(20);
    const again = await runBatch(asked);
    expect(again).toMatchObject({ planned, reused: planned });
  });
});

describe('an aborted batch', () => {
  it('keeps what is finished, in order, and estimates from that alone', async () => {
    const control = new AbortController();
    let told = 0;
    const asked = request('long.yaml', {
      stop: exactly(10_000),
      signal: control.signal,
      onProgress: ({ finished }) => {
        if (control.signal.aborted) return;
        told = finished;
        if (finished >= 3) control.abort();
      },
    });
    const result = await runBatch(asked);
    const { finished, interrupted } = result;
    expect(interrupted).toBe(true);
    expect(told).toBeGreaterThanOrEqual(3);
    expect(finished.length).toBeGreaterThanOrEqual(told);
    expect(finished).toEqual(finished.toSorted((a, b) => a - b));
    const replicated = alone(asked, Math.max(...finished) + 1);
    expect(estimatesOf(asked, result)).toEqual(measured(finished.map((index) => replicated[index]!)));
  });

  it('has nothing when it is aborted before it begins', async () => {
    expect(await runBatch(request('long.yaml', { signal: AbortSignal.abort() }))).toEqual({
      finished: [],
      planned: 6,
      reused: 0,
      failures: [],
      interrupted: true,
    });
  });
});
