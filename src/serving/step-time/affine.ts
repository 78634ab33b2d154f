/**
 * The affine step-time model: t0 + a P + b S + c K + d A, with coefficients that the user has measured (docs/model.md).
 * It knows no hardware.
 */
import { Duration } from '../../input/schema.ts';
import { linearTerms } from './linear-terms.ts';
import { stepTimeLaw, type StepTime, type StepWork } from './step-time.ts';

export const affine = stepTimeLaw({
  kind: 'affine',
  summary:
    'A fixed time per step plus times per prompt token, sequence, resident KV token and prefill context.',
  parameters: {
    base: Duration({ description: 'Fixed time of every step.' }),
    perPrefillToken: Duration({ description: 'Time per prompt token processed.', default: '0s' }),
    ...linearTerms,
  },
  example: {
    kind: 'affine',
    base: '10ms',
    perPrefillToken: '0.1ms',
    perSequence: '1ms',
    perKvToken: '0ms',
    perPrefillContext: '0ms',
  },
  create: ({ base, perPrefillToken, perSequence, perKvToken, perPrefillContext }) =>
    new Affine(base, perPrefillToken, perSequence, perKvToken, perPrefillContext),
});

class Affine implements StepTime {
  private readonly base: number;
  private readonly perPrefillToken: number;
  private readonly perSequence: number;
  private readonly kvToken: number;
  private readonly perPrefillContext: number;

  constructor(
    base: number,
    perPrefillToken: number,
    perSequence: number,
    kvToken: number,
    perPrefillContext: number,
  ) {
    this.base = base;
    this.perPrefillToken = perPrefillToken;
    this.perSequence = perSequence;
    this.kvToken = kvToken;
    this.perPrefillContext = perPrefillContext;
  }

  duration(work: StepWork): number {
    return (
      this.base +
      this.perPrefillToken * work.prefillTokens +
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
