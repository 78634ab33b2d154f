/** The mean of a law for those who need no more of it than a typical value. */
import { Streams } from '../random.ts';
import type { Law } from './law.ts';

/** Draws of the mean: its standard error is 1/64 of the law's standard deviation. */
const DRAWS = 4_096;

/** The mean of 4,096 values of a law from a stream of its own, the same in every run [the law's unit]. */
export function sampledMean(law: Law): number {
  const source = new Streams('sampled mean', 0).stream('law');
  let sum = 0;
  for (let n = 0; n < DRAWS; n++) sum += law.sample(source);
  return sum / DRAWS;
}
