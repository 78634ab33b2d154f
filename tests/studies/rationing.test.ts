/**
 * Statement 8 of the fact base at a small scale: the same scenarios and laws as `npm run study:rationing`, shorter.
 *
 * False alarms: a figure passes when it is within what the statement allows, widened by its own 95 % half-width over
 * four replications (Student's factor 3.18), so a right program is refused only where noise exceeds what is allowed
 * and 3.18 standard errors beside: below one in a hundred for figures at the border of the statement, far less for the
 * others. Seeds are fixed: a verdict changes only when the program does.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Check, Figure } from '../../studies/rationing-cases.ts';
import {
  enoughMeasured,
  passes,
  rationingReport,
  type CaseResult,
  type Study,
} from '../../studies/rationing-report.ts';
import { runStudy } from '../../studies/rationing-runs.ts';

/** As near to the target as the interval lets it be. */
const nearest = (check: Check, { value, halfWidth }: Figure): Figure => {
  const slack = Math.min(halfWidth ?? 0, Math.abs(check.target - value));
  return { value: value + Math.sign(check.target - value) * slack, halfWidth };
};

/** One load of each kind, and three shares of free traffic about the one that is enough. */
const KEPT = ['ρ = 1.2', 'ρ = 6', 'a bucket', ' 20 %', ' 28 %', ' 32 %'];

describe('a fleet that is asked for more than it can do', () => {
  let study: Study;
  beforeAll(() => {
    study = runStudy(
      { length: 0.1, replications: 4 },
      () => undefined,
      (name) => KEPT.some((kept) => name.includes(kept)),
    );
  }, 120_000);

  it('sheds, refuses, serves and downgrades as the fluid laws say', () => {
    const missed = study.cases.flatMap(({ studied, figures }) =>
      studied.checks
        .filter((check, index) => !passes(check, nearest(check, figures[index]!)))
        .map(({ says }) => `${studied.name}: ${says}`),
    );
    expect(missed).toEqual([]);
  });

  it('sheds nothing once three tenths of free traffic go to a small model', () => {
    // The fluid says 29.8 %: not enough at 28 %, and enough at 32 %.
    expect(enoughMeasured(study.cases)).toBe(0.32);
  });

  it('is told with every case', () => {
    const report = rationingReport(study);
    for (const { studied } of study.cases) expect(report).toContain(`### ${studied.name}`);
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('a figure of the study', () => {
  const check = (target: number, allows: Check['allows']): Check => ({
    says: '',
    law: '',
    target,
    allows,
    figure: () => ({ value: 0, halfWidth: null }),
  });
  it('passes within what the statement allows and no further', () => {
    const at = (value: number) => ({ value, halfWidth: null });
    expect(passes(check(0.5, { within: 0.01 }), at(0.509))).toBe(true);
    expect(passes(check(0.5, { within: 0.01 }), at(0.511))).toBe(false);
    expect(passes(check(0.98, 'least'), at(0.979))).toBe(false);
    expect(passes(check(0.98, 'most'), at(0.979))).toBe(true);
  });

  it('of the share that is enough must hold for every greater share too', () => {
    const cases = (shed: readonly number[]): CaseResult[] =>
      [0, 10, 20, 26, 28, 29, 30, 31, 32, 36].map((percent, index) => ({
        studied: {
          name: `slots, ${percent} % of free traffic to a small model`,
          about: '',
          checks: [],
          text: () => '',
        },
        figures: [{ value: shed[index]!, halfWidth: null }],
      }));
    expect(enoughMeasured(cases([0.2, 0.1, 0.1, 0.1, 0.1, 0, 0.1, 0, 0, 0]))).toBe(0.31);
    expect(enoughMeasured(cases(Array<number>(10).fill(0.1)))).toBeNull();
  });
});
