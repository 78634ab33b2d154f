import { describe, expect, it } from 'vitest';
import { elasticity, regimeOf, verdictOfShare, type PairedArc } from '../../src/experiments/elasticity.ts';
import { erlangB, Streams } from '../../src/stats/index.ts';
import { NO_ORACLES, oracle } from '../helpers/shared.ts';

const LEVEL = 0.95;

/** Along values from `below` to `above` on the axis, by replication. */
const arc = (
  [below, above]: readonly [number, number],
  low: readonly number[],
  high: readonly number[],
): PairedArc => ({ below: { at: below, values: low }, above: { at: above, values: high } });

/** Three replications of scale × x^power, alike but for a factor of each. */
const power = (axis: readonly [number, number], exponent: number): PairedArc => {
  const of = (x: number) => [1, 2, 5].map((scale) => scale * x ** exponent);
  return arc(axis, of(axis[0]), of(axis[1]));
};

describe('an elasticity', () => {
  it.each([1, 0.3, 0, -0.5])('of x to the power of %d is that power, without doubt', (exponent) => {
    const { mean, halfWidth, n } = elasticity(power([19, 21], exponent), LEVEL);
    expect(mean).toBeCloseTo(exponent, 12);
    expect(halfWidth).toBeCloseTo(0, 11);
    expect(n).toBe(3);
  });

  it('is of means, not the mean of those of replications: log(30 ÷ 20) ÷ log 2, with an interval', () => {
    // Totals 2 + 18 and 4 + 26; elasticities of the replications are log 2 ÷ log 2 and log(26 ÷ 18) ÷ log 2.
    const { mean, halfWidth } = elasticity(arc([1, 2], [2, 18], [4, 26]), LEVEL);
    expect(mean).toBeCloseTo(Math.log(1.5) / Math.log(2), 12);
    // Pseudo-values are twice the whole less either: half the distance of those, times t(0.975, 1) = 12.7062 (tables).
    const apart = (Math.log(2) - Math.log(26 / 18)) / Math.log(2);
    expect(halfWidth).toBeCloseTo((12.7062047 * apart) / 2, 6);
  });

  it('does not exist where nothing is earned at either end', () => {
    expect(elasticity(arc([1, 2], [0, 0], [4, 26]), LEVEL).mean).toBeNull();
    expect(elasticity(arc([1, 2], [1, 1], [-4, 2]), LEVEL).mean).toBeNull();
  });

  it('is covered by its interval about as often as it says', () => {
    // Twenty replications; both sides share what they earn but for what more GPUs add to it, each a sum of 16 exponentials.
    // The truth is log(17.6 ÷ 16) ÷ log(21 ÷ 19). Of 4,000 intervals the share that covers has standard error 0.0034;
    // ±0.02 leaves the skew of the sums 0.005 of it at an alarm rate of 1e-5.
    const source = new Streams('elasticity', 0).stream('values');
    const sum = () => {
      let total = 0;
      for (let term = 0; term < 16; term++) total -= Math.log(1 - source.next());
      return total;
    };
    const truth = Math.log(17.6 / 16) / Math.log(21 / 19);
    const experiments = 4_000;
    let covered = 0;
    for (let experiment = 0; experiment < experiments; experiment++) {
      const low = Array.from({ length: 20 }, sum);
      const high = low.map((value) => value + 0.1 * sum());
      const { mean, halfWidth } = elasticity(arc([19, 21], low, high), LEVEL);
      if (Math.abs(mean! - truth) <= halfWidth!) covered += 1;
    }
    expect(Math.abs(covered / experiments - LEVEL)).toBeLessThan(0.02);
  });
});

describe('the regime', () => {
  const at = (eS: number, eD: number) => regimeOf(power([19, 21], eS), power([0.95, 1.05], eD), LEVEL);

  it.each([
    [0.9, 0.1, 'supply-constrained'],
    [0.5, 0.5, 'balanced'],
    [0.1, 0.9, 'demand-constrained'],
    [0.04, 0.04, 'externally-limited'],
    [0, 0, 'externally-limited'],
    [0.04, 0.06, 'balanced'],
    [1.2, -0.1, 'supply-constrained'],
    [-0.01, 1, 'demand-constrained'],
  ])('with elasticities %d to GPUs and %d to load is %s', (eS, eD, verdict) => {
    expect(at(eS, eD).verdict).toBe(verdict);
  });

  it('is not told where the two add up to less than nothing: their share then means nothing', () => {
    // Half as much for the load as for GPUs, and the other way: a share of −1 would look demand-constrained.
    const { verdict, supplyShare } = at(0.5, -1);
    expect(verdict).toBe('undetermined');
    expect(supplyShare.mean).toBeNull();
  });

  it('is not told by one replication', () => {
    const one = regimeOf(arc([19, 21], [19], [21]), arc([0.95, 1.05], [1], [1]), LEVEL);
    expect(one.supplyShare.mean).toBeCloseTo(1, 12);
    expect(one.verdict).toBe('undetermined');
  });

  it.each([
    [0.9, 0.09, 'supply-constrained'],
    [0.9, 0.11, 'undetermined'],
    [0.5, 0.29, 'balanced'],
    [0.5, 0.31, 'undetermined'],
    [0.1, 0.09, 'demand-constrained'],
    [0.1, 0.11, 'undetermined'],
  ])(
    'by a share of %d ± %d is %s: an interval across a border decides nothing',
    (mean, halfWidth, verdict) => {
      expect(verdictOfShare({ mean, halfWidth, n: 9 })).toBe(verdict);
    },
  );

  it('of an Erlang-loss pool of 20 at load 24, nine tenths busy, is balanced', () => {
    // Utilisation 24 (1 − B(20, 24)) ÷ 20 is 0.89; s is 0.767 (docs/methodology.md).
    const { verdict, supplyShare } = ofLossPool(20, 24);
    expect(verdict).toBe('balanced');
    expect(supplyShare.mean).toBeCloseTo(0.767, 3);
  });

  it.skipIf(NO_ORACLES !== null)(`of Erlang-loss pools is that of oracle K13 ${NO_ORACLES ?? ''}`, () => {
    const { params, metrics } = oracle('K13');
    for (const load of params.loads as number[]) {
      const { verdict, supply, demand, supplyShare } = ofLossPool(params.c as number, load);
      const expected = metrics[`a${load}`];
      expect(verdict).toBe(expected.regime);
      expect(supply.mean).toBeCloseTo(expected.eS, 9);
      expect(demand.mean).toBeCloseTo(expected.eD, 9);
      expect(supplyShare.mean).toBeCloseTo(expected.supply_share, 9);
    }
  });
});

/** Of what a loss pool earns in the long run, by Erlang's formula: servers ± 1, load ± 5 %. */
function ofLossPool(servers: number, load: number) {
  const carried = (count: number, offered: number) => {
    const rate = offered * (1 - erlangB(offered, count));
    return [rate, rate, rate];
  };
  return regimeOf(
    arc([servers - 1, servers + 1], carried(servers - 1, load), carried(servers + 1, load)),
    arc([0.95, 1.05], carried(servers, 0.95 * load), carried(servers, 1.05 * load)),
    LEVEL,
  );
}
