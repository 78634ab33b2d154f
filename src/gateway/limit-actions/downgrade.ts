/** Serves the request with a smaller model, not counted by the limit. */
import { indexOfModel, servedInstead } from '../degradation/served-instead.ts';
import { smallerModel } from '../degradation/smaller-model.ts';
import { limitActionStrategy } from './limit-action.ts';

export const downgrade = limitActionStrategy({
  kind: 'downgrade',
  summary: 'Lets the request pass to a smaller model, uncounted by the limit, until it conforms again.',
  parameters: smallerModel.parameters,
  example: { kind: 'downgrade', model: 'mini', quality: 0.8 },
  create: ({ model, quality }, environment) => ({
    holds: false,
    degradation: servedInstead(indexOfModel(model, environment), quality),
  }),
});
