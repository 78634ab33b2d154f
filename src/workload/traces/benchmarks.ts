/** The files of benchmarks and gateways that hold requests as they were served. */
import { aiperf } from './aiperf.ts';
import type { BenchmarkFormat } from './format-names.ts';
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
} satisfies Record<BenchmarkFormat, ServedLayout>;
