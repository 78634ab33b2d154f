/** Degradation: reduced service for some requests so that others are served: when, for which, and how. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Count, Fields, Share } from '../../input/schema.ts';
import { Family } from '../../input/strategy.ts';
import { capOutput } from './cap-output.ts';
import { clock } from './clock.ts';
import { featureOff } from './feature-off.ts';
import { load } from './load.ts';
import { lowerEffort } from './lower-effort.ts';
import { quantisedPool } from './quantised-pool.ts';
import { smallerModel } from './smaller-model.ts';
import { utilisation } from './utilisation.ts';

export const triggers = new Family('degradation trigger', 'When a degradation is in force.', [
  load,
  utilisation,
  clock,
]);
export const actions = new Family('degradation action', 'What a degraded request is granted.', [
  smallerModel,
  capOutput,
  lowerEffort,
  featureOff,
  quantisedPool,
]);

export const degradationRuleSchema = Fields({
  trigger: triggers.schema,
  tiers: Type.Array(Type.String(), {
    minItems: 1,
    description: 'The tiers that are degraded.',
    examples: [['free']],
  }),
  fraction: Share({
    default: 1,
    description: 'The fraction of their requests that is degraded, drawn by request.',
  }),
  promptTokens: Type.Optional(
    Fields(
      {
        atLeast: Type.Optional(Count({ description: 'Shorter prompts are not degraded.', examples: [2000] })),
        atMost: Type.Optional(Count({ description: 'Longer prompts are not degraded.', examples: [500] })),
      },
      {
        description:
          'The prompts of the requests that are degraded; any when left out. With a clock that is always on it routes by request, such as short prompts to a small model.',
      },
    ),
  ),
  action: actions.schema,
});

export type DegradationRule = Static<typeof degradationRuleSchema>;

/**
 * The shortest and the longest prompt that a rule applies to [tokens]. Throws `ParameterError` where the bounds are
 * absent or contradictory.
 */
export function promptsOf({ promptTokens }: Pick<DegradationRule, 'promptTokens'>): [number, number] {
  if (promptTokens === undefined) return [0, Infinity];
  const { atLeast = 0, atMost = Infinity } = promptTokens;
  if (atLeast === 0 && atMost === Infinity)
    throw new ParameterError('promptTokens', 'has no bounds; give atLeast or atMost, or remove it');
  if (atLeast > atMost)
    throw new ParameterError(
      'promptTokens.atLeast',
      `${atLeast} is more than atMost (${atMost}), which leaves no prompt; swap them`,
    );
  return [atLeast, atMost];
}

export type { DegradationAction } from './action.ts';
export type { Trigger } from './trigger.ts';
