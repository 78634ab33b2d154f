/** What can be known of the lengths of a tier's requests before there are any: how long they are on average. */
import { Streams, type DistributionEnvironment } from '../stats/index.ts';
import { Lengths, type LengthRule } from './lengths.ts';
import type { Trace } from './traces/index.ts';

/** Draws of the mean: its standard error is 1/64 of the standard deviation of lengths. */
const DRAWS = 4_096;

/**
 * The mean output of a tier's requests [tokens]: of those that its trace records, or else of 4,096 draws of its
 * distributions, within the bounds that requests declare, from streams of their own that are the same in every run.
 */
export function expectedOutput(
  lengths: LengthRule,
  environment: DistributionEnvironment,
  trace: Trace | null,
): number {
  const recorded = trace === null ? null : meanRecorded(trace.outputTokens);
  return recorded ?? drawnLengths(lengths, environment).output;
}

/** Mean lengths of the requests of a tier [tokens]. */
export interface ExpectedLengths {
  readonly prompt: number;
  readonly cached: number;
  readonly output: number;
}

/** The same of all its lengths. */
export function expectedLengths(
  lengths: LengthRule,
  environment: DistributionEnvironment,
  trace: Trace | null,
): ExpectedLengths {
  const drawn = drawnLengths(lengths, environment);
  if (trace === null) return drawn;
  const prompt = meanRecorded(trace.promptTokens);
  return {
    prompt: prompt ?? drawn.prompt,
    cached: prompt === null ? drawn.cached : 0,
    output: meanRecorded(trace.outputTokens) ?? drawn.output,
  };
}

/** The mean of what a trace records; `null` where it records nothing. */
function meanRecorded(column: Trace['outputTokens']): number | null {
  let sum = 0;
  let count = 0;
  for (const tokens of column ?? []) {
    if (tokens <= 0) continue;
    sum += tokens;
    count += 1;
  }
  return count === 0 ? null : sum / count;
}

function drawnLengths(lengths: LengthRule, environment: DistributionEnvironment): ExpectedLengths {
  const drawn = new Lengths(lengths, environment, new Streams('expected output', 0), 'tier', false);
  let [prompt, cached, output] = [0, 0, 0];
  for (let n = 0; n < DRAWS; n++) {
    drawn.draw(n);
    prompt += drawn.promptTokens;
    cached += drawn.cachedTokens;
    output += drawn.maxOutput === 0 ? drawn.outputTokens : Math.min(drawn.outputTokens, drawn.maxOutput);
  }
  return { prompt: prompt / DRAWS, cached: cached / DRAWS, output: output / DRAWS };
}
