/**
 * Features: what a share of a tier's requests asks for beyond the others (a long context, deep research), with lengths
 * and a model of its own, and how far it is rolled out. A tenant is in a rollout or out of it, by a hash of names alone,
 * and stays in while the fraction rises. A request for a feature that its tenant does not have is sent without it.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ParameterError, within } from '../errors.ts';
import type { RequestRow } from '../ids.ts';
import { Count, Duration, Fields, PositiveDuration, Probability, Share } from '../input/schema.ts';
import { Streams, type CounterStream, type DistributionEnvironment } from '../stats/index.ts';
import { Lengths, lengthsProperties } from './lengths.ts';
import type { RequestTable } from './request-table.ts';

export const rolloutSchema = Fields(
  {
    from: Probability({ default: 0, description: 'Fraction of the tenants that have the feature at first.' }),
    to: Probability({ default: 1, description: 'Fraction of the tenants that have it in the end.' }),
    start: Duration({
      default: '0s',
      description: 'When the fraction begins to change, from the start of the run.',
    }),
    duration: PositiveDuration({ description: 'How long it changes.', examples: ['7d'] }),
    steps: Type.Optional(
      Count({
        description: 'Equal steps in which it changes, the first at once; evenly all the time when left out.',
        examples: [4],
      }),
    ),
  },
  { description: 'The fraction of the tenants that has the feature over time; all when left out.' },
);

export type RolloutRule = Static<typeof rolloutSchema>;

export const featureSchema = Fields({
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    description: 'A name of letters, digits, dots, dashes; it decides which tenants are first in a rollout.',
    examples: ['web-search'],
  }),
  share: Share({ description: 'Share of the tier’s requests that ask for it.', examples: [0.2] }),
  lengths: Type.Optional(
    Fields(lengthsProperties, {
      description: 'Tokens of a request with it; those of the tier when left out.',
    }),
  ),
  model: Type.Optional(
    Type.String({
      description: 'The model that serves it; that of the tier when left out.',
      examples: ['llama-3.1-8b'],
    }),
  ),
  rollout: Type.Optional(rolloutSchema),
});

export type FeatureRule = Static<typeof featureSchema>;

/** The value of `declared.feature` for a request without one. */
export const NO_FEATURE = -1;

/** The fraction of the tenants that have a feature at an instant of the run [s]. */
export function fractionAt({ from, to, start, duration, steps }: RolloutRule, now: number): number {
  if (now < start) return from;
  const passed = (now - start) / duration;
  if (passed >= 1) return to;
  const done = steps === undefined ? passed : (Math.floor(passed * steps) + 1) / steps;
  return from + (to - from) * done;
}

interface Feature {
  /** The number up to which a draw means this feature or one before it. */
  readonly upTo: number;
  readonly rollout: RolloutRule | null;
  readonly lengths: Lengths | null;
  /** The model, as an index. */
  readonly model: number;
  /** By tenant, its position in a rollout: the same in every run. */
  readonly turns: CounterStream;
}

export class Features {
  private readonly features: readonly Feature[];
  private readonly draws: CounterStream;

  /** `models` are those of the features, as indices. Throws `ParameterError`. */
  constructor(
    rules: readonly FeatureRule[],
    models: readonly number[],
    environment: DistributionEnvironment,
    streams: Streams,
    tier: string,
  ) {
    this.draws = streams.counter(`features/${tier}`);
    const turns = new Streams('rollout', 0);
    let upTo = 0;
    this.features = rules.map((rule, index) => {
      upTo += rule.share;
      if (upTo > 1 + ROUNDING) {
        throw new ParameterError(
          `[${index}].share`,
          `brings the shares to ${upTo}, and a request has one feature at most; lower them to 1 in all`,
        );
      }
      const { lengths, rollout } = rule;
      const name = `${tier}/${rule.name}`;
      return {
        upTo,
        rollout: rollout ?? null,
        lengths:
          lengths === undefined
            ? null
            : within(`[${index}].lengths`, () => new Lengths(lengths, environment, streams, name, true)),
        model: models[index]!,
        turns: turns.counter(name),
      };
    });
  }

  /** Gives the request that is written in a row, and arrives now [s], the feature that it asks for and may have. */
  grant(table: RequestTable, row: RequestRow, now: number): void {
    const { declared, latent } = table;
    const ordinal = declared.ordinal[row]!;
    const draw = this.draws.at(ordinal, 0).next();
    const index = this.features.findIndex(({ upTo }) => draw < upTo);
    if (index < 0) return;
    const { rollout, turns, lengths, model } = this.features[index]!;
    const turn = rollout === null ? 0 : turns.at(declared.tenant[row]!, 0).next();
    if (rollout !== null && turn >= fractionAt(rollout, now)) return;
    latent.plainOutputTokens[row] = table.wantedOutput(row);
    declared.feature[row] = index;
    declared.model[row] = model;
    if (lengths === null) return;
    lengths.draw(ordinal);
    declared.promptTokens[row] = lengths.promptTokens;
    declared.cachedTokens[row] = lengths.cachedTokens;
    declared.maxOutput[row] = lengths.maxOutput;
    latent.outputTokens[row] = lengths.outputTokens;
  }
}

/** Shares written as decimals may sum to a little more than one. */
const ROUNDING = 1e-9;
