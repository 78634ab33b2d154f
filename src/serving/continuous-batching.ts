/**
 * Continuous batching: engines that work in token steps, as vLLM V1 schedules. The rules, numbered as in the model's
 * text:
 *
 * 1. A step's composition is fixed at its start; steps are back to back while anything can run.
 * 2. Running sequences come first, in order of (rank, arrival, id), the rank being how important the queue held a sequence
 *    to be when it joined: its class under strict-priority, the same for all under fcfs (`gateway/disciplines/discipline.ts`
 *    has the table). Then those who wait join, and the first that does not fit blocks those behind it.
 * 3. The step that completes a prompt emits the first token. A finished sequence frees its KV at the end of its step.
 * 4. When a running sequence needs a KV block and none is free, the last running one in that order is pre-empted, possibly
 *    itself: it must read its prompt and its own output again. Nobody joins in such a step.
 * 5. With priority pre-emption, the last running one makes room for one of strictly smaller rank that cannot join, which
 *    then joins first.
 * 6. The context that a finished request leaves in whole blocks stays for the next request of its session, which need
 *    not read it again, until running work needs the blocks: those of the session that finished longest ago go first,
 *    from the end of its context. A pre-empted sequence leaves nothing. Sequences of a session do not share blocks.
 * 7. Where prefill and decode have pools of their own, a request leaves the one with its first token and joins the other
 *    with the KV of its prompt, as a decoding sequence. Pre-empted there, it must read all of it again, there.
 * 8. A sequence whose client gives it up has what earlier steps gave it. It is in the step in progress, which is as long as
 *    it was and gives it nothing; its KV and its place are free at the end of that step. It leaves no prefix.
 * 9. Given what prompts say (a measured run knows it; the requests of a scenario are lengths alone), and with the prefix
 *    cache on, sequences share what their prompts begin with: such a block is there once, from the step in which a sequence
 *    reads the beginning whole to the last that holds it. When sequences let go of blocks these stay as those of sessions
 *    do, whoever had them and why, so that a pre-empted sequence finds its own again. A beginning is a run of blocks that
 *    the same prompts have in common (`workload/prompt-tree.ts`); who reads one while another has it keeps its own copy.
 *
 * Here are the settings; `batching-replica.ts` follows the rules, and a slow, obvious twin in `tests/reference` says so.
 */
import { Type } from 'typebox';
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Model } from '../catalog/model.ts';
import { inPrecision, precisionSchema, type Precision } from '../catalog/precision.ts';
import { ParameterError, within } from '../errors.ts';
import { Count, Fields, OneOf, Share } from '../schema.ts';
import type { PromptTree } from '../workload/prompt-tree.ts';
import { Arena } from './arena.ts';
import { kvCapacityTokens, kvTokensThatFit } from './kv-capacity.ts';
import { BatchingReplica } from './batching-replica.ts';
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
  type StepTime,
} from './step-time/index.ts';

export const continuousBatching = serviceStrategy({
  kind: 'continuous-batching',
  summary: 'A language-model engine that works in token steps with a KV cache, as vLLM V1 schedules.',
  parameters: {
    maxSequences: Count({ default: 256, description: 'Sequences in a step at most.' }),
    maxBatchedTokens: Count({ default: 8192, description: 'Tokens in a step at most.' }),
    chunkedPrefill: Type.Boolean({
      default: true,
      description: 'Whether a prompt may be read in several steps.',
    }),
    priorityPreemption: Type.Boolean({
      default: false,
      description:
        'Whether a request that the discipline holds to be strictly more important takes the place of the last running one when it cannot join for want of a sequence slot or KV. That one loses its KV, goes back to the queue, however full, and reads all of it again when it rejoins.',
    }),
    prefixCache: Type.Boolean({
      default: true,
      description:
        'Whether the context of a session stays for its next request while its KV blocks are not needed.',
    }),
    reserveFullPrompt: Type.Boolean({
      default: false,
      description:
        'Whether a request joins only when free KV holds all it has to read, and not just its first chunk.',
    }),
    kv: Fields(
      {
        capacityTokens: Type.Optional(
          Count({ description: 'Tokens the KV cache of a replica holds; from memory when left out.' }),
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
          'How the GPUs of a replica share a layer: parts of it for all sequences (tensor-parallel), or sequences of their own with the experts spread over all GPUs (data-parallel); tensor-parallel when left out.',
      }),
    ),
    stepTime: stepTimes.schema,
    speculation: Type.Optional(speculationSchema),
    preset: Type.Optional(
      Type.String({
        description:
          'Settings of an engine of the catalogue, for what is left out; `fleetyield list engines` shows them.',
      }),
    ),
  },
  example: { kind: 'continuous-batching', maxSequences: 256, stepTime: { kind: 'roofline' } },
  create: (parameters, environment): Service => {
    const { kv, maxSequences, maxBatchedTokens, chunkedPrefill, priorityPreemption } = parameters;
    const { prefixCache, reserveFullPrompt, speculation } = parameters;
    const { prompts = null } = environment;
    const pool = engineOf(parameters, environment);
    const law = within('stepTime', () =>
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
        `a block of ${kv.blockSize} tokens is more than the ${capacityTokens} that fit; write ${capacityTokens} at most`,
      );
    }
    if (prompts !== null && prompts.blockSize !== kv.blockSize) {
      throw new ParameterError(
        'kv.blockSize',
        `is ${kv.blockSize}, and the prompts are known in blocks of ${prompts.blockSize} tokens; give the engine the same`,
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
      stepTime: speculation === undefined ? law : new SpeculativeStepTime(law, speculation),
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

export interface EngineSettings {
  readonly maxSequences: number;
  readonly maxBatchedTokens: number;
  readonly chunkedPrefill: boolean;
  readonly priorityPreemption: boolean;
  readonly prefixCache: boolean;
  /** Whether a request joins only when all it has to read fits free KV. */
  readonly reserveFullPrompt: boolean;
  /** How the prompts begin alike, by request; `null` where nothing is known of it. */
  readonly prompts: PromptTree | null;
  /** KV blocks, and the tokens in each. */
  readonly blocks: number;
  readonly blockSize: number;
  readonly stepTime: StepTime;
  /** Whether a request of these lengths [tokens] can ever be served. */
  fits(promptTokens: number, cachedTokens: number, outputTokens: number): boolean;
}

/** What an engine serves, as it holds it, and on what. */
interface Engine {
  readonly model: Model | null;
  readonly accelerator: Accelerator | null;
  readonly gpusPerReplica: number;
  readonly pipelineStages: number;
  readonly attention: AttentionParallelism;
}

/** What of an engine's settings says how it holds a model. */
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
    ...{ accelerator, gpusPerReplica, pipelineStages, attention },
  };
  const { model } = engine;
  if (model === null) {
    if (gpusPerReplica % pipelineStages === 0) return engine;
    throw new ParameterError(
      'pipelineStages',
      `${pipelineStages} do not divide the ${gpusPerReplica} GPUs of a replica; write 1 or ${gpusPerReplica}`,
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
    'says how a model of the catalogue is held, and the model of the pool is none; name one that fleetyield list models shows, or leave it out',
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

/** In words, the nearest numbers of GPUs and of pipeline stages among which the model divides, and that hold it. */
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

/** In words, the next below and the next above a number, of those that rise; none where there are none. */
function nearest(key: string, among: readonly number[], to: number): string[] {
  const found = [among.findLast((one) => one < to), among.find((one) => one > to)].filter(
    (one) => one !== undefined,
  );
  return found.length === 0 ? [] : [`${key}: ${found.join(' or ')}`];
}

/** Whether the memory of an engine holds its model and a block of KV; where KV is given, nothing is known against it. */
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
      'is missing, and memory cannot tell it without a model and an accelerator of the catalogue; give one or the other',
    );
  }
  return kvCapacityTokens({ ...engine, model, accelerator, memoryUtilisation }, blockSize);
}

/** What is counted while somebody asks what a request adds. */
const SCRATCH = emptyStepWork();

/** Reading the prompt in steps as large as may be, and a step for each further token halfway through the output [s]. */
function secondsAlone(
  { stepTime, maxBatchedTokens }: EngineSettings,
  prompt: number,
  cached: number,
  output: number,
): number {
  const work = SCRATCH;
  const toRead = prompt - cached;
  const chunk = Math.min(toRead, maxBatchedTokens);
  work.prefillTokens = chunk;
  work.decodeTokens = 0;
  work.sequences = 1;
  work.kvTokens = Math.round(prompt / 2);
  work.prefillContext = chunk * (cached + toRead / 2);
  const reading = (stepTime.duration(work) * toRead) / chunk;
  work.prefillTokens = 0;
  work.prefillContext = 0;
  work.decodeTokens = 1;
  work.kvTokens = Math.round(prompt + output / 2);
  return reading + Math.max(0, output - 1) * stepTime.duration(work);
}

/**
 * What a request adds to a replica whose batch is full of its like [s]: its share of each step in which it decodes, and
 * what reading its prompt makes steps longer. The batch is as large as `maxSequences` and KV allow, each sequence midway
 * through its output; a prompt longer than a step's budget is read in parts of it.
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
  const toRead = prompt - cached;
  const chunk = Math.min(toRead, Math.max(1, maxBatchedTokens - sequences));
  work.prefillTokens = chunk;
  work.sequences += 1;
  work.prefillContext = chunk * (cached + toRead / 2);
  const reading = ((stepTime.duration(work) - decoding) * toRead) / chunk;
  return (Math.max(0, output - 1) * decoding) / sequences + reading;
}
