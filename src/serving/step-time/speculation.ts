/**
 * Speculative decoding, as the mean tokens per verifying step. It wraps any step-time model and does not know
 * sequences: all of them advance at the same mean pace.
 */
import { Type, type Static } from 'typebox';
import { Duration, Fields, Probability } from '../../input/schema.ts';
import { contextBehind, emptyStepWork, type StepTime, type StepWork } from './step-time.ts';

/** Engines draft some tens of tokens at most; a number beyond any context is a mistake. */
const MOST_DRAFTED = 10_000;

export const speculationSchema = Fields(
  {
    draftTokens: Type.Integer({
      minimum: 1,
      maximum: MOST_DRAFTED,
      description: 'Tokens drafted for each sequence before a step verifies them.',
      examples: [3],
    }),
    acceptance: Probability({
      description:
        'Probability that a drafted token is accepted when those before it are; not the mean share accepted.',
      examples: [0.7],
    }),
    draftTime: Duration({
      description: 'Time to draft one token for all sequences; 0s for n-grams.',
      examples: ['1ms'],
    }),
  },
  { description: 'Speculative decoding; none when left out.' },
);

export type Speculation = Static<typeof speculationSchema>;

/**
 * Mean tokens per sequence of a verifying step: 1 + a + … + aᵏ = (1 − aᵏ⁺¹) / (1 − a), between 1 and k + 1. Leviathan,
 * Kalman and Matias, "Fast inference from transformers via speculative decoding", ICML 2023, equation 1, which takes
 * acceptances as independent and equally likely.
 */
export function tokensPerVerification({ draftTokens, acceptance }: Speculation): number {
  let tokens = 1;
  for (let n = 0; n < draftTokens; n++) tokens = 1 + acceptance * tokens;
  return tokens;
}

/**
 * A step-time model for steps that each represent one token per sequence, where the engine drafts k and verifies k + 1
 * at once. With E tokens per verification, T the base model and D the decoding sequences,
 *
 *   [T((k + 1) D) + k x draft time] / E + [T(P beside (k + 1) D) - T((k + 1) D)]      where D > 0, else T(P).
 *
 * Decode time is spread over the E tokens it yields; prefill time is not, since a chunk is prefilled once. A verified
 * token costs as much as a decoding sequence, output head and sampling included, except for KV, which is read once per
 * sequence. So drafting pays while steps are bound by weights, and not in large batches.
 *
 * What it leaves out: that tokens come several at once and their number varies, so that the time between tokens is as
 * even here as without speculation; that an output may end within a verification; that drafted tokens take token budget
 * and KV blocks; the draft model's memory and prefill; and that a chunk prefilled beside decoding sequences is done
 * only when the whole verification is: here it is up to (1 - 1 / E) of one early. With pipeline stages, tokens of one
 * sequence also count as sequences for the micro-batches, as they do for the GPUs of data-parallel attention.
 */
export class SpeculativeStepTime implements StepTime {
  private readonly base: StepTime;
  private readonly verified: number;
  private readonly drafting: number;
  private readonly perVerification: number;
  /** The work of a verification, filled in place. */
  private readonly work: StepWork = emptyStepWork();

  constructor(base: StepTime, speculation: Speculation) {
    this.base = base;
    this.verified = speculation.draftTokens + 1;
    this.drafting = speculation.draftTokens * speculation.draftTime;
    this.perVerification = tokensPerVerification(speculation);
  }

  duration(work: StepWork): number {
    if (work.decodeTokens === 0) return this.base.duration(work);
    const alone = this.base.duration(this.verifying(work));
    const decoding = (alone + this.drafting) / this.perVerification;
    if (work.prefillTokens === 0) return decoding;
    const { work: together } = this;
    together.prefillTokens = work.prefillTokens;
    together.sequences += work.sequences - work.decodeTokens;
    together.kvTokens = work.kvTokens;
    together.prefillContext = work.prefillContext;
    return decoding + (this.base.duration(together) - alone);
  }

  perKvToken(work: StepWork): number {
    return this.base.perKvToken(this.verifying(work)) / this.perVerification;
  }

  kvLinearUntil(work: StepWork): number {
    return this.base.kvLinearUntil(this.verifying(work));
  }

  /** The verification of the decoding sequences alone. */
  private verifying(work: StepWork): StepWork {
    const tokens = this.verified * work.decodeTokens;
    this.work.prefillTokens = 0;
    this.work.decodeTokens = tokens;
    this.work.sequences = tokens;
    this.work.kvTokens = work.kvTokens - contextBehind(work);
    this.work.prefillContext = 0;
    return this.work;
  }
}
