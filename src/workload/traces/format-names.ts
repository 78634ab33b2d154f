/** The names of trace layouts, in the order in which they are listed. Lightweight: `--help` reads them. */

/** The files of benchmarks and gateways that hold requests as they were served. */
export const BENCHMARK_FORMATS = ['vllm-bench', 'guidellm', 'inference-perf', 'aiperf', 'litellm'] as const;
export type BenchmarkFormat = (typeof BENCHMARK_FORMATS)[number];

/** All layouts that can be replayed. */
export const TRACE_FORMAT_NAMES = [
  'csv',
  'jsonl',
  'azure-llm-2023',
  'burstgpt',
  'mooncake',
  'qwen-bailian',
  ...BENCHMARK_FORMATS,
] as const;
export type TraceFormat = (typeof TRACE_FORMAT_NAMES)[number];
