import { describe, expect, test } from 'vitest';
import { quantileTable, TABLE_TOLERANCE } from '../../src/fitting/length-table.ts';
import { Streams, tokenDistributions, wholeTokens } from '../../src/stats/index.ts';

/** The distribution function of a table just below and at a value. */
function tableAt(table: readonly (readonly [number, number])[], value: number): [number, number] {
  const below = table.findLast(([, v]) => v < value);
  const above = table.find(([, v]) => v > value);
  const same = table.filter(([, v]) => v === value).map(([p]) => p);
  const between = () => below![0] + ((above![0] - below![0]) * (value - below![1])) / (above![1] - below![1]);
  return same.length > 0 ? [Math.min(...same), Math.max(...same)] : [between(), between()];
}

const drawn = (count: number): Float64Array => {
  const source = new Streams('length-table', 0).stream('draws');
  const distribution = tokenDistributions.create(
    { kind: 'lognormal', mean: 300, cv: 1.5 },
    { quantileTable: () => null },
  );
  return Float64Array.from({ length: count }, (_, index) =>
    // A quarter is cut at one length, as where a model stops.
    index % 4 === 0 ? 512 : wholeTokens(distribution.sample(source), source),
  ).sort();
};

describe('a quantile table', () => {
  test('stays within the tolerance of every value, and has few points', () => {
    const values = drawn(20_000);
    const table = quantileTable(values);
    expect(table.length).toBeLessThan(80);
    for (const value of new Set(values)) {
      const [below, at] = tableAt(table, value);
      const first = values.indexOf(value) / values.length;
      const last = (values.lastIndexOf(value) + 1) / values.length;
      // The rounding of probabilities to five digits is not the table's fault.
      expect(Math.abs(below - first), `below ${value}`).toBeLessThanOrEqual(TABLE_TOLERANCE + 1e-5);
      expect(Math.abs(at - last), `at ${value}`).toBeLessThanOrEqual(TABLE_TOLERANCE + 1e-5);
    }
  });

  test('keeps a length that many share as a step', () => {
    const table = quantileTable(drawn(20_000));
    const step = table.filter(([, value]) => value === 512).map(([p]) => p);
    expect(step).toHaveLength(2);
    expect(step[1]! - step[0]!).toBeGreaterThan(0.249);
  });

  test('rises from probability 0 to 1, of any sample', () => {
    for (const values of [[7], [1, 1, 1], [1, 2], Array.from(drawn(300_000))]) {
      const table = quantileTable(values);
      expect(table[0]![0]).toBe(0);
      expect(table.at(-1)![0]).toBe(1);
      expect(table[0]![1]).toBe(values[0]);
      expect(table.at(-1)![1]).toBe(values.at(-1));
      table.slice(1).forEach(([p, value], index) => {
        expect(p).toBeGreaterThan(table[index]![0]);
        expect(value).toBeGreaterThanOrEqual(table[index]![1]);
      });
    }
  });
});
