/** What a campaign is run with, and what it reports while it runs. */
import type { JobCost } from '../batch/job-cost.ts';
import type { BatchProgress, BatchRequest, Threads } from '../batch/run-batch.ts';
import type { Store } from '../store/store.ts';
import type { ReplicationFailure } from '../store/stored-batch.ts';

/** What a campaign is run with. Its replications are stored, and stored ones are not run again. */
export interface CampaignContext {
  readonly store: Store;
  /** Ends the campaign early; finished replications are kept. */
  readonly signal: AbortSignal;
  /** Number of threads; all cores when `null`. */
  readonly threads: number | null;
  /** Threads to use, which their creator ends; started and ended by the campaign when omitted. */
  readonly pool?: Threads;
  /** How long to wait while the store cannot be written. */
  readonly patience?: NonNullable<BatchRequest['patience']>;
  /** Called about ten times a second while the campaign runs, and when a batch of it is done. */
  onProgress?(progress: CampaignProgress): void;
  /** Called with what the user must know: what it waits for, or which damaged replications are computed again. */
  onNotice?(text: string): void;
  /** Called with the replications of a batch that failed, before the campaign rejects for them. */
  onFailures?(failures: readonly ReplicationFailure[]): void;
  /** Called where a campaign runs more batches or replications than were expected, with the reason and their cost. */
  onMore?(reason: string, cost: JobCost): void;
}

/** The progress of a campaign: of all its batches together, weighted by how long their replications take. */
export interface CampaignProgress extends Omit<BatchProgress, 'reused'> {
  /** The running batch: its number, from 1, out of how many, and the title of its scenario. */
  readonly batch: { readonly number: number; readonly count: number; readonly title: string };
}

/** A campaign was ended by its signal. The unfinished batch would not be comparable, so there is no result. */
export class CampaignInterrupted extends Error {
  /** Batches that were finished, of how many. */
  readonly finished: number;
  readonly count: number;

  constructor(finished: number, count: number) {
    super(`interrupted: ${finished} of ${count} scenarios were finished`);
    this.name = 'CampaignInterrupted';
    this.finished = finished;
    this.count = count;
  }
}
