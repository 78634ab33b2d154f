/** The progress of several batches, one after another, as one. */
import type { BatchProgress } from '../batch/run-batch.ts';
import { sumOf } from '../stats/index.ts';
import type { CampaignProgress } from './context.ts';

/** The expected work of one batch of a campaign. */
export interface ExpectedWork {
  readonly replications: number;
  /** Of those, how many are already stored. */
  readonly there: number;
  /** Estimated time of one replication [s]; only ratios between batches matter. */
  readonly seconds: number;
}

/** The progress of several batches, one after another, as one: the share that is done covers all of them. */
export class JoinedProgress {
  private readonly parts: readonly ExpectedWork[];
  private title = '';
  /** The index of the running batch. */
  private at = -1;

  constructor(parts: readonly ExpectedWork[]) {
    this.parts = parts;
  }

  /** How many batches are done, and how many there are. */
  get done(): number {
    return Math.max(0, this.at);
  }

  get count(): number {
    return this.parts.length;
  }

  /** Starts the next batch. */
  begin(title: string): void {
    this.at += 1;
    this.title = title;
  }

  /** The progress of all batches, given that of the running one. */
  with({ finished, planned, worth, leastCertain }: BatchProgress): CampaignProgress {
    const { parts, at } = this;
    const shares = parts.map(({ there, replications }, place) =>
      place < at ? 1 : place > at ? there / replications : worth / planned,
    );
    const weights = parts.map(
      ({ seconds, replications }) => Math.max(seconds, Number.MIN_VALUE) * replications,
    );
    const total = sumOf(weights);
    const done = sumOf(weights.map((weight, place) => weight * shares[place]!));
    const all = sumOf(parts.map(({ replications }) => replications));
    const counts = parts.map(({ there, replications }, place) =>
      place < at ? replications : place > at ? there : finished,
    );
    return {
      finished: sumOf(counts),
      planned: all,
      worth: (all * done) / total,
      leastCertain,
      batch: { number: at + 1, count: this.count, title: this.title },
    };
  }
}
