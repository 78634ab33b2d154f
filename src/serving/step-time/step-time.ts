/**
 * Step time: how long one step of an engine takes, given what it works on. It knows neither requests nor replicas; the
 * replica counts the work, a law turns it into seconds.
 */
import type { Accelerator } from '../../catalog/accelerator.ts';
import type { Model } from '../../catalog/model.ts';
import { strategiesOf } from '../../strategy.ts';

/** What one step works on. The replica owns one and fills it in place before each step. */
export interface StepWork {
  /** Prompt tokens, or tokens recomputed after a pre-emption, processed in this step. P */
  prefillTokens: number;
  /** Sequences that have their prompt behind them and emit one token each. D */
  decodeTokens: number;
  /** Sequences scheduled, of either sort. S */
  sequences: number;
  /** KV tokens resident at the start of the step for the scheduled sequences [tokens]. K */
  kvTokens: number;
  /** Sum over prefill chunks of chunk x (tokens before it + chunk / 2) [tokens squared]. A */
  prefillContext: number;
}

/**
 * A law of step time. A pure function of the work, and piecewise linear in the KV tokens of a step that only decodes.
 * Nothing here allocates; `work` is read, and no reference to it is kept.
 */
export interface StepTime {
  /** Duration of a step that does `work` [s]. */
  duration(work: StepWork): number;
  /** What each further KV token adds to a step like `work`, in which everybody decodes [s/token]; never negative. */
  perKvToken(work: StepWork): number;
  /**
   * KV tokens up to which `perKvToken` holds, that number included [tokens]: more than `work` has, and `Infinity` for a
   * law that is linear in them.
   */
  kvLinearUntil(work: StepWork): number;
}

/** What a law is built with: what the pool serves and on what; `null` where the scenario does not say. */
export interface StepTimeEnvironment {
  readonly model: Model | null;
  readonly accelerator: Accelerator | null;
  readonly gpusPerReplica: number;
  /** Stages among which those GPUs split the layers; each stage is parallel over its own. */
  readonly pipelineStages: number;
  readonly attention: AttentionParallelism;
  /** Tokens that a step may decode and read at most. */
  readonly maxDecodeTokens: number;
  readonly maxPrefillTokens: number;
}

/**
 * How GPUs share a layer: `tensor-parallel`, each has a part of it and all work on all tokens; `data-parallel`, each has
 * the whole of what every token meets and sequences of its own, and the experts are spread over all.
 */
export const ATTENTION_PARALLELISMS = ['tensor-parallel', 'data-parallel'] as const;
export type AttentionParallelism = (typeof ATTENTION_PARALLELISMS)[number];

export const stepTimeLaw = strategiesOf<StepTimeEnvironment, StepTime>();

/** Work of an empty step, to be filled in place. */
export function emptyStepWork(): StepWork {
  return { prefillTokens: 0, decodeTokens: 0, sequences: 0, kvTokens: 0, prefillContext: 0 };
}

/**
 * KV tokens behind what a step reads, as if it were one chunk: A / P − P / 2, and 0 where that is negative or nothing is
 * read. Right for one chunk and for prompts of which none was begun before; never more than there are.
 */
export function contextBehind({ prefillTokens, prefillContext }: StepWork): number {
  return prefillTokens === 0 ? 0 : Math.max(0, prefillContext / prefillTokens - prefillTokens / 2);
}
