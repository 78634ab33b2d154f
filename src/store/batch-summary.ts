/** The summary of a batch: what the store records of it beside its numbers. */

/** `running` is what a living process runs, `unfinished` what none does. */
export const BATCH_STATUSES = ['finished', 'running', 'unfinished', 'failed'] as const;

/** What the store records of a batch beside its numbers. */
export interface BatchSummary {
  readonly id: string;
  readonly scenario: string;
  readonly scenarioHash: string;
  /** The values replaced in the scenario, each `PATH=VALUE`: the first twenty, each cut to a hundred characters. */
  readonly changes: readonly string[];
  readonly seed: string;
  readonly byHour: boolean;
  readonly version: string;
  readonly node: string;
  readonly confidence: number;
  /** Replications last requested, and how many of those kept are done and how many failed. */
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
  readonly status: (typeof BATCH_STATUSES)[number];
  /** Seconds of one thread that the replications took. */
  readonly wallSeconds: number;
  /** When its samples were pruned (ISO 8601, UTC); `null` if they are still there. */
  readonly prunedAt: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The row of a batch, as it is selected. */
export type SummaryRow = Omit<BatchSummary, 'byHour' | 'changes'> & {
  readonly byHour: number;
  readonly changes: string;
  readonly sound: number;
};

/** The contents of a row, which are as they were written if it is sound. */
export const summaryOf = ({ sound, byHour, changes, ...row }: SummaryRow): BatchSummary => ({
  ...row,
  byHour: byHour === 1,
  changes: sound === 1 ? (JSON.parse(changes) as string[]) : [],
});
