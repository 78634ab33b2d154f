/**
 * The prompts of a measured run, as far as they matter: one JSON object per line, in the order of the requests, with
 * the tokens of the prompt and the ids of its blocks, as LLMServingSim (`input_tokens`, `block_ids`) and Mooncake
 * (`input_length`, `hash_ids`) write them. It knows the text, and not which request a line belongs to.
 */
import type { BlockId } from '../workload/prompt-tree.ts';
import { eachJsonRecord } from '../workload/traces/json-lines.ts';
import { blockIdsOf } from '../workload/traces/prompt-blocks.ts';
import type { Text } from '../workload/traces/text.ts';

export interface PromptLine {
  readonly tokens: number;
  /** Of its blocks in order; an id identifies its block and all before it. */
  readonly blockIds: readonly BlockId[];
  /** Its place in the file. */
  readonly place: string;
}

const TOKENS = ['input_tokens', 'input_length'] as const;
const IDS = ['block_ids', 'hash_ids'] as const;
const EXPECTED = '{"input_tokens": 35, "block_ids": [7, 8]}';

/** The prompts that a text describes; `file` is its name in messages. Throws `InputError` with file and line. */
export function readMeasuredPrompts(text: Text, file: string): PromptLine[] {
  const prompts: PromptLine[] = [];
  eachJsonRecord(text, file, EXPECTED, (record, refuse, line, written) => {
    const tokens = TOKENS.map((key) => record[key]).find((value) => value !== undefined);
    const key = IDS.find((one) => record[one] !== undefined);
    const blockIds = key === undefined ? null : blockIdsOf(record, key, written, refuse);
    if (!Number.isSafeInteger(tokens) || blockIds === null)
      return refuse(`is not a prompt; expected a line such as ${EXPECTED}, an id for each whole block`);
    prompts.push({ tokens: tokens as number, blockIds, place: `${file}:${line}` });
  });
  return prompts;
}
