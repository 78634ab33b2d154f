/**
 * What a typical step of a measured run works on, read from its instants alone: the sizes at which the terms of a
 * step-time model matter. A rough starting point for the search: it knows the requests, not the steps.
 */
import { ParameterError } from '../errors.ts';
import { quantileOfSorted } from '../stats/index.ts';
import type { AffineTerms } from './fitted-step-times.ts';
import type { MeasuredRun } from './measured-run.ts';
import { tpotOf } from './request-times.ts';

export interface TypicalWork {
  /** Median time per output token [s]: about a step. */
  readonly step: number;
  /**
   * The size of each coefficient at which its term alone takes a typical step: of the prompt terms, when one mean prompt
   * is read in it; of the others, with the mean number of requests that decode together [s].
   */
  readonly wholeStep: AffineTerms;
}

/**
 * The typical work of the requests at `indices`, and of no others. Throws `ParameterError` when none of them has two
 * output tokens.
 */
export function typicalWorkOf(run: MeasuredRun, indices: readonly number[]): TypicalWork {
  const { arrivedAt, firstTokenAt, lastTokenAt, promptTokens, outputTokens, cachedTokens } = run;
  const tpots = indices.map((index) => tpotOf(outputTokens, run, index)).filter((time) => time !== null);
  const step = quantileOfSorted(
    tpots.sort((a, b) => a - b),
    0.5,
  );
  if (step === null)
    throw new ParameterError(
      '',
      'no request has two output tokens or more; decode steps leave no trace in such a run',
    );
  const mean = (value: (index: number) => number) =>
    indices.reduce((sum, index) => sum + value(index), 0) / indices.length;
  const prefill = (index: number) => promptTokens[index]! - cachedTokens[index]!;
  const begins = arrivedAt[indices[0]!]!;
  const ends = indices.reduce((latest, index) => Math.max(latest, lastTokenAt[index]!), 0);
  const decoding = indices.length * mean((index) => lastTokenAt[index]! - firstTokenAt[index]!);
  // A decoding sequence counts itself, however empty the run.
  const sequences = Math.max(1, decoding / (ends - begins));
  return {
    step,
    wholeStep: {
      base: step,
      perPrefillToken: step / mean(prefill),
      perSequence: step / sequences,
      perKvToken: step / (sequences * mean((index) => promptTokens[index]! + outputTokens[index]! / 2)),
      perPrefillContext: step / mean((index) => prefill(index) * (cachedTokens[index]! + prefill(index) / 2)),
    },
  };
}
