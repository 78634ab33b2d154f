import { describe, expect, it } from 'vitest';
import { kvBytesPerToken, operandBytes, weightBytes } from '../../src/catalog/model.ts';
import { inPrecision } from '../../src/catalog/precision.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';

const llama = readCatalog().model('llama-3.1-8b')!;

describe('a model in another precision', () => {
  it.each([
    ['bf16', 2, 2],
    ['fp8', 1, 1],
    ['fp4', 0.5, 0.5],
    ['int4', 0.5, 2],
  ] as const)('holds weights in %s in %d bytes and multiplies them in %d', (weights, held, multiplied) => {
    const model = inPrecision(llama, { weights });
    expect(weightBytes(model)).toBe(8_030_261_248 * held);
    expect(operandBytes(model)).toBe(multiplied);
    expect(kvBytesPerToken(model)).toBe(131_072);
  });

  it('holds KV in fp8 in half the bytes, stated ones too, and leaves the weights', () => {
    const model = inPrecision(llama, { kv: 'fp8' });
    expect(kvBytesPerToken(model)).toBe(65_536);
    expect(weightBytes(model)).toBe(weightBytes(llama));
    // MLA: 576 numbers of 2 bytes in each of 32 layers.
    const compressed = { ...llama, kvBytesPerTokenPerLayer: 1152 };
    expect(kvBytesPerToken(inPrecision(compressed, { kv: 'fp8' }))).toBe(32 * 576);
  });

  it('widens what was int4 no longer when it is held in fp8, and keeps what is not given', () => {
    const int4 = inPrecision(llama, { weights: 'int4' });
    expect(operandBytes(inPrecision(int4, { kv: 'fp8' }))).toBe(2);
    expect(operandBytes(inPrecision(int4, { weights: 'fp8' }))).toBe(1);
  });
});
