/** Serves the request with another model. */
import { Type } from 'typebox';
import { Share } from '../../input/schema.ts';
import { actionStrategy } from './action.ts';
import { indexOfModel, servedInstead } from './served-instead.ts';

export const smallerModel = actionStrategy({
  kind: 'smaller-model',
  summary: 'Serves the request with another, smaller model.',
  parameters: {
    model: Type.String({ description: 'The model that serves instead; some pool must have it.' }),
    quality: Share({ default: 1, description: 'Quality of its answers relative to the model asked for.' }),
  },
  example: { kind: 'smaller-model', model: 'mini', quality: 0.8 },
  create: ({ model, quality }, environment) => servedInstead(indexOfModel(model, environment), quality),
});
