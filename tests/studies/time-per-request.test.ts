/** The cases of the study of time per request can be read, and its report divides round by round. */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { cases, scenarioText } from '../../studies/time-per-request-cases.ts';
import { timePerRequestReport } from '../../studies/time-per-request-report.ts';

describe('the cases of the study', () => {
  test.each(cases().map((studied) => [studied.name, studied] as const))('can be read: %s', (_, studied) => {
    expect(scenarioOf(scenarioText(studied)).cell.tiers.length).toBeGreaterThan(1);
  });

  test('that the program before can read are the first', () => {
    const readable = cases().map(({ before }) => before);
    expect(readable).toEqual(readable.toSorted((a, b) => Number(b) - Number(a)));
  });
});

test('the report divides within a round: 30 µs over 10, 24 over 8 and 20 over 5 are 3, 3 and 4', () => {
  const run = (microseconds: number) => ({
    userSeconds: microseconds,
    requests: 1e6,
    attempts: 1.5e6,
    events: 2e6,
  });
  const [plain, second] = cases();
  const report = timePerRequestReport(
    [
      { studied: plain!, now: [10, 8, 5].map(run), before: [] },
      { studied: second!, now: [30, 24, 20].map(run), before: [15, 48, 20].map(run) },
    ],
    { date: 'today', machine: 'one', rounds: 3, before: 'abc' },
  );
  const cells = report
    .split('\n')
    .find((line) => line.includes(second!.name))!
    .split('|')
    .map((cell) => cell.trim());
  expect(cells.slice(4, 9)).toEqual([
    '1.50',
    '2.00',
    '24.00 (20.00 to 30.00)',
    '3.00 (3.00 to 4.00)',
    '1.00 (0.50 to 2.00)',
  ]);
});
