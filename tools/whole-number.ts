/** A whole number of one or more among the options of a study. */
import { InvalidArgumentError } from '@commander-js/extra-typings';

/** The number that a text says; throws `InvalidArgumentError` for any other text. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number of one or more.');
  return value;
}
