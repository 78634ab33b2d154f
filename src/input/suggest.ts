/** "Did you mean" suggestions for unknown words. It knows words, and not what they name. */
import { distance } from 'fastest-levenshtein';

/** `did you mean "horizon"? known: …`: the known word that is closest to the written one, if any is close, and all. */
export function alternatives(written: string, known: readonly string[]): string {
  const meant = meantBy(written, known);
  return `${meant === undefined ? '' : `did you mean "${meant}"? `}known: ${known.join(', ')}`;
}

/**
 * Names of version 0.1, and what they are called since 0.2: keys, metrics and families of `fleetyield list`. None of the
 * old names means anything else today.
 */
const RENAMED: Readonly<Record<string, string>> = {
  law: 'distribution',
  'line.length': 'queue.length',
  'system.length': 'system.size',
  level: 'confidence',
  'duration-laws': 'duration-distributions',
  'token-laws': 'token-distributions',
  'gap-laws': 'gap-distributions',
};

/** The known word that was meant: the new name of an old one, or else the closest, if any is close. */
export function meantBy(written: string, known: readonly string[]): string | undefined {
  const word = written.toLowerCase();
  const renamed = Object.hasOwn(RENAMED, word) ? RENAMED[word]! : undefined;
  if (renamed !== undefined && known.includes(renamed)) return renamed;
  return onlyCompletionOf(word, known) ?? closestTo(word, known);
}

/** The one known word that starts with the written letters, of which there are three or more. */
function onlyCompletionOf(word: string, known: readonly string[]): string | undefined {
  const completions = known.filter((candidate) => candidate.toLowerCase().startsWith(word));
  return word.length >= 3 && completions.length === 1 ? completions[0] : undefined;
}

/** The nearest known word, if it is within a typing error. */
function closestTo(word: string, known: readonly string[]): string | undefined {
  const slips = (candidate: string) => distance(word, candidate.toLowerCase());
  const closest = known.toSorted((a, b) => slips(a) - slips(b))[0];
  return closest !== undefined && slips(closest) <= Math.max(2, word.length / 3) ? closest : undefined;
}
