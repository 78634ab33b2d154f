/** Batches over real threads of the built program. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { BatchProgress, BatchRequest, BatchResult } from '../../src/batch/run-batch.ts';
import { estimate } from '../../src/experiments/estimate.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { Folder } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { replications } from '../helpers/scenario.ts';

/** Built, because its threads need no loader; its types are those of the source. */
const BUILT = new URL('../../dist/batch/run-batch.js', import.meta.url).href;
const { runBatch } = (await import(BUILT)) as typeof import('../../src/batch/run-batch.ts');

const LOAD = { tiers: [poissonTier(7)], slots: 8, service: '{ kind: exponential, mean: 1s }', warmUp: 0 };

const folder = new Folder({
  'short.yaml': queueText({ ...LOAD, duration: 300 }),
  'long.yaml': queueText({ ...LOAD, duration: 8_000 }),
});
afterAll(() => folder.remove());

const catalog = readCatalog();

function request(file: string, more: Partial<BatchRequest> = {}): BatchRequest {
  const scenario = { path: folder.of(file), overrides: [] };
  return {
    scenario,
    hash: loadScenario(scenario, catalog).hash,
    seed: 'test',
    stop: { replications: 6 },
    level: 0.95,
    workers: 2,
    byHour: false,
    requestsFile: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  };
}

const numbersOf = ({ replications }: BatchResult) => replications.map(({ replication }) => replication);

/** What a batch that must fail threw: its name, exit code and message. */
async function failureOf(broken: BatchRequest) {
  const error: unknown = await runBatch({ ...broken, workers: 1 }).then(
    () => new Error('the batch succeeded'),
    (reason: unknown) => reason,
  );
  const { name, exitCode, message } = error as { name: string; exitCode?: number; message: string };
  return { name, exitCode, message };
}

describe('a batch', () => {
  it('gives what one replication after another gives, whoever finishes first', async () => {
    const scenario = loadScenario(request('short.yaml').scenario, catalog);
    const alone = replications(scenario, 6);
    const result = await runBatch(request('short.yaml', { workers: 3 }));
    expect(result.interrupted).toBe(false);
    expect(numbersOf(result)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(result.replications).toEqual(alone);
    expect(result.estimates).toEqual(
      estimate(
        alone.map(({ measurements }) => measurements),
        0.95,
      ),
    );
  });

  it('writes the rows of replication 0, whichever thread runs it', async () => {
    const requestsFile = folder.of('rows.csv');
    const { replications: results } = await runBatch(request('short.yaml', { requestsFile }));
    const rows = readFileSync(requestsFile, 'utf8').trim().split('\n').slice(1);
    const arrived = results[0]!.measurements.find(
      ({ scope, metric }) => scope === 'total' && metric === 'requests.arrived',
    )!;
    expect(arrived.observation).toEqual({ kind: 'value', value: rows.length });
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

  it('of the program comes back as a defect, with where it was', async () => {
    expect(await failureOf(request('short.yaml', { seed: null as unknown as string }))).toMatchObject({
      name: 'InvariantError',
      exitCode: 3,
      message: expect.stringMatching(/\n {4}at /) as string,
    });
  });
});

describe('an aborted batch', () => {
  it('keeps what is finished, in order, and estimates from that alone', async () => {
    const control = new AbortController();
    let told = 0;
    const result = await runBatch(
      request('long.yaml', {
        stop: { replications: 10_000 },
        signal: control.signal,
        onProgress: ({ finished }) => {
          if (control.signal.aborted) return;
          told = finished;
          if (finished >= 3) control.abort();
        },
      }),
    );
    expect(result.interrupted).toBe(true);
    expect(told).toBeGreaterThanOrEqual(3);
    expect(result.replications.length).toBeGreaterThanOrEqual(told);
    expect(numbersOf(result)).toEqual(numbersOf(result).toSorted((a, b) => a - b));
    expect(new Set(numbersOf(result)).size).toBe(result.replications.length);
    expect(result.estimates).toEqual(
      estimate(
        result.replications.map(({ measurements }) => measurements),
        0.95,
      ),
    );
  });

  it('has nothing when it is aborted before it begins', async () => {
    expect(await runBatch(request('long.yaml', { signal: AbortSignal.abort() }))).toEqual({
      replications: [],
      estimates: [],
      interrupted: true,
    });
  });
});
