import { describe, expect, it } from 'vitest';
import type { Column } from '../../src/experiments/observation-parts.ts';
import { scalingOf, type Run, type ScalingRuns } from '../../src/experiments/scaling.ts';

const LEVEL = 0.95;

/** What each replication said, by scope and metric with a space between; as a list, or of a ratio as two. */
type Told = Readonly<
  Record<string, readonly number[] | { readonly above: number[]; readonly below: number[] }>
>;

function runOf(told: Told): Run {
  const names = Object.keys(told);
  return {
    metrics: names.map((name) => {
      const [scope, metric] = name.split(' ') as [string, string];
      return { scope, metric, unit: 'any' };
    }),
    column: (place): Column => {
      const one = told[names[place]!]!;
      return 'above' in one
        ? { kind: 'ratio', numerators: one.above, denominators: one.below }
        : { kind: 'value', values: one };
    },
  };
}

/** How much busier each of three replications is than another. */
const SCALES = [1, 2, 5];
const each = (value: number) => SCALES.map((scale) => scale * value);

/** The runs of a business that tells what it earns with so many GPUs and so much load. */
function runsOf(tell: (gpus: number, load: number) => Told, more: Partial<ScalingRuns> = {}): ScalingRuns {
  const at = (gpus: number, load = 1) => ({ gpus, load, run: runOf(tell(gpus, load)) });
  return {
    fewer: at(90),
    base: at(100),
    more: at(110),
    points: [at(50), at(100), at(200)],
    load: { less: at(100, 0.95), more: at(100, 1.05) },
    hourOfWeek: [0],
    secondsOfHour: [3_600],
    share: 1,
    ...more,
  };
}

/** A business of one tier that earns GPUs^eS × load^eD, a token for a dollar. */
const power = (eS: number, eD: number) => (gpus: number, load: number) => {
  const earned = each(gpus ** eS * load ** eD);
  return {
    'total tokens.output': earned,
    'total requests.served': earned,
    'total revenue': earned,
    'tier:all tokens.output': earned,
    'tier:all revenue': earned,
  };
};

const scaling = (runs: ScalingRuns) => scalingOf(runs, LEVEL);

describe('the elasticities of a business', () => {
  it('are the powers with which it earns, and add up to one where they do', () => {
    const { elasticity, eulerGap, regime } = scaling(runsOf(power(0.7, 0.3)));
    for (const { supply, demand } of Object.values(elasticity)) {
      expect(supply.mean).toBeCloseTo(0.7, 12);
      expect(demand.mean).toBeCloseTo(0.3, 12);
    }
    expect(eulerGap).toBeCloseTo(0, 12);
    expect(regime).toMatchObject({ verdict: 'balanced', measure: 'revenue', fixedRevenueShare: 0 });
    expect(regime.supplyShare.mean).toBeCloseTo(0.7, 12);
  });

  it('do not exist for revenue where nothing has a price, and the regime is that of tokens', () => {
    const priceless = (gpus: number, load: number) => {
      const { 'total tokens.output': tokens } = power(0.9, 0.05)(gpus, load);
      return {
        'total tokens.output': tokens,
        'total requests.served': tokens,
        'tier:all tokens.output': tokens,
      };
    };
    const { elasticity, shadowPrice, regime } = scaling(runsOf(priceless));
    const nothing = { mean: null, halfWidth: null };
    expect(elasticity.revenue).toEqual({ supply: nothing, demand: nothing });
    expect(elasticity.tokens.supply.mean).toBeCloseTo(0.9, 12);
    expect(shadowPrice).toEqual({
      unit: 'USD/GPU-hour',
      of: null,
      forward: nothing,
      backward: nothing,
      cost: null,
      idleCost: null,
      advice: 'undetermined',
    });
    expect(regime).toMatchObject({
      verdict: 'supply-constrained',
      measure: 'tokens.output',
      fixedRevenueShare: null,
    });
  });

  it('to load do not exist where demand cannot be multiplied, and nothing is told of the regime', () => {
    const { elasticity, eulerGap, regime } = scaling(runsOf(power(0.7, 0.3), { load: null }));
    expect(elasticity.revenue.supply.mean).toBeCloseTo(0.7, 12);
    expect(elasticity.revenue.demand.mean).toBeNull();
    expect(eulerGap).toBeNull();
    expect(regime).toMatchObject({ verdict: 'undetermined', byTier: [{ verdict: 'undetermined' }] });
    expect(regime.supply.mean).toBeCloseTo(0.7, 12);
  });
});

describe('revenue that answers to nothing', () => {
  /** Nine tenths of the revenue of 100 GPUs are subscriptions. */
  const fixed = (gpus: number, load: number) => {
    const used = each(gpus ** 0.9 * load ** 0.1);
    const subscribed = each(9 * 100 ** 0.9);
    return {
      'total tokens.output': used,
      'total requests.served': used,
      'total revenue': used.map((usd, index) => usd + subscribed[index]!),
      'tier:api tokens.output': used,
      'tier:api revenue': used,
      'tier:chat tokens.output': each(gpus ** 0.02 * load),
      'tier:chat revenue': subscribed,
      'hour:0 revenue': used.map((usd, index) => usd / 4 + subscribed[index]! / 3),
      'hour:0 tokens.output': used,
      'hour:1 revenue': used.map((usd, index) => (3 * usd) / 4 + (2 * subscribed[index]!) / 3),
      'hour:1 tokens.output': used,
    };
  };
  const runs = runsOf(fixed, { hourOfWeek: [23, 24], secondsOfHour: [1_800, 3_600] });
  const { elasticity, eulerGap, regime } = scaling(runs);

  it('is of the elasticity of revenue', () => {
    const [low, high] = [90, 110].map((gpus) => (gpus / 100) ** 0.9 + 9) as [number, number];
    expect(elasticity.revenue.supply.mean).toBeCloseTo(Math.log(high / low) / Math.log(110 / 90), 12);
  });

  it('is not of the regime, which would look limited from outside: both elasticities are below 0.1', () => {
    expect(elasticity.revenue.supply.mean).toBeLessThan(0.1);
    expect(regime.fixedRevenueShare).toBeCloseTo(0.9, 12);
    expect(regime.verdict).toBe('supply-constrained');
    expect(regime.supply.mean).toBeCloseTo(0.9, 12);
    expect(eulerGap).toBeCloseTo(0, 12);
  });

  it('is not of the regime of an hour either: it accrues evenly over the seconds of the window', () => {
    // A third of the window is before midnight.
    expect(regime.byHour.map(({ hourOfDay, verdict }) => [hourOfDay, verdict])).toEqual([
      [0, 'supply-constrained'],
      [23, 'supply-constrained'],
    ]);
    for (const { supply, demand } of regime.byHour) {
      expect(supply.mean).toBeCloseTo(0.9, 9);
      expect(demand.mean).toBeCloseTo(0.1, 9);
    }
  });

  it('leaves a tier to be judged by its tokens', () => {
    expect(regime.byTier.map(({ tier, measure, verdict }) => [tier, measure, verdict])).toEqual([
      ['api', 'revenue', 'supply-constrained'],
      ['chat', 'tokens.output', 'demand-constrained'],
    ]);
  });

  it('leaves the whole to be judged by its tokens where all of it is such', () => {
    const all = (gpus: number, load: number) => ({
      'total tokens.output': each(gpus ** 0.02 * load),
      'total requests.served': each(1),
      'total revenue': each(10),
      'tier:chat tokens.output': each(gpus ** 0.02 * load),
      'tier:chat revenue': each(10),
    });
    const found = scaling(runsOf(all)).regime;
    expect(found).toMatchObject({ verdict: 'demand-constrained', measure: 'tokens.output' });
    expect(found.fixedRevenueShare).toBeNull();
  });
});

describe('hours of the day', () => {
  it('are of all days together, and their intervals hold together by Bonferroni', () => {
    // The first hour of two days earns GPUs^1 and GPUs^0.5; at 100 GPUs, 1 and 3 parts: with noise in one replication.
    const days = (gpus: number, load: number) => {
      const one = [gpus, 2 * gpus, 2.1 * gpus ** 1.01].map((usd) => usd * load ** 0.1);
      return {
        ...power(0.5, 0.5)(gpus, load),
        'hour:0 revenue': one,
        'hour:0 tokens.output': one,
        'hour:1 revenue': each(gpus * load ** 0.1),
        'hour:1 tokens.output': one,
        'hour:2 revenue': one,
        'hour:2 tokens.output': one,
      };
    };
    const hours = { hourOfWeek: [5, 6, 29], secondsOfHour: [3_600, 3_600, 3_600] };
    const [five, six] = scaling(runsOf(days, hours)).regime.byHour;
    expect([five!.hourOfDay, six!.hourOfDay]).toEqual([5, 6]);
    // Two hours at 95 % together: each at 97.5 %, which scalingOf(…, 0.975) gives a single hour.
    const single = { hourOfWeek: [5, 29, 53], secondsOfHour: [3_600, 3_600, 3_600] };
    const only = (gpus: number, load: number) => {
      const told = days(gpus, load);
      return { ...told, 'hour:1 revenue': each(0) };
    };
    const [wide] = scalingOf(runsOf(only, single), 0.975).regime.byHour;
    expect(five!.supply.halfWidth).toBeGreaterThan(0);
    expect(five!.supply.halfWidth).toBeCloseTo(wide!.supply.halfWidth!, 12);
  });
});

describe('the shadow price of a GPU', () => {
  /** Contribution with 90, 100 and 110 GPUs, by replication. */
  const priced = (contribution: Readonly<Record<number, readonly number[]>>, cost: number) =>
    runsOf(
      (gpus, load) => ({
        ...power(0.5, 0.5)(gpus, load),
        'total contribution': contribution[gpus] ?? [0, 0, 0],
        'total cost.variable': [10, 10, 10],
        'total cost.perGpuHour': { above: each(cost * 8), below: each(8) },
      }),
      { share: 0.5, hourOfWeek: [0, 1], secondsOfHour: [3_600, 1_800] },
    );

  it('is what ten GPUs more or fewer change in contribution, by GPU-hour of the cell', () => {
    // Half of 10 GPUs over an hour and a half are 7.5 GPU-hours: 30 ÷ 7.5 = 4 forward, 75 ÷ 7.5 = 10 backward.
    const { shadowPrice } = scaling(
      priced({ 90: [25, 125, 225], 100: [100, 200, 300], 110: [130, 230, 330] }, 5),
    );
    expect(shadowPrice.of).toBe('contribution');
    expect(shadowPrice.forward.mean).toBeCloseTo(4, 12);
    expect(shadowPrice.forward.halfWidth).toBeCloseTo(0, 12);
    expect(shadowPrice.backward.mean).toBeCloseTo(10, 12);
  });

  it('stands beside the cost of a GPU-hour, and of one that stands idle: (8 × 8 × 5 − 3 × 10) ÷ (8 × 8)', () => {
    // Of 8 replications' worth (1 + 2 + 5) of 8 GPU-hours at 5 dollars, 30 are for computing.
    const { shadowPrice } = scaling(priced({ 90: [0, 0, 0], 100: [0, 0, 0], 110: [0, 0, 0] }, 5));
    expect(shadowPrice.cost).toBeCloseTo(5, 12);
    expect(shadowPrice.idleCost).toBeCloseTo((64 * 5 - 30) / 64, 12);
  });

  it('has an interval of paired differences: t(0.975, 2) = 4.302653 (tables) by 1 ÷ √3 of 1, 2 and 3 dollars', () => {
    const { shadowPrice } = scaling(
      priced({ 90: [0, 0, 0], 100: [100, 200, 300], 110: [107.5, 215, 322.5] }, 5),
    );
    expect(shadowPrice.forward.mean).toBeCloseTo(2, 12);
    expect(shadowPrice.forward.halfWidth).toBeCloseTo(4.302653 / Math.sqrt(3), 5);
  });

  it.each([
    // Forward, backward and what a GPU-hour costs standing idle, of which 30 ÷ 64 = 0.46875 are taken off.
    ['buy', 4, 5, 3],
    ['keep', 2, 5, 3],
    ['release', 1, 2, 3],
  ])(
    'says %s where one more earns %d, one fewer loses %d and it costs %d',
    (advice, forward, backward, cost) => {
      const at = (usd: number) => [usd, 2 * usd, 5 * usd].map(() => usd * 7.5);
      const contribution = { 90: at(10 - backward), 100: at(10), 110: at(10 + forward) };
      expect(scaling(priced(contribution, cost + 30 / 64)).shadowPrice).toMatchObject({
        idleCost: cost,
        advice,
      });
    },
  );

  it('decides nothing where its interval holds the cost', () => {
    const contribution = { 90: [0, 0, 0], 100: [100, 200, 300], 110: [107.5, 215, 322.5] };
    expect(scaling(priced(contribution, 3)).shadowPrice.advice).toBe('undetermined');
  });

  it('is of revenue, beside no cost, where the scenario says nothing of cost', () => {
    const { shadowPrice } = scaling(runsOf(power(1, 0)));
    // Replications earn 1, 2 and 5 dollars a GPU.
    expect(shadowPrice).toMatchObject({ of: 'revenue', cost: null, idleCost: null, advice: 'undetermined' });
    expect(shadowPrice.forward.mean).toBeCloseTo(8 / 3, 12);
  });
});

describe('along the sizes', () => {
  /** Earns as GPUs up to 20, as their root up to 40, and no more from there on. */
  const bends = (gpus: number, load: number) => {
    const earned = each(Math.min(gpus, 20) * Math.sqrt(Math.min(Math.max(gpus, 20), 40) / 20) * load ** 0.5);
    return {
      'total tokens.output': earned,
      'total requests.served': earned,
      'total revenue': earned,
      'tier:all tokens.output': earned,
      'tier:all revenue': earned,
    };
  };
  const sizes = [10, 20, 40, 80].map((gpus) => ({ gpus, run: runOf(bends(gpus, 1)) }));
  const { arcs, changes } = scaling(runsOf(bends, { points: sizes })).regime;

  it('each arc has its elasticity and, taking the other to be the rest of one, its verdict', () => {
    [1, 0.5, 0].forEach((expected, index) => expect(arcs[index]!.supply.mean).toBeCloseTo(expected, 12));
    expect(arcs.map(({ fromGpus, toGpus, verdict }) => [fromGpus, toGpus, verdict])).toEqual([
      [10, 20, 'supply-constrained'],
      [20, 40, 'balanced'],
      [40, 80, 'demand-constrained'],
    ]);
  });

  it('the regime changes where the elasticity falls through 0.8 and 0.2, between the middles of arcs', () => {
    // From 1 at √(10 × 20) to 0.5 at √(20 × 40): two fifths of a doubling to 0.8. To 0 at √(40 × 80): three fifths to 0.2.
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      ['supply-constrained', 'balanced'],
      ['balanced', 'demand-constrained'],
    ]);
    expect(changes[0]!.gpus).toBeCloseTo(Math.sqrt(200) * 2 ** 0.4, 9);
    expect(changes[1]!.gpus).toBeCloseTo(Math.sqrt(800) * 2 ** 0.6, 9);
  });

  it('nothing changes where the sizes are of one regime, or there is one size', () => {
    expect(scaling(runsOf(power(0.95, 0.05))).regime.changes).toEqual([]);
    const one = scaling(runsOf(power(0.5, 0.5), { points: sizes.slice(0, 1) })).regime;
    expect([one.arcs, one.changes]).toEqual([[], []]);
  });
});

describe('what is not there', () => {
  it('is an error of the program, told by name', () => {
    expect(() => scaling(runsOf(() => ({ 'total tokens.output': [1, 1] })))).toThrow(
      'there are no values of requests.served of total',
    );
  });
});
