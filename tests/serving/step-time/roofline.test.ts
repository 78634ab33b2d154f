import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/catalog/model.ts';
import { inPrecision } from '../../../src/catalog/precision.ts';
import { SourceDocument } from '../../../src/input/source-document.ts';
import { ParameterError } from '../../../src/errors.ts';
import { stepTimes } from '../../../src/serving/step-time/index.ts';
import type { StepWork } from '../../../src/serving/step-time/step-time.ts';
import { SchemaReader } from '../../../src/input/schema-reader.ts';
import { readCatalog } from '../../../src/files/catalog-files.ts';
import { BARE } from './step-time-of.ts';

const catalog = readCatalog();
const h100 = catalog.accelerator('h100-sxm')!;
const llama = catalog.model('llama-3.1-8b')!;
const flagship = catalog.model('flagship')!;

const stepTime = (model: Model, gpusPerReplica: number, parameters = {}) =>
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

describe('the roofline step-time model', () => {
  it('takes for a decode step what the measured H100 model says: 4.36 + 2.41 + 0.36 + 0.59 = 7.72 ms', () => {
    // 0.973 x (8.030e9 - 0.525e9 input embeddings) x 2 B / 3.35e12 B/s; 75.3 us x 32; 22.6 us x 16;
    // 0.925 x 16 x 1024 x 131072 B / 3.35e12 B/s
    const expected =
      (0.973 * (8_030_261_248 - 128_256 * 4096) * 2) / 3.35e12 +
      75.3e-6 * 32 +
      22.6e-6 * 16 +
      (0.925 * 16 * 1024 * 131_072) / 3.35e12;
    expect(stepTime(llama, 1).duration(decode(16, 1024))).toBeCloseTo(expected, 12);
    expect(expected).toBeCloseTo(0.00772, 5);
  });

  it('is bound by arithmetic in a long prefill: 4096 tokens take 114 ms, of which 2.8 attention', () => {
    // 2 x 6.980e9 layer parameters x 4096 / (989.4e12 x 0.55) + 2 x 0.525e9 / (same) + 4 x 32 x 4096 x 4096^2 / 2 / (989.4e12 x 0.5)
    const expected =
      (2 * (8_030_261_248 - 2 * 128_256 * 4096) * 4096 + 2 * 128_256 * 4096) / (989.4e12 * 0.55) +
      (4 * 32 * 4096 * (4096 ** 2 / 2)) / (989.4e12 * 0.5) +
      75.3e-6 * 32 +
      22.6e-6;
    expect(stepTime(llama, 1).duration(prefill(4096))).toBeCloseTo(expected, 12);
  });

  it('takes the same for one decode token as for twenty prompt tokens beside it, while weights bind', () => {
    const one = decode(1, 0);
    const more = { ...one, prefillTokens: 20, kvTokens: 0 };
    expect(stepTime(llama, 1).duration(more)).toBeCloseTo(stepTime(llama, 1).duration(one), 12);
  });

  it('halves streaming and adds 2 x 32 x 3.2 us of latency and the bytes exchanged on two GPUs', () => {
    const stream = (0.973 * (8_030_261_248 - 128_256 * 4096) * 2) / 3.35e12;
    const exchange = (2 * 32 * 2 * 2 * 4096 * 0.5) / (450e9 * 0.8);
    const difference = stepTime(llama, 2).duration(decode(1, 0)) - stepTime(llama, 1).duration(decode(1, 0));
    expect(difference).toBeCloseTo(-stream / 2 + 2 * 32 * 3.2e-6 + exchange, 12);
  });

  it('streams only the experts the tokens of the step are expected to meet', () => {
    // One token meets 8 of 64 experts; two meet 64 x (1 - (7/8)^2) = 15 on average; thousands meet all.
    const routed = (404.3e9 - 99.9e9) / 56;
    const perExpert = (0.973 * routed) / (8 * 3.35e12);
    const step = stepTime(flagship, 8, { perSequence: 0, perCollective: 0, linkEfficiency: 1 });
    const exchange = (2 * 96 * 2 * 2 * 8192 * (7 / 8)) / 450e9;
    const [one, two] = [decode(1, 0), decode(2, 0)].map((work) => step.duration(work)) as [number, number];
    expect(two - one).toBeCloseTo(7 * perExpert + exchange, 9);
  });

  describe('over pipeline stages', () => {
    const staged = (pipelineStages: number, gpusPerReplica: number, parameters = {}) =>
      stepTimes.create(
        { kind: 'roofline', ...parameters },
        { ...BARE, model: llama, accelerator: h100, gpusPerReplica, pipelineStages },
      );
    const head = (0.973 * 128_256 * 4096 * 2) / 3.35e12;
    const handOver = (tokens: number) => 3.2e-6 + (tokens * 2 * 4096) / (450e9 * 0.8);

    it('takes for one sequence what one GPU takes, and the hand-overs', () => {
      const extra = staged(4, 4).duration(decode(1, 8192)) - stepTime(llama, 1).duration(decode(1, 8192));
      expect(extra).toBeCloseTo(3 * handOver(1), 12);
    });

    it('halves over two stages the KV of a round, not its weights, and streams the head for both micro-batches', () => {
      // 16 sequences of 8192: 0.925 x 16 x 8192 x 131072 / 3.35e12 = 4.74 ms of KV, of which half is saved.
      const kv = (0.925 * 16 * 8192 * 131_072) / 3.35e12;
      const difference =
        staged(2, 2).duration(decode(16, 8192)) - stepTime(llama, 1).duration(decode(16, 8192));
      expect(difference).toBeCloseTo(-kv / 2 + head + handOver(8), 12);
    });

    it('halves the arithmetic of two prompts, not of one', () => {
      const two = { ...prefill(8192), sequences: 2 };
      const perToken = (2 * (8_030_261_248 - 2 * 128_256 * 4096)) / (989.4e12 * 0.55);
      const attention = (4 * 32 * 4096 * (8192 ** 2 / 2)) / (989.4e12 * 0.5);
      const saved = stepTime(llama, 1).duration(two) - staged(2, 2).duration(two);
      expect(saved).toBeCloseTo((8192 * perToken + attention) / 2 - handOver(4096), 12);
      const lone = staged(2, 2).duration(prefill(8192)) - stepTime(llama, 1).duration(prefill(8192));
      expect(lone).toBeCloseTo(handOver(8192), 12);
    });

    it('is tensor parallel within a stage: four GPUs in two stages stream as two do, and exchange by twos', () => {
      const difference =
        staged(2, 4).duration(decode(1, 1000)) - stepTime(llama, 2).duration(decode(1, 1000));
      expect(difference).toBeCloseTo(handOver(1), 12);
    });

    it('says what a KV token adds: on two stages half, once there are two sequences', () => {
      const alone = stepTime(llama, 1).perKvToken(decode(1, 0));
      expect(alone).toBeCloseTo((0.925 * 131_072) / 3.35e12, 18);
      expect(staged(2, 2).perKvToken(decode(1, 0))).toBe(alone);
      expect(staged(2, 2).perKvToken(decode(2, 0))).toBe(alone / 2);
    });

    it('never takes less time for more sequences of a context, or for a longer one', () => {
      const step = staged(4, 8);
      for (let sequences = 1; sequences < 40; sequences++) {
        const time = step.duration(decode(sequences, 2000));
        expect(step.duration(decode(sequences + 1, 2000))).toBeGreaterThan(time);
        expect(step.duration(decode(sequences, 2001))).toBeGreaterThan(time);
      }
    });
  });

  describe('with data-parallel attention', () => {
    const b200 = catalog.accelerator('b200')!;
    const r1 = catalog.model('deepseek-r1')!;
    const split = (gpusPerReplica: number, attention: 'data-parallel' | 'tensor-parallel') =>
      stepTimes.create(
        { kind: 'roofline' },
        { ...BARE, model: r1, accelerator: b200, gpusPerReplica, attention },
      );
    // 671.03e9 in all, 37.55e9 active: an expert in all layers is (671.03e9 − 37.55e9) ÷ 248 parameters.
    const routed = ((671.03e9 - 37.55e9) / 248) * 256;
    const embedding = 129_280 * 7168;
    const stream = (bytes: number) => (0.973 * bytes) / 8e12;
    const launches = 61 * 75.3e-6 + 58 * 32.6e-6 + 2 * 58 * 3.2e-6;
    const reached = 1 - (7 / 8) ** 8;

    it('streams all dense weights and an eighth of the experts met on each of eight GPUs, and reads an eighth of the KV', () => {
      // 256 sequences of 1,536 tokens: 32 on each GPU; the expert exchange sends fp8 and gets bf16 back, 3 bytes an element.
      const expected =
        stream(671.03e9 - routed - embedding) +
        (stream(routed) / 8) * (1 - (248 / 256) ** 256) +
        (0.925 * 32 * 1536 * 61 * 1152) / 8e12 +
        32 * 22.6e-6 +
        launches +
        (58 * 32 * 7 * reached * 7168 * 3) / (900e9 * 0.8);
      expect(split(8, 'data-parallel').duration(decode(256, 1536))).toBeCloseTo(expected, 12);
      expect(split(8, 'tensor-parallel').duration(decode(256, 1536))).toBeGreaterThan(expected);
    });

    it('leaves a lone sequence the KV and sampling of one GPU', () => {
      const [short, long] = [1000, 2000].map((context) =>
        split(8, 'data-parallel').duration(decode(1, context)),
      ) as [number, number];
      expect(long - short).toBeCloseTo((0.925 * 1000 * 61 * 1152) / 8e12, 12);
      expect(split(8, 'data-parallel').perKvToken(decode(64, 1))).toBeCloseTo(
        (0.925 * 61 * 1152) / 8e12 / 8,
        20,
      );
    });

    it('sends over the network what experts on other hosts need: 8 of the 15 other GPUs, at an eighteenth of the speed', () => {
      const stepTime = split(16, 'data-parallel');
      // 16 sequences, one on each GPU, and 20 prompt tokens: too few to multiply for longer than weights stream.
      const more =
        stepTime.duration({ ...decode(16, 0), prefillTokens: 20 }) - stepTime.duration(decode(16, 0));
      const bytes = (20 / 16) * 58 * 7168 * 3;
      const onNetwork = (bytes * 8 * (1 - (15 / 16) ** 8)) / (50e9 * 0.8);
      const experts = (stream(routed) / 16) * ((248 / 256) ** 16 - (248 / 256) ** 36);
      expect(more).toBeCloseTo(onNetwork + experts, 12);
    });

    it('sums over two hosts as fast as their eight networks together, 8 × 50 GB/s, below the 900 of the link', () => {
      const stepTime = split(16, 'tensor-parallel');
      const more =
        stepTime.duration({ ...decode(16, 0), prefillTokens: 20 }) - stepTime.duration(decode(16, 0));
      const experts = (stream(routed) / 16) * ((248 / 256) ** 16 - (248 / 256) ** 36);
      expect(more).toBeCloseTo(20 * ((2 * 61 * 2 * 2 * 7168 * 15) / 16 / (400e9 * 0.8)) + experts, 12);
    });
  });

  describe('in another precision', () => {
    it('streams half the weights in fp8 and a quarter in int4', () => {
      const stream = (0.973 * (8_030_261_248 - 128_256 * 4096) * 2) / 3.35e12;
      const bf16 = stepTime(llama, 1).duration(decode(1, 0));
      const fp8 = stepTime(inPrecision(llama, { weights: 'fp8' }), 1).duration(decode(1, 0));
      const int4 = stepTime(inPrecision(llama, { weights: 'int4' }), 1).duration(decode(1, 0));
      expect(bf16 - fp8).toBeCloseTo(stream / 2, 12);
      expect(bf16 - int4).toBeCloseTo((stream * 3) / 4, 12);
    });

    it('multiplies fp8 at the fp8 peak, 1978.9 TFLOP/s x 0.5, and int4 as bf16', () => {
      const flop = 2 * (8_030_261_248 - 2 * 128_256 * 4096) * 4096 + 2 * 128_256 * 4096;
      const bf16 = stepTime(llama, 1).duration(prefill(4096));
      const fp8 = stepTime(inPrecision(llama, { weights: 'fp8' }), 1).duration(prefill(4096));
      expect(bf16 - fp8).toBeCloseTo(flop / (989.4e12 * 0.55) - flop / (1978.9e12 * 0.5), 12);
      expect(stepTime(inPrecision(llama, { weights: 'int4' }), 1).duration(prefill(4096))).toBe(bf16);
    });

    it('reads half the KV in fp8', () => {
      const half = stepTime(inPrecision(llama, { kv: 'fp8' }), 1);
      expect(half.perKvToken(decode(1, 0))).toBe(stepTime(llama, 1).perKvToken(decode(1, 0)) / 2);
    });
  });

  it('never takes less time for more work', () => {
    for (const step of [stepTime(llama, 1), stepTime(flagship, 8)]) {
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
      expect(stepTimes.create(read, environment).duration(work)).toBe(stepTime(flagship, 8).duration(work));
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
