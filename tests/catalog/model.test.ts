import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../src/catalog/catalog.ts';
import { peakFlopsFor, type Accelerator } from '../../src/catalog/accelerator.ts';
import { kvBytesPerToken, kvShards, routedParameters, weightBytes } from '../../src/catalog/model.ts';
import { InputError } from '../../src/errors.ts';

const model = (changes: Record<string, number>) => {
  const values: Record<string, number> = {
    layers: 10,
    hiddenSize: 100,
    attentionHeads: 8,
    kvHeads: 2,
    headDimension: 64,
    vocabulary: 1000,
    totalParameters: 100e6,
    activeParameters: 100e6,
    bytesPerParameter: 2,
    bytesPerKvElement: 2,
    contextTokens: 4096,
    ...changes,
  };
  const text = [
    'kind: model\nname: m\nsummary: s\nsource: here\nasOf: 2025-01-01\nconfidence: assumed\nvalues:',
    ...Object.entries(values).map(([key, value]) => `  ${key}: ${value}`),
  ].join('\n');
  return parseCatalog([{ name: 'm.yaml', text }]).model('m')!;
};

describe('a model', () => {
  it('keeps 2 x layers x KV heads x width x bytes of KV per token: 2 x 10 x 2 x 64 x 2 = 5,120', () => {
    expect(kvBytesPerToken(model({}))).toBe(5_120);
  });

  it('takes compressed KV as it is stated: 10 layers x 576 bytes', () => {
    expect(kvBytesPerToken(model({ kvBytesPerTokenPerLayer: 576 }))).toBe(5_760);
  });

  it('weighs parameters x bytes', () => {
    expect(weightBytes(model({ bytesPerParameter: 1 }))).toBe(100e6);
  });

  it('finds its routed experts from total and active: (100M - 44M) / (16 - 2) = 4M each, 64M in all', () => {
    const mixture = model({ activeParameters: 44e6, moeLayers: 10, experts: 16, activeExperts: 2 });
    expect(routedParameters(mixture)).toBe(64e6);
    expect(routedParameters(model({}))).toBe(0);
  });

  it('repeats KV heads once there are more GPUs than heads', () => {
    expect([1, 2, 8].map((gpus) => kvShards(model({}), gpus))).toEqual([1, 2, 2]);
  });

  it('is refused when its parameters contradict its experts', () => {
    expect(() => model({ activeParameters: 44e6 })).toThrow(InputError);
    expect(() => model({ activeParameters: 44e6 })).toThrow(/differs from totalParameters/);
    expect(() => model({ activeParameters: 200e6 })).toThrow(/is more than totalParameters/);
    expect(() => model({ activeParameters: 44e6, moeLayers: 10, experts: 4, activeExperts: 4 })).toThrow(
      /4 of 4 experts; the number of active experts must be smaller/,
    );
    expect(() => model({ activeParameters: 44e6, moeLayers: 11, experts: 4, activeExperts: 1 })).toThrow(
      /layers/,
    );
    expect(() => model({ activeParameters: 1e6, moeLayers: 10, experts: 4, activeExperts: 1 })).toThrow(
      /less than nothing/,
    );
  });
});

describe('the peak for weights of a width', () => {
  const chip = (fp8: number | null, fp4: number | null): Accelerator => ({
    name: 'chip',
    summary: '',
    memoryBytes: 1,
    memoryBandwidth: 1,
    peakFlops: { bf16: 1, fp8, fp4 },
    interconnectBandwidth: 1,
    network: null,
    idlePower: 1,
    busyPower: 1,
  });

  it('is that of the narrowest format computed in that holds them', () => {
    expect([2, 1, 0.5].map((bytes) => peakFlopsFor(chip(2, 4), bytes))).toEqual([1, 2, 4]);
    expect([2, 1, 0.5].map((bytes) => peakFlopsFor(chip(2, null), bytes))).toEqual([1, 2, 2]);
    expect([2, 1, 0.5].map((bytes) => peakFlopsFor(chip(null, null), bytes))).toEqual([1, 1, 1]);
  });
});
