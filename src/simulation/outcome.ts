/** The six outcomes: each request that arrives ends in exactly one. */

export const OUTCOMES = ['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'] as const;

/**
 * `served` whole; `limited`: refused by a rate limit, retries exhausted; `shed`: refused for lack of room; `abandoned`:
 * the client gave up; `failed`: it could never have been served, or went down with its replica; `unfinished` when the run ended.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** What becomes of a session. An agent run has succeeded when it is completed. */
export const SESSION_OUTCOMES = [
  /** Every request it was to make has its outcome, none of which ended it. */
  'completed',
  /** A request was lost for good. */
  'lost',
  /** The deadline of the run passed. */
  'late',
  /** The next prompt would have been longer than the context may be. */
  'full',
  /** Under way at the horizon. */
  'unfinished',
] as const;
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number];
