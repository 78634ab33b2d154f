/** A step-time law as a scenario file has it, for a pool that names neither model nor accelerator; and work for it. */
import { SourceDocument } from '../../../src/document.ts';
import { stepTimes, type StepTime, type StepWork } from '../../../src/serving/step-time/index.ts';
import { SchemaReader } from '../../../src/validation.ts';

const reader = new SchemaReader(stepTimes.schema);

export const lawOf = (text: string): StepTime =>
  stepTimes.create(reader.read(new SourceDocument(text, 'a.yaml')), {
    model: null,
    accelerator: null,
    gpusPerReplica: 1,
  });

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
