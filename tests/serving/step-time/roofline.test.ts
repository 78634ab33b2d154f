import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/catalog/model.ts';
import { SourceDocument } from '../../../src/document.ts';
import { ParameterError } from '../../../src/errors.ts';
import { stepTimes } from '../../../src/serving/step-time/index.ts';
import type { StepWork } from '../../../src/serving/step-time/step-time.ts';
import { SchemaReader } from '../../../src/validation.ts';
import { readCatalog } from '../../../src/files/catalog-files.ts';
import { BARE } from './law-of.ts';

const catalog = readCatalog();
const h100 = catalog.accelerator('h100-sxm')!;
const llama = catalog.model('llama-3.1-8b')!;
const flagship = catalog.model('flagship')!;

const law = (model: Model, gpusPerReplica: number, parameters = {}) =>
  stepTimes.create(
    { kind: 'roofline', ...parameters },
    { ...BARE, model, accelerator: h100, gpusPerReplica },
  );

const decode = (sequences: number, context: number): StepWork => ({
  prefillTokens: 0,
  decodeTokens: sequences,
  sequences,
  kvTokens: sequences * context,
  prefillContext: 0,
});
const prefill = (tokens: number): StepWork => ({
  prefillTokens: tokens,
  decodeTokens: 0,
  sequences: 1,
  kvTokens: 0,
  prefillContext: tokens ** 2 / 2,
});

describe('the roofline law', () => {
  it('takes for a decode step what the measured H100 law says: 4.36 + 2.41 + 0.36 + 0.59 = 7.72 ms', () => {
    // 0.973 x (8.030e9 - 0.525e9 input embeddings) x 2 B / 3.35e12 B/s; 75.3 us x 32; 22.6 us x 16;
    // 0.925 x 16 x 1024 x 131072 B / 3.35e12 B/s
    const expected =
      (0.973 * (8_030_261_248 - 128_256 * 4096) * 2) / 3.35e12 +
      75.3e-6 * 32 +
      22.6e-6 * 16 +
      (0.925 * 16 * 1024 * 131_072) / 3.35e12;
    expect(law(llama, 1).duration(decode(16, 1024))).toBeCloseTo(expected, 12);
    expect(expected).toBeCloseTo(0.00772, 5);
  });

  it('is bound by arithmetic in a long prefill: 4096 tokens take 114 ms, of which 2.8 attention', () => {
    // 2 x 6.980e9 layer parameters x 4096 / (989.4e12 x 0.55) + 2 x 0.525e9 / (same) + 4 x 32 x 4096 x 4096^2 / 2 / (989.4e12 x 0.5)
    const expected =
      (2 * (8_030_261_248 - 2 * 128_256 * 4096) * 4096 + 2 * 128_256 * 4096) / (989.4e12 * 0.55) +
      (4 * 32 * 4096 * (4096 ** 2 / 2)) / (989.4e12 * 0.5) +
      75.3e-6 * 32 +
      22.6e-6;
    expect(law(llama, 1).duration(prefill(4096))).toBeCloseTo(expected, 12);
  });

  it('takes the same for one decode token as for twenty prompt tokens beside it, while weights bind', () => {
    const one = decode(1, 0);
    const more = { ...one, prefillTokens: 20, kvTokens: 0 };
    expect(law(llama, 1).duration(more)).toBeCloseTo(law(llama, 1).duration(one), 12);
  });

  it('halves streaming and adds 2 x 32 x 3.2 us of latency and the bytes exchanged on two GPUs', () => {
    const stream = (0.973 * (8_030_261_248 - 128_256 * 4096) * 2) / 3.35e12;
    const exchange = (2 * 32 * 2 * 2 * 4096 * 0.5) / (450e9 * 0.8);
    const difference = law(llama, 2).duration(decode(1, 0)) - law(llama, 1).duration(decode(1, 0));
    expect(difference).toBeCloseTo(-stream / 2 + 2 * 32 * 3.2e-6 + exchange, 12);
  });

  it('streams only the experts the tokens of the step are expected to meet', () => {
    // One token meets 8 of 64 experts; two meet 64 x (1 - (7/8)^2) = 15 on average; thousands meet all.
    const routed = (404.3e9 - 99.9e9) / 56;
    const perExpert = (0.973 * routed) / (8 * 3.35e12);
    const step = law(flagship, 8, { perSequence: 0, perCollective: 0, linkEfficiency: 1 });
    const exchange = (2 * 96 * 2 * 2 * 8192 * (7 / 8)) / 450e9;
    const [one, two] = [decode(1, 0), decode(2, 0)].map((work) => step.duration(work)) as [number, number];
    expect(two - one).toBeCloseTo(7 * perExpert + exchange, 9);
  });

  it('never takes less time for more work', () => {
    for (const step of [law(llama, 1), law(flagship, 8)]) {
      for (const key of [
        'prefillTokens',
        'decodeTokens',
        'sequences',
        'kvTokens',
        'prefillContext',
      ] as const) {
        const less = {
          prefillTokens: 10,
          decodeTokens: 10,
          sequences: 11,
          kvTokens: 1000,
          prefillContext: 50,
        };
        expect(step.duration({ ...less, [key]: less[key] * 50 }), key).toBeGreaterThanOrEqual(
          step.duration(less),
        );
      }
    }
  });

  it('has the same defaults from a file as from a program', () => {
    const read = new SchemaReader(stepTimes.schema).read(new SourceDocument('kind: roofline', 'a.yaml'));
    const environment = { ...BARE, model: flagship, accelerator: h100, gpusPerReplica: 8 };
    for (const work of [decode(64, 2000), prefill(3000)]) {
      expect(stepTimes.create(read, environment).duration(work)).toBe(law(flagship, 8).duration(work));
    }
  });

  it('is refused without a model or an accelerator, saying what would do', () => {
    expect(() => stepTimes.create({ kind: 'roofline' }, BARE)).toThrow(ParameterError);
    expect(() => stepTimes.create({ kind: 'roofline' }, BARE)).toThrow(/needs a model of the catalogue/);
    expect(() => stepTimes.create({ kind: 'roofline' }, { ...BARE, model: llama })).toThrow(
      /needs an accelerator/,
    );
  });
});
