/** The six outcomes: each request that arrives ends in exactly one. */

export const OUTCOMES = ['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'] as const;

/**
 * `served` completely; `limited`: refused by a rate limit, retries exhausted; `shed`: refused for lack of room;
 * `abandoned`: the client gave up; `failed`: it could never have been served, or its replica failed; `unfinished` when
 * the run ended.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** The outcomes of a session. An agent run has succeeded when it is completed. */
export const SESSION_OUTCOMES = [
  /** All its requests have outcomes, none of which ended it. */
  'completed',
  /** A request was lost for good. */
  'lost',
  /** The deadline of the run passed. */
  'late',
  /** The next prompt would have exceeded the context limit. */
  'full',
  /** Under way at the horizon. */
  'unfinished',
] as const;
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number];
