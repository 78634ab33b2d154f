/** Money as processes: the income statement below the table, and a stored batch at other prices. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { fleetyield, Folder, type Outcome } from '../helpers/command.ts';

interface Prices {
  readonly chat: string;
  readonly batch: string;
  readonly agents: string;
  readonly economics: string;
}

/** What may move money is in it: a share, deferrable work, agent runs, degradation, failures, GPUs that train by night. */
const scenario = (name: string, { chat, batch, agents, economics }: Prices) => `
fleetyield: 1
name: ${name}
horizon: { start: Tue 01:30, warmUp: 10min, duration: 4h }
cell: { share: 0.5 }
workload:
  tiers:
    - { name: chat, priority: 0, model: any, tenants: 200, arrivals: { kind: poisson, ratePerSecond: 0.3 }, lengths: { prompt: { kind: exponential, mean: 900 }, output: { kind: exponential, mean: 250 } }, patience: { kind: exponential, mean: 5s }, slo: { e2e: 12s, target: 0.9 }, ${chat} }
    - { name: batch, priority: 2, model: any, tenants: 10, arrivals: { kind: poisson, ratePerSecond: 0.1 }, lengths: { prompt: { kind: constant, value: 3000 }, output: { kind: constant, value: 500 } }, deferrable: { window: 1h }, ${batch} }
    - { name: agents, priority: 1, model: any, tenants: 6, arrivals: { kind: poisson, ratePerSecond: 0.01 }, lengths: { prompt: { kind: constant, value: 500 }, output: { kind: constant, value: 100 } }, session: { turns: { kind: geometric, mean: 3 }, think: { kind: constant, value: 2s }, run: { deadline: 5min } }, ${agents} }
fleet:
  pools:
    - { name: main, model: any, accelerator: h100-sxm, gpusPerReplica: 2, replicas: 4, serving: { kind: slots, concurrency: 2, serviceTime: { kind: exponential, mean: 6s } }, failures: { mtbf: { kind: exponential, mean: 4h }, mttr: { kind: exponential, mean: 20min } } }
  training: [{ name: training, accelerator: h100-sxm }]
  reallocation: [{ trigger: { kind: clock, windows: ["02:30-04:15"] }, from: main, to: training, gpus: 4, switching: 5min }]
gateway:
  discipline: { kind: strict-priority }
  degradation: [{ tiers: [chat], trigger: { kind: clock, windows: ["03:00-04:00"] }, action: { kind: cap-output, tokens: 200, quality: 0.9 } }]
${economics}
`;

const BEFORE: Prices = {
  chat: 'revenue: { kind: per-token, inputPerMillion: 100, outputPerMillion: 300 }',
  batch: 'revenue: { kind: per-token, inputPerMillion: 50, outputPerMillion: 200 }',
  agents: 'revenue: { kind: advertising, usdPerThousandRequests: 10 }',
  economics: 'economics: { gpuHour: { kind: rented, usdPerGpuHour: 2.5 } }',
};

const OTHER = {
  chat: 'revenue: { kind: subscription, usdPerMonth: 30, churn: { base: 0.05, slope: 0.3 }, signUps: { base: 20, slope: 0.5 } }, slaCredits: [{ below: 0.99, credit: 0.1 }]',
  batch:
    'revenue: { kind: per-token, inputPerMillion: 70, cachedInputPerMillion: 7, outputPerMillion: 111, service: batch, volumeDiscounts: [{ aboveUsdPerMonth: 100, discount: 0.07 }], minimumUsdPerMonth: 900 }',
  agents: 'revenue: { kind: per-outcome, usdPerOutcome: 0.99, of: run, successRate: 0.7 }',
};
const ECONOMICS = `economics:
  gpuHour: { kind: owned, preset: h100-2025, wearShare: 0.3, tariff: { hourOfDay: [${Array.from({ length: 24 }, (_, hour) => 1 + (hour % 5)).join(', ')}] } }
  pools: [{ pool: main, gpuHour: { kind: spot, usdPerGpuHour: 1.7 } }]
  costs: { overheadUsdPerYear: 1000000, overheadGrowth: { elasticity: 0.8, revenueUsdPerYear: 700000 }, trainingShareOfRevenue: 0.2 }
  otherRevenueUsdPerYear: 12345.678
`;
const AFTER: Prices = { ...OTHER, agents: OTHER.agents, economics: ECONOMICS };

const folder = new Folder({
  'before.yaml': scenario('before', BEFORE),
  'after.yaml': scenario('after', AFTER),
  'bid.yaml': scenario('bid', BEFORE).replace(
    'gateway:',
    'gateway:\n  admission: { kind: bid-price, usdPerGpuHour: 0.01 }',
  ),
  'statement.yaml': scenario('statement', { ...AFTER, agents: BEFORE.agents, economics: BEFORE.economics }),
  'prices.yaml': `tiers:
  - { name: agents, ${OTHER.agents} }
  - { name: chat, ${OTHER.chat} }
  - { name: batch, ${OTHER.batch} }
${ECONOMICS}`,
  'same.yaml': '{}',
  'wrong.yaml': `tiers:
  - { name: chatt, revenue: { kind: subscription, usdPerMonth: 1 } }
  - { name: chat, revenue: { kind: per-outcome, usdPerOutcome: 1, of: run } }
economics: { gpuHour: { kind: rentd, usdPerGpuHour: 1 } }`,
  'unknown.yaml':
    'tiers: [{ name: chatt, revenue: { kind: subscription, usdPerMonth: 1 } }, { name: chat, revenue: { kind: per-outcome, usdPerOutcome: 1, of: run } }]',
});
afterAll(() => folder.remove());

const here = { cwd: folder.path };
const run = (...args: string[]): Promise<Outcome> =>
  fleetyield(['run', '--quiet', '--threads', '1', '--replications', '3', ...args], here);
const reprice = (...args: string[]): Promise<Outcome> => fleetyield(['reprice', ...args], here);
const documentOf = ({ code, stdout, stderr }: Outcome): ResultDocument => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as ResultDocument;
};

/** Estimates of money: in dollars, or of what dollars are divided by, and what follows from plans. */
const moneyOf = ({ estimates }: ResultDocument) =>
  estimates.filter(
    ({ unit, metric }) =>
      /USD|tenants|1\/month/.test(unit) ||
      [
        'servedWell',
        'breakEven.use',
        'utilisation.breakEven',
        'cost.perRevenue',
        'margin.grossShare',
      ].includes(metric),
  );

let before: ResultDocument;
let after: ResultDocument;

beforeAll(async () => {
  before = documentOf(await run('before.yaml', '--json', '--by-hour'));
  after = documentOf(await run('after.yaml', '--json', '--by-hour'));
  documentOf(await run('bid.yaml', '--json'));
});

describe('reprice', () => {
  it('gives to the last digit what running the scenario with these prices gives', async () => {
    const repriced = documentOf(await reprice('before', '--prices', 'prices.yaml', '--json'));
    expect(repriced.estimates).toEqual(moneyOf(after));
    expect(repriced.estimates.length).toBeGreaterThan(100);
    expect(repriced.estimates).not.toEqual(moneyOf(before));
    expect(repriced).toMatchObject({
      scenario: before.scenario,
      replications: 3,
      seed: '1',
      audit: { passed: true },
    });
    expect(repriced.audit.checks.map(({ name }) => name)).toContain(
      'dollars by hour are those of the window',
    );
  });

  it('leaves as it was what the file does not name, and gives the way back', async () => {
    expect(documentOf(await reprice('before', '--prices', 'same.yaml', '--json')).estimates).toEqual(
      moneyOf(before),
    );
    folder.write(
      'back.yaml',
      `tiers:\n  - { name: chat, ${BEFORE.chat} }\n  - { name: batch, ${BEFORE.batch} }\n  - { name: agents, ${BEFORE.agents} }\n${BEFORE.economics}`,
    );
    const back = documentOf(await reprice('after', '--prices', 'back.yaml', '--json'));
    // The credits of chat are not named in it, and stay.
    const elsewhere = ({ scope }: { readonly scope: string }) =>
      scope === 'tier:agents' || scope === 'tier:batch';
    expect(back.estimates.filter(elsewhere)).toEqual(moneyOf(before).filter(elsewhere));
  });

  it('shows the statement to people', async () => {
    const { code, stdout } = await reprice('before', '--prices', 'prices.yaml');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^batch [0-9a-f]+ of before at the prices of prices\.yaml, 3 replications, 95 % intervals/,
    );
    expect(stdout).toMatch(/^revenue, per-outcome /m);
    expect(stdout).toMatch(/^ {2}agents /m);
  });

  it('refuses prices that do not fit the scenario, with their place', async () => {
    const { code, stderr } = await reprice('before', '--prices', 'unknown.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /unknown\.yaml:1 tiers\[0\]\.name: no tier is called "chatt"; did you mean "chat"/,
    );
    expect(stderr).toMatch(/unknown\.yaml:1 tiers\[1\]\.revenue\.of: is run, but the tier has no agent runs/);
    const wrong = await reprice('before', '--prices', 'wrong.yaml');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(
      /wrong\.yaml:4 economics\.gpuHour\.kind: unknown .*"rentd"; did you mean "rented"/,
    );
    const nowhere = await reprice('before', '--prices', 'nowhere.yaml');
    expect({ code: nowhere.code, stderr: nowhere.stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/nowhere\.yaml does not exist/) as string,
    });
  });

  it('refuses plans that the gateway acts on', async () => {
    const { code, stderr } = await reprice('bid', '--prices', 'prices.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /prices\.yaml:3 tiers\[1\]\.revenue: affects which requests are served .* bid-price; run the scenario with it/,
    );
  });
});

describe('the income statement', () => {
  const lines = (stdout: string) =>
    new Map(stdout.split('\n').map((line) => [line.split(/ {2,}/).find((part) => part !== '') ?? '', line]));

  it('has revenue by plan and tier, what serving costs, and what is left', async () => {
    const { code, stdout } = await run('statement.yaml', '--statement', '--no-store');
    expect(code).toBe(0);
    const of = lines(stdout.slice(stdout.indexOf('income statement')));
    for (const name of [
      'revenue, per-token',
      'batch',
      'revenue, subscription',
      'chat',
      'revenue, advertising',
      'agents',
      'SLA credits, taken off above',
      'revenue',
      'GPU-hours used',
      'GPU-hours idle',
      'cost of serving',
      'of the pools: rent',
      'training',
      'all costs',
      'gross margin',
      'subscribers',
    ])
      expect([...of.keys()], name).toContain(name);
    // 4 GPUs of the cell for four hours at 2.50 are 40 dollars, of which those that train cost their part.
    expect(of.get('all costs')).toMatch(/\$40\.0 /);
    expect(stdout).toMatch(/result(: burn)? /);
  });

  it('is shown of what is stored as run shows it', async () => {
    const shown = await fleetyield(['results', 'show', 'after', '--statement'], here);
    const { stdout } = await run('after.yaml', '--by-hour', '--statement');
    const statement = (text: string) => text.slice(text.indexOf('income statement'));
    expect(statement(shown.stdout)).toBe(statement(stdout));
    expect(statement(stdout).length).toBeGreaterThan(1_000);
  });

  it('is not there where nothing has a price', async () => {
    const { stdout } = await run('two-requests', '--no-store', '--statement', '--set', 'name=bare');
    expect(stdout).toMatch(/no price is given, so there is no income statement/);
  });
});
