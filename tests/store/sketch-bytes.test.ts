import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuantileSketch } from '../../src/stats/index.ts';
import { sketchBytes, sketchState } from '../../src/store/sketch-bytes.ts';

const sketchOf = (values: readonly number[], limit: number): QuantileSketch => {
  const sketch = new QuantileSketch(limit);
  for (const value of values) sketch.add(value);
  return sketch;
};

describe('a sketch as bytes', () => {
  it('comes back with everything it held, exact or in bins, whatever the values', () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
      fc.constantFrom(0, Number.MIN_VALUE, 2 ** -1022, 1, Number.MAX_VALUE),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.constantFrom(0, 5, 1_000), (values, limit) => {
        const state = sketchOf(values, limit).toState();
        expect(sketchState(sketchBytes(state))).toEqual(state);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('takes less than half the room for waits of a simulated day, and next to none for bins', () => {
    // Differences of instants near 80,000 s are multiples of 2⁻³⁶ s: 29 of the 52 bits of one near a second are zero.
    const waits = Array.from({ length: 20_000 }, (_, index) => {
      const arrivedAt = 80_000 + index / 7;
      return arrivedAt + 0.1 + ((index * 0.618_033_988_7) % 1) - arrivedAt;
    }).sort((a, b) => a - b);
    const exact = sketchBytes(sketchOf(waits, 131_072).toState());
    expect(exact.length).toBeLessThan(0.5 * 8 * waits.length);
    // Four powers of two occur (0.0625 to 2, say), of 1,024 bins each.
    const binned = sketchBytes(sketchOf(waits, 0).toState());
    expect(binned.length).toBeLessThan(0.25 * 8 * 4 * 1_024);
  });
});
