/** What becomes of a bill: classes of service, discounts, commitments, outcomes, credits; and of subscribers over a year. */
import { describe, expect, test } from 'vitest';
import { creditOf, revenuePlans } from '../../src/economics/revenue/index.ts';
import { ParameterError } from '../../src/errors.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';

const YEAR = 365.2425 * 86_400;
const MONTH = YEAR / 12;

const NOTHING = {
  completed: 0,
  quality: 0,
  runs: 0,
  runQuality: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  cancelledPromptTokens: 0,
  cancelledCachedTokens: 0,
  cancelledOutputTokens: 0,
};
const LIST = { kind: 'per-token', inputPerMillion: 2, outputPerMillion: 8 } as const;
/** At list price 3 × 2 + 1 × 8 = 14 dollars. */
const USE = { ...NOTHING, promptTokens: 3e6, outputTokens: 1e6 };

describe('a price per token', () => {
  test.each([
    { service: 'standard', dollars: 14 },
    { service: 'batch', dollars: 7 },
    { service: 'flex', dollars: 7 },
    { service: 'priority', dollars: 28 },
  ] as const)(
    'is multiplied by the class of service: $service pays $dollars of 14',
    ({ service, dollars }) => {
      expect(revenuePlans.create({ ...LIST, service }, null).fromUse(USE)).toBeCloseTo(dollars, 12);
    },
  );

  test('takes another multiplier in place of that of the class: 14 × 1.75', () => {
    const plan = revenuePlans.create({ ...LIST, service: 'priority', serviceMultiplier: 1.75 }, null);
    expect(plan.fromUse(USE)).toBeCloseTo(24.5, 12);
  });

  const bands = [
    { aboveUsdPerMonth: 1_000, discount: 0.1 },
    { aboveUsdPerMonth: 10_000, discount: 0.25 },
  ];

  test('is discounted within each band of the monthly bill: 15,000 less 10 % of 9,000 and 25 % of 5,000 is 12,850', () => {
    const plan = revenuePlans.create({ ...LIST, volumeDiscounts: bands }, null);
    // Two tenants for a tenth of a month: each has a bill of 1,500 in it, 15,000 a month.
    const terms = plan.terms!({ fromUse: 3_000, tenants: 2, seconds: MONTH / 10 });
    expect(terms.paidShare).toBeCloseTo(12_850 / 15_000, 12);
    expect(terms.due).toBe(0);
    expect(plan.terms!({ fromUse: 150, tenants: 2, seconds: MONTH / 10 }).paidShare).toBe(1);
  });

  test('has what is committed beyond the discounted bill fall due: 20,000 − 12,850, of two tenants for a tenth of a month', () => {
    const plan = revenuePlans.create({ ...LIST, volumeDiscounts: bands, minimumUsdPerMonth: 20_000 }, null);
    const terms = plan.terms!({ fromUse: 3_000, tenants: 2, seconds: MONTH / 10 });
    expect(terms.due).toBeCloseTo((2 * (20_000 - 12_850)) / 10, 9);
    expect(plan.terms!({ fromUse: 0, tenants: 2, seconds: MONTH }).due).toBeCloseTo(40_000, 9);
  });

  test('is refused with bands that do not rise', () => {
    const falling = bands.toReversed();
    expect(() => revenuePlans.create({ ...LIST, volumeDiscounts: falling }, null)).toThrow(ParameterError);
    expect(() => revenuePlans.create({ ...LIST, volumeDiscounts: falling }, null)).toThrow(
      /1000 is not above 10000/,
    );
  });
});

describe('a tier that has bought throughput', () => {
  test('pays for it by the hour, used or not: 3 tenants × 50 units × 1 dollar × 2 h', () => {
    const plan = revenuePlans.create({ kind: 'provisioned', units: 50, usdPerUnitHour: 1 }, null);
    expect(plan.overTime(3, 7_200)).toBeCloseTo(300, 12);
    expect(plan.fromUse(USE)).toBe(0);
  });
});

describe('a price per outcome', () => {
  const use = { ...NOTHING, completed: 10, quality: 9.5, runs: 4, runQuality: 3.2 };

  test('is paid for the requests that succeed, fewer where quality is less: 0.99 × 0.6 × 9.5', () => {
    const plan = revenuePlans.create(
      { kind: 'per-outcome', usdPerOutcome: 0.99, of: 'request', successRate: 0.6 },
      null,
    );
    expect(plan.fromUse(use)).toBeCloseTo(0.99 * 0.6 * 9.5, 12);
    expect(plan.overTime(10, YEAR)).toBe(0);
  });

  test('is paid for agent runs by the quality of their least call: 2 × 3.2', () => {
    const plan = revenuePlans.create({ kind: 'per-outcome', usdPerOutcome: 2, of: 'run' }, null);
    expect(plan.fromUse(use)).toBeCloseTo(6.4, 12);
  });
});

describe('credits', () => {
  const bands = [
    { below: 0.999, credit: 0.1 },
    { below: 0.95, credit: 0.25 },
  ];

  test.each([
    [1, 0],
    [0.999, 0],
    [0.998, 0.1],
    [0.95, 0.1],
    [0.9499, 0.25],
    [0, 0.25],
  ])('of attainment %s are %s of the bill, in whatever order the bands stand', (attainment, credit) => {
    expect(creditOf(bands, attainment)).toBe(credit);
    expect(creditOf(bands.toReversed(), attainment)).toBe(credit);
  });
});

describe('subscribers', () => {
  const plan = revenuePlans.create(
    {
      kind: 'subscription',
      usdPerMonth: 20,
      churn: { base: 0.05, slope: 0.5 },
      signUps: { base: 100, slope: 0.4 },
    },
    null,
  );

  test('who are all served well leave at the base rate: 1,000 × 0.95 + 100 after a month', () => {
    const { churnPerMonth, subscribers, usdPerSubscriberMonth } = plan.course!(1_000, 1);
    expect(churnPerMonth).toBe(0.05);
    expect(subscribers[0]).toBeCloseTo(1_050, 9);
    // N_m = s/c + (N_0 − s/c)(1 − c)^m with s/c = 2,000.
    expect(subscribers[11]).toBeCloseTo(2_000 - 1_000 * 0.95 ** 12, 9);
    expect(usdPerSubscriberMonth).toBe(20);
  });

  test('leave sooner and come less where a fifth is not: 15 % a month, and 92 join', () => {
    const { churnPerMonth, subscribers } = plan.course!(1_000, 0.8);
    expect(churnPerMonth).toBeCloseTo(0.15, 12);
    const steady = 92 / 0.15;
    [1, 6, 12].forEach((month) =>
      expect(subscribers[month - 1]).toBeCloseTo(steady + (1_000 - steady) * 0.85 ** month, 8),
    );
  });

  test('bring others where word of mouth does: 200 of themselves and 0.1 for each of 1,000, three quarters of them', () => {
    const { subscribers } = revenuePlans.create(
      {
        kind: 'subscription',
        usdPerMonth: 20,
        churn: { base: 0.05, slope: 0 },
        signUps: { base: 200, perSubscriber: 0.1, slope: 0.5 },
      },
      null,
    ).course!(1_000, 0.5);
    expect(subscribers[0]).toBeCloseTo(1_000 - 50 + 0.75 * (200 + 100), 9);
    expect(subscribers[1]).toBeCloseTo(1_175 - 58.75 + 0.75 * (200 + 117.5), 9);
  });

  test('stay as they are where nothing is said of them', () => {
    expect(revenuePlans.create({ kind: 'subscription', usdPerMonth: 20 }, null).course).toBeUndefined();
  });

  test('cannot leave more than all', () => {
    expect(() =>
      revenuePlans.create(
        { kind: 'subscription', usdPerMonth: 20, churn: { base: 0.05, slope: 0.96 } },
        null,
      ),
    ).toThrow(/write at most 0.95/);
  });
});

describe('plans in a scenario', () => {
  /** Two slots of a second each: of four requests at once two wait for a second, and break an SLO of half of one. */
  const text = (tier: string, more = '') => `
fleetyield: 1
name: terms
horizon: { duration: 2h }
workload:
  tiers:
    - { name: all, model: any, tenants: 2, arrivals: { kind: replay, requests: [{ at: 10min, prompt: 500000, output: 1 }, { at: 10min, prompt: 500000, output: 1 }, { at: 70min, prompt: 1000000, output: 1 }, { at: 70min, prompt: 1000000, output: 1 }, { at: 70min, prompt: 1000000, output: 1 }] }, slo: { ttft: 500ms, target: 0.9 }, ${tier} }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 2, serviceTime: { kind: constant, value: 1s } } }] }
${more}
`;
  const perToken = 'revenue: { kind: per-token, inputPerMillion: 10, outputPerMillion: 0 }';
  const estimatesOf = (tier: string) =>
    new Estimates(replications(scenarioOf(text(tier)), 1, { byHour: true }));

  test('give credits of the whole bill, pool by pool and hour by hour', () => {
    // Four of five are in time. 40 dollars at list, a tenth of it given back.
    const estimates = estimatesOf(
      `${perToken}, slaCredits: [{ below: 0.9, credit: 0.1 }, { below: 0.5, credit: 1 }]`,
    );
    expect(estimates.mean('slo.attainment')).toBeCloseTo(4 / 5, 12);
    expect(estimates.mean('revenue')).toBeCloseTo(36, 9);
    expect(estimates.mean('revenue.credits')).toBeCloseTo(-4, 9);
    expect(estimates.mean('revenue.credits', 'tier:all')).toBeCloseTo(-4, 9);
    expect(estimates.mean('revenue', 'hour:0')).toBeCloseTo(9, 9);
    expect(estimates.mean('revenue', 'hour:1')).toBeCloseTo(27, 9);
  });

  test('give credits of what accrues too: 0.9 × 2 tenants × 30 dollars × 2 h of a month', () => {
    const estimates = estimatesOf(
      'revenue: { kind: subscription, usdPerMonth: 30 }, slaCredits: [{ below: 0.9, credit: 0.1 }]',
    );
    expect(estimates.mean('revenue')).toBeCloseTo((0.9 * 2 * 30 * 7_200) / MONTH, 12);
    expect(estimates.mean('revenue', 'hour:1')).toBeCloseTo((0.9 * 2 * 30 * 3_600) / MONTH, 12);
  });

  test('spread a commitment over the time and a discount over the use', () => {
    // 2 tenants have used 40 dollars in 2 h: 20 × 365.2425 a month each, of which 10 % is off; 80 × 365.2425 are due.
    const month = 365.2425;
    const estimates = estimatesOf(
      `revenue: { kind: per-token, inputPerMillion: 10, outputPerMillion: 0, volumeDiscounts: [{ aboveUsdPerMonth: 0, discount: 0.1 }], minimumUsdPerMonth: ${98 * 365.2425} }`,
    );
    expect((20 * MONTH) / 7_200).toBeCloseTo(20 * month, 6);
    // 18 paid for use and 80 for the rest of the commitment, of each of two tenants.
    expect(estimates.mean('revenue')).toBeCloseTo(2 * 98, 6);
    expect(estimates.mean('revenue', 'hour:0')).toBeCloseTo(9 + 80, 6);
    expect(estimates.mean('revenue', 'hour:1')).toBeCloseTo(27 + 80, 6);
    expect(estimates.mean('revenue.perToken')).toBeCloseTo(2 * 98, 6);
  });

  test('tell subscribers of the provider from the quality of the window, and leave its revenue alone', () => {
    const plain = 'revenue: { kind: subscription, usdPerMonth: 20';
    const estimates = estimatesOf(`${plain}, churn: { base: 0.05, slope: 0.25 } }`);
    // A fifth is not served well: 10 % leave each month.
    expect(estimates.mean('servedWell', 'tier:all')).toBeCloseTo(0.8, 12);
    expect(estimates.mean('churn', 'tier:all')).toBeCloseTo(0.1, 12);
    for (const month of [1, 6, 12]) {
      expect(estimates.mean(`subscribers.month${month}`)).toBeCloseTo(2 * 0.9 ** month, 9);
      expect(estimates.mean(`revenue.month${month}`)).toBeCloseTo(40 * 0.9 ** month, 9);
    }
    expect(estimates.mean('revenue')).toBe(estimatesOf(`${plain} }`).mean('revenue'));
  });

  test('tell subscribers of the provider, whatever its cell: 1,000 tenants of whom 400 are simulated, and 7 who join', () => {
    const scenario = scenarioOf(`
fleetyield: 1
name: share
horizon: { duration: 1h }
cell: { share: 0.4 }
workload: { tiers: [{ name: all, model: any, tenants: 1000, arrivals: { kind: poisson, ratePerSecond: 0.1 }, revenue: { kind: subscription, usdPerMonth: 20, churn: { base: 0.02, slope: 0 }, signUps: { base: 7, slope: 0 } } }] }
fleet: { pools: [{ name: main, model: any, replicas: 5, serving: { kind: slots, concurrency: 9, serviceTime: { kind: constant, value: 1s } } }] }
`);
    const estimates = new Estimates(replications(scenario, 1));
    expect(estimates.mean('subscribers.month1')).toBeCloseTo(987, 9);
    expect(estimates.mean('revenue.month1', 'tier:all')).toBeCloseTo(20 * 987, 9);
  });

  test('scale outcomes by what degradation leaves of quality', () => {
    const scenario = scenarioOf(
      text(
        'revenue: { kind: per-outcome, usdPerOutcome: 2, of: request }',
        'gateway: { degradation: [{ tiers: [all], trigger: { kind: clock, windows: ["01:00-02:00"] }, action: { kind: cap-output, tokens: 1, quality: 0.5 } }] }',
      ).replaceAll('prompt: 1000000, output: 1 }', 'prompt: 1000000, output: 9 }'),
    );
    // Two whole answers and three that are cut.
    expect(new Estimates(replications(scenario, 1)).mean('revenue')).toBeCloseTo(2 * (2 + 3 * 0.5), 9);
  });

  test.each([
    {
      tier: `${perToken}, slaCredits: [{ below: 0.9, credit: 0.1 }]`,
      without: 'slo',
      says: /the tier has none; add slo/,
    },
    {
      tier: 'slaCredits: [{ below: 0.9, credit: 0.1 }]',
      without: '',
      says: /the tier pays nothing; add revenue/,
    },
    {
      tier: 'revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1, service: batch }',
      without: '',
      says: /revenue\.service: batch.*add deferrable, or use flex/,
    },
    {
      tier: 'revenue: { kind: per-outcome, usdPerOutcome: 1, of: run }',
      without: '',
      says: /the tier has no agent runs; add session with run/,
    },
    {
      tier: 'revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1, volumeDiscounts: [{ aboveUsdPerMonth: 2, discount: 0 }, { aboveUsdPerMonth: 1, discount: 0 }] }',
      without: '',
      says: /volumeDiscounts\[1\]\.aboveUsdPerMonth: 1 is not above 2/,
    },
  ])('are refused where they do not fit the tier: $says', ({ tier, without, says }) => {
    const given = without === 'slo' ? text(tier).replace(/slo: \{[^}]*\}, /, '') : text(tier);
    expect(() => scenarioOf(given)).toThrow(says);
  });
});
