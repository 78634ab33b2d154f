/** What a provider knows of a tier's answers before it sees them: how long they are on average. */
import { Streams, type LawEnvironment } from '../stats/index.ts';
import { Lengths, type LengthRule } from './lengths.ts';
import type { Trace } from './traces/index.ts';

/** Draws of the mean: its standard error is 1/64 of the standard deviation of lengths. */
const DRAWS = 4_096;

/**
 * The mean output of a tier's requests [tokens]: of those that its trace records, or else of 4,096 draws of its laws,
 * within the bounds that requests declare, from streams of their own that are the same in every run.
 */
export function expectedOutput(
  lengths: LengthRule,
  environment: LawEnvironment,
  trace: Trace | null,
): number {
  const recorded = trace === null ? [] : [...trace.outputTokens].filter((tokens) => tokens > 0);
  if (recorded.length > 0) return recorded.reduce((sum, tokens) => sum + tokens, 0) / recorded.length;
  const drawn = new Lengths(lengths, environment, new Streams('expected output', 0), 'tier', false);
  let sum = 0;
  for (let n = 0; n < DRAWS; n++) {
    drawn.draw(n);
    sum += drawn.maxOutput === 0 ? drawn.outputTokens : Math.min(drawn.outputTokens, drawn.maxOutput);
  }
  return sum / DRAWS;
}
