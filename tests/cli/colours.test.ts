/** Colours of pictures, as those see them who lack one of the three kinds of cones. */
import { describe, expect, test } from 'vitest';
import { LAYERS } from '../../src/cli/shared/day-picture.ts';
import { BLUE, INK, ORANGE, RED, tierColours } from '../../src/cli/report/figure.ts';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Linear RGB as it is seen (Machado, Oliveira and Fernandes 2009, table 1, severity 1). */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'protanopes (no red)': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'deuteranopes (no green)': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'tritanopes (no blue)': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** From linear sRGB to XYZ, each relative to the white of D65 (IEC 61966-2-1). */
const TO_XYZ: Matrix = [
  [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
];

const times = (matrix: Matrix, [x, y, z]: Triple): Triple =>
  matrix.map(([a, b, c]) => Math.min(1, Math.max(0, a * x + b * y + c * z))) as unknown as Triple;

/** CIELAB of a colour such as `#1f6bb5`. */
function lab(colour: string, sight: Matrix): Triple {
  const rgb = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
  const [x, y, z] = times(TO_XYZ, times(sight, rgb)).map((t) =>
    t > 216 / 24_389 ? Math.cbrt(t) : ((24_389 / 27) * t + 16) / 116,
  ) as unknown as Triple;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The least difference (CIE 1976) between two of some colours. 2.3 is just noticeable (Mahy 1994). */
function leastDifference(colours: readonly string[], sight: Matrix): number {
  const seen = colours.map((colour) => lab(colour, sight));
  const all = seen.flatMap((one, index) =>
    seen.slice(index + 1).map((other) => Math.hypot(...one.map((part, axis) => part - other[axis]!))),
  );
  return Math.min(...all);
}

const PALETTES = {
  outcomes: Object.values(LAYERS),
  'quantiles and what is promised': [BLUE, RED, INK],
  'revenue, cost and result': [BLUE, ORANGE, INK],
  tiers: tierColours(['a', 'b', 'c', 'd', 'e', 'f', 'g']),
};

/** Eight times what is just noticeable. */
const APART = 20;

describe.each(Object.entries(SIGHTS))('to the eyes of %s', (_, sight) => {
  test.each(Object.entries(PALETTES))('the colours of %s are apart', (_name, colours) => {
    expect(leastDifference(colours, sight)).toBeGreaterThan(APART);
  });
});

test('the reckoning knows black from white, and that red and green are not apart to all', () => {
  // By definition L* of white is 100 and of black 0.
  expect(leastDifference(['#ffffff', '#000000'], SIGHTS.all!)).toBeCloseTo(100, 3);
  const confused = ['#2f7d5b', '#c8553d'];
  expect(leastDifference(confused, SIGHTS.all!)).toBeGreaterThan(60);
  expect(leastDifference(confused, SIGHTS['protanopes (no red)']!)).toBeLessThan(APART);
});
