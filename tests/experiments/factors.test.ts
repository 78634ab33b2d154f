import { describe, expect, it } from 'vitest';
import { parseFactor, shareBetweenEnds } from '../../src/experiments/factors.ts';

describe('a factor with a list', () => {
  it('has its values as they are written, whatever they hold', () => {
    expect(parseFactor('fleet.pools[0].replicas=4, 8,16')).toMatchObject({
      path: 'fleet.pools[0].replicas',
      values: ['4', '8', '16'],
      distribution: null,
    });
    expect(parseFactor("a={ kind: x, of: [1, 2] },'b,c',null").values).toEqual([
      '{ kind: x, of: [1, 2] }',
      "'b,c'",
      'null',
    ]);
  });

  it('gives each value an equal share', () => {
    const { at } = parseFactor('a=1,2,3');
    expect([0, 0.33, 0.34, 0.66, 0.67, 1].map(at)).toEqual(['1', '1', '2', '2', '3', '3']);
  });
});

describe('a factor with a distribution', () => {
  const at = (text: string, ...shares: number[]) => shares.map(parseFactor(`a=${text}`).at);

  it('has the quantiles of its distribution, with its unit', () => {
    expect(at('uniform(1s, 5s)', 0, 0.25, 1)).toEqual(['1s', '2s', '5s']);
    expect(at('log-uniform(1,100)', 0, 0.5, 1)).toEqual(['1', '10', '100']);
    // Each of 2, 3, 4 has a third.
    expect(at('integers(2,4)', 0, 0.32, 0.34, 0.67, 1)).toEqual(['2', '2', '3', '4', '4']);
    // Up to the mode of 1 there is a quarter of 0 to 4: at half, 4 − √(½ × 4 × 3).
    expect(at('triangular(0,1,4)', 0, 0.25, 0.5, 1)).toEqual(['0', '1', '1.55051', '4']);
    // Tables: the standard normal's 0.975 quantile is 1.95996.
    expect(at('normal(10,2)', 0.5, 0.975)).toEqual(['10', '13.9199']);
    // Median mean ÷ √(1 + cv²).
    expect(at('lognormal(100ms,1)', 0.5)).toEqual(['70.7107ms']);
  });

  it('is tried up to its ends, or the 5 % and 95 % quantiles of one that has none', () => {
    const ends = (text: string) =>
      [0, 0.5, 1].map((place) => shareBetweenEnds(parseFactor(`a=${text}`), place));
    expect(ends('uniform(1,5)')).toEqual([0, 0.5, 1]);
    expect(ends('4,8')).toEqual([0, 0.5, 1]);
    expect(ends('normal(0,1)')).toEqual([0.05, 0.5, expect.closeTo(0.95, 12)]);
  });
});

describe('a factor that cannot be', () => {
  it.each([
    ['replicas', 'expected PATH=V1,V2,…'],
    ['=1,2', 'expected PATH=V1,V2,…'],
    ['a=', 'no values; write a=V1,V2,… or a distribution such as a=uniform(1,5)'],
    ['a=1,,2', 'one of the values is empty'],
    ['a=1,2,1', 'duplicate value 1; write it once'],
    ['a=gaussian(0,1)', 'no distribution is called gaussian; known: uniform, log-uniform'],
    ['a=constructor(0,1)', 'no distribution is called constructor'],
    ['a=uniform(1)', 'uniform(1) is not uniform(low, high) in numbers'],
    ['a=uniform(x,y)', 'is not uniform(low, high) in numbers'],
    ['a=uniform(1s,5min)', 'mixes units'],
    ['a=uniform(5,1)', 'the first must be below the second'],
    ['a=log-uniform(0,1)', 'both must be above zero'],
    ['a=integers(1,2.5)', 'both must be whole numbers'],
    ['a=triangular(0,5,4)', 'they must rise from low by mode to high'],
    ['a=normal(0,0)', 'the second must be above zero'],
    ['a=lognormal(0,1)', 'both must be above zero'],
  ])('is told why: %s', (text, says) => {
    expect(() => parseFactor(text)).toThrow(says);
  });
});
