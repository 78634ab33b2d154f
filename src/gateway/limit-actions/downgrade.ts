/** Serves the request with a smaller model, beyond the limit and uncounted by it. */
import { smallerModel } from '../degradation/smaller-model.ts';
import { limitActionStrategy } from './limit-action.ts';

export const downgrade = limitActionStrategy({
  kind: 'downgrade',
  summary: 'Lets the request pass to a smaller model, uncounted by the limit, until it conforms again.',
  parameters: smallerModel.parameters,
  example: { kind: 'downgrade', model: 'mini', quality: 0.8 },
  create: (parameters, environment) => ({
    holds: false,
    degradation: smallerModel.create(parameters, environment),
  }),
});
