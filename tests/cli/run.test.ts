/** `run` as a process: what it prints, what it writes, and what it takes from the command line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { fleetyield, Folder, shell, type Outcome } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';

/** M/M/2 at 80 % load for a quarter of an hour. */
const QUEUE = `${queueText({
  tiers: [poissonTier(1.6, 'revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1 }')],
  slots: 2,
  service: '{ kind: exponential, mean: 1s }',
  warmUp: 60,
  duration: 900,
})}economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`;

/**
 * A step of one sequence takes 10 + 0.1 × prompt tokens read + 1 × sequences [ms]. R1 (100, 3) at 0 ms, R2 (50, 2) at
 * 5 ms: the first step reads R1 and ends at 10 + 10 + 1 = 21 ms; the second reads R2 beside R1 and takes 10 + 5 + 2 =
 * 17 ms, to 38 ms; the third takes 10 + 2 = 12 ms, to 50 ms, and ends both.
 */
const TWO_REQUESTS = `
fleetyield: 1
name: two-requests
horizon: { duration: 1s }
workload:
  tiers:
    - name: all
      arrivals: { kind: replay, requests: [{ at: 0ms, prompt: 100, output: 3 }, { at: 5ms, prompt: 50, output: 2 }] }
      model: toy
fleet:
  pools:
    - name: main
      model: toy
      replicas: 1
      serving:
        kind: continuous-batching
        kv: { capacityTokens: 1000000, blockSize: 1 }
        stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms }
`;

/**
 * One server, a token a second, prompts free, room for 100 tokens of KV: every time below is a sum of whole seconds.
 * Ids count arrivals over all tiers; rows stand in that order.
 */
const FATES = `
fleetyield: 1
name: fates
horizon: { warmUp: 0s, duration: 60s }
workload:
  tiers:
    - name: plain
      model: toy
      arrivals:
        kind: replay
        requests:
          - { at: 0s, prompt: 10, output: 3 }
          - { at: 0.5s, prompt: 200, output: 1 }
          - { at: 35s, prompt: 10, output: 1, cached: 4, tenant: b }
          - { at: 58.5s, prompt: 10, output: 9 }
    - name: hasty
      model: toy
      arrivals: { kind: replay, requests: [{ at: 1s, prompt: 5, output: 2, patience: 0.5s }] }
    - name: stubborn
      model: toy
      patience: { kind: constant, value: 1s }
      retries: { maxAttempts: 2, backoff: { base: 2s, jitter: none } }
      arrivals: { kind: replay, requests: [{ at: 1.25s, prompt: 5, output: 2 }] }
    - name: limited
      model: toy
      arrivals: { kind: replay, requests: [{ at: 10s, prompt: 5, output: 1 }, { at: 20s, prompt: 5, output: 1 }] }
    - name: capped
      model: toy
      arrivals: { kind: replay, requests: [{ at: 30s, prompt: 5, output: 9 }] }
fleet:
  pools:
    - name: main
      model: toy
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: 1
        kv: { capacityTokens: 100, blockSize: 1 }
        stepTime: { kind: affine, base: 1s }
gateway:
  rateLimits:
    - { scope: tier, tiers: [limited], resource: requests, algorithm: { kind: token-bucket, perSecond: 0.001, burst: 1 } }
  degradation:
    - { trigger: { kind: clock, windows: ['00:00-24:00'] }, tiers: [capped], action: { kind: cap-output, tokens: 2 } }
`;

const HEADER =
  'id,tier,tenant,arrived,admitted,firstToken,finished,outcome,attempts,prompt,cached,output,model,degraded,preemptions,' +
  'wanted,priority,session,prefix,patience';

const folder = new Folder({
  'queue.yaml': QUEUE,
  'two.yaml': TWO_REQUESTS,
  'fates.yaml': FATES,
  'a-file': '',
});
afterAll(() => folder.remove());

const here = { cwd: folder.path };
/** One thread unless asked otherwise: each costs its start. */
const run = (...args: string[]): Promise<Outcome> =>
  fleetyield(['run', '--quiet', '--no-store', '--threads', '1', ...args], here);

/** The JSON document of a run that must succeed without a word on standard error. */
async function documentOf(...args: string[]): Promise<ResultDocument> {
  const { document, stderr } = await documentWithWarnings(...args);
  expect(stderr).toBe('');
  return document;
}

async function documentWithWarnings(
  ...args: string[]
): Promise<{ document: ResultDocument; stderr: string }> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return { document: JSON.parse(stdout) as ResultDocument, stderr };
}

function estimateOf(document: ResultDocument, metric: string, scope = 'total') {
  const found = document.estimates.find((one) => one.metric === metric && one.scope === scope);
  if (found === undefined) throw new Error(`there is no ${metric} of ${scope}`);
  return found;
}

const withoutClock = (text: string): string => text.replaceAll(/"wallSeconds": [\d.]+/g, '"wallSeconds": 0');

describe('the document', () => {
  let document: ResultDocument;

  beforeAll(async () => {
    document = await documentOf('queue.yaml', '--replications', '3', '--seed', 'seven', '--threads', '1');
  });

  it('says how long it took as the shell sees it, from the start of the process', async () => {
    const startedAt = performance.now();
    const { wallSeconds } = await documentOf('queue.yaml', '--replications', '1', '--threads', '1');
    const seen = (performance.now() - startedAt) / 1_000;
    expect(wallSeconds).toBeLessThanOrEqual(seen);
    // What is left is the start of Node and the end of its threads: of so short a run the batch alone is a third.
    expect(wallSeconds).toBeGreaterThan(seen / 2);
  });

  it('has the keys of the contract', () => {
    const { estimates, audit, wallSeconds, ...head } = document;
    expect(head).toEqual({
      fleetyield: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      scenario: {
        name: 'queue',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        changes: [],
      },
      seed: 'seven',
      replications: 3,
      confidence: 0.95,
      interrupted: false,
      warnings: [],
    });
    expect(audit.passed).toBe(true);
    expect(wallSeconds).toBeGreaterThan(0);
    expect(estimates.length).toBeGreaterThan(50);
  });

  it('has estimates of scope, metric, unit, mean, half-width and number', () => {
    for (const one of document.estimates) {
      expect(Object.keys(one)).toEqual(['scope', 'metric', 'unit', 'mean', 'halfWidth', 'n']);
      expect(one.scope).toMatch(/^(total|tier:all|pool:main)$/);
      expect(one.mean === null || Number.isFinite(one.mean)).toBe(true);
      expect(one.n).toBeLessThanOrEqual(3);
    }
    const names = document.estimates.map(({ scope, metric }) => `${scope} ${metric}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has the metrics of the contract, with null for what does not exist', () => {
    const total = new Map(
      document.estimates.filter(({ scope }) => scope === 'total').map((one) => [one.metric, one]),
    );
    const statistics = ['mean', 'p50', 'p90', 'p95', 'p99', 'sd'];
    const outcomes = ['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished', 'degraded'];
    const metrics = [
      ...['arrived', ...outcomes].map((name) => `requests.${name}`),
      ...outcomes.map((name) => `share.${name}`),
      ...['wait', 'ttft', 'tpot', 'itl', 'e2e'].flatMap((name) => statistics.map((one) => `${name}.${one}`)),
      'attempts',
      'share.attemptsRefused',
      'wait.probability',
      'wait.all.mean',
      'preemptions',
      'queue.length',
      'system.size',
      'utilisation.busy',
      'utilisation.kv',
      'batch.mean',
      'tokens.prompt',
      'tokens.cached',
      'tokens.output',
      'throughput.requests',
      'throughput.outputTokens',
      'slo.attainment',
      'slo.attainmentServed',
      'revenue',
      'cost',
      'margin',
      'revenue.perGpuHour',
      'cost.perMillionOutputTokens',
      'revenue.perYear',
      'cost.perYear',
      'margin.perYear',
    ];
    expect(metrics.filter((metric) => !total.has(metric))).toEqual([]);
    expect(total.get('wait.mean')).toMatchObject({ unit: 's', n: 3 });
    expect(total.get('slo.attainment')!.mean).toBeNull();
  });

  it('is the same to the byte for the same seed, however many threads there are', async () => {
    const args = ['queue.yaml', '--replications', '4', '--json', '--requests'];
    const [one, two] = await Promise.all([
      run(...args, 'one.csv', '--threads', '1'),
      run(...args, 'two.csv', '--threads', '2'),
    ]);
    expect(withoutClock(two.stdout)).toBe(withoutClock(one.stdout));
    expect(readFileSync(folder.of('two.csv'), 'utf8')).toBe(readFileSync(folder.of('one.csv'), 'utf8'));
    const other = await run('queue.yaml', '--replications', '4', '--json', '--seed', '2');
    expect(withoutClock(other.stdout).replace('"seed": "2"', '"seed": "1"')).not.toBe(
      withoutClock(one.stdout),
    );
  });

  it('is a list for several scenarios, alone on standard output; logs are lines of JSON on standard error', async () => {
    const { code, stdout, stderr } = await run(
      'two.yaml',
      'queue.yaml',
      '--replications',
      '1',
      '--json',
      '--log-level',
      'info',
    );
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as ResultDocument[]).map(({ scenario }) => scenario.name)).toEqual([
      'two-requests',
      'queue',
    ]);
    const messages = stderr
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(['batch started', 'batch ended', 'batch started', 'batch ended']);
  });

  it('carries the confidence asked for, and the hours: half-widths grow by t(0.995, 2) ÷ t(0.975, 2)', async () => {
    const args = [
      'queue.yaml',
      '--replications',
      '3',
      '--seed',
      'seven',
      '--confidence',
      '0.99',
      '--by-hour',
    ];
    const wide = await documentOf(...args);
    expect(wide.estimates.some(({ scope }) => scope === 'hour:0')).toBe(true);
    expect(wide.confidence).toBe(0.99);
    const [a, b] = [estimateOf(document, 'requests.arrived'), estimateOf(wide, 'requests.arrived')];
    // Student's t with 2 degrees of freedom: 9.92484 and 4.30265 (tables).
    expect(b.halfWidth! / a.halfWidth!).toBeCloseTo(9.92484 / 4.30265, 4);
  });
});

describe('the table', () => {
  it('names the scenario, its tiers and its pools', async () => {
    const { code, stdout, stderr } = await run('queue.yaml', '--replications', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^queue {2}one cell, 15 min|^queue {2}one cell, 900 s/);
    expect(stdout).toMatch(/2 replications, 95 % intervals, seed 1, .* audit passed, scenario [0-9a-f]{12}/);
    expect(stdout).toMatch(/^all /m);
    expect(stdout).toMatch(/^main /m);
    expect(stdout).not.toContain('\u001b');
  });

  it('says which of its times is least certain, and how much', async () => {
    const args = ['queue.yaml', '--replications', '4'];
    const [{ stdout }, { estimates }] = await Promise.all([run(...args), documentOf(...args)]);
    const [, metric, percent] = /^least certain: (\S+) of all ± ([\d.]+) %$/m.exec(stdout)!;
    const shown = ['wait.mean', 'wait.p99', 'ttft.p50', 'ttft.p99', 'e2e.mean', 'e2e.p99'];
    const shares = new Map(
      estimates
        .filter((one) => one.scope === 'tier:all' && shown.includes(one.metric) && one.mean! > 0)
        .map((one) => [one.metric, one.halfWidth! / one.mean!]),
    );
    expect(shares.get(metric!)).toBe(Math.max(...shares.values()));
    expect(Number(percent)).toBeCloseTo(100 * shares.get(metric!)!, 0);
  });
});

describe('--set', () => {
  it('takes effect by place and by name, the later of two for the same path', async () => {
    const document = await documentOf(
      'two.yaml',
      '--replications',
      '1',
      '--set',
      'workload.tiers[all].arrivals.requests[1].prompt=1000',
      '--set',
      'workload.tiers[0].arrivals.requests[1].prompt=150',
      '--set',
      'fleet.pools[main].replicas=2',
    );
    expect(estimateOf(document, 'tokens.prompt').mean).toBe(100 + 150);
    // On a replica of its own the second waits for nobody.
    expect(estimateOf(document, 'wait.mean').mean).toBe(0);
  });

  it('is refused with its own words as the place', async () => {
    const set = 'fleet.pools[0].replicas=0';
    expect(await run('queue.yaml', '--set', set)).toEqual({
      code: 2,
      stdout: '',
      stderr: `--set ${set} fleet.pools[0].replicas: 0 is out of range; expected a whole number of 1 or more [FY-115]\n`,
    });
  });
});

describe('--out and --requests', () => {
  let stdout: string;

  beforeAll(async () => {
    const files = ['--requests', 'two.csv', '--out', 'deep/results'];
    ({ stdout } = await run(
      'two.yaml',
      '--json',
      '--replications',
      '2',
      '--set',
      'name=Two requests!',
      ...files,
    ));
  });

  it('write the rows of the example worked by hand', () => {
    expect(readFileSync(folder.of('two.csv'), 'utf8').split('\n')).toEqual([
      HEADER,
      '0,all,0,0,0,0.021,0.05,served,1,100,0,3,toy,0,0,3,0,,,',
      '1,all,0,0.005,0.021,0.038,0.05,served,1,50,0,2,toy,0,0,2,0,,,',
      '',
    ]);
  });

  it('write the document that is printed, and a picture, and nothing else', () => {
    expect(readdirSync(folder.of('deep/results')).sort()).toEqual([
      'Two-requests-.json',
      'Two-requests-.svg',
    ]);
    expect(readFileSync(folder.of('deep/results/Two-requests-.json'), 'utf8')).toBe(stdout);
    const picture = readFileSync(folder.of('deep/results/Two-requests-.svg'), 'utf8');
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(picture).toContain('<title>Two requests!: requests by outcome and hour</title>');
  });

  it('tell every fate: served, failed, abandoned, tried again, limited, degraded, cached, unfinished', async () => {
    const document = await documentOf('fates.yaml', '--replications', '2', '--requests', 'fates.csv');
    expect(readFileSync(folder.of('fates.csv'), 'utf8').trim().split('\n')).toEqual([
      HEADER,
      '0,plain,0,0,0,1,3,served,1,10,0,3,toy,0,0,3,0,,,',
      // 200 tokens of prompt never fit in 100 tokens of KV.
      '1,plain,0,0.5,,,,failed,1,200,0,0,toy,0,0,1,0,,,',
      // Gives up 0.5 s after 1 s, while the first is served from 0 to 3 s.
      '2,hasty,0,1,,,,abandoned,1,5,0,0,toy,0,0,2,0,,,0.5',
      // Gives up at 2.25 s, comes back 2 s later, and is served at once: 4.25 + 2 steps.
      '3,stubborn,0,1.25,4.25,5.25,6.25,served,2,5,0,2,toy,0,0,2,0,,,1',
      '4,limited,0,10,10,11,11,served,1,5,0,1,toy,0,0,1,0,,,',
      // The bucket holds 0.01 after ten seconds.
      '5,limited,0,20,,,,limited,1,5,0,0,toy,0,0,1,0,,,',
      // Wants 9 tokens and is granted 2.
      '6,capped,0,30,30,31,32,served,1,5,0,2,toy,1,0,9,0,,,',
      '7,plain,0,35,35,36,36,served,1,10,4,1,toy,0,0,1,0,,,',
      // One token at 59.5 s; the run ends before the second.
      '8,plain,0,58.5,58.5,59.5,,unfinished,1,10,0,1,toy,0,0,9,0,,,',
    ]);
    for (const [outcome, count] of Object.entries({
      served: 5,
      failed: 1,
      abandoned: 1,
      limited: 1,
      unfinished: 1,
    })) {
      expect(estimateOf(document, `requests.${outcome}`).mean, outcome).toBe(count);
    }
  });

  it('hold what arrives in the warm-up too, though it is not measured', async () => {
    const warm = ['--set', 'horizon={ warmUp: 30s, duration: 30s }'];
    const { document, stderr } = await documentWithWarnings(
      'fates.yaml',
      '--replications',
      '1',
      '--requests',
      'warm.csv',
      ...warm,
    );
    expect(stderr).toContain(
      'no request of the tiers hasty, stubborn, limited arrived in the measured window',
    );
    const rows = readFileSync(folder.of('warm.csv'), 'utf8').trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',')[0])).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    // Ids 6, 7 and 8 arrive at 30, 35 and 58.5 s.
    expect(estimateOf(document, 'requests.arrived').mean).toBe(3);
  });

  it('refuse two scenarios that would be written to the same file', async () => {
    const { code, stdout, stderr } = await run('two.yaml', 'two.yaml', '--out', 'twice');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      '--out two scenarios would both be written to two-requests.json; rename one [FY-400]\n',
    );
  });
});

describe('a run that its estimate refuses', () => {
  // Two servers, and 10^6 requests a second for 960 s, each with some hundred bytes: no machine under test has it.
  folder.write(
    'crowd.yaml',
    QUEUE.replace('ratePerSecond: 1.6', 'ratePerSecond: 1000000').replace(/name: \S+/, 'name: crowd'),
  );
  const refused = async () => {
    const { code, stderr } = await fleetyield(['run', 'crowd.yaml', '--store', 'new/refused.sqlite'], here);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('of memory in each of');
  };

  it('leaves no store behind, and in one that is there no batch', async () => {
    await refused();
    expect(existsSync(folder.of('new'))).toBe(false);
    const stored = ['--replications', '1', '--store', 'new/refused.sqlite', '--quiet'];
    expect(await fleetyield(['run', 'fates.yaml', ...stored], here)).toMatchObject({ code: 0 });
    await refused();
    const { stdout } = await fleetyield(['results', '--store', 'new/refused.sqlite', '--json'], here);
    expect(stdout).toContain('"fates"');
    expect(stdout).not.toContain('crowd');
  });
});

describe('what the machine refuses', () => {
  it.each([
    ['--out', 'a-file/below', 'a-file/below cannot be written: '],
    ['--requests', 'a-file/rows.csv', 'a-file/rows.csv cannot be written: '],
  ])('ends with 4, without a result: %s %s', async (option, path, message) => {
    const { code, stdout, stderr } = await run('two.yaml', option, path);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr.trim()).not.toContain('\n');
  });

  it('ends with 4 when standard output is full', async () => {
    const { code, stderr } = await shell('fleetyield list arrivals > /dev/full', here);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^standard output cannot be written: ENOSPC/);
  });

  it.each(['fleetyield list | head -1', 'fleetyield run two.yaml --quiet --no-store --threads 1 | true'])(
    'is no failure when the reader has seen enough: %s',
    async (line) => {
      const { code, stderr } = await shell(line, here);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );
});

describe('--precision', () => {
  const HEADLINE = ['throughput.requests', 'e2e.mean'];

  it('stops where the headline estimates are precise enough', async () => {
    const document = await documentOf('queue.yaml', '--precision', '0.04');
    expect(document.replications).toBeGreaterThan(20);
    expect(document.replications).toBeLessThan(400);
    for (const metric of HEADLINE) {
      const { mean, halfWidth, n } = estimateOf(document, metric);
      expect(n).toBe(document.replications);
      // Law (2015), section 9.4.1: γ ÷ (1 + γ) of the estimate bounds the error at γ of the truth.
      expect(halfWidth! / mean!, metric).toBeLessThanOrEqual(0.04 / 1.04);
    }
  });
});
