/** The head of a comparison: how sure its differences are. */
import { describe, expect, it } from 'vitest';
import { comparisonTable } from '../../src/cli/shared/comparison-table.ts';

const headOf = (replications: number) =>
  comparisonTable(
    { baseline: 'a\nb', scenarios: [], differences: [] },
    { confidence: 0.95, replications, seed: '1' },
  );

describe('the head of a comparison', () => {
  it('of one replication says that there are no intervals, and nothing of what is decided', () => {
    expect(headOf(1)).toContain('no intervals, so chance and difference cannot be told apart');
    expect(headOf(1)).not.toContain('decided');
  });

  it('of several says how often it is wrong: 1 in 1 ÷ (1 − 0.95) = 20', () => {
    expect(headOf(6)).toContain('6 replications of each, 95 % intervals of paired differences');
    expect(headOf(6)).toContain('wrong at most once in 20');
  });

  it('has the name of the baseline on one line', () => {
    expect(headOf(6).split('\n')[0]).toBe('against a\\u000ab');
  });
});
