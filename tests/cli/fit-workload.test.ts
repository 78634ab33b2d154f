/** `fit-workload` as a process: from a trace file to a workload that a scenario runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { WorkloadDocument } from '../../src/cli/fit-workload/document.ts';
import { Streams } from '../../src/stats/index.ts';
import { TRACE_FORMATS } from '../../src/workload/traces/index.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { arrivalsUntil } from '../helpers/arrivals.ts';
import { fleetyield, Folder, type Outcome } from '../helpers/command.ts';

const source = new Streams('cli', 0).stream('lengths');
const rows = (times: readonly number[]) =>
  times.map((at, n) => `${at},${100 + Math.floor(900 * source.next())},${20 + (n % 7)},t${n % 5}`).join('\n');
const traceText = (times: readonly number[]) => `at,prompt,output,tenant\n${rows(times)}\n`;

const folder = new Folder({
  'poisson.csv': traceText(arrivalsUntil(600, { kind: 'poisson', ratePerSecond: 2 }, { name: 'cli' })),
  'bursts.csv': traceText(
    arrivalsUntil(900, { kind: 'mmpp', ratesPerSecond: [12, 1], meanStay: [10, 20] } as never, {
      name: 'cli',
    }),
  ),
  // Every third request is of another tier.
  'tiers.jsonl': arrivalsUntil(600, { kind: 'poisson', ratePerSecond: 2 }, { name: 'cli' })
    .map((at, n) => JSON.stringify({ at, prompt: 100 + n, output: 20, tier: n % 3 === 0 ? 'api' : 'chat' }))
    .join('\n'),
  'short.csv': 'at\n0\n1\n2\n',
  'broken.csv': 'at,prompt\n0,1\nsoon,2\n',
});
afterAll(() => folder.remove());

const fit = (...args: string[]): Promise<Outcome> =>
  fleetyield(['fit-workload', ...args, '--quiet'], { cwd: folder.path });

/** A scenario around a workload as it was printed. */
const around = (workload: string) => `
fleetyield: 1
name: pasted
horizon: { duration: 600s }
${workload}
fleet:
  pools:
    - name: main
      model: llama-3.1-8b
      replicas: 1
      serving: { kind: continuous-batching, kv: { capacityTokens: 1000000 }, stepTime: { kind: affine, base: 5ms } }
`;

describe('fit-workload', () => {
  it('prints a document with the distributions, the figures and YAML that runs where it is pasted', async () => {
    for (const [file, kind] of [
      ['poisson.csv', 'poisson'],
      ['bursts.csv', 'mmpp'],
    ]) {
      const { code, stdout, stderr } = await fit(
        file!,
        '--format',
        'csv',
        '--json',
        '--tenants',
        '--resamples',
        '59',
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const document = JSON.parse(stdout) as WorkloadDocument;
      expect(document).toMatchObject({
        trace: { file, format: 'csv' },
        arrivals: { choice: { kind }, accepted: true },
        resamples: 59,
        tenants: { count: 5 },
      });
      expect(document.chanceOutside).toBeCloseTo(2 / 60, 12);
      const scenario = around(document.yaml);
      folder.write('pasted.yaml', scenario);
      const { rule, tenants } = scenarioOf(scenario).cell.tiers[0]!;
      expect(rule.arrivals).toEqual(document.arrivals.choice);
      expect(tenants).toBe(5);
      const run = await fleetyield(
        ['run', 'pasted.yaml', '--replications', '1', '--threads', '1', '--quiet', '--json'],
        { cwd: folder.path },
      );
      expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
      const { audit, estimates } = JSON.parse(run.stdout) as {
        audit: { passed: boolean };
        estimates: { scope: string; metric: string; mean: number }[];
      };
      expect(audit.passed).toBe(true);
      // As many requests as the process has in 600 s, within five standard deviations of a count of that dispersion.
      const { measured } = document.figures.find(({ name }) => name === 'rate')!;
      const { dispersion } = { dispersion: document.dispersion.at(-1)!.high };
      const arrived = estimates.find(
        ({ scope, metric }) => scope === 'total' && metric === 'requests.arrived',
      )!.mean;
      expect(Math.abs(arrived - 600 * measured)).toBeLessThan(5 * Math.sqrt(600 * measured * dispersion));
    }
  });

  it('prints a table, says what a process misses, and writes nothing', async () => {
    const before = readdirSync(folder.path);
    const { code, stdout, stderr } = await fit(
      'bursts.csv',
      '--format',
      'csv',
      '--resamples',
      '59',
      '--name',
      'chat',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^bursts\.csv {2}[\d,]+ requests in \S+ s$/m);
    expect(stdout).toMatch(/59 simulations of the same length, outside of which 3\.3 % of right figures lie/);
    expect(stdout).toMatch(/^variation of gaps +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
    expect(stdout).toMatch(/^Poisson misses: .*dispersion in 10 s/m);
    expect(stdout).toMatch(/^note: the trace is shorter than a day/m);
    expect(stdout).toMatch(/^ {4}- name: chat$/m);
    expect(stdout).not.toContain('\u001b');
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it('fits the requests of the tier that is named, where the trace names tiers', async () => {
    const args = ['tiers.jsonl', '--format', 'jsonl', '--json', '--resamples', '19'];
    const lines = readFileSync(folder.of('tiers.jsonl'), 'utf8').split('\n');
    const { stdout } = await fit(...args, '--name', 'api');
    expect((JSON.parse(stdout) as WorkloadDocument).trace.requests).toBe(Math.ceil(lines.length / 3));
    const { code, stderr } = await fit(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('tiers.jsonl holds requests of the tiers api, chat and none of "fitted"');
  });

  it('takes every layout there is', async () => {
    const { stdout } = await fleetyield(['fit-workload', '--help']);
    for (const layout of Object.keys(TRACE_FORMATS)) expect(stdout).toContain(`"${layout}"`);
  });

  it('writes the workload with what to know of it, and a picture', async () => {
    const { code, stderr } = await fit(
      'poisson.csv',
      '--format',
      'csv',
      '--resamples',
      '39',
      '--out',
      'w.yaml',
      '--picture',
      'w.svg',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'wrote w.yaml\nwrote w.svg\n' });
    const text = readFileSync(folder.of('w.yaml'), 'utf8');
    expect(text).toMatch(
      /^# Fitted to poisson\.csv \(\d+ requests in \d+ s\) by fleetyield fit-workload: Poisson\.$/m,
    );
    expect(scenarioOf(around(text)).cell.tiers[0]!.rule.arrivals.kind).toBe('poisson');
    const picture = readFileSync(folder.of('w.svg'), 'utf8');
    expect(picture).toContain('<title>poisson.csv: measured and fitted</title>');
    // One panel each of rate and dispersion, and one for each of two lengths.
    expect(picture.match(/<svg /g)).toHaveLength(1 + 4);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const args = ['poisson.csv', '--format', 'csv', '--json', '--resamples', '19'];
    const [first, again, other] = await Promise.all([
      fit(...args),
      fit(...args),
      fit(...args, '--seed', '2'),
    ]);
    expect(again!.stdout).toBe(first!.stdout);
    expect(other!.stdout).not.toBe(first!.stdout);
  });

  it.each([
    ['no format', ['poisson.csv'], "required option '--format <layout>' not specified"],
    ['a file that is not there', ['no.csv', '--format', 'csv'], 'no.csv the file no.csv does not exist'],
    ['a broken line', ['broken.csv', '--format', 'csv'], 'broken.csv:3 at is "soon"'],
    [
      'another layout',
      ['poisson.csv', '--format', 'burstgpt'],
      'poisson.csv:1 the header is "at,prompt,output,tenant"',
    ],
    [
      'too few requests',
      ['short.csv', '--format', 'csv'],
      'short.csv holds 3 requests; at least 100 are needed',
    ],
    [
      'windows without a unit',
      ['poisson.csv', '--format', 'csv', '--bins', '1s,10'],
      '--bins "10" is no window',
    ],
    [
      'windows that are too long',
      ['poisson.csv', '--format', 'csv', '--bins', '1h'],
      '--bins none of the windows fits',
    ],
    [
      'no time of the week',
      ['poisson.csv', '--format', 'csv', '--start', 'noon'],
      '--start "noon" is no time',
    ],
  ])('ends with 2 and says what is wrong: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await fit(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('ends with 4 where the workload cannot be written', async () => {
    const { code, stderr } = await fit(
      'poisson.csv',
      '--format',
      'csv',
      '--resamples',
      '19',
      '--out',
      'no/w.yaml',
    );
    expect(code).toBe(4);
    expect(stderr).toContain('no/w.yaml cannot be written');
    expect(existsSync(folder.of('no'))).toBe(false);
  });
});
