import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyNumbers } from '../../src/kernel/key-numbers.ts';

test('keys are numbered in the order of their appearance, as in a map, whatever they are', () => {
  const key = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.nat(40),
    fc.nat(5_000).map((n) => 1_024 * n),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 3_000, size: 'max' }), (keys) => {
      const numbers = new KeyNumbers();
      const slow = new Map<number, number>();
      for (const one of keys) {
        if (!slow.has(one)) slow.set(one, slow.size);
        expect(numbers.of(one)).toBe(slow.get(one));
      }
      expect(numbers.count).toBe(slow.size);
    }),
    { seed: 7, numRuns: 60 },
  );
});
