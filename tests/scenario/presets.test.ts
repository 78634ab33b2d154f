/** Presets of published limits and of engines: what a name stands for, and what is told when it stands for nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SourceDocument } from '../../src/input/source-document.ts';
import { InputError } from '../../src/errors.ts';
import { parseCatalog } from '../../src/catalog/catalog.ts';
import { readCatalog, shippedCatalogDirectory } from '../../src/files/catalog-files.ts';
import { readScenario } from '../../src/scenario/scenario.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';

const catalog = readCatalog();

const text = (limits: string, serving = 'kind: continuous-batching, preset: vllm-default') => `
fleetyield: 1
name: presets
horizon: { duration: 1min }
workload:
  tiers:
    - { name: plus, tenants: 3, model: flagship, arrivals: { kind: poisson, ratePerSecond: 1 } }
    - { name: api, model: flagship, arrivals: { kind: poisson, ratePerSecond: 1 } }
fleet:
  pools:
    - { name: big, model: flagship, accelerator: h100-sxm, gpusPerReplica: 8, replicas: 1, serving: { ${serving} } }
    - { name: small, model: mini, accelerator: h100-sxm, replicas: 1, serving: { ${serving} } }
gateway:
  rateLimits:
    - ${limits}
`;

const rulesOf = (limits: string) => scenarioOf(text(limits)).cell.gateway.rateLimits;

function faultsOf(yaml: string): string[] {
  try {
    scenarioOf(yaml);
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a preset of limits', () => {
  test('is the rules one would write: RPM and TPM as buckets that hold a minute', () => {
    const written = [
      '{ scope: tenant, tiers: [api], resource: requests, algorithm: { kind: token-bucket, perMinute: 5000, burst: 5000 } }',
      '{ scope: tenant, tiers: [api], resource: totalTokens, algorithm: { kind: token-bucket, perMinute: 1000000, burst: 1000000 } }',
    ];
    expect(rulesOf('{ preset: openai-gpt-5-tier-2, tiers: [api] }')).toEqual(
      rulesOf(written.join('\n    - ')),
    );
  });

  test('falls back to the model that the scenario names, with its quality', () => {
    const [rule] = rulesOf('{ preset: chatgpt-plus, tiers: [plus], model: mini, quality: 0.8 }');
    expect(rule).toMatchObject({
      algorithm: { kind: 'quota', limit: 160, window: 3 * 3600, resets: 'rolling' },
      onExceed: { kind: 'downgrade', model: 'mini', quality: 0.8 },
    });
  });

  test('has a window of five hours and one of a week, both opened by the first message', () => {
    expect(rulesOf('{ preset: claude-pro, tiers: [plus] }')).toMatchObject([
      { algorithm: { limit: 45, window: 5 * 3600, resets: 'first-use' }, onExceed: { kind: 'refuse' } },
      { algorithm: { limit: 360, window: 7 * 86400, resets: 'first-use' }, onExceed: { kind: 'refuse' } },
    ]);
  });

  test('keeps its place among rules, and decides the hash', () => {
    const own = '{ scope: everyone, resource: requestsInFlight, algorithm: { kind: concurrency, limit: 9 } }';
    const limits = `${own}\n    - { preset: openai-gpt-5-tier-1 }\n    - ${own}`;
    expect(rulesOf(limits).map(({ scope }) => scope)).toEqual(['everyone', 'tenant', 'tenant', 'everyone']);
    const hash = (preset: string) => scenarioOf(text(`{ preset: ${preset} }`)).hash;
    expect(hash('openai-gpt-5-tier-1')).not.toBe(hash('openai-gpt-5-tier-2'));
  });

  test('decides the hash by its amounts, whatever its name', () => {
    const hashWith = (amount: number) => {
      const own = `kind: limits
name: own
summary: s
source: s
asOf: 2025-01-02
confidence: assumed
offers:
  plan: { summary: s, limits: [{ resource: requests, amount: ${amount}, window: 1h, renewal: rolling }] }
`;
      const shipped = ['accelerators/h100-sxm', 'models/flagship', 'models/mini', 'engines/vllm-default'].map(
        (name) => ({ name, text: readFileSync(join(shippedCatalogDirectory(), `${name}.yaml`), 'utf8') }),
      );
      return readScenario(new SourceDocument(text('{ preset: own-plan }'), 'test.yaml'), {
        catalog: parseCatalog([...shipped, { name: 'own.yaml', text: own }]),
        trace: () => {
          throw new Error('the test has no trace');
        },
      }).hash;
    };
    expect(hashWith(5)).toBe(hashWith(5));
    expect(hashWith(5)).not.toBe(hashWith(6));
  });

  test('lets ten messages of a free user pass and downgrades the others', () => {
    // One tenant: 10 of its requests of the hour stay with the large model, all others go to the small one.
    const scenario = scenarioOf(text('{ preset: chatgpt-free, tiers: [api], model: mini }'), [
      'horizon.duration=1h',
      'workload.tiers[api].arrivals.ratePerSecond=0.02',
    ]);
    const estimates = new Estimates(replications(scenario, 1));
    const arrived = estimates.mean('requests.arrived', 'tier:api');
    expect(arrived).toBeGreaterThan(30);
    expect(estimates.mean('requests.degraded', 'tier:api')).toBe(arrived - 10);
  });

  test('of every offer of the catalogue is accepted', () => {
    for (const name of catalog.names('limits')) {
      const fallsBack = catalog.limits(name)!.limits.some(({ beyond }) => beyond === 'smaller-model');
      const rules = rulesOf(`{ preset: ${name}${fallsBack ? ', model: mini' : ''} }`);
      expect(rules.length, name).toBe(catalog.limits(name)!.limits.length);
    }
  });

  test.each([
    [
      'openai-tier-2',
      '{ preset: openai-tier-2 }',
      'test.yaml:15 gateway.rateLimits[0].preset: there are no published limits "openai-tier-2"; ',
    ],
    [
      'a tier that is not there',
      '{ preset: claude-pro, tiers: [pluss] }',
      'gateway.rateLimits[0].tiers[0]: no tier is called "pluss"; did you mean "plus"?',
    ],
    [
      'no model to fall back to',
      '{ preset: chatgpt-free }',
      'gateway.rateLimits[0].model: chatgpt-free falls back to a smaller model; name it, one of flagship, mini',
    ],
    [
      'a model that no pool serves',
      '{ preset: chatgpt-free, model: minni }',
      'gateway.rateLimits[0].model: no pool serves "minni"; did you mean "mini"?',
    ],
    [
      'a model where there is no fall-back',
      '{ preset: claude-pro, model: mini }',
      'gateway.rateLimits[0].model: claude-pro refuses requests beyond its limits and has no fallback model; drop model',
    ],
    [
      'a key of rules beside it',
      '{ preset: claude-pro, scope: tenant }',
      'gateway.rateLimits[0].scope: unknown key "scope"; known: preset, tiers, model, quality',
    ],
    ['neither rule nor preset', '{ tiers: [api] }', 'gateway.rateLimits[0].scope: "scope" is missing'],
  ])('tells what is wrong at its place: %s', (_, limits, message) => {
    const faults = faultsOf(text(limits));
    expect(
      faults.filter((fault) => fault.includes(message)),
      faults.join('\n'),
    ).toHaveLength(1);
    // Which branch of the schema was meant is no fault of its own.
    expect(faults).toHaveLength(limits === '{ tiers: [api] }' ? 3 : 1);
  });
});

describe('a preset of an engine', () => {
  const servingOf = (serving: string) =>
    scenarioOf(text('{ preset: claude-pro }', serving)).cell.pools[0]!.serving;

  test('fills in what is left out', () => {
    expect(servingOf('kind: continuous-batching, preset: vllm-default')).toMatchObject({
      maxSequences: 1024,
      maxBatchedTokens: 8192,
      chunkedPrefill: true,
      prefixCache: true,
      kv: { memoryUtilisation: 0.9, blockSize: 16 },
      stepTime: { kind: 'roofline' },
    });
  });

  test('gives way to what stands beside it, key by key, and a distribution as a whole', () => {
    const serving = servingOf(
      'kind: continuous-batching, preset: vllm-default, maxSequences: 64, prefixCache: false, kv: { blockSize: 32 }, stepTime: { kind: affine, base: 10ms }',
    );
    expect(serving).toMatchObject({
      maxSequences: 64,
      maxBatchedTokens: 8192,
      prefixCache: false,
      kv: { memoryUtilisation: 0.9, blockSize: 32 },
      stepTime: { kind: 'affine', base: 0.01 },
    });
    expect(serving).not.toHaveProperty('stepTime.weightTime');
  });

  test('works through an alias and through --set', () => {
    const yaml = text('{ preset: claude-pro }')
      .replace('serving: { kind', 'serving: &engine { kind')
      .replace(/serving: \{ kind[^}]*\}/, 'serving: *engine');
    const scenario = scenarioOf(yaml, ['fleet.pools[big].serving.maxBatchedTokens=2048']);
    expect(scenario.cell.pools.map(({ serving }) => serving)).toMatchObject([
      { maxSequences: 1024, maxBatchedTokens: 2048 },
      { maxSequences: 1024, maxBatchedTokens: 8192 },
    ]);
  });

  test('that does not exist is told with those that do', () => {
    const faults = faultsOf(text('{ preset: claude-pro }', 'kind: continuous-batching, preset: vlm-default'));
    expect(faults).toEqual([
      expect.stringContaining(
        'test.yaml:11 fleet.pools[0].serving.preset: the catalogue has no engine "vlm-default"; did you mean "vllm-default"?',
      ),
      expect.stringContaining('test.yaml:12 fleet.pools[1].serving.preset:'),
    ]);
  });

  test('is no key of slots', () => {
    const faults = faultsOf(
      text(
        '{ preset: claude-pro }',
        'kind: slots, preset: vllm-default, concurrency: 1, serviceTime: { kind: constant, value: 1s }',
      ),
    );
    expect(faults[0]).toContain(
      'fleet.pools[0].serving.preset: unknown key "preset"; known: kind, concurrency',
    );
  });
});

describe('filling in a document', () => {
  test('reaches below what is written and leaves what is no mapping', () => {
    const document = new SourceDocument('a: { b: 1, c: { kind: x } }\nd: 5\n', 'f.yaml');
    document.fill(['a'], { b: 9, e: { f: 2 }, c: { kind: 'y', z: 3 } });
    document.fill(['d'], { g: 1 });
    document.fill(['nowhere'], { g: 1 });
    expect(document.toData()).toEqual({ a: { b: 1, c: { kind: 'x' }, e: { f: 2 } }, d: 5 });
  });
});
