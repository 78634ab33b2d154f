/** Loads the scenarios of a command line, all before anything else is done. */
import { InputError } from '../errors.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { tellNotes } from './input.ts';

/**
 * Loads every scenario before anything runs. Reports every fault of every file at once, or else prints the warnings.
 */
export function loadAll(loaders: readonly (() => Scenario)[]): Scenario[] {
  const scenarios: Scenario[] = [];
  const faults = [];
  for (const load of loaders) {
    try {
      scenarios.push(load());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  scenarios.forEach(tellNotes);
  return scenarios;
}
