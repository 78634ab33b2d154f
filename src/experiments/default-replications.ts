/** How many replications there are where nobody says. Light: `--help` reads it. */

/** The same everywhere and whatever the cores; shared out evenly on one, two, three or six of them, none is idle at the end. */
export const DEFAULT_REPLICATIONS = 6;

/** More than anyone means: they would be kept for years and say no more than a hundredth of them. */
export const MOST_ASKED_REPLICATIONS = 100_000;
