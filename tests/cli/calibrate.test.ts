/** `calibrate` as a process: from the rows that `run` writes to the step-time model that `run` had. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CalibrationDocument } from '../../src/cli/calibrate/document.ts';
import { fleetyield, Folder, type Outcome } from '../helpers/command.ts';

/** 20 requests on an engine whose step takes 10 ms + 0.05 ms × prompt tokens + 0.2 ms × sequences. */
const SCENARIO = `
fleetyield: 1
name: engine
horizon: { duration: 60s }
workload:
  tiers:
    - name: all
      model: toy
      arrivals:
        kind: replay
        requests:
${Array.from({ length: 20 }, (_, n) => `          - { at: ${(n * n) / 25}s, prompt: ${50 + 97 * (n % 7)}, output: ${20 + 41 * (n % 5)} }`).join('\n')}
fleet:
  pools:
    - name: main
      model: toy
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: 8
        kv: { capacityTokens: 100000 }
        stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.05ms, perSequence: 0.2ms }
    - name: spare
      model: toy
      replicas: 1
      serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } }
`;

const folder = new Folder({ 'two-pools.yaml': SCENARIO, 'broken.csv': 'arrival_s,prompt\n0,1\n' });
folder.write('engine.yaml', SCENARIO.slice(0, SCENARIO.indexOf('    - name: spare')));
afterAll(() => folder.remove());

const here = { cwd: folder.path };
const calibrate = (...args: string[]): Promise<Outcome> => fleetyield(['calibrate', ...args], here);

beforeAll(async () => {
  const rows = ['--requests', 'rows.csv', '--replications', '1', '--quiet', '--threads', '1'];
  expect((await fleetyield(['run', 'engine.yaml', ...rows], here)).code).toBe(0);
});

describe('calibrate', () => {
  it('finds in the rows of a run the step-time model that it had', async () => {
    const { code, stdout, stderr } = await calibrate('rows.csv', '--scenario', 'engine.yaml', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout) as CalibrationDocument;
    expect(document).toMatchObject({
      fleetyield: expect.stringMatching(/^\d/) as string,
      scenario: { name: 'engine' },
      pool: 'main',
      measured: { file: 'rows.csv', requests: 20, arrivals: 'arrival' },
      stepTime: 'affine',
      split: { fittedRequests: 10, fitted: { requests: 10 }, tested: { requests: 10 } },
    });
    const { coefficients, comparison } = document.whole;
    expect(Math.abs(coefficients['base']! / 0.01 - 1)).toBeLessThan(0.05);
    expect(Math.abs(coefficients['perPrefillToken']! / 5e-5 - 1)).toBeLessThan(0.05);
    // Of 20 requests a quantile is one request, which a step boundary can move by a step; means are not so fickle.
    const means = comparison.metrics.filter(({ metric }) => metric.endsWith('.mean'));
    expect(means).toHaveLength(3);
    for (const { metric, error } of means) expect(Math.abs(error!), metric).toBeLessThan(0.02);
  });

  it('prints a table and the step-time model to paste, and writes nothing', async () => {
    const before = readdirSync(folder.path);
    const { code, stdout, stderr } = await calibrate('rows.csv', '--scenario', 'engine.yaml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^rows\.csv {2}20 requests, on one replica of main of engine$/m);
    expect(stdout).toMatch(/^TTFT mean +\S+ ms +\S+ ms +[−+][\d.]+ % +[−+][\d.]+ % +[−+][\d.]+ %$/m);
    expect(stdout).toMatch(/^pre-emptions, simulated: 0$/m);
    expect(stdout).toMatch(/^stepTime:\n {2}kind: affine\n {2}base: [\d.]+ms\n/m);
    expect(stdout).not.toContain('\u001b');
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it('writes a picture where it is told to', async () => {
    const args = [
      '--scenario',
      'two-pools.yaml',
      '--pool',
      'main',
      '--step-time',
      'smooth-roofline',
      '--front-end',
      '0s',
    ];
    const { code, stderr } = await calibrate('rows.csv', ...args, '--picture', 'fit.svg');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'wrote fit.svg\n' });
    const picture = readFileSync(folder.of('fit.svg'), 'utf8');
    expect(picture).toContain('<title>rows.csv: simulated against measured</title>');
    // Two rows of three panels, a point for each of 20 requests, and two in the legend.
    expect(picture.match(/<circle/g)).toHaveLength(2 * 3 * 20 + 2);
  });

  it.each([
    ['no scenario', ['rows.csv'], "required option '--scenario <file>' not specified"],
    [
      'a file that is not there',
      ['nowhere.csv', '--scenario', 'engine.yaml'],
      'nowhere.csv the file nowhere.csv does not exist',
    ],
    [
      'columns that are missing',
      ['broken.csv', '--scenario', 'engine.yaml'],
      'broken.csv:1 the header is "arrival_s,prompt" and lacks output_tokens',
    ],
    [
      'which of two pools',
      ['rows.csv', '--scenario', 'two-pools.yaml'],
      '--pool several pools; choose the one that was measured: main, spare',
    ],
    [
      'a pool of slots',
      ['rows.csv', '--scenario', 'two-pools.yaml', '--pool', 'spare'],
      '--pool "spare" uses slots',
    ],
    [
      'a step-time model that is not fitted',
      ['rows.csv', '--scenario', 'engine.yaml', '--step-time', 'afine'],
      '--step-time "afine" is not fitted; did you mean "affine"? known: affine, smooth-roofline',
    ],
    [
      'a front end without a unit',
      ['rows.csv', '--scenario', 'engine.yaml', '--front-end', '8'],
      '--front-end "8" is no duration; expected one such as 8ms or 0s',
    ],
    [
      'queue entries that were not measured',
      ['rows.csv', '--scenario', 'engine.yaml', '--arrivals', 'queue'],
      '--arrivals no entry into the queue was measured; give a column queued_s, or use arrival',
    ],
    [
      'an engine that is too small for what it served',
      ['rows.csv', '--scenario', 'engine.yaml', '--set', 'fleet.pools[main].serving.kv.capacityTokens=160'],
      'rows.csv:',
    ],
  ])('ends with 2 and says what is wrong: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await calibrate(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('ends with 4 where the picture cannot be written', async () => {
    const { code, stderr } = await calibrate(
      'rows.csv',
      '--scenario',
      'engine.yaml',
      '--picture',
      'nowhere/fit.svg',
    );
    expect(code).toBe(4);
    expect(stderr).toContain('nowhere/fit.svg cannot be written');
    expect(existsSync(folder.of('nowhere'))).toBe(false);
  });
});
