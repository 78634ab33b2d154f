/** The files of benchmarks and gateways that hold requests as they were served. */
import { aiperf } from './aiperf.ts';
import { guidellm } from './guidellm.ts';
import { inferencePerf } from './inference-perf.ts';
import { litellm } from './litellm.ts';
import type { ServedLayout } from './served-requests.ts';
import { vllmBench } from './vllm-bench.ts';

export const BENCHMARKS = {
  'vllm-bench': vllmBench,
  guidellm,
  'inference-perf': inferencePerf,
  aiperf,
  litellm,
} satisfies Record<string, ServedLayout>;

export type BenchmarkFormat = keyof typeof BENCHMARKS;
export const BENCHMARK_FORMATS = Object.keys(BENCHMARKS) as BenchmarkFormat[];
