/**
 * The two published runs of vLLM 0.19 in the shared folder (casys-kaist/LLMServingSim, MIT), made ready: the engine as a
 * scenario, and the requests with the blocks of their prompts.
 */
import { readFileSync } from 'node:fs';
import { readMeasuredCsv } from '../../src/calibration/measured-csv.ts';
import { readMeasuredPrompts } from '../../src/calibration/measured-prompts.ts';
import type { MeasuredRun } from '../../src/calibration/measured-run.ts';
import { sharedPath } from '../helpers/shared.ts';

export interface VllmRun {
  readonly name: string;
  readonly gpu: string;
  /** The folder within the shared one. */
  readonly folder: string;
  readonly maxSequences: number;
  /** KV tokens of the engine, and where the number is from. */
  readonly kvTokens: number;
  readonly kvTokensFrom: string;
}

export const VLLM_RUNS: readonly VllmRun[] = [
  {
    name: 'rtx-pro-6000-llama-3.1-8b',
    gpu: 'RTX PRO 6000',
    folder: 'data/vllm_runs/RTXPRO6000_Llama-3.1-8B',
    maxSequences: 128,
    kvTokens: 500_000,
    kvTokensFrom:
      'assumed: 96 GB × 0.9 − 16 GB of weights at 131,072 bytes a token hold more, and it is never full',
  },
  {
    name: 'rtx-4090-llama-3.1-8b',
    gpu: 'RTX 4090',
    folder: 'data/vllm_runs/RTX4090_Llama-3.1-8B',
    maxSequences: 256,
    kvTokens: 41_408,
    kvTokensFrom: 'reported by the engine',
  },
];

/** Tokens in a KV block. */
export const BLOCK = 16;

/** The engine of a run as a scenario; its step time is to be fitted. */
export const engineText = ({ name, maxSequences, kvTokens }: VllmRun): string => `
fleetyield: 1
name: ${name}
horizon: { duration: 1h }
workload:
  tiers:
    - { name: all, model: llama-3.1-8b, arrivals: { kind: poisson, ratePerSecond: 1 } }
fleet:
  pools:
    - name: main
      model: llama-3.1-8b
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: ${maxSequences}
        maxBatchedTokens: 2048
        reserveFullPrompt: true
        kv: { capacityTokens: ${kvTokens}, blockSize: ${BLOCK} }
        stepTime: { kind: affine, base: 10ms }
`;

/** The published requests, with what their prompts say. */
export function measuredRun(run: VllmRun): MeasuredRun {
  const read = (file: string) => readFileSync(sharedPath(`${run.folder}/${file}`), 'utf8');
  return readMeasuredCsv(
    read('requests.csv'),
    `${run.name}.csv`,
    readMeasuredPrompts(read('workload.jsonl'), `${run.name}.jsonl`),
  );
}

/** The signed errors [%] that the peer publishes of its own simulator on a run, by metric. */
export function peerErrors(run: VllmRun): ReadonlyMap<string, number> {
  const names = { TTFT: 'ttft', TPOT: 'tpot', Latency: 'e2e' } as const;
  const statistics = { Mean: 'mean', Median: 'p50', P90: 'p90', P99: 'p99' } as const;
  const lines = readFileSync(sharedPath(`${run.folder}/peer_llmservingsim_summary.txt`), 'utf8').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const match = /^(TTFT|TPOT|Latency) (Mean|Median|P90|P99)\s.*?([-+][\d.]+)%$/.exec(line.trim());
      if (match === null) return [];
      const time = names[match[1] as keyof typeof names];
      const statistic = statistics[match[2] as keyof typeof statistics];
      return [[`${time}.${statistic}`, Number(match[3])] as const];
    }),
  );
}
