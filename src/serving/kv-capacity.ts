/**
 * KV capacity: how many tokens of KV fit beside the weights. It knows memory and shapes, and nothing of blocks or their
 * holders. A measured capacity should be given instead where there is one: the reserve below differs between engines by
 * gigabytes.
 */
import type { Accelerator } from '../catalog/accelerator.ts';
import { kvBytesPerToken, kvShards, routedParameters, weightBytes, type Model } from '../catalog/model.ts';
import { ParameterError } from '../errors.ts';
import { gpusThatDivide } from './parallelism.ts';
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
  /** Pipeline stages that split the layers; 1 when left out. */
  readonly pipelineStages?: number;
  /** How those GPUs share a layer; tensor-parallel when left out. */
  readonly attention?: AttentionParallelism;
  /** Share of each GPU's memory the engine may use, in (0, 1]. */
  readonly memoryUtilisation: number;
  /** Kept on each GPU beside weights and KV [bytes]. */
  readonly activationReserve?: number;
}

/**
 * Tokens of KV that fit in a replica: (memory x utilisation x GPUs - weights - reserve) / bytes per token, rounded
 * down; below 1 where none fits. Weights are split evenly over the GPUs, KV by layers over the stages and by heads over
 * the GPUs of a stage; where there are fewer heads than GPUs, they are replicated. With data-parallel attention each
 * GPU holds all but the experts, and KV of its own sequences.
 */
export function kvTokensThatFit(input: KvCapacityInput): number {
  return Math.floor((usableBytes(input) - neededBytes(input)) / kvBytesOfToken(input));
}

/**
 * Tokens of KV that fit, at least `leastTokens` (one block). Throws `ParameterError` if fewer fit, with the memory that
 * is lacking, the fewest GPUs that would do, and the memory per GPU that would do.
 */
export function kvCapacityTokens(input: KvCapacityInput, leastTokens = 1): number {
  const tokens = kvTokensThatFit(input);
  if (tokens >= leastTokens) return tokens;
  const { model, accelerator, gpusPerReplica, memoryUtilisation } = input;
  const needed = neededBytes(input);
  const usable = usableBytes(input);
  const kv = leastTokens * kvBytesOfToken(input);
  const bytesPerGpu = (needed + kv) / (gpusPerReplica * memoryUtilisation);
  const { pipelineStages = 1, attention = 'tensor-parallel' } = input;
  const more = gpusThatDivide(model, { pipelineStages, attention }).find(
    (gpus) => gpus > gpusPerReplica && kvTokensThatFit({ ...input, gpusPerReplica: gpus }) >= leastTokens,
  );
  throw new ParameterError(
    '',
    `${model.name} does not fit on ${gpusPerReplica} x ${accelerator.name}: weights and reserve take ${inGigabytes(needed)}, ` +
      `${inGigabytes(usable)} are usable, ${inGigabytes(needed + kv - usable)} short of room for any KV; use ` +
      (more === undefined ? '' : `gpusPerReplica of ${more}, or `) +
      `an accelerator of at least ${Math.ceil(bytesPerGpu / 1e9)} GB` +
      (more === undefined ? '; no number of these GPUs holds it' : ''),
  );
}

/** Memory that the engine may use on all GPUs, and what it needs besides KV [bytes]. */
const usableBytes = ({ accelerator, memoryUtilisation, gpusPerReplica }: KvCapacityInput): number =>
  accelerator.memoryBytes * memoryUtilisation * gpusPerReplica;
const neededBytes = (input: KvCapacityInput): number =>
  heldBytes(input) + (input.activationReserve ?? DEFAULT_ACTIVATION_RESERVE) * input.gpusPerReplica;

/** KV of a token over all GPUs, replicas of heads included [bytes]. */
function kvBytesOfToken({ model, gpusPerReplica, pipelineStages = 1, attention }: KvCapacityInput): number {
  const gpusPerStage = gpusPerReplica / pipelineStages;
  const repeats = attention === 'data-parallel' ? 1 : gpusPerStage / kvShards(model, gpusPerStage);
  return kvBytesPerToken(model) * repeats;
}

/** Total weights held by the GPUs of a replica [bytes]. */
function heldBytes(input: KvCapacityInput): number {
  return (
    sharedBytes(input.model, input.attention) +
    input.gpusPerReplica * repeatedBytes(input.model, input.attention)
  );
}

/** Weights that are sharded over the GPUs [bytes]. */
function sharedBytes(model: Model, attention: AttentionParallelism | undefined): number {
  return attention === 'data-parallel'
    ? routedParameters(model) * model.bytesPerParameter
    : weightBytes(model);
}

/** Weights that each GPU holds in full [bytes]. */
function repeatedBytes(model: Model, attention: AttentionParallelism | undefined): number {
  return weightBytes(model) - sharedBytes(model, attention);
}

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
