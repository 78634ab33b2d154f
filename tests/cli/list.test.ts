/** `list` and the shipped scenarios: what it shows exists, and works where a scenario uses it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { list } from '../../src/cli/list/action.ts';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { shippedScenarios } from '../../src/files/shipped-scenarios.ts';
import { fleetyield, Folder } from '../helpers/command.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly example?: object;
  readonly schema?: object;
}

type Families = Readonly<Record<string, { readonly summary: string; readonly entries: readonly Entry[] }>>;

let families: Families;

beforeAll(async () => {
  const { code, stdout, stderr } = await fleetyield(['list', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  families = JSON.parse(stdout) as Families;
});

describe('list', () => {
  it('gives every entry of every family a name of its own and one sentence', () => {
    expect(Object.keys(families).length).toBeGreaterThan(15);
    for (const [family, { summary, entries }] of Object.entries(families)) {
      expect(summary, family).toMatch(/\.$/);
      expect(entries.length, family).toBeGreaterThan(0);
      expect(new Set(entries.map(({ name }) => name)).size, family).toBe(entries.length);
      for (const entry of entries) expect(entry.summary, `${family} ${entry.name}`).not.toBe('');
    }
  });

  it('names every family and everything in it', async () => {
    const { stdout } = await fleetyield(['list']);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const [family, { entries }] of Object.entries(families)) {
      expect(stdout).toMatch(new RegExp(`^${family} `, 'm'));
      for (const { name } of entries) expect(shown, family).toContain(name);
    }
  });

  it('shows each family alone', async () => {
    for (const [family, { entries }] of Object.entries(families)) {
      const shown = await printed(() => list(family, { json: false, plugin: [] }));
      for (const { name } of entries) expect(shown, family).toContain(name);
      expect(JSON.parse(await printed(() => list(family, { json: true, plugin: [] }))), family).toEqual(
        entries,
      );
    }
    const { code, stdout, stderr } = await fleetyield(['list', 'arrivals']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(await printed(() => list('arrivals', { json: false, plugin: [] })));
  });
});

/** What `work` writes to standard output. */
async function printed(work: () => Promise<void>): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await work();
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

/** A scenario in which everything that is chosen by kind can be put in the place of what is there. */
const scenario = () => ({
  fleetyield: 1,
  name: 'example',
  horizon: { duration: '1s' },
  workload: {
    tiers: [
      {
        name: 'all',
        model: 'mini',
        tenants: 10,
        arrivals: { kind: 'poisson', ratePerSecond: 1 } as object,
        activity: { kind: 'equal' } as object,
        lengths: { prompt: { kind: 'constant', value: 1 } as object },
        patience: { kind: 'constant', value: '1s' } as object,
        revenue: { kind: 'advertising', usdPerThousandRequests: 1 } as object,
      },
    ],
  },
  fleet: {
    pools: [
      {
        name: 'main',
        model: 'mini',
        accelerator: 'h100-sxm',
        replicas: 1,
        serving: { kind: 'continuous-batching', stepTime: { kind: 'roofline' } } as object,
      },
    ],
  },
  gateway: {
    rateLimits: [] as object[],
    degradation: [] as object[],
    admission: { kind: 'unbounded' } as object,
    discipline: { kind: 'fcfs' } as object,
    routing: { kind: 'central' } as object,
  },
  economics: { gpuHour: { kind: 'rented', usdPerGpuHour: 1 } as object },
});

type Example = ReturnType<typeof scenario>;

const TRIGGER = { kind: 'clock', windows: ['00:00-24:00'] };
const ACTION = { kind: 'cap-output', tokens: 1 };
const degradation = (trigger: object, action: object) => [{ tiers: ['all'], trigger, action }];

/** Where a scenario chooses among each family. */
const PLACES: Readonly<Record<string, (file: Example, example: object) => void>> = {
  arrivals: ({ workload }, example) => (workload.tiers[0]!.arrivals = example),
  'batch-sizes': ({ workload }, example) =>
    (workload.tiers[0]!.arrivals = { kind: 'batch', ratePerSecond: 1, size: example }),
  'gap-distributions': ({ workload }, example) =>
    (workload.tiers[0]!.arrivals = { kind: 'renewal', ratePerSecond: 1, gap: example }),
  activity: ({ workload }, example) => (workload.tiers[0]!.activity = example),
  'duration-distributions': ({ workload }, example) => (workload.tiers[0]!.patience = example),
  'token-distributions': ({ workload }, example) => (workload.tiers[0]!.lengths.prompt = example),
  'rate-limits': ({ gateway }, example) =>
    (gateway.rateLimits = [{ scope: 'tenant', resource: 'requests', algorithm: example }]),
  'limit-actions': ({ gateway }, example) =>
    (gateway.rateLimits = [
      {
        scope: 'tenant',
        resource: 'requests',
        algorithm: { kind: 'token-bucket', perMinute: 1, burst: 1 },
        onExceed: example,
      },
    ]),
  triggers: ({ gateway }, example) => (gateway.degradation = degradation(example, ACTION)),
  actions: ({ workload, gateway }, example) => {
    // One of the actions takes away a feature that there must be.
    Object.assign(workload.tiers[0]!, { features: [{ name: 'long', share: 0.1 }] });
    gateway.degradation = degradation(TRIGGER, example);
  },
  admission: ({ gateway }, example) =>
    (gateway.admission = 'tiers' in example ? { ...example, tiers: ['all'] } : example),
  disciplines: ({ gateway }, example) => (gateway.discipline = example),
  routing: ({ gateway }, example) => (gateway.routing = example),
  serving: ({ fleet }, example) => (fleet.pools[0]!.serving = example),
  'step-times': ({ fleet }, example) =>
    (fleet.pools[0]!.serving = { kind: 'continuous-batching', stepTime: example }),
  revenue: ({ workload }, example) => (workload.tiers[0]!.revenue = example),
  'gpu-hours': ({ economics }, example) => (economics.gpuHour = example),
};

describe('the example of a strategy', () => {
  const folder = new Folder({ 'trace.csv.gz': gzipSync('arrival_s,input_tokens,output_tokens\n0,10,10\n') });
  afterAll(() => folder.remove());

  it('is right where a scenario uses it, for every strategy there is', async () => {
    const files: string[] = [];
    for (const [family, { entries }] of Object.entries(families)) {
      for (const { name, example, schema } of entries) {
        if (example === undefined) continue;
        expect(schema, `${family} ${name}`).toMatchObject({ properties: { kind: { const: name } } });
        const file = scenario();
        const put = PLACES[family];
        if (put === undefined) throw new Error(`say in PLACES where a scenario chooses ${family}`);
        put(file, example);
        folder.write(`${family}-${name}.yaml`, JSON.stringify(file, null, 2));
        files.push(`${family}-${name}.yaml`);
      }
    }
    expect(files.length).toBeGreaterThan(30);
    const { code, stdout, stderr } = await fleetyield(['validate', ...files], { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(files.length);
  });
});

describe('a shipped scenario', () => {
  /** A minute of it is enough to see that it runs. */
  const MINUTE = ['--set', 'horizon.warmUp=0s', '--set', 'horizon.duration=1min'];
  /** Of a small tier nothing may arrive in it, which is said. */
  const TOO_SHORT = /^(warning: \S+: no request of the tiers? .+ arrived in the measured window .*\n)*$/;

  it('is listed by its name', () => {
    expect(families['scenarios']!.entries.map(({ name }) => name)).toEqual(
      shippedScenarios().map(({ name }) => name),
    );
  });

  it('runs by its name', { timeout: 600_000 }, async () => {
    const names = shippedScenarios()
      .filter(({ path }) => tracesOf(path).every((file) => existsSync(join(dirname(path), file))))
      .map(({ name }) => name);
    expect(names.length).toBeGreaterThan(4);
    const { code, stdout, stderr } = await fleetyield([
      'run',
      ...names,
      '--json',
      '--quiet',
      '--replications',
      '1',
      '--threads',
      '1',
      ...MINUTE,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(TOO_SHORT) as string });
    const documents = JSON.parse(stdout) as ResultDocument[];
    expect(documents.map(({ audit }) => audit.passed)).toEqual(names.map(() => true));
  });
});

/** The traces a scenario names; some are fetched by hand and may be absent. */
function tracesOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/\bfile: ([^\s,}]+)/g)].map(([, file]) => file!);
}
