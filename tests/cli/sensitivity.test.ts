import { readFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { endAll, fleetyield, Folder } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';

const folder = new Folder({
  'queue.yaml': queueText({
    tiers: [poissonTier(0.5)],
    slots: 1,
    service: '{ kind: constant, value: 1s }',
    warmUp: 10,
    duration: 2_000,
  }),
});
const here = { cwd: folder.path };
afterEach(endAll);
afterAll(() => folder.remove());

const RATE = 'workload.tiers[all].arrivals.ratePerSecond';
const SERVICE = 'fleet.pools[0].serving.serviceTime.value';
const COMMON = ['--no-store', '--replications', '2', '--metric', 'throughput.requests'];

async function sensitivity<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await fleetyield(
    ['sensitivity', 'queue.yaml', '--json', ...COMMON, ...args],
    here,
  );
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

interface Tornado {
  readonly results: readonly {
    readonly base: number;
    readonly bars: readonly {
      readonly path: string;
      readonly low: { readonly value: string; readonly difference: { mean: number; n: number } };
      readonly high: { readonly value: string; readonly difference: { mean: number } };
    }[];
  }[];
}

describe('a tornado', () => {
  it('has what one value at a time changes, the one that matters most first', async () => {
    const { results } = await sensitivity<Tornado>(
      '--vary',
      `${SERVICE}=0.5s,1s`,
      '--vary',
      `${RATE}=0.3,0.6`,
    );
    const [{ base, bars }] = results as [Tornado['results'][number]];
    expect(bars.map(({ path }) => path)).toEqual([RATE, SERVICE]);
    // A queue below its capacity serves what arrives: 0.5 a second as it stands, and 0.2 less or 0.1 more. Of 2,000 s a
    // Poisson count of 1,000 in each of two replications; five standard errors are 0.08.
    expect(Math.abs(base - 0.5)).toBeLessThan(0.08);
    const [rate, service] = bars as [(typeof bars)[number], (typeof bars)[number]];
    expect([rate.low.value, rate.high.value]).toEqual(['0.3', '0.6']);
    expect(Math.abs(rate.low.difference.mean + 0.2)).toBeLessThan(0.08);
    expect(Math.abs(rate.high.difference.mean - 0.1)).toBeLessThan(0.08);
    // A service of 1 s is the scenario itself.
    expect(service.high.difference).toMatchObject({ mean: 0, halfWidth: 0 });
    expect(Math.abs(service.low.difference.mean)).toBeLessThan(0.005);
    expect(rate.low.difference.n).toBe(2);
  });

  it('is shown as a table and drawn', async () => {
    const { code, stdout } = await fleetyield(
      ['sensitivity', 'queue.yaml', ...COMMON, '--vary', `${RATE}=uniform(0.3,0.6)`, '--picture', 't.svg'],
      here,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^what matters in queue\n/);
    expect(stdout).toMatch(/ratePerSecond +0\.3 +−0\.\d+.* 0\.6 +\+0\.\d+/);
    const picture = readFileSync(folder.of('t.svg'), 'utf8');
    expect(picture).toMatch(/^<svg .*queue: throughput\.requests/s);
    expect(picture).not.toMatch(/NaN|undefined/);
  });
});

describe('a screening', () => {
  interface Screening {
    readonly results: readonly {
      readonly effects: readonly {
        readonly path: string;
        readonly mean: { mean: number; n: number };
        readonly meanAbsolute: { mean: number };
      }[];
    }[];
  }

  it('finds that the rate decides throughput and the service time does not', async () => {
    const { results } = await sensitivity<Screening>(
      '--method',
      'morris',
      '--walks',
      '3',
      '--levels',
      '2',
      '--vary',
      `${RATE}=uniform(0.3,0.6)`,
      '--vary',
      `${SERVICE}=uniform(0.5s,1s)`,
    );
    const [rate, service] = results[0]!.effects as [
      Screening['results'][number]['effects'][number],
      Screening['results'][number]['effects'][number],
    ];
    expect([rate.path, rate.mean.n]).toEqual([RATE, 3]);
    // The whole range is 0.3 a second; five standard errors of the difference of counts are below 0.08.
    expect(Math.abs(rate.mean.mean - 0.3)).toBeLessThan(0.08);
    expect(service.meanAbsolute.mean).toBeLessThan(0.005);
  });

  it.each<[string, string[], string]>([
    ['an odd number of levels', ['--levels', '3'], '--levels 3 must be even'],
    ['a picture', ['--picture', 'x.svg'], '--picture draws a tornado; add --method tornado'],
    ['too many walks', ['--walks', '1000'], 'makes 2,000 points; at most 1,000'],
  ])('refuses %s', async (_, args, says) => {
    const { code, stderr } = await fleetyield(
      ['sensitivity', 'queue.yaml', '--method', 'morris', '--vary', `${RATE}=0.3,0.5`, ...args],
      here,
    );
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});
