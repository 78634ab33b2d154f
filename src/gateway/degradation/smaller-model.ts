/** Serves the request with another model. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Share } from '../../schema.ts';
import { actionStrategy } from './action.ts';

export const smallerModel = actionStrategy({
  kind: 'smaller-model',
  summary: 'Serves the request with another, smaller model.',
  parameters: {
    model: Type.String({ description: 'The model that serves instead; some pool must have it.' }),
    quality: Share({ default: 1, description: 'Quality of its answers relative to the model asked for.' }),
  },
  example: { kind: 'smaller-model', model: 'mini', quality: 0.8 },
  create: ({ model, quality }, environment) => {
    const index = environment.model(model);
    if (index < 0) {
      throw new ParameterError(
        'model',
        `no pool serves "${model}"; served: ${environment.modelNames.join(', ')}`,
      );
    }
    return {
      apply(granted, row) {
        // Who is served by that model already loses nothing more.
        if (granted.model[row] === index) return;
        granted.model[row] = index;
        granted.quality[row]! *= quality;
      },
    };
  },
});
