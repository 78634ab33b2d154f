/** The default location of results for the command line. Kept light: `--help` loads it. */

/** Relative to the working directory. */
export const DEFAULT_STORE = 'results/fleetyield.sqlite';

export { SHORT_ID } from '../../store/batch-identity.ts';
