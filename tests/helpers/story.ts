/** What became of each request of one replication, read from its row as it closes. */
import type { Scenario } from '../../src/scenario/scenario.ts';
import type { Ledger } from '../../src/simulation/ledger.ts';
import type { Outcome } from '../../src/simulation/outcome.ts';
import { simulate } from '../../src/simulation/simulate.ts';

/** Instants are seconds since the start of the run; NaN when not reached. */
export interface Story {
  readonly id: number;
  /** The key of its draws within its tier. */
  readonly ordinal: number;
  readonly tier: number;
  readonly tenant: number;
  readonly priority: number;
  readonly outcome: Outcome;
  readonly arrivedAt: number;
  /** Arrival of the last attempt. */
  readonly attemptAt: number;
  readonly admittedAt: number;
  readonly firstTokenAt: number;
  readonly lastTokenAt: number;
  readonly attempts: number;
  readonly refusals: number;
  readonly preemptions: number;
  readonly promptTokens: number;
  /** −1 for none, and how much of the prompt repeats its context. */
  readonly session: number;
  readonly prefixTokens: number;
  readonly cachedTokens: number;
  /** What the client wants, what it bounds it to and what degradation bounds it to; 0 for no bound. */
  readonly wanted: number;
  readonly maxOutput: number;
  readonly cap: number;
  readonly outputDone: number;
  readonly degraded: boolean;
  readonly quality: number;
  /** The feature among those of its tier, −1 for none; models asked for and granted, as indices. */
  readonly feature: number;
  readonly model: number;
  readonly grantedModel: number;
}

export interface Run {
  readonly ledger: Ledger;
  /** In order of arrival. */
  readonly stories: readonly Story[];
}

/** Runs one replication and keeps the story of every request, those of the warm-up included. */
export function runOf(scenario: Scenario, seed = 'test', replication = 0): Run {
  const stories: Story[] = [];
  const ledger = simulate(scenario.cell, seed, replication, {
    onClosed: ({ declared, granted, latent, progress }, row, outcome) =>
      stories.push({
        id: declared.id[row]!,
        ordinal: declared.ordinal[row]!,
        tier: declared.tier[row]!,
        tenant: declared.tenant[row]!,
        priority: declared.priority[row]!,
        outcome,
        arrivedAt: progress.arrivedAt[row]!,
        attemptAt: declared.attemptAt[row]!,
        admittedAt: progress.admittedAt[row]!,
        firstTokenAt: progress.firstTokenAt[row]!,
        lastTokenAt: progress.lastTokenAt[row]!,
        attempts: progress.attempts[row]!,
        refusals: progress.refusals[row]!,
        preemptions: progress.preemptions[row]!,
        promptTokens: declared.promptTokens[row]!,
        session: declared.session[row]!,
        prefixTokens: declared.prefixTokens[row]!,
        cachedTokens: progress.cachedTokens[row]!,
        wanted: latent.outputTokens[row]!,
        maxOutput: declared.maxOutput[row]!,
        cap: granted.outputCap[row]!,
        outputDone: progress.outputDone[row]!,
        degraded: granted.degraded[row]! === 1,
        quality: granted.quality[row]!,
        feature: declared.feature[row]!,
        model: declared.model[row]!,
        grantedModel: granted.model[row]!,
      }),
  });
  stories.sort((a, b) => a.id - b.id);
  return { ledger, stories };
}
