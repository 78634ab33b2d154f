/** The default number of replications. Without imports, because `--help` reads it. */

/**
 * The same everywhere and whatever the cores; shared out evenly on one, two, three or six of them, none is idle at the
 * end.
 */
export const DEFAULT_REPLICATIONS = 6;

/** An upper limit beyond any sensible use: a hundredth of it is precise enough. */
export const MOST_ASKED_REPLICATIONS = 100_000;
