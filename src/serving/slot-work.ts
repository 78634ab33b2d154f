/**
 * What all kinds of slots share: how long the service of a request takes, and what it has received at its end. A
 * service time belongs to the request: drawn by its position, it is the same however often service restarts.
 */
import type { RequestRow } from '../ids.ts';
import type { CounterStream, Distribution } from '../stats/index.ts';
import type { ReplicaMeter } from './replica-meter.ts';
import type { ReplicaEnvironment } from './replica.ts';

export class SlotWork {
  /** By tier. */
  private readonly distributions: readonly Distribution[];
  private readonly draws: readonly CounterStream[];
  private readonly environment: ReplicaEnvironment;
  private readonly meter: ReplicaMeter;

  constructor(
    distributions: readonly Distribution[],
    draws: readonly CounterStream[],
    environment: ReplicaEnvironment,
    meter: ReplicaMeter,
  ) {
    this.distributions = distributions;
    this.draws = draws;
    this.environment = environment;
    this.meter = meter;
  }

  /** Total service time of the request [s]. */
  wholeOf(row: RequestRow): number {
    const { declared } = this.environment.table;
    const tier = declared.tier[row]!;
    return this.distributions[tier]!.sample(this.draws[tier]!.at(declared.ordinal[row]!, 0));
  }

  /** Remaining service time [s]: all of it unless the service received before an interruption was kept. */
  leftOf(row: RequestRow): number {
    const left = this.environment.table.progress.serviceLeft[row]!;
    return Number.isNaN(left) ? this.wholeOf(row) : left;
  }

  /** Reports that service begins or resumes; the first token comes with the first beginning. */
  begin(row: RequestRow, now: number): void {
    const { id, table, observer, phase } = this.environment;
    observer.admitted(row, id, now);
    if (phase === 'both' && Number.isNaN(table.progress.firstTokenAt[row]!)) observer.firstToken(row, now);
  }

  /** Service is complete, and so is the output. */
  complete(row: RequestRow, now: number): void {
    const { table, observer, phase } = this.environment;
    const { outputDone, lastTokenAt, serviceLeft } = table.progress;
    const done = phase === 'prefill' ? 1 : table.outputTarget(row);
    this.meter.tokensEmitted += done - outputDone[row]!;
    outputDone[row] = done;
    lastTokenAt[row] = now;
    serviceLeft[row] = NaN;
    if (phase === 'prefill') observer.firstToken(row, now);
    observer.finished(row, now);
  }
}
