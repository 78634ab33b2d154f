/** The six outcomes: each request that arrives ends in exactly one. */

export const OUTCOMES = ['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'] as const;

/**
 * `served` whole; `limited`: refused by a rate limit, retries exhausted; `shed`: refused for lack of room; `abandoned`:
 * the client gave up; `failed`: it could never have been served, or went down with its replica; `unfinished` when the run ended.
 */
export type Outcome = (typeof OUTCOMES)[number];
