import { describe, expect, it } from 'vitest';
import {
  gridOf,
  latinHypercube,
  morrisTrajectories,
  SOBOL_FACTORS,
  sobolPoints,
} from '../../src/experiments/designs.ts';
import { elementaryEffects } from '../../src/experiments/screening.ts';
import { Streams } from '../../src/stats/index.ts';

const source = () => new Streams('designs', 0).stream('points');

describe('a grid', () => {
  it('has every combination once, the last factor fastest', () => {
    expect(gridOf([2, 3])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });
});

describe('a Latin hypercube', () => {
  it.each([
    [1, 1],
    [7, 3],
    [64, 5],
  ])('has one point in each of the %i parts of every one of %i factors', (points, factors) => {
    const design = latinHypercube(points, factors, source());
    expect(design).toHaveLength(points);
    for (let factor = 0; factor < factors; factor++) {
      const parts = design.map((point) => Math.floor(points * point[factor]!));
      expect(parts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: points }, (_, part) => part));
    }
  });

  it('pairs the parts of its factors at random', () => {
    const design = latinHypercube(200, 2, source());
    const correlation =
      design.reduce((sum, [x, y]) => sum + (x! - 0.5) * (y! - 0.5), 0) / design.length / (1 / 12);
    // Standard deviation 1 ÷ √199; alarm rate of five of them: 6e-7.
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(199));
  });
});

describe('a Sobol sequence', () => {
  it('begins with the published points', () => {
    // Joe and Kuo (2008), the first ten points of three dimensions with new-joe-kuo-6 in the order of the Gray code, as
    // their program prints them.
    expect(sobolPoints(10, 3)).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
      [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ]);
  });

  it('has one of its first 2ᵏ points in each of as many parts of every factor, shifted or not', () => {
    for (const design of [sobolPoints(64, SOBOL_FACTORS), sobolPoints(64, SOBOL_FACTORS, source())]) {
      for (let factor = 0; factor < SOBOL_FACTORS; factor++) {
        const parts = design.map((point) => Math.floor(64 * point[factor]!));
        expect(new Set(parts).size, `factor ${factor}`).toBe(64);
      }
    }
  });

  it('has one of its first 16 points in each of 4 × 4 parts of its first two factors', () => {
    const parts = sobolPoints(16, 2).map(([x, y]) => 4 * Math.floor(4 * x!) + Math.floor(4 * y!));
    expect(new Set(parts).size).toBe(16);
  });

  it('has one of its first 2ᵈ points in each orthant of d factors (Sobol’s property A, which its numbers are chosen for)', () => {
    for (let factors = 1; factors <= 16; factors++) {
      const orthants = new Set(
        sobolPoints(2 ** factors, factors).map((point) =>
          point.reduce((orthant, coordinate) => 2 * orthant + (coordinate < 0.5 ? 0 : 1), 0),
        ),
      );
      expect(orthants.size, `${factors} factors`).toBe(2 ** factors);
    }
  });

  it('is within the cube and off its faces when it is shifted', () => {
    for (const coordinate of sobolPoints(256, 4, source()).flat()) {
      expect(coordinate).toBeGreaterThan(0);
      expect(coordinate).toBeLessThan(1);
    }
  });

  it('refuses more factors than it has numbers for', () => {
    expect(() => sobolPoints(1, SOBOL_FACTORS + 1)).toThrow('22 factors: a Sobol sequence has 21 here');
  });
});

describe('walks of Morris', () => {
  const walks = morrisTrajectories(50, 3, 4, source());

  it('change each factor once, by two thirds of its range at four levels, and stay on the grid', () => {
    for (const { points, changed } of walks) {
      expect(changed.toSorted()).toEqual([0, 1, 2]);
      changed.forEach((factor, step) => {
        points[step]!.forEach((from, index) => {
          const change = Math.abs(points[step + 1]![index]! - from);
          expect(change).toBeCloseTo(index === factor ? 2 / 3 : 0, 12);
        });
      });
      for (const coordinate of points.flat()) expect([0, 1, 2, 3]).toContain(Math.round(3 * coordinate));
    }
  });

  it('need an even number of levels', () => {
    expect(() => morrisTrajectories(1, 1, 3, source())).toThrow('3 levels: an even number');
  });

  it('find the effects of a function that is known: 3 x₀ − 2 x₁, and x₂ not at all', () => {
    const outcomes = walks.map(({ points }) => points.map(([x, y]) => 3 * x! - 2 * y!));
    const [x, y, none] = elementaryEffects(walks, outcomes, 3, 0.95);
    // Of a linear function every effect is its coefficient.
    expect([x!.mean.mean, x!.meanAbsolute.mean, x!.mean.n]).toEqual([
      expect.closeTo(3, 9),
      expect.closeTo(3, 9),
      50,
    ]);
    expect([y!.mean.mean, y!.meanAbsolute.mean]).toEqual([expect.closeTo(-2, 9), expect.closeTo(2, 9)]);
    expect([x!.deviation, y!.deviation]).toEqual([expect.closeTo(0, 9), expect.closeTo(0, 9)]);
    expect([none!.mean.mean, none!.deviation]).toEqual([0, 0]);
  });

  it('tell a factor that acts through another: of x₀ x₁ the effect of x₀ is the value of x₁', () => {
    const outcomes = walks.map(({ points }) => points.map(([x, y]) => x! * y!));
    const [x] = elementaryEffects(walks, outcomes, 3, 0.95);
    // Levels 0, ⅓, ⅔, 1 are equally likely: mean ½, standard deviation √(5 ÷ 36); alarm rate of five errors 6e-7.
    expect(Math.abs(x!.mean.mean! - 0.5)).toBeLessThan((5 * Math.sqrt(5 / 36)) / Math.sqrt(50));
    expect(x!.deviation).toBeGreaterThan(0.25);
  });

  it('leave out a step whose outcome is missing', () => {
    const outcomes = walks.map(({ points }, walk) => points.map(([x]) => (walk === 0 ? null : x!)));
    expect(elementaryEffects(walks, outcomes, 3, 0.95)[0]!.mean.n).toBe(49);
  });
});
