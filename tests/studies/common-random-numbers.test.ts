/**
 * The study of common random numbers at a tenth of its replications. False alarms: of a factor whose true value is F the
 * ratio of two variances from forty replications is below F ÷ 5 with probability below 1e-6 (F with 39 and 39 degrees).
 * Seeds are fixed: a verdict changes only when the program does.
 */
import { describe, expect, it } from 'vitest';
import {
  factorOf,
  METRICS,
  CHANGES,
  randomNumbersReport,
  runStudy,
} from '../../studies/common-random-numbers-runs.ts';

describe('common random numbers', () => {
  const study = runStudy(40, () => undefined);

  it('never cost: no difference is less well known than of independent runs', () => {
    expect(study.reductions).toHaveLength(CHANGES.length * METRICS.length);
    for (const reduction of study.reductions)
      expect(factorOf(reduction), `${reduction.change}: ${reduction.metric}`).toBeGreaterThan(1 / 5);
  });

  it('are worth much for throughput under another order of service, which changes none of the work', () => {
    const order = study.reductions.find(
      ({ change, metric }) => change.startsWith('paid first') && metric === 'throughput.requests',
    )!;
    expect(factorOf(order)).toBeGreaterThan(5);
  });

  it('are told with every change', () => {
    const report = randomNumbersReport(study);
    for (const { name } of CHANGES) expect(report).toContain(name);
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });
});
