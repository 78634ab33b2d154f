/** Shared code of actions that send a request to another model. */
import { ParameterError } from '../../errors.ts';
import type { DegradationAction, ModelNames } from './action.ts';

/**
 * Grants a model by its index, and lowers the quality once: a request already served by that model loses nothing more.
 */
export const servedInstead = (model: number, quality: number): DegradationAction => ({
  apply(granted, row) {
    if (granted.model[row] === model) return;
    granted.model[row] = model;
    granted.quality[row]! *= quality;
  },
});

/** The index of a model that some pool serves. Throws `ParameterError` at `model` if none does. */
export function indexOfModel(model: string, { model: indexOf, modelNames }: ModelNames): number {
  const index = indexOf(model);
  if (index < 0)
    throw new ParameterError(
      'model',
      `no pool serves "${model}"; served: ${modelNames.join(', ')}`,
      'unknown-name',
    );
  return index;
}
