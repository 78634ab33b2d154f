/**
 * Which numbers of GPUs a model divides among, and that each remedy that a message offers is right itself: it is applied,
 * and what comes of it validates.
 */
import { describe, expect, test } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { InputError } from '../../src/errors.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { gpusThatDivide, indivisible, stagesThatDivide } from '../../src/serving/parallelism.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const catalog = readCatalog();
const model = (name: string, more = {}) => ({ ...catalog.model(name)!, ...more });
const TENSOR = { pipelineStages: 1, attention: 'tensor-parallel' } as const;
const DATA = { pipelineStages: 1, attention: 'data-parallel' } as const;

describe('the GPUs that divide a model', () => {
  test('are those among which its attention heads divide, and its KV heads or their repetitions', () => {
    // 32 heads, 8 KV heads: beyond 8 each is there twice, four times.
    expect(gpusThatDivide(model('llama-3.1-8b'), TENSOR)).toEqual([1, 2, 4, 8, 16, 32]);
    // 28 heads and 4 KV heads: 7 GPUs would have 4 heads each and neither a whole KV head nor a whole repetition.
    const odd = model('llama-3.1-8b', { attentionHeads: 28, kvHeads: 4 });
    expect(gpusThatDivide(odd, TENSOR)).toEqual([1, 2, 4, 28]);
    expect(indivisible(odd, { ...TENSOR, gpusPerReplica: 7 })).toBe(
      '4 KV heads do not divide among 7 GPUs, nor 7 GPUs among 4 heads',
    );
    // Compressed KV is one: it is repeated as often as there are GPUs.
    expect(gpusThatDivide(model('deepseek-r1'), TENSOR)).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
  });

  test('are those of each stage, of which each has a layer', () => {
    // 80 layers, 64 heads.
    const llama = model('llama-3.1-70b');
    expect(gpusThatDivide(llama, { ...TENSOR, pipelineStages: 3 }).slice(0, 4)).toEqual([3, 6, 12, 24]);
    expect(stagesThatDivide(llama, { ...TENSOR, gpusPerReplica: 12 })).toEqual([3, 6, 12]);
    expect(indivisible(llama, { ...TENSOR, pipelineStages: 81, gpusPerReplica: 81 })).toBe(
      '80 layers do not fill 81 stages',
    );
  });

  test('are with data-parallel attention those among which the experts divide', () => {
    // 64 experts, whatever the heads.
    const flagship = model('flagship', { attentionHeads: 3 });
    expect(gpusThatDivide(flagship, DATA)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});

/** What is said of a pool; `null` when it is right. */
function faultOf(
  pool: Record<string, string>,
  serving: Record<string, string>,
  facts: Catalog,
): string | null {
  const inline = (settings: Record<string, string>) =>
    Object.entries(settings)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ');
  try {
    scenarioOf(
      `
fleetyield: 1
name: layout
horizon: { duration: 1min }
workload: { tiers: [{ name: t, model: ${pool['model']!}, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: p, replicas: 1, ${inline(pool)}, serving: { kind: continuous-batching, ${inline({ stepTime: '{ kind: roofline }', ...serving })} } }] }
`,
      [],
      facts,
    );
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
}

/** Every way out that a message names, as changes of the pool and of its serving; `null` leaves a key out. */
function remediesIn(message: string) {
  const remedies: { readonly key: string; readonly value: string | null }[] = [];
  for (const [, key, values] of message.matchAll(/(gpusPerReplica|pipelineStages): (\d+(?: or \d+)*)/g)) {
    for (const value of values!.split(' or ')) remedies.push({ key: key!, value });
  }
  for (const [, gpus] of message.matchAll(/gpusPerReplica of (\d+)/g))
    remedies.push({ key: 'gpusPerReplica', value: gpus! });
  for (const [, gigabytes] of message.matchAll(/accelerator of at least (\d+) GB/g))
    remedies.push({ key: 'memory', value: gigabytes! });
  if (message.includes('leave out pipelineStages')) remedies.push({ key: 'pipelineStages', value: null });
  if (/leave it out(?!,)/.test(message)) remedies.push({ key: 'attention', value: null });
  return remedies;
}

/** The catalogue with one more accelerator: an H100 of so much memory. */
function withAccelerator(gigabytes: string): Catalog {
  const h100 = catalog.accelerator('h100-sxm')!;
  return new Proxy(catalog, {
    get: (target, key) => {
      if (key === 'accelerator')
        return (name: string) =>
          name === 'large'
            ? { ...h100, name: 'large', memoryBytes: Number(gigabytes) * 1e9 }
            : target.accelerator(name);
      const value = Reflect.get(target, key) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('a message about the GPUs of a replica', () => {
  const GPUS = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 20, 24, 31, 32, 33, 48, 64, 65, 96, 128, 129, 160, 256, 300,
  ];
  const cases = ['llama-3.1-8b', 'llama-3.1-70b', 'flagship', 'mini', 'deepseek-r1'].flatMap((name) =>
    [
      {},
      { attention: 'data-parallel' },
      { pipelineStages: '2' },
      { pipelineStages: '3' },
      { pipelineStages: '90' },
      { pipelineStages: '4', attention: 'data-parallel' },
    ].map((serving) => [name, serving] as const),
  );

  test.each(cases)(
    'of %s with %j names ways out that are right themselves',
    (name, serving: Record<string, string>) => {
      for (const gpus of GPUS) {
        const pool = { model: name, accelerator: 'h100-sxm', gpusPerReplica: String(gpus) };
        const message = faultOf(pool, serving, catalog);
        if (message === null) {
          const { pipelineStages = '1', attention = 'tensor-parallel' } = serving;
          const layout = { gpusPerReplica: gpus, pipelineStages: Number(pipelineStages), attention } as const;
          expect(indivisible(model(name), layout as Parameters<typeof indivisible>[1])).toBeNull();
          continue;
        }
        expect(message.length).toBeLessThan(400);
        const remedies = remediesIn(message);
        if (!message.includes('name another accelerator or model'))
          expect(remedies.length, message).toBeGreaterThan(0);
        const { attention: _, ...otherwise } = serving;
        // What is written beside "leave it out" is written without it.
        const base = message.includes('leave it out, and write') ? otherwise : serving;
        for (const { key, value } of remedies) {
          const settings: Record<string, string> = {
            ...(value === null
              ? Object.fromEntries(Object.entries(serving).filter(([name]) => name !== key))
              : base),
            ...(value !== null && key === 'pipelineStages' ? { pipelineStages: value } : {}),
          };
          const machine: Record<string, string> = {
            ...pool,
            ...(value !== null && key === 'gpusPerReplica' ? { gpusPerReplica: value } : {}),
            ...(key === 'memory' ? { accelerator: 'large' } : {}),
          };
          const facts = key === 'memory' ? withAccelerator(value!) : catalog;
          expect(faultOf(machine, settings, facts), `${message}\n${key}: ${String(value)}`).toBeNull();
        }
      }
    },
  );

  test.each([
    [
      'llama-3.1-70b',
      3,
      {},
      /64 attention heads do not divide among 3 GPUs; write gpusPerReplica: 2 or 4, or pipelineStages: 3/,
    ],
    ['llama-3.1-8b', 33, {}, /32 attention heads do not divide among 33 GPUs; write gpusPerReplica: 32$/],
    // Eight H100 have 616 GB for 671 GB of weights; 9 to 15 divide 128 heads as little as 33 do 32.
    [
      'deepseek-r1',
      8,
      {},
      /does not fit on 8 x h100-sxm: .*; use gpusPerReplica of 16, or an accelerator of at least \d+ GB/,
    ],
    ['deepseek-r1', 9, {}, /128 attention heads do not divide among 9 GPUs; write gpusPerReplica: 16/],
    [
      'deepseek-r1',
      48,
      { attention: 'data-parallel' },
      /256 experts do not divide among 48 GPUs; write gpusPerReplica: 32 or 64/,
    ],
  ])('says of %s on %d GPUs with %j what would do', (name, gpus, serving, message) => {
    const pool = { model: name, accelerator: 'h100-sxm', gpusPerReplica: String(gpus) };
    expect(faultOf(pool, serving, catalog)).toMatch(message);
  });

  test('holds where the KV is given and the step time measured, too: an engine does not start all the same', () => {
    const pool = { model: 'llama-3.1-70b', gpusPerReplica: '5' };
    const measured = { kv: '{ capacityTokens: 10000 }', stepTime: '{ kind: affine, base: 10ms }' };
    expect(faultOf(pool, measured, catalog)).toMatch(/64 attention heads do not divide among 5 GPUs/);
    expect(faultOf({ ...pool, model: 'unknown' }, measured, catalog)).toBeNull();
  });
});
