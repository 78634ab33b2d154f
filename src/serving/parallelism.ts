/**
 * How the GPUs of a replica divide a model, and which numbers of GPUs can. It knows shapes, and nothing of memory or
 * time.
 *
 * An engine starts only on numbers of GPUs that the model divides among. The checks of vLLM and SGLang (read
 * 2026-11-30):
 * - Layers: each pipeline stage has one or more, not necessarily equally many (vLLM, `get_pp_indices`).
 * - Attention heads: equally many on each GPU of a stage (vLLM, `ModelConfig.verify_with_parallel_config`).
 * - KV heads: equally many on each GPU, or one on each, replicated equally often (vLLM, `QKVParallelLinear`). A model
 *   of compressed KV (MLA) has one.
 * - Experts, where attention is data-parallel and they are spread over all GPUs: equally many on each (SGLang,
 *   `FusedMoE`: `num_experts % moe_ep_size == 0`. vLLM also starts with one more on some of them; no step-time model
 *   here covers uneven GPUs.) With tensor-parallel attention each GPU has a part of each expert.
 */
import type { Model } from '../catalog/model.ts';
import type { AttentionParallelism } from './step-time/index.ts';

export interface Parallelism {
  readonly gpusPerReplica: number;
  /** Pipeline stages that split the layers. */
  readonly pipelineStages: number;
  /** How the GPUs of a stage share a layer. */
  readonly attention: AttentionParallelism;
}

/** Which part of a model does not divide among these GPUs, in words; `null` where all of it does. */
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
    return `${kvHeads} KV heads do not divide among ${gpus} GPUs${stage}, nor ${gpus} GPUs among ${kvHeads} heads`;
  return null;
}

/** The numbers of GPUs that can divide a model in this many stages, ascending. */
export function gpusThatDivide(model: Model, parallelism: Omit<Parallelism, 'gpusPerReplica'>): number[] {
  const { pipelineStages, attention } = parallelism;
  const most = attention === 'data-parallel' ? model.experts : model.attentionHeads;
  return Array.from({ length: most }, (_, n) => (n + 1) * pipelineStages).filter(
    (gpusPerReplica) => indivisible(model, { ...parallelism, gpusPerReplica }) === null,
  );
}

/** The numbers of pipeline stages, other than the one given, in which these GPUs can divide a model, ascending. */
export function stagesThatDivide(model: Model, parallelism: Parallelism): number[] {
  if (parallelism.attention === 'data-parallel') return [];
  const most = Math.min(model.layers, parallelism.gpusPerReplica);
  return Array.from({ length: most }, (_, n) => n + 1).filter(
    (pipelineStages) =>
      pipelineStages !== parallelism.pipelineStages &&
      indivisible(model, { ...parallelism, pipelineStages }) === null,
  );
}
