/** Step-time laws as a scenario file has them, and work for them. */
import { SourceDocument } from '../../../src/input/source-document.ts';
import {
  stepTimes,
  type StepTime,
  type StepTimeEnvironment,
  type StepWork,
} from '../../../src/serving/step-time/index.ts';
import { SchemaReader } from '../../../src/input/schema-reader.ts';

/** A pool with the engine's default limits that names neither model nor accelerator. */
export const BARE: StepTimeEnvironment = {
  model: null,
  accelerator: null,
  gpusPerReplica: 1,
  pipelineStages: 1,
  attention: 'tensor-parallel',
  maxDecodeTokens: 256,
  maxPrefillTokens: 8192,
};

const reader = new SchemaReader(stepTimes.schema);

export const stepTimeOf = (text: string, environment = BARE): StepTime =>
  stepTimes.create(reader.read(new SourceDocument(text, 'a.yaml')), environment);

/** A step in which so many sequences decode. */
export const decoding = (sequences: number, kvTokens: number): StepWork => ({
  prefillTokens: 0,
  decodeTokens: sequences,
  sequences,
  kvTokens,
  prefillContext: 0,
});

/** A step that reads so many tokens of one prompt, of which so many are behind it. */
export const reading = (chunk: number, before = 0): StepWork => ({
  prefillTokens: chunk,
  decodeTokens: 0,
  sequences: 1,
  kvTokens: before,
  prefillContext: chunk * (before + chunk / 2),
});

/** A step that does both. */
export const both = (one: StepWork, other: StepWork): StepWork => ({
  prefillTokens: one.prefillTokens + other.prefillTokens,
  decodeTokens: one.decodeTokens + other.decodeTokens,
  sequences: one.sequences + other.sequences,
  kvTokens: one.kvTokens + other.kvTokens,
  prefillContext: one.prefillContext + other.prefillContext,
});
