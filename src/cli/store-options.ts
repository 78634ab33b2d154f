/** Where the command line keeps results unless told otherwise. Light: `--help` reads it. */

/** Below the folder in which the program is started. */
export const DEFAULT_STORE = 'results/fleetyield.sqlite';

export { SHORT_ID } from '../store/batch-identity.ts';
