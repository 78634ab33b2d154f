/**
 * Step time: how long one step of an engine takes, given its work. It knows neither requests nor replicas; the replica
 * counts the work, a step-time model turns it into seconds.
 */
import type { Accelerator } from '../../catalog/accelerator.ts';
import type { Model } from '../../catalog/model.ts';
import { strategiesOf } from '../../input/strategy.ts';

/** The work of one step. The replica fills it in place before each step. */
export interface StepWork {
  /** Prompt tokens, or tokens recomputed after a pre-emption, processed in this step. P */
  prefillTokens: number;
  /** Decoding sequences, which emit one token each. D */
  decodeTokens: number;
  /** Sequences scheduled, prefilling or decoding. S */
  sequences: number;
  /** KV tokens resident at the start of the step for the scheduled sequences [tokens]. K */
  kvTokens: number;
  /** Sum over prefill chunks of chunk x (tokens before it + chunk / 2) [tokens squared]. A */
  prefillContext: number;
}

/**
 * A step-time model: a pure function of the work, piecewise linear in the KV tokens of a step that only decodes. It
 * must not allocate, and keeps no reference to `work`.
 */
export interface StepTime {
  /** Duration of a step that does `work` [s]. */
  duration(work: StepWork): number;
  /** What each further KV token adds to a step like `work`, in which all sequences decode [s/token]; never negative. */
  perKvToken(work: StepWork): number;
  /**
   * KV tokens up to which `perKvToken` holds, that number included [tokens]: more than `work` has, and `Infinity` for a
   * model that is linear in them.
   */
  kvLinearUntil(work: StepWork): number;
}

/**
 * What a step-time model is built with: the model and hardware of the pool; `null` where the scenario does not give
 * them.
 */
export interface StepTimeEnvironment {
  readonly model: Model | null;
  readonly accelerator: Accelerator | null;
  readonly gpusPerReplica: number;
  /** Pipeline stages that split the layers; each stage is parallel over its own GPUs. */
  readonly pipelineStages: number;
  readonly attention: AttentionParallelism;
  /** Maximum tokens that a step may decode, and prefill. */
  readonly maxDecodeTokens: number;
  readonly maxPrefillTokens: number;
}

/**
 * How GPUs share a layer: `tensor-parallel`, each has a part of it and all work on all tokens; `data-parallel`, each
 * holds all weights that every token uses and has its own sequences, and the experts are spread over all.
 */
export const ATTENTION_PARALLELISMS = ['tensor-parallel', 'data-parallel'] as const;
export type AttentionParallelism = (typeof ATTENTION_PARALLELISMS)[number];

export const stepTimeLaw = strategiesOf<StepTimeEnvironment, StepTime>();

/** Work of an empty step, to be filled in place. */
export function emptyStepWork(): StepWork {
  return { prefillTokens: 0, decodeTokens: 0, sequences: 0, kvTokens: 0, prefillContext: 0 };
}

/**
 * KV tokens before the prefill of a step, as if it were one chunk: A / P − P / 2, and 0 where that is negative or there
 * is no prefill. Exact for one chunk and for prompts that all begin in this step; never more than the actual number.
 */
export function contextBehind({ prefillTokens, prefillContext }: StepWork): number {
  return prefillTokens === 0 ? 0 : Math.max(0, prefillContext / prefillTokens - prefillTokens / 2);
}
