/** Where the command line keeps results unless told otherwise. Light: `--help` reads it. */

/** Below the folder in which the program is started. */
export const DEFAULT_STORE = 'results/fleetyield.sqlite';

/** Digits of a batch's id that are shown. */
export const SHORT_ID = 12;
