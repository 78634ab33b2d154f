/**
 * The step-time models that can be fitted: their coefficients, and where a search for them begins. It knows no requests
 * and no engine; `typical-work.ts` says what steps work on, `fit.ts` searches.
 */
import type { ChoiceOf } from '../input/strategy.ts';
import type { stepTimes } from '../serving/step-time/index.ts';
import { parseDuration } from '../units.ts';

type StepTimeChoice = ChoiceOf<typeof stepTimes>;

/** One number for each of the five terms of an affine step: base, prompt tokens, sequences, KV tokens, context. */
export interface AffineTerms {
  readonly base: number;
  readonly perPrefillToken: number;
  readonly perSequence: number;
  readonly perKvToken: number;
  readonly perPrefillContext: number;
}

export interface FittedStepTime {
  readonly kind: StepTimeChoice['kind'];
  /** The model's parameters in a scenario file, each a time of zero or more. */
  readonly coefficients: readonly string[];
  /** The size of each coefficient at which its term alone takes the whole of a typical step [s]. */
  scales(wholeStep: AffineTerms): readonly number[];
  /** Where searches begin, in shares of those sizes. */
  readonly starts: readonly (readonly number[])[];
}

const valuesOf = (terms: AffineTerms): number[] => [
  terms.base,
  terms.perPrefillToken,
  terms.perSequence,
  terms.perKvToken,
  terms.perPrefillContext,
];

export const FITTED_STEP_TIMES = {
  affine: {
    kind: 'affine',
    coefficients: ['base', 'perPrefillToken', 'perSequence', 'perKvToken', 'perPrefillContext'],
    scales: valuesOf,
    starts: [
      [0.3, 0.5, 0.1, 0.2, 0.02],
      [0.3, 2, 0.1, 0.2, 0.02],
      [0.6, 0.5, 0.1, 0.2, 0.02],
      [0.6, 2, 0.1, 0.2, 0.02],
    ],
  },
  'smooth-roofline': {
    kind: 'smooth-roofline',
    coefficients: ['base', 'weightStreaming', 'perToken', 'perSequence', 'perKvToken', 'perPrefillContext'],
    scales: (whole) => [
      whole.base,
      whole.base,
      1 / (1 / whole.perPrefillToken + 1 / whole.perSequence),
      whole.perSequence,
      whole.perKvToken,
      whole.perPrefillContext,
    ],
    starts: [
      [0.2, 0.2, 0.5, 0.1, 0.2, 0.02],
      [0.2, 0.2, 2, 0.1, 0.2, 0.02],
      [0.2, 0.5, 0.5, 0.1, 0.2, 0.02],
      [0.2, 0.5, 2, 0.1, 0.2, 0.02],
    ],
  },
} satisfies Record<string, FittedStepTime>;

export type FittedKind = keyof typeof FITTED_STEP_TIMES;

export const FITTED_KINDS = Object.keys(FITTED_STEP_TIMES) as FittedKind[];

/** Digits of a coefficient that are kept: more than a fit can resolve. */
const DIGITS = 5;

/** A coefficient [s] as written in a scenario file, rounded: `0.037613ms`. */
export function durationText(seconds: number): string {
  return `${String(Number((seconds * 1_000).toPrecision(DIGITS)))}ms`;
}

/** The coefficients as a file will have them [s]: the reported values are the ones to paste. */
export const rounded = (coefficients: readonly number[]): number[] =>
  coefficients.map((seconds) => parseDuration(durationText(seconds))!);

/** The model as a scenario chooses it. */
export function choiceOf(stepTime: FittedStepTime, coefficients: readonly number[]): StepTimeChoice {
  const parameters = Object.fromEntries(
    stepTime.coefficients.map((name, index) => [name, coefficients[index]!]),
  );
  return { kind: stepTime.kind, ...parameters } as unknown as StepTimeChoice;
}

/** The model as YAML for a pool's `serving`, ends with a line break. */
export function yamlOf(stepTime: FittedStepTime, coefficients: readonly number[]): string {
  const lines = stepTime.coefficients.map(
    (name, index) => `  ${name}: ${durationText(coefficients[index]!)}\n`,
  );
  return `stepTime:\n  kind: ${stepTime.kind}\n${lines.join('')}`;
}
