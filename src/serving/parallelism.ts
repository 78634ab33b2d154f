/**
 * How the GPUs of a replica divide a model among them, and which numbers of GPUs can. It knows shapes, and nothing of
 * memory or time.
 *
 * An engine starts only on GPUs among which the model divides. As vLLM and SGLang check it (read 2026-11-30):
 * - Layers: each of the pipeline stages has one or more, not necessarily as many (vLLM, `get_pp_indices`).
 * - Attention heads: as many on each GPU of a stage (vLLM, `ModelConfig.verify_with_parallel_config`).
 * - KV heads: as many on each GPU, or one on each, repeated equally often (vLLM, `QKVParallelLinear`). A model of
 *   compressed KV (MLA) has one.
 * - Experts, where attention is data-parallel and they are spread over all GPUs: as many on each (SGLang, `FusedMoE`:
 *   `num_experts % moe_ep_size == 0`. vLLM also starts with one more on some of them; no step-time model here knows a
 *   GPU that has more than its part.) With tensor-parallel attention each GPU has a part of each expert.
 */
import type { Model } from '../catalog/model.ts';
import type { AttentionParallelism } from './step-time/index.ts';

export interface Parallelism {
  readonly gpusPerReplica: number;
  /** Stages among which those GPUs split the layers. */
  readonly pipelineStages: number;
  /** How the GPUs of a stage share a layer. */
  readonly attention: AttentionParallelism;
}

/** What of a model does not divide among these GPUs, in words; `null` where all of it does. */
export function indivisible(model: Model, parallelism: Parallelism): string | null {
  const { attentionHeads, kvHeads, experts, layers } = model;
  const { gpusPerReplica, pipelineStages, attention } = parallelism;
  const gpus = gpusPerReplica / pipelineStages;
  if (!Number.isInteger(gpus)) return `${pipelineStages} stages do not divide ${gpusPerReplica} GPUs`;
  if (pipelineStages > layers) return `${layers} layers do not fill ${pipelineStages} stages`;
  const stage = pipelineStages === 1 ? '' : ' of a stage';
  if (attention === 'data-parallel')
    return experts % gpus === 0 ? null : `${experts} experts do not divide among ${gpus} GPUs`;
  if (attentionHeads % gpus !== 0)
    return `${attentionHeads} attention heads do not divide among ${gpus} GPUs${stage}`;
  if (kvHeads % gpus !== 0 && gpus % kvHeads !== 0)
    return `${kvHeads} KV heads do not divide among ${gpus} GPUs${stage}, nor do these among them`;
  return null;
}

/** The numbers of GPUs that can divide a model in so many stages, rising. */
export function gpusThatDivide(model: Model, parallelism: Omit<Parallelism, 'gpusPerReplica'>): number[] {
  const { pipelineStages, attention } = parallelism;
  const most = attention === 'data-parallel' ? model.experts : model.attentionHeads;
  return Array.from({ length: most }, (_, n) => (n + 1) * pipelineStages).filter(
    (gpusPerReplica) => indivisible(model, { ...parallelism, gpusPerReplica }) === null,
  );
}

/** The numbers of pipeline stages, other than are asked for, in which these GPUs can divide a model, rising. */
export function stagesThatDivide(model: Model, parallelism: Parallelism): number[] {
  if (parallelism.attention === 'data-parallel') return [];
  const most = Math.min(model.layers, parallelism.gpusPerReplica);
  return Array.from({ length: most }, (_, n) => n + 1).filter(
    (pipelineStages) =>
      pipelineStages !== parallelism.pipelineStages &&
      indivisible(model, { ...parallelism, pipelineStages }) === null,
  );
}
