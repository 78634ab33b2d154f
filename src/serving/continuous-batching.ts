/**
 * Continuous batching: engines that work in token steps, scheduled as in vLLM V1. The rules, numbered as in the model's
 * text:
 *
 * 1. A step's composition is fixed at its start; steps are back to back while anything can run.
 * 2. Running sequences come first, in order of (rank, arrival, id), the rank being a sequence's importance in the queue
 *    when it was admitted: its class under strict-priority, the same for all under fcfs
 *    (`gateway/disciplines/discipline.ts` has the table). Then waiting requests join, and the first that does not fit
 *    blocks those behind it.
 * 3. The step that completes a prompt emits the first token. A finished sequence frees its KV at the end of its step.
 * 4. When a running sequence needs a KV block and none is free, the last running one in that order is pre-empted,
 *    possibly itself: it must prefill its prompt and its own output again. No request joins in such a step.
 * 5. With priority pre-emption, the last running sequence is pre-empted for a request of strictly smaller rank that
 *    cannot join, which then joins first.
 * 6. The context that a finished request leaves in whole blocks is cached for the next request of its session, which
 *    need not prefill it again, until running work needs the blocks: those of the session that finished longest ago are
 *    evicted first, from the end of its context. A pre-empted sequence leaves nothing. Sequences of a session do not
 *    share blocks.
 * 7. Where prefill and decode have pools of their own, a request leaves the prefill pool with its first token and joins
 *    the decode pool with the KV of its prompt, as a decoding sequence. Pre-empted there, it must prefill all of it
 *    again, there.
 * 8. A cancelled sequence keeps the tokens of earlier steps. It stays in the step in progress, whose duration does not
 *    change and which yields it nothing; its KV and its slot are freed at the end of that step. Its prefix is not
 *    cached.
 * 9. Where the contents of prompts are known (in a measured run; the requests of a scenario have lengths only) and with
 *    the prefix cache on, sequences share common prefixes: such a block is held once, from the step in which a sequence
 *    has prefilled the prefix whole until the last sequence that holds it releases it. Released blocks stay cached as
 *    those of sessions do, whatever the reason, so that a pre-empted sequence finds its own again. A prefix is a run of
 *    blocks that the same prompts have in common (`workload/prompt-tree.ts`); a sequence that prefills one while
 *    another holds it keeps its own copy.
 *
 * This file has the settings; `batching-replica.ts` implements the rules, and a slow, obvious twin in `tests/reference`
 * checks it.
 */
import { Type } from 'typebox';
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Model } from '../catalog/model.ts';
import { inPrecision, precisionSchema, type Precision } from '../catalog/precision.ts';
import { ParameterError, within } from '../errors.ts';
import { Count, Fields, Flag, OneOf, Share } from '../input/schema.ts';
import { Arena } from './arena.ts';
import { kvCapacityTokens, kvTokensThatFit } from './kv-capacity.ts';
import { BatchingReplica } from './batching-replica.ts';
import type { EngineSettings } from './engine-settings.ts';
import { gpusThatDivide, indivisible, stagesThatDivide } from './parallelism.ts';
import type { Service } from './replica.ts';
import { serviceStrategy, type ServiceEnvironment } from './service.ts';
import {
  ATTENTION_PARALLELISMS,
  emptyStepWork,
  speculationSchema,
  SpeculativeStepTime,
  stepTimes,
  type AttentionParallelism,
} from './step-time/index.ts';

export const continuousBatching = serviceStrategy({
  kind: 'continuous-batching',
  summary: 'A language-model engine that works in token steps with a KV cache, as vLLM V1 schedules.',
  parameters: {
    maxSequences: Count({ default: 256, description: 'Maximum sequences in a step.' }),
    maxBatchedTokens: Count({ default: 8192, description: 'Maximum tokens in a step (prefill and decode).' }),
    chunkedPrefill: Flag({
      default: true,
      description: 'Whether a prompt may be prefilled in chunks over several steps.',
    }),
    priorityPreemption: Flag({
      default: false,
      description:
        'Whether a request that the discipline ranks strictly more important pre-empts the last running one when it cannot join for lack of a sequence slot or KV. The pre-empted request loses its KV, returns to the queue, however full, and is prefilled again in full when it rejoins.',
    }),
    prefixCache: Flag({
      default: true,
      description:
        'Whether the context of a session stays cached for its next request while its KV blocks are not needed.',
    }),
    reserveFullPrompt: Flag({
      default: false,
      description:
        'Whether a request joins only when its whole prefill fits in free KV, and not just its first chunk.',
    }),
    kv: Fields(
      {
        capacityTokens: Type.Optional(
          Count({
            description: 'Capacity of a replica’s KV cache [tokens]; computed from GPU memory when left out.',
            examples: [400_000],
          }),
        ),
        memoryUtilisation: Share({ default: 0.9, description: 'Share of GPU memory the engine may use.' }),
        blockSize: Count({ default: 16, description: 'Tokens in a KV block.' }),
      },
      { default: {}, description: 'The KV cache.' },
    ),
    precision: Type.Optional(precisionSchema),
    pipelineStages: Count({
      default: 1,
      description: 'Stages that split the layers; the GPUs of a stage split each layer (tensor parallelism).',
    }),
    attention: Type.Optional(
      OneOf(ATTENTION_PARALLELISMS, {
        description:
          'How the GPUs of a replica share a layer: each a part of it for all sequences (tensor-parallel), or each its own sequences with the experts spread over all GPUs (data-parallel); tensor-parallel when left out.',
      }),
    ),
    stepTime: stepTimes.schema,
    speculation: Type.Optional(speculationSchema),
    preset: Type.Optional(
      Type.String({
        description:
          'Engine preset of the catalogue that supplies the settings left out; `fleetyield list engines` lists them.',
        examples: ['vllm-default'],
      }),
    ),
  },
  example: { kind: 'continuous-batching', maxSequences: 256, stepTime: { kind: 'roofline' } },
  declares: {
    preemption: ({ priorityPreemption }) =>
      priorityPreemption ? { key: 'priorityPreemption', value: true, without: 'note' } : null,
    unboundedBy: null,
    canResume: false,
    precision: ({ precision = {} }) => precision,
  },
  create: (parameters, environment): Service => {
    const { kv, maxSequences, maxBatchedTokens, chunkedPrefill, priorityPreemption } = parameters;
    const { prefixCache, reserveFullPrompt, speculation } = parameters;
    const { prompts = null } = environment;
    const pool = engineOf(parameters, environment);
    const stepTime = within('stepTime', () =>
      stepTimes.create(parameters.stepTime, {
        ...pool,
        maxDecodeTokens: Math.min(maxSequences, maxBatchedTokens) * (1 + (speculation?.draftTokens ?? 0)),
        maxPrefillTokens: maxBatchedTokens,
      }),
    );
    const capacityTokens = kv.capacityTokens ?? capacityFromMemory(kv, pool);
    const blocks = Math.floor(capacityTokens / kv.blockSize);
    if (blocks < 1) {
      throw new ParameterError(
        'kv.blockSize',
        `a block of ${kv.blockSize} tokens exceeds the KV capacity of ${capacityTokens} tokens; write at most ${capacityTokens}`,
      );
    }
    if (prompts !== null && prompts.blockSize !== kv.blockSize) {
      throw new ParameterError(
        'kv.blockSize',
        `is ${kv.blockSize}, but the prompts are hashed in blocks of ${prompts.blockSize} tokens; set blockSize to ${prompts.blockSize}`,
      );
    }
    const contextTokens = environment.model?.contextTokens ?? Infinity;
    const settings: EngineSettings = {
      maxSequences,
      maxBatchedTokens,
      chunkedPrefill,
      priorityPreemption,
      prefixCache,
      reserveFullPrompt,
      prompts,
      blocks,
      blockSize: kv.blockSize,
      stepTime: speculation === undefined ? stepTime : new SpeculativeStepTime(stepTime, speculation),
      fits: (prompt, cached, output) =>
        prompt + output <= contextTokens &&
        prompt + output - 1 <= blocks * kv.blockSize &&
        (chunkedPrefill || prompt - cached <= maxBatchedTokens),
    };
    const arena = new Arena();
    return {
      serversPerReplica: 1,
      kvCapacityTokens: blocks * kv.blockSize,
      preempts: priorityPreemption,
      fits: settings.fits,
      workLeft: (table, row) => table.outputTarget(row) - table.progress.outputDone[row]!,
      gpuSeconds: (prompt, cached, output) =>
        environment.gpusPerReplica * secondsInFullBatch(settings, prompt, cached, output),
      secondsAlone: (prompt, cached, output) => secondsAlone(settings, prompt, cached, output),
      createReplica: (replica) => new BatchingReplica(settings, replica, arena),
      createInterruptible: (replica) => new BatchingReplica(settings, replica, arena),
    };
  },
});

/** The model as an engine holds it, and the hardware it runs on. */
interface Engine {
  readonly model: Model | null;
  readonly accelerator: Accelerator | null;
  readonly gpusPerReplica: number;
  readonly pipelineStages: number;
  readonly attention: AttentionParallelism;
}

/** The settings of an engine that determine how it holds a model. */
interface Held {
  readonly precision?: Precision;
  readonly pipelineStages: number;
  readonly attention?: AttentionParallelism;
  readonly kv: {
    readonly capacityTokens?: number;
    readonly memoryUtilisation: number;
    readonly blockSize: number;
  };
}

function engineOf(held: Held, environment: ServiceEnvironment): Engine {
  const { pipelineStages, attention = 'tensor-parallel' } = held;
  const { accelerator, gpusPerReplica } = environment;
  const engine: Engine = {
    model: heldModel(held, environment),
    accelerator,
    gpusPerReplica,
    pipelineStages,
    attention,
  };
  const { model } = engine;
  if (model === null) {
    if (gpusPerReplica % pipelineStages === 0) return engine;
    throw new ParameterError(
      'pipelineStages',
      `${pipelineStages} stages do not divide the ${gpusPerReplica} GPUs of a replica; write 1 or ${gpusPerReplica}`,
    );
  }
  const whole = { ...engine, model };
  if (attention === 'data-parallel' && (model.moeLayers === 0 || pipelineStages > 1))
    refuseDataParallel(whole, held.kv);
  const fault = indivisible(model, engine);
  if (fault === null) return engine;
  throw new ParameterError(
    pipelineStages === 1 ? '' : 'pipelineStages',
    `${model.name}: ${fault}; ${layoutsThatWork(whole, held.kv)}`,
  );
}

function heldModel({ precision }: Held, { model }: ServiceEnvironment): Model | null {
  if (precision === undefined) return model;
  if (model !== null) return inPrecision(model, precision);
  throw new ParameterError(
    'precision',
    'applies only to a model of the catalogue, and the model of the pool is not in it; name one that `fleetyield list models` lists, or leave precision out',
  );
}

type EngineOfModel = Engine & { readonly model: Model };

/** Attention can be data-parallel where there are experts to spread, over the GPUs of one stage. */
function refuseDataParallel(engine: EngineOfModel, kv: Held['kv']): never {
  const { model, pipelineStages } = engine;
  const works = (layout: EngineOfModel) => indivisible(model, layout) === null && holds(layout, kv);
  const other: EngineOfModel = { ...engine, attention: 'tensor-parallel' };
  const remedies = [
    ...(works(other) ? ['leave it out'] : [`leave it out, and ${layoutsThatWork(other, kv)}`]),
    ...(model.moeLayers > 0 && works({ ...engine, pipelineStages: 1 }) ? ['leave out pipelineStages'] : []),
  ];
  throw new ParameterError(
    'attention',
    (model.moeLayers === 0
      ? `is data-parallel and ${model.name} has no experts to spread`
      : `is data-parallel over ${pipelineStages} pipeline stages, which no step-time model here knows`) +
      `; ${remedies.join(', or ')}`,
  );
}

/** In words, the nearest numbers of GPUs and of pipeline stages that the model divides among and fits on. */
function layoutsThatWork(engine: EngineOfModel, kv: Held['kv']): string {
  const { model, gpusPerReplica, pipelineStages } = engine;
  const gpus = gpusThatDivide(model, engine).filter((count) =>
    holds({ ...engine, gpusPerReplica: count }, kv),
  );
  const stages = stagesThatDivide(model, engine).filter((count) =>
    holds({ ...engine, pipelineStages: count }, kv),
  );
  const remedies = [
    ...nearest('gpusPerReplica', gpus, gpusPerReplica),
    ...nearest('pipelineStages', stages, pipelineStages),
  ];
  return remedies.length > 0
    ? `write ${remedies.join(', or ')}`
    : 'no number of these GPUs divides and holds it; name another accelerator or model';
}

/** In words, the nearest values below and above a number in an ascending list; empty where there are none. */
function nearest(key: string, among: readonly number[], to: number): string[] {
  const found = [among.findLast((one) => one < to), among.find((one) => one > to)].filter(
    (one) => one !== undefined,
  );
  return found.length === 0 ? [] : [`${key}: ${found.join(' or ')}`];
}

/**
 * Whether an engine's memory holds its model and one KV block; true where KV capacity is given, since it is not
 * computed then.
 */
function holds({ accelerator, ...layout }: EngineOfModel, kv: Held['kv']): boolean {
  if (kv.capacityTokens !== undefined || accelerator === null) return true;
  const { memoryUtilisation, blockSize } = kv;
  return kvTokensThatFit({ ...layout, accelerator, memoryUtilisation }) >= blockSize;
}

function capacityFromMemory({ memoryUtilisation, blockSize }: Held['kv'], engine: Engine): number {
  const { model, accelerator } = engine;
  if (model === null || accelerator === null) {
    throw new ParameterError(
      'kv.capacityTokens',
      'is missing, and computing it from memory needs a model and an accelerator of the catalogue; give capacityTokens or both of these',
    );
  }
  return kvCapacityTokens({ ...engine, model, accelerator, memoryUtilisation }, blockSize);
}

/** Work counted while the cost of a request is estimated. */
const SCRATCH = emptyStepWork();

/**
 * Time of a request alone [s]: prefill in the largest chunks allowed, and one step for each further token at the
 * context halfway through the output.
 */
function secondsAlone(
  { stepTime, maxBatchedTokens }: EngineSettings,
  prompt: number,
  cached: number,
  output: number,
): number {
  const work = SCRATCH;
  const toPrefill = prompt - cached;
  const chunk = Math.min(toPrefill, maxBatchedTokens);
  work.prefillTokens = chunk;
  work.decodeTokens = 0;
  work.sequences = 1;
  work.kvTokens = Math.round(prompt / 2);
  work.prefillContext = chunk * (cached + toPrefill / 2);
  const prefill = (stepTime.duration(work) * toPrefill) / chunk;
  work.prefillTokens = 0;
  work.prefillContext = 0;
  work.decodeTokens = 1;
  work.kvTokens = Math.round(prompt + output / 2);
  return prefill + Math.max(0, output - 1) * stepTime.duration(work);
}

/**
 * What a request adds to a replica whose batch is full of identical requests [s]: its share of each step in which it
 * decodes, plus the time by which its prefill lengthens steps. The batch is as large as `maxSequences` and KV allow,
 * each sequence midway through its output; a prompt longer than a step's budget is prefilled in chunks.
 */
function secondsInFullBatch(
  { stepTime, maxSequences, maxBatchedTokens, blocks, blockSize }: EngineSettings,
  prompt: number,
  cached: number,
  output: number,
): number {
  const inKv = Math.floor((blocks * blockSize) / (prompt + output));
  const sequences = Math.max(1, Math.min(maxSequences, maxBatchedTokens, inKv));
  const work = SCRATCH;
  work.prefillTokens = 0;
  work.prefillContext = 0;
  work.decodeTokens = sequences;
  work.sequences = sequences;
  work.kvTokens = Math.round(sequences * (prompt + output / 2));
  const decoding = stepTime.duration(work);
  const toPrefill = prompt - cached;
  const chunk = Math.min(toPrefill, Math.max(1, maxBatchedTokens - sequences));
  work.prefillTokens = chunk;
  work.sequences += 1;
  work.prefillContext = chunk * (cached + toPrefill / 2);
  const prefill = ((stepTime.duration(work) - decoding) * toPrefill) / chunk;
  return (Math.max(0, output - 1) * decoding) / sequences + prefill;
}
