import { describe, expect, test } from 'vitest';
import { threefry2x32 } from '../../src/stats/counter-stream.ts';
import { Streams } from '../../src/stats/index.ts';
import { chiSquareAlarm, CHI_SQUARE_ALARM, ksDistance, KS_LIMIT } from './goodness.ts';

describe('the Threefry-2x32-20 block', () => {
  // Random123 1.14, tests/kat_vectors, lines "threefry2x32 20".
  test.each([
    [0x00000000, 0x00000000, 0x00000000, 0x00000000, '6b200159 99ba4efe'],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, '1cb996fc bb002be7'],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 'c4923a9c 483df7a0'],
  ])('of counter %i %i and key %i %i is the published one', (counter0, counter1, key0, key1, expected) => {
    const out = new Uint32Array(2);
    threefry2x32(counter0, counter1, key0, key1, out);
    expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(expected);
  });
});

const counter = () => new Streams('1', 0).counter('retry');

function take(n: number, next: () => number): number[] {
  return Array.from({ length: n }, next);
}

describe('a counter stream', () => {
  test('draws the 53-bit number that its key and position have by definition', () => {
    // printf '\001c1|31|r0|7265747279' | sha256sum begins 20575baba77567ff: "31" is "1" and "7265747279" is "retry".
    const out = new Uint32Array(2);
    threefry2x32(812, (3 << 8) | 1, 0x20575bab, 0xa77567ff, out);
    const bits = (BigInt(out[0]!) >> 5n) * 2n ** 26n + (BigInt(out[1]!) >> 6n);
    const stream = counter().at(812, 3);
    stream.next();
    expect(stream.next()).toBe(Number(bits) / 2 ** 53);
  });

  test('gives a position the same numbers whatever was asked before', () => {
    const undisturbed = counter().at(7, 2);
    const expected = take(5, () => undisturbed.next());
    const disturbed = counter();
    for (let i = 0; i < 10; i++) take(i, () => disturbed.at(i, 2).next());
    disturbed.at(7, 2).next();
    disturbed.at(7, 2);
    expect(take(5, () => disturbed.next())).toEqual(expected);
  });

  test('gives different numbers to neighbouring positions, to the far ends of the range and beyond 256 draws', () => {
    const stream = counter();
    const seen = new Set<number>();
    const positions = [0, 1, 2, 255, 256, 2 ** 31, 2 ** 32 - 1].flatMap((ordinal) =>
      [0, 1, 255, 256, 2 ** 23, 2 ** 24 - 1].map((sub) => [ordinal, sub] as const),
    );
    for (const [ordinal, sub] of positions) {
      stream.at(ordinal, sub);
      for (const u of take(1_000, () => stream.next())) seen.add(u);
    }
    // 42,000 draws of 53 bits: two alike by chance with probability 42,000² ÷ 2 ÷ 2⁵³ = 1e-7.
    expect(seen.size).toBe(positions.length * 1_000);
  });

  test.each([
    [
      'along the draws of one position',
      (n: number) =>
        take(
          n,
          (
            (s) => () =>
              s.next()
          )(counter().at(5, 5)),
        ),
    ],
    [
      'along ordinals',
      (n: number) =>
        Array.from(
          { length: n },
          (
            (s) => (_, i) =>
              s.at(i, 0).next()
          )(counter()),
        ),
    ],
    [
      'along subs',
      (n: number) =>
        Array.from(
          { length: n },
          (
            (s) => (_, i) =>
              s.at(3, i).next()
          )(counter()),
        ),
    ],
  ])('is uniform, and in pairs too, %s', (_name, draw: (n: number) => number[]) => {
    const n = 40_000;
    const draws = draw(n);
    expect(Math.sqrt(n) * ksDistance(draws, (x) => x)).toBeLessThan(KS_LIMIT);
    const cells = new Array<number>(256).fill(0);
    for (let i = 0; i < n; i += 2) cells[Math.floor(draws[i]! * 16) * 16 + Math.floor(draws[i + 1]! * 16)]!++;
    expect(chiSquareAlarm(cells, new Array<number>(256).fill(n / 2 / 256))).toBeGreaterThan(CHI_SQUARE_ALARM);
  });

  test.each([
    [-1, 0],
    [0.5, 0],
    [2 ** 32, 0],
    [Number.NaN, 0],
    [0, -1],
    [0, 2 ** 24],
  ])('refuses the position (%d, %d), whose numbers another position has', (ordinal, sub) => {
    expect(() => counter().at(ordinal, sub)).toThrow(RangeError);
  });
});
