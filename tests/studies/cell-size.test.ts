import { describe, expect, it } from 'vitest';
import { Streams } from '../../src/stats/index.ts';
import { CASES, replicationsOf, sineArrivals, type StudyCase } from '../../studies/cell-size-cases.ts';
import { cellSizePicture } from '../../studies/cell-size-picture.ts';
import { cellSizeReport, withInterval } from '../../studies/cell-size-report.ts';
import { runSize } from '../../studies/cell-size-runs.ts';
import { ratioOf, smallestWithin } from '../../studies/comparison.ts';

const caseNamed = (name: string): StudyCase => CASES.find((one) => one.name === name)!;

describe('a ratio of two sizes', () => {
  it('adds the relative half-widths in squares, symmetrically in the logarithm', () => {
    // Relative half-widths 0.03 and 0.04 make 0.05: 2 × e^±0.05.
    const ratio = ratioOf({ mean: 20, halfWidth: 0.6 }, { mean: 10, halfWidth: 0.4 })!;
    expect(ratio.value).toBe(2);
    expect(ratio.low).toBeCloseTo(1.902458849, 9);
    expect(ratio.high).toBeCloseTo(2.102542193, 9);
  });

  it('is not there where an estimate has no data, no interval or is zero', () => {
    const sound = { mean: 1, halfWidth: 0.1 };
    expect(ratioOf({ mean: null, halfWidth: null }, sound)).toBeNull();
    expect(ratioOf({ mean: 1, halfWidth: null }, sound)).toBeNull();
    expect(ratioOf(sound, { mean: 0, halfWidth: 0 })).toBeNull();
  });

  const exactly = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });
  const sizes = (...values: number[]) =>
    values.map((value, index) => ({ replicas: 16 * 4 ** index, ratio: exactly(value) }));

  it('names the smallest size from which on whole intervals stay within the tolerance', () => {
    // 1.03 ± 0.01 is within 5 %, 1.045 ± 0.01 is not: its interval reaches 1.055.
    expect(smallestWithin(sizes(1.3, 1.03, 1.0), 0.05)).toBe(64);
    expect(smallestWithin(sizes(1.3, 1.045, 1.0), 0.05)).toBe(256);
    expect(smallestWithin(sizes(1.0, 1.0, 1.0), 0.05)).toBe(16);
  });

  it('does not name a size that happens to be near while a larger one is not', () => {
    expect(smallestWithin(sizes(1.0, 1.2, 1.0), 0.05)).toBe(256);
    expect(smallestWithin(sizes(1.0, 1.0, 1.2), 0.05)).toBeNull();
  });

  it('is as far from one below it as above', () => {
    // 1 ÷ 1.1 = 0.909: an interval down to 0.905 leaves it.
    expect(smallestWithin([{ replicas: 16, ratio: { value: 0.95, low: 0.905, high: 1 } }], 0.1)).toBeNull();
    expect(smallestWithin([{ replicas: 16, ratio: { value: 0.95, low: 0.91, high: 1 } }], 0.1)).toBe(16);
  });
});

describe('an estimate with its interval', () => {
  it('shows two digits of the interval', () => {
    expect(withInterval({ mean: 0.053312, halfWidth: 0.001234 })).toBe('0.0533 ± 0.0012');
    expect(withInterval({ mean: 2_134.2, halfWidth: 23.4 })).toBe('2134 ± 23');
    expect(withInterval({ mean: null, halfWidth: null })).toBe('–');
  });
});

describe('the arrivals of a compressed day', () => {
  const day = caseNamed('day, peak 105 %');
  const { at } = sineArrivals(day, 16, 10, new Streams('test', 0).stream('sine')).trace;

  it('have the mean and the peak of the case', () => {
    // 0.7 × 16 × 10 = 112 a second in the mean, 1.5 × 112 = 168 at the peak. In the tenth of the window about the peak
    // the rate is 112 × (1 + 0.5 × sin(0.1 π) ÷ 0.1 π) = 167.1 a second. Counts are Poisson: five standard deviations
    // are passed once in 1.7 million seeds.
    const { warmUp, window } = day;
    const within = (from: number, to: number) => at.filter((time) => time >= from && time < to).length;
    const total = 112 * window;
    expect(Math.abs(within(warmUp, warmUp + window) - total)).toBeLessThan(5 * Math.sqrt(total));
    const peak = 167.09 * 0.1 * window;
    const found = within(warmUp + 0.45 * window, warmUp + 0.55 * window);
    expect(Math.abs(found - peak)).toBeLessThan(5 * Math.sqrt(peak));
  });
});

describe('the cell-size study', () => {
  /** Every case at three tiny sizes, for seconds. */
  const tiny = CASES.map((one) => ({
    ...one,
    sizes: [1, 2, 3],
    warmUp: 2,
    window: 2,
    requests: 1,
  }));
  const capacity = 14;
  const study = {
    capacity: { scope: 'total', metric: 'throughput.requests', unit: '1/s', mean: 14, halfWidth: 0.1, n: 5 },
    cases: tiny.map((studied) => ({
      studied,
      sizes: studied.sizes.map((replicas) => runSize(studied, replicas, capacity)),
    })),
  };

  it('replicates smaller cells more often, and none fewer than four times', () => {
    const constant = caseNamed('constant 70 %');
    // 0.7 × 16 × 14 × 25 s = 3,920 requests a replication: 1,200,000 ÷ 3,920 = 306.1.
    expect(replicationsOf({ ...constant, warmUp: 10, window: 15, requests: 1_200_000 }, 16, 14)).toBe(307);
    expect(replicationsOf(constant, 1_000_000, 14)).toBe(4);
  });

  it('offers every size of a case the same load per replica', () => {
    // At least 0.7 × 14 × 2 s × 4 replications = 78 requests a replica: 157 with two replicas, 235 with three. The
    // logarithm of their ratio has a standard deviation of √(1 ÷ 157 + 1 ÷ 235) = 0.10; a factor of two is 6.7 of them.
    for (const { sizes } of study.cases.filter(({ studied }) => studied.kind === 'engine')) {
      const [, two, three] = sizes.map(
        ({ requests, replications, replicas }) => requests / replications / replicas,
      );
      expect(Math.abs(Math.log(three! / two!))).toBeLessThan(Math.LN2);
    }
  });

  it('tells every case, and draws it', () => {
    const report = cellSizeReport(study);
    for (const { name, kind } of CASES) expect(report).toContain(kind === 'engine' ? `### ${name}` : name);
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
    const picture = cellSizePicture(study);
    expect(picture).toContain('</svg>');
    expect(picture).not.toMatch(/NaN|undefined/);
  });
});
