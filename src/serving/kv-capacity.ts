/**
 * KV capacity: how many tokens of KV fit beside the weights. It knows memory and shapes; blocks and who holds them are
 * the replica's affair. A measured capacity should be given instead where there is one: the reserve below differs
 * between engines by gigabytes.
 */
import type { Accelerator } from '../catalog/accelerator.ts';
import { kvBytesPerToken, kvShards, routedParameters, weightBytes, type Model } from '../catalog/model.ts';
import { ParameterError } from '../errors.ts';
import type { AttentionParallelism } from './step-time/index.ts';

/**
 * Memory of one GPU that an engine keeps for activations, graphs and libraries [bytes]: 1 GiB, assumed. Measured are
 * 1.15 GiB (vLLM 0.19, Llama 3.1 8B, RTX 4090, 2,048 tokens a step), and far more with large mixtures of experts: about
 * 4 GiB (SGLang) and 8 GiB (vLLM) for Qwen3-235B on four H100 (vllm issue 21348).
 */
export const DEFAULT_ACTIVATION_RESERVE = 2 ** 30;

export interface KvCapacityInput {
  readonly model: Model;
  readonly accelerator: Accelerator;
  readonly gpusPerReplica: number;
  /** Stages among which those GPUs split the layers; 1 when left out. */
  readonly pipelineStages?: number;
  /** How those GPUs share a layer; tensor-parallel when left out. */
  readonly attention?: AttentionParallelism;
  /** Share of each GPU's memory the engine may use, in (0, 1]. */
  readonly memoryUtilisation: number;
  /** Kept on each GPU beside weights and KV [bytes]. */
  readonly activationReserve?: number;
}

/**
 * Tokens of KV that fit in a replica: (memory x utilisation x GPUs - weights - reserve) / bytes per token, rounded down.
 * Weights are split evenly over the GPUs, KV by layers over the stages and by heads over the GPUs of a stage; heads fewer
 * than those are repeated. With data-parallel attention each GPU holds all but the experts, and KV of its own sequences.
 * Throws `ParameterError` when not one token fits, saying how much memory is short.
 */
export function kvCapacityTokens(input: KvCapacityInput): number {
  const { model, accelerator, gpusPerReplica, memoryUtilisation } = input;
  const reserve = input.activationReserve ?? DEFAULT_ACTIVATION_RESERVE;
  const usable = accelerator.memoryBytes * memoryUtilisation * gpusPerReplica;
  const needed = heldBytes(input) + reserve * gpusPerReplica;
  const gpusPerStage = gpusPerReplica / (input.pipelineStages ?? 1);
  const repeats = input.attention === 'data-parallel' ? 1 : gpusPerStage / kvShards(model, gpusPerStage);
  const tokens = Math.floor((usable - needed) / (kvBytesPerToken(model) * repeats));
  if (tokens >= 1) return tokens;
  throw new ParameterError(
    '',
    `${model.name} does not fit on ${gpusPerReplica} x ${accelerator.name}: weights and reserve take ${inGigabytes(needed)}, ` +
      `${inGigabytes(usable)} are usable, ${inGigabytes(needed - usable)} short of room for any KV; ` +
      `use ${gpusThatHold(input, reserve)}`,
  );
}

/** Weights as the GPUs of a replica hold them in all [bytes]. */
function heldBytes(input: KvCapacityInput): number {
  return (
    sharedBytes(input.model, input.attention) +
    input.gpusPerReplica * repeatedBytes(input.model, input.attention)
  );
}

/** Weights of which each GPU has a part [bytes]. */
function sharedBytes(model: Model, attention: AttentionParallelism | undefined): number {
  return attention === 'data-parallel'
    ? routedParameters(model) * model.bytesPerParameter
    : weightBytes(model);
}

/** Weights that each GPU has all of [bytes]. */
function repeatedBytes(model: Model, attention: AttentionParallelism | undefined): number {
  return weightBytes(model) - sharedBytes(model, attention);
}

/** In words, the fewest GPUs that leave room for KV. */
function gpusThatHold(input: KvCapacityInput, reserve: number): string {
  const { model, accelerator, memoryUtilisation, attention } = input;
  const perGpu = accelerator.memoryBytes * memoryUtilisation - reserve - repeatedBytes(model, attention);
  if (perGpu <= 0) {
    const alone = attention === 'data-parallel' ? 'the reserve and what is not experts' : 'the reserve alone';
    return `more memory: ${alone} fills a GPU`;
  }
  const gpus = Math.floor(sharedBytes(model, attention) / perGpu) + 1;
  return `gpusPerReplica of ${gpus} or more, or a larger accelerator`;
}

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
