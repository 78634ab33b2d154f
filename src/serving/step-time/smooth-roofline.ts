/**
 * The smooth roofline: streaming weights and multiplying by them, whichever takes longer, with a rounded corner in
 * between (docs/model.md). Its coefficients are fitted by the user to their own engine; it knows no hardware.
 */
import { Duration } from '../../input/schema.ts';
import { linearTerms } from './linear-terms.ts';
import { stepTimeLaw, type StepTime, type StepWork } from './step-time.ts';

/**
 * t0 + ((weight streaming)⁴ + (g (P + D))⁴)^¼ + b S + c K + d A. Streaming and arithmetic overlap, so the longer of the
 * two counts; near the corner kernels reach neither peak, and there the fourth power adds up to 2^¼ − 1 = 19 %.
 */
export const smoothRoofline = stepTimeLaw({
  kind: 'smooth-roofline',
  summary: 'Like affine, but tokens cost nothing until multiplying takes longer than streaming the weights.',
  parameters: {
    base: Duration({ description: 'Fixed time of every step.' }),
    weightStreaming: Duration({ description: 'Time to stream the weights once: the floor of a step.' }),
    perToken: Duration({ description: 'Time to multiply one token, prompt or output, by the weights.' }),
    ...linearTerms,
  },
  example: {
    kind: 'smooth-roofline',
    base: '2ms',
    weightStreaming: '16ms',
    perToken: '0.08ms',
    perSequence: '0.01ms',
    perKvToken: '0.0002ms',
  },
  create: ({ base, weightStreaming, perToken, perSequence, perKvToken, perPrefillContext }) =>
    new SmoothRoofline(base, weightStreaming, perToken, perSequence, perKvToken, perPrefillContext),
});

class SmoothRoofline implements StepTime {
  private readonly base: number;
  private readonly streaming4: number;
  private readonly perToken: number;
  private readonly perSequence: number;
  private readonly kvToken: number;
  private readonly perPrefillContext: number;

  constructor(
    base: number,
    weightStreaming: number,
    perToken: number,
    perSequence: number,
    kvToken: number,
    perPrefillContext: number,
  ) {
    this.base = base;
    this.streaming4 = weightStreaming ** 4;
    this.perToken = perToken;
    this.perSequence = perSequence;
    this.kvToken = kvToken;
    this.perPrefillContext = perPrefillContext;
  }

  duration(work: StepWork): number {
    const multiplying = this.perToken * (work.prefillTokens + work.decodeTokens);
    const squared = multiplying * multiplying;
    return (
      this.base +
      Math.sqrt(Math.sqrt(this.streaming4 + squared * squared)) +
      this.perSequence * work.sequences +
      this.kvToken * work.kvTokens +
      this.perPrefillContext * work.prefillContext
    );
  }

  perKvToken(): number {
    return this.kvToken;
  }

  kvLinearUntil(): number {
    return Infinity;
  }
}
