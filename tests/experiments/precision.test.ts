import { describe, expect, it } from 'vitest';
import { estimate, type Estimate } from '../../src/experiments/estimate.ts';
import { exactly, precisionsOf, untilPrecise } from '../../src/experiments/precision.ts';
import { formatMetricAddress, parseMetricAddress } from '../../src/experiments/metric-address.ts';
import { Streams, tQuantile, wilsonLimits } from '../../src/stats/index.ts';

const of = (metric: string, mean: number | null, halfWidth: number | null, n = 20): Estimate => ({
  scope: 'total',
  metric,
  unit: 's',
  mean,
  halfWidth,
  n,
});
const wait = [{ scope: 'total', metric: 'wait.mean' }];

describe('a number of replications', () => {
  it('is that number, whatever it comes to', () => {
    expect(exactly(7)).toMatchObject({ first: 7, most: 7 });
    expect(exactly(7).more(7, () => [of('e2e.mean', 1, 100)])).toBe(0);
  });
});

describe('a precision', () => {
  const rule = untilPrecise({ relative: 0.1, metrics: wait });
  const more = (...estimates: Estimate[]) => rule.more(50, () => estimates);
  const early = (...estimates: Estimate[]) => rule.more(20, () => estimates);

  it('is looked at first after 20 replications, and at 400 for the last time', () => {
    expect(rule).toMatchObject({ first: 20, most: 400 });
    expect(rule.more(400, () => [of('wait.mean', 1, 1)])).toBe(0);
    expect(rule.more(390, () => [of('wait.mean', 1, 1)])).toBe(10);
  });

  it('ends at the first look for what has no value in any replication, however wide the others are', () => {
    const both = untilPrecise({ relative: 0.1, metrics: [...wait, { scope: 'total', metric: 'tpot.mean' }] });
    expect(both.more(20, () => [of('wait.mean', 11, 9), of('tpot.mean', null, null, 0)])).toBe(0);
    // One replication has a value, and no interval: more may give one.
    expect(both.more(20, () => [of('wait.mean', 11, 9), of('tpot.mean', 1, null, 1)])).toBe(30);
  });

  it('ends at 20 where intervals are eight times as narrow as asked, and takes 50 elsewhere', () => {
    expect(early(of('wait.mean', 11, 0.124))).toBe(0);
    expect(early(of('wait.mean', 11, 0.126))).toBe(30);
    expect(early(of('wait.mean', 11, 9))).toBe(30);
    const few = untilPrecise({ relative: 0.1, metrics: wait, most: 30 });
    expect(few.more(20, () => [of('wait.mean', 11, 9)])).toBe(10);
  });

  it('of 0.1 is reached where the half-width is 1 ÷ 11 of the estimate', () => {
    expect(more(of('wait.mean', 11, 0.999))).toBe(0);
    expect(more(of('wait.mean', 11, 1.001))).toBeGreaterThan(0);
    expect(more(of('wait.mean', -11, 0.999))).toBe(0);
  });

  it('goes straight to what the variance asks for: 1.3 times as wide takes 1.69 times as many', () => {
    expect(more(of('wait.mean', 11, 1.3))).toBe(Math.ceil(50 * 1.69) - 50);
  });

  it('adds half as many at least, and no more than there are', () => {
    expect(more(of('wait.mean', 11, 1.01))).toBe(25);
    expect(more(of('wait.mean', 11, 5))).toBe(50);
    expect(more(of('wait.mean', 0, 5))).toBe(50);
  });

  it('of several holds for all of them together: of two, each at 97.5 %', () => {
    const both = { relative: 0.1, metrics: [...wait, { scope: 'total', metric: 'e2e.mean' }] };
    const wider = tQuantile(0.9875, 19) / tQuantile(0.975, 19);
    const precisions = (half: number) =>
      precisionsOf(both, [of('wait.mean', 11, half), of('e2e.mean', 11, 0)]);
    expect(precisions(0.5)[0]!.relative).toBeCloseTo((0.5 * wider) / 11, 12);
    expect(precisions(0.999 / wider).map(({ reached }) => reached)).toEqual([true, true]);
    expect(precisions(1.001 / wider).map(({ reached }) => reached)).toEqual([false, true]);
  });

  it('is not reached by a metric without data, unless it was not chosen', () => {
    const [withoutData] = precisionsOf({ relative: 0.1, metrics: wait }, [of('wait.mean', null, null, 0)]);
    expect(withoutData).toMatchObject({ reached: false, relative: null, hasValues: false });
    const headline = untilPrecise({ relative: 0.1 });
    expect(headline.more(50, () => [of('throughput.requests', 11, 0.5), of('e2e.mean', null, null, 0)])).toBe(
      0,
    );
  });

  /**
   * Coverage where stopping early would hurt most: what is needed is about what is looked at first. Values are normal
   * with mean 1 and standard deviation 0.32; to be within 0.1 takes t(n − 1) × 0.32 ÷ √n ≤ 1 ÷ 11, some 50. Of 4,000
   * batches the shown share must not speak against 94 % at an alarm rate of 1e-6.
   */
  it('covers nearly as often as its confidence level says', () => {
    const BATCHES = 4_000;
    const source = new Streams('precision', 0).stream('values');
    const normal = () => Math.sqrt(-2 * Math.log(1 - source.next())) * Math.cos(2 * Math.PI * source.next());
    let covered = 0;
    for (let batch = 0; batch < BATCHES; batch++) {
      const values: number[] = [];
      const estimates = () =>
        estimate(
          values.map((value) => [{ ...wait[0]!, unit: 's', observation: { kind: 'value' as const, value } }]),
          0.95,
        );
      for (let left = rule.first; left > 0; left = rule.more(values.length, estimates))
        for (let index = 0; index < left; index++) values.push(1 + 0.32 * normal());
      const { mean, halfWidth } = estimates()[0]!;
      if (Math.abs(mean! - 1) <= halfWidth!) covered += 1;
    }
    expect(wilsonLimits(covered, BATCHES, 1 - 1e-6).upper).toBeGreaterThan(0.94);
    expect(covered / BATCHES).toBeLessThan(0.97);
  });
});

describe('a metric on the command line', () => {
  it('is of the total, or of the scope before the slash', () => {
    expect(parseMetricAddress('wait.p99')).toEqual({ scope: 'total', metric: 'wait.p99' });
    expect(parseMetricAddress('tier:free/ttft.p99')).toEqual({ scope: 'tier:free', metric: 'ttft.p99' });
    for (const text of ['wait.p99', 'tier:free/ttft.p99', 'tier:a/b/revenue'])
      expect(formatMetricAddress(parseMetricAddress(text))).toBe(text);
  });
});
