/** Loads several scenarios, all before anything else is done. */
import { InputError } from '../errors.ts';

/**
 * What every loader returns, in order. Throws `InputError` with the faults of all of them where any throws one.
 */
export function loadAll<T>(loaders: readonly (() => T)[]): T[] {
  const loaded: T[] = [];
  const faults = [];
  for (const load of loaders) {
    try {
      loaded.push(load());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  return loaded;
}
