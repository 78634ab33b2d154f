/** What an engine of continuous batching is built with: limits, memory and step times, as its replicas use them. */
import type { PromptTree } from '../workload/prompt-tree.ts';
import type { StepTime } from './step-time/index.ts';

export interface EngineSettings {
  readonly maxSequences: number;
  readonly maxBatchedTokens: number;
  readonly chunkedPrefill: boolean;
  readonly priorityPreemption: boolean;
  readonly prefixCache: boolean;
  /** Whether a request joins only when its whole prefill fits in free KV. */
  readonly reserveFullPrompt: boolean;
  /** Common prefixes of the prompts, by request; `null` where the contents of prompts are unknown. */
  readonly prompts: PromptTree | null;
  /** KV blocks, and the tokens in each. */
  readonly blocks: number;
  readonly blockSize: number;
  readonly stepTime: StepTime;
  /** Whether a request of these lengths [tokens] can ever be served. */
  fits(promptTokens: number, cachedTokens: number, outputTokens: number): boolean;
}
