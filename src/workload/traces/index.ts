/** The layouts of trace files that can be replayed. */
import { readAzureLlm2023 } from './azure-llm-2023.ts';
import { readBurstGpt } from './burstgpt.ts';
import { readCsv } from './csv.ts';
import { readJsonl } from './jsonl.ts';
import { readMooncake } from './mooncake.ts';
import type { Trace } from './trace.ts';

/** Each layout: what it is, and the reader of its text. Readers throw `InputError` with the file and the line. */
export const TRACE_FORMATS = {
  csv: {
    summary:
      'Comma-separated with a header: at (seconds), and any of prompt, output, cached, tenant, session, patience, tier, priority.',
    read: readCsv,
  },
  jsonl: {
    summary: 'A JSON object a line, with the columns of csv as keys.',
    read: readJsonl,
  },
  'azure-llm-2023': {
    summary: 'The Azure LLM inference trace of 2023, as published or with arrivals in seconds.',
    read: readAzureLlm2023,
  },
  burstgpt: {
    summary:
      'BurstGPT without its failed requests, as published: with or without Session ID and Elapsed time.',
    read: readBurstGpt,
  },
  mooncake: {
    summary: 'Mooncake’s JSON lines, as published; hash_ids become sessions whose prompts begin alike.',
    read: readMooncake,
  },
} satisfies Record<string, { summary: string; read: (text: string, file: string) => Trace }>;

export type TraceFormat = keyof typeof TRACE_FORMATS;
export { NO_SESSION, ofTier, someOfTier, type Trace } from './trace.ts';
