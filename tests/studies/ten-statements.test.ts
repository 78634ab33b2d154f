/**
 * Statements of the fact base at a small scale: the scenarios and laws of `npm run study:ten-statements`, some of them and
 * shorter. Revenue of a preset needs its whole day and is left to the study.
 *
 * False alarms: a figure passes when it is within what the statement allows, widened by its own 95 % half-width over three
 * replications (Student's factor 4.30). Most are far from the border or do not vary; a right program is refused below once
 * in a hundred. Seeds are fixed: a verdict changes only when the program does.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fluidElasticity, KINK, kinkAt, STATEMENTS, type Check } from '../../studies/ten-statements-cases.ts';
import {
  fluidRevenue,
  monthsOf,
  POOL_SLOTS,
  revenueWith,
  SUBSCRIBER_LAWS,
  SUBSCRIPTIONS_BY_USE,
  type SubscriberLaw,
} from '../../studies/subscribers.ts';
import { passes, tenStatementsReport } from '../../studies/ten-statements-report.ts';
import { figure, Shipped, type Scale } from '../../studies/ten-statements-runs.ts';

/** Half an hour of the presets' peak. */
const SMALL: Scale = {
  replications: 3,
  window: ['horizon.start=Tue 15:30', 'horizon.warmUp=15min', 'horizon.duration=30min'],
};
const shipped = new Shipped(SMALL);

/** As near to what is allowed as the interval lets it be. */
function passesNearly(check: Check): boolean {
  const { mean, halfWidth } = check.figure;
  return [0, -1, 1].some((side) =>
    passes({ ...check, figure: { ...check.figure, mean: mean! + side * (halfWidth ?? 0) } }),
  );
}

const missedOf = (checks: readonly Check[]) =>
  checks.filter((one) => !passesNearly(one)).map(({ says }) => says);

describe('the statements of the fact base', () => {
  it.each(STATEMENTS.filter(({ number }) => [1, 5, 6, 7, 9].includes(number)))(
    '$number holds, but for what is known to fail: $title',
    (statement) => {
      const checks = statement.check(SMALL, shipped);
      const known = checks.filter(({ failsFor }) => failsFor !== undefined).map(({ says }) => says);
      expect(missedOf(checks)).toEqual(known);
      const report = tenStatementsReport([{ statement, checks }], { passed: 42, of: 42 }, 3);
      expect(report).toContain(`## ${statement.number}. ${statement.title}`);
      expect(report).not.toMatch(/NaN|undefined|Infinity/);
    },
    240_000,
  );

  it('2 holds: revenue answers to GPUs in the hours in which they bind, and deferrable work fills the others', () => {
    const one = { ...SMALL, replications: 2 };
    // Two replications say nothing of their own noise: here the estimate itself must be within.
    const checks = [kinkAt(0.6, 0, 0, one), kinkAt(0.8, 0.38, 0, one), kinkAt(1.1, 1, 0.3, one)];
    expect(checks.filter((check) => !passes(check)).map(({ says }) => says)).toEqual([]);
  }, 120_000);
});

describe('the published report', () => {
  const published = readFileSync(
    new URL('../../results/reference/ten-statements.md', import.meta.url),
    'utf8',
  );
  it('tells each of the ten statements', () => {
    for (let number = 1; number <= 10; number++) expect(published).toContain(`\n## ${number}. `);
    for (const { number, title } of STATEMENTS) expect(published).toContain(`## ${number}. ${title}`);
  });

  it('says of every figure that fails why', () => {
    const failing = published.split('\n').filter((line) => line.includes('**fail**'));
    expect(failing.filter((line) => !/\*\*fail\*\*; .+/.test(line))).toEqual([]);
  });
});

describe('the fluid law of the kink', () => {
  it.each([...KINK])('at mean load %d has the %d that the statement gives', (load, target) => {
    expect(Math.abs(fluidElasticity(load) - target)).toBeLessThan(0.05);
  });

  it('counts the hours above capacity: seven at load 0.8, of 0.763 served', () => {
    // Hours with 0.8 × shape > 1 are 1.31 1.42 1.49 1.50 1.47 1.39 1.28, of sum 9.86: lost (0.8 × 9.86 − 7) ÷ 24 = 0.037.
    // Two per cent more capacity leave 1.28 at 1.024 ÷ 1.02, so all seven gain: 7 ÷ 24 × 0.02 of 0.763.
    const served = 0.8 - (0.8 * 9.86 - 7) / 24;
    expect(fluidElasticity(0.8)).toBeCloseTo(Math.log(1 + ((7 / 24) * 0.02) / served) / Math.log(1.02), 9);
  });
});

describe('subscribers, month after month', () => {
  const [mouth, market] = ['mouth-leaving', 'market'].map((name) =>
    SUBSCRIBER_LAWS.find(({ tier }) => tier === name)!,
  ) as [SubscriberLaw, SubscriberLaw];

  it('of a fluid stay where as many join as leave, which a market of constant sign-ups does in the middle fleet', () => {
    for (const month of [1, 12, 60])
      expect(fluidRevenue(POOL_SLOTS, market, month)).toBeCloseTo(1 + SUBSCRIPTIONS_BY_USE, 9);
  });

  it('of a fluid are at last as many as the fleet serves, by word of mouth; by its square root, of a market', () => {
    const subscriptions = (slots: number, law: SubscriberLaw, month: number) =>
      fluidRevenue(slots, law, month) - slots / POOL_SLOTS;
    expect(subscriptions(200, mouth, 100) / subscriptions(50, mouth, 100)).toBeCloseTo(4, 6);
    expect(subscriptions(200, market, 500) / subscriptions(50, market, 500)).toBeCloseTo(2, 6);
  });

  it('simulated, are those of the fluid within 4 %, which is what chance leaves idle of slots at a load of 1.25', () => {
    for (const slots of [50, 200]) {
      const months = monthsOf(slots, 3, { replications: 1, window: [] });
      const [unit] = revenueWith(monthsOf(POOL_SLOTS, 1, { replications: 1, window: [] })[0]!, 'market');
      for (const law of [mouth, market]) {
        const [usd] = revenueWith(months[2]!, law.tier);
        const fluid = fluidRevenue(slots, law, 3) / (1 + SUBSCRIPTIONS_BY_USE);
        expect(Math.abs(usd! / unit! / fluid - 1)).toBeLessThan(0.04);
      }
    }
  });
});

describe('a figure of the study', () => {
  const check = (mean: number | null, least: number | null, most: number | null): Check => ({
    says: '',
    least,
    most,
    figure: { mean, halfWidth: null, n: 1 },
  });
  it('passes within what the statement allows and no further', () => {
    expect(passes(check(1.03, 0.97, 1.03))).toBe(true);
    expect(passes(check(1.031, 0.97, 1.03))).toBe(false);
    expect(passes(check(-5, null, 0.02))).toBe(true);
    expect(passes(check(14.9, 15, null))).toBe(false);
  });

  it('without data fails', () => {
    expect(passes(check(null, null, null))).toBe(false);
  });

  it('is paired: what replications share does not widen it', () => {
    // 1 ÷ 2, 2 ÷ 4 and 3 ÷ 6 are each a half, however far apart; each leave-one-out is a half too.
    expect(
      figure(
        [
          [1, 2, 3],
          [2, 4, 6],
        ],
        (a, b) => a! / b!,
      ),
    ).toMatchObject({ mean: 0.5, halfWidth: 0 });
  });
});
