/** Runs scenarios one after another with the same seed and replications, as comparisons require. */
import { possibleJobCost } from '../batch/job-cost.ts';
import { runBatch, Threads, threadsFor } from '../batch/run-batch.ts';
import { whenWritable } from '../batch/store-writes.ts';
import { EnvironmentError, InvariantError } from '../errors.ts';
import { exactly } from '../experiments/precision.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { costOfReplication } from '../simulation/cost.ts';
import { titleOf } from '../store/changes.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { storedBatch, type BatchSettings } from './batches.ts';
import { CampaignInterrupted, type CampaignContext } from './context.ts';
import { partsOf, type ExpectedBatch, type ExpectedPart } from './expected-batches.ts';
import { JoinedProgress } from './progress.ts';

/** How the batches of a campaign are run. */
export interface CampaignSettings extends BatchSettings {
  /** Of each batch. */
  readonly replications: number;
  /** Confidence level of the intervals. */
  readonly confidence: number;
}

/** A scenario and the request it was loaded from. */
export interface VariantRequest {
  readonly request: ScenarioRequest;
  readonly scenario: Scenario;
}

/** A scenario that was run. */
export interface Variant {
  readonly scenario: Scenario;
  readonly batch: StoredBatch;
  /** Indices of its replications, the same for all. */
  readonly replications: readonly number[];
}

/** The batches of one campaign, run one after another through one store and the same threads. */
export class VariantRuns {
  private readonly settings: CampaignSettings;
  private readonly context: CampaignContext;
  private readonly pool: Threads;
  private progress: JoinedProgress;

  constructor(settings: CampaignSettings, context: CampaignContext, expected: readonly ExpectedBatch[]) {
    this.settings = settings;
    this.context = context;
    this.pool = context.pool ?? new Threads(threadsFor(context.threads, settings.replications));
    this.progress = this.progressOf(this.partsOf(expected));
  }

  /**
   * Sets the batches that are expected from here on, where they are more than those expected at first, and reports the
   * reason. Throws `InputError` for a job that cannot end.
   */
  expectMore(reason: string, batches: readonly ExpectedBatch[]): void {
    const { store, threads } = this.context;
    const parts = this.partsOf(batches);
    this.context.onMore?.(reason, possibleJobCost(parts, threads, store.keptIn));
    this.progress = this.progressOf(parts);
  }

  /**
   * Runs every scenario up to a number of replications; stored ones are not run again. Rejects with
   * `CampaignInterrupted` when the signal ended it, and with what kept a replication from a result.
   */
  async run(requests: readonly VariantRequest[], replications: number): Promise<readonly Variant[]> {
    const variants: Variant[] = [];
    for (const one of requests) variants.push(await this.runOne(one, replications));
    return variants;
  }

  /** Ends the threads that were started for the campaign. */
  async end(): Promise<void> {
    if (this.context.pool === undefined) await this.pool.end();
  }

  private async runOne({ scenario, request }: VariantRequest, replications: number): Promise<Variant> {
    const { context, settings, pool, progress } = this;
    const { store, signal, threads, patience } = context;
    const onNotice = (text: string) => context.onNotice?.(text);
    const batch = await whenWritable(
      () => storedBatch(store, scenario, request, settings, onNotice),
      context,
    );
    progress.begin(titleOf({ name: scenario.name, changes: request.overrides }));
    const { finished, reused, failures, interrupted } = await runBatch({
      scenario: request,
      hash: scenario.hash,
      batch,
      requestsFile: null,
      seed: settings.seed,
      confidence: settings.confidence,
      byHour: settings.byHour,
      stop: exactly(replications),
      threads,
      pool,
      signal,
      ...(patience === undefined ? {} : { patience }),
      onNotice,
      onProgress: (state) => context.onProgress?.(progress.with(state)),
    });
    if (interrupted) throw new CampaignInterrupted(progress.done, progress.count);
    const [first] = failures;
    if (first !== undefined) {
      context.onFailures?.(failures);
      const lines =
        `${scenario.name}: ${failures.length} replications failed; replication ${first.replication}: ${first.message}`.split(
          '\n',
        );
      throw first.failure === 'died' ? new EnvironmentError(lines) : new InvariantError(lines);
    }
    const counts = { finished: finished.length, planned: replications, reused, worth: replications };
    context.onProgress?.(progress.with({ ...counts, leastCertain: null }));
    return { scenario, batch, replications: finished };
  }

  private partsOf(batches: readonly ExpectedBatch[]): readonly ExpectedPart[] {
    return partsOf(batches, this.context.store, this.settings);
  }

  private progressOf(parts: readonly ExpectedPart[]): JoinedProgress {
    return new JoinedProgress(
      parts.map(({ replications, there, cell }) => ({
        there,
        replications: replications + there,
        seconds: costOfReplication(cell).seconds,
      })),
    );
  }
}
