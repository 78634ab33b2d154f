/** What the bearer of a token may do. Lightweight: `--help` reads it. */

export const SCOPES = ['read', 'write'] as const;
export type Scope = (typeof SCOPES)[number];
