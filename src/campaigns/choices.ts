/** What campaigns let the user choose from. Lightweight: `--help` reads it. */

/** How the points of a sweep are chosen. */
export const DESIGNS = ['grid', 'latin-hypercube', 'sobol'] as const;
export type Design = (typeof DESIGNS)[number];

/** How the influence of values is found. */
export const METHODS = ['morris', 'tornado'] as const;
export type Method = (typeof METHODS)[number];
