/** Answers a request as if it did not ask for its feature. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Share } from '../../input/schema.ts';
import { alternatives } from '../../input/suggest.ts';
import { actionStrategy } from './action.ts';

/**
 * The prompt stays as sent. The tier's own model answers, unless another degradation has chosen one, with the output
 * length of the same request without the feature.
 */
export const featureOff = actionStrategy({
  kind: 'feature-off',
  summary: 'Answers as if the request did not ask for its feature: the tier’s model, and a plain answer.',
  parameters: {
    feature: Type.Optional(
      Type.String({
        description: 'The feature that is off; all features when left out.',
        examples: ['web-search'],
      }),
    ),
    quality: Share({ default: 1, description: 'Quality of a plain answer to a request with the feature.' }),
  },
  example: { kind: 'feature-off', quality: 0.6 },
  create: ({ feature, quality }, { offers }) => {
    const known = [...new Set(offers.flatMap(({ features }) => features))];
    if (known.length === 0)
      throw new ParameterError('kind', 'no tier has a feature; give one features, or take another action');
    if (feature !== undefined && !known.includes(feature))
      throw new ParameterError(
        'feature',
        `no tier has a feature "${feature}"; ${alternatives(feature, known)}`,
        'unknown-name',
      );
    return {
      apply(granted, row, declared) {
        const asked = declared.feature[row]!;
        if (asked < 0 || granted.featureOff[row] === 1) return;
        const { model, features } = offers[declared.tier[row]!]!;
        if (feature !== undefined && features[asked] !== feature) return;
        granted.featureOff[row] = 1;
        granted.quality[row]! *= quality;
        if (granted.model[row] === declared.model[row]) granted.model[row] = model;
      },
    };
  },
});
