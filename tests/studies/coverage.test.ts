/**
 * The coverage study at a small scale: the same queues and answers as `npm run study:coverage`, in windows a tenth as
 * long and forty macro-replications; of those that stop by precision, a few for the report.
 *
 * False alarms: an interval that covers 95 % is refused when it covers 26 or fewer of forty, which happens with
 * P(Bin(40, 0.05) ≥ 14) = 3e-9; one that covers 90 %, as short windows may have it, with P(Bin(40, 0.1) ≥ 14) = 2e-5.
 * Twelve are looked at. Seeds are fixed: a verdict changes only when the program does.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { coverageReport, passes } from '../../studies/coverage-report.ts';
import { REPLICATIONS, runFixed, runSequential, type CoverageStudy } from '../../studies/coverage-runs.ts';

const MACROS = 40;
const LEAST_COVERED = 27;

describe('intervals that say 95 %', () => {
  let study: CoverageStudy;
  beforeAll(() => {
    const told = () => undefined;
    study = {
      macros: MACROS,
      replications: REPLICATIONS,
      fixed: runFixed({ macros: MACROS, length: 0.1, told }),
      sequential: runSequential({ macros: 3, length: 1, told }),
    };
  });

  it('contain the exact answers about as often', () => {
    const rare = study.fixed.flatMap(({ studied, results }) =>
      results
        .filter(({ covered }) => covered < LEAST_COVERED)
        .map(({ answer, covered }) => `${studied.name}: ${answer.metric} ${covered} of ${MACROS}`),
    );
    expect(rare).toEqual([]);
  });

  it('stop no wider than they are asked to be', () => {
    // Law (2015), section 9.4.1: γ ÷ (1 + γ) of the estimate; a quarter more where the estimate is above the truth.
    for (const { results, relative, watched } of study.sequential)
      for (const { answer, width } of results.filter(({ answer }) => watched.includes(answer.metric)))
        expect(width, answer.metric).toBeLessThan((1.25 * relative) / (1 + relative));
  });

  it('are told with every case', () => {
    const report = coverageReport(study);
    for (const { studied } of [...study.fixed, ...study.sequential])
      expect(report).toContain(`### ${studied.name}`);
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('pass from 93 to 97 % and not beyond', () => {
    const found = study.fixed[0]!.results[0]!;
    expect([929, 930, 970, 971].map((covered) => passes({ ...found, covered }, 1_000))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
