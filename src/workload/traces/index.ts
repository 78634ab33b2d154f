/** The layouts of trace files that can be replayed. */
import { readAzureLlm2023 } from './azure-llm-2023.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { readBurstGpt } from './burstgpt.ts';
import { readCsv } from './csv.ts';
import type { TraceFormat } from './format-names.ts';
import { readJsonl } from './jsonl.ts';
import type { TraceLayout } from './layout.ts';
import { readMooncake } from './mooncake.ts';
import { readQwenBailian } from './qwen-bailian.ts';
import { traceLayout } from './served-requests.ts';

/** Each layout: what it is, and the reader of its text. */
export const TRACE_FORMATS = {
  csv: {
    summary:
      'Comma-separated with a header: at (seconds), and any of prompt, output, cached, tenant, session, patience, tier, priority, finished; or the rows that run --requests writes.',
    read: readCsv,
  },
  jsonl: {
    summary: 'A JSON object a line, with the columns of csv as keys.',
    read: readJsonl,
  },
  'azure-llm-2023': {
    summary:
      'The Azure LLM inference traces of 2023 and later, as published or with arrivals in seconds; other columns are ignored.',
    read: readAzureLlm2023,
  },
  burstgpt: {
    summary:
      'BurstGPT without its failed requests, as published: with or without Session ID and Elapsed time.',
    read: readBurstGpt,
  },
  mooncake: {
    summary:
      'Mooncake’s JSON lines, times in milliseconds; hash_ids, where there are any, become sessions whose prompts begin alike.',
    read: readMooncake,
  },
  'qwen-bailian': {
    summary: 'The Qwen-Bailian JSON lines, times in seconds and hash_ids of blocks of 16 tokens.',
    read: readQwenBailian,
  },
  'vllm-bench': traceLayout(BENCHMARKS['vllm-bench']),
  guidellm: traceLayout(BENCHMARKS.guidellm),
  'inference-perf': traceLayout(BENCHMARKS['inference-perf']),
  aiperf: traceLayout(BENCHMARKS.aiperf),
  litellm: traceLayout(BENCHMARKS.litellm),
} satisfies Record<TraceFormat, TraceLayout>;

export { BENCHMARK_FORMATS, type BenchmarkFormat, type TraceFormat } from './format-names.ts';
export type { TraceOptions } from './layout.ts';
export type { Text } from './text.ts';
export { NO_SESSION, ofTier, sessionAt, someOfTier, type Trace } from './trace.ts';
