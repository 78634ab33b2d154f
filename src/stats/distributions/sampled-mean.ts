/** The mean of a distribution, for callers that only need a typical value. */
import { Streams } from '../random.ts';
import type { Distribution } from './distribution.ts';

/** Draws of the mean: its standard error is 1/64 of the distribution's standard deviation. */
const DRAWS = 4_096;

/**
 * The mean of 4,096 values of a distribution from a stream of its own, the same in every run [the distribution's unit].
 */
export function sampledMean(distribution: Distribution): number {
  const source = new Streams('sampled mean', 0).stream('law');
  let sum = 0;
  for (let n = 0; n < DRAWS; n++) sum += distribution.sample(source);
  return sum / DRAWS;
}
