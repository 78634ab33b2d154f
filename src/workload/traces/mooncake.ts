/**
 * The Mooncake traces (kvcache-ai/Mooncake, Apache-2.0; FAST'25) in their published layout: a JSON object a line with
 * `timestamp` [ms], `input_length`, `output_length` and `hash_ids`, one for each block of 512 tokens of the prompt, the
 * last of which may be filled in part. An id stands for its block and all before it: two prompts begin alike as far as
 * their ids agree.
 *
 * The engine keeps context by session, so ids become sessions: a request continues the session whose latest prompt it
 * repeats in all its whole blocks, the longest such prompt first, and opens one when there is none; its prefix is those
 * blocks. What it loses: what a prompt shares with one that the session has left behind or that goes another way (a
 * system prompt in many conversations at once), and the answer before, whose tokens have no ids. So hits are fewer than
 * a cache of blocks would have: of the tokens of the conversation trace 32.1 % are such a prefix, where a cache
 * without end would find 37.4 % (measured, `tests/workload/mooncake.test.ts`).
 */
import { BlockChain } from '../prompt-tree.ts';
import { recordsOf, shown, wholeOf, type JsonRecord } from './json-lines.ts';
import { traceOfLines, type Refuse } from './table.ts';
import type { RecordedRequest, Trace } from './trace.ts';

export const MOONCAKE_BLOCK = 512;

export function readMooncake(text: string, file: string): Trace {
  const chain = new BlockChain();
  const sessions = new Sessions();
  const { records, lines } = recordsOf(text, file, EXPECTED, (record, refuse): RecordedRequest => {
    const timestamp = wholeOf(record, 'timestamp', 0, refuse);
    const prompt = wholeOf(record, 'input_length', 1, refuse);
    const output = wholeOf(record, 'output_length', 1, refuse);
    const ids = idsOf(record, refuse);
    const blocks = Math.ceil(prompt / MOONCAKE_BLOCK);
    if (ids.length !== blocks) {
      return refuse(
        `has ${ids.length} hash_ids for ${prompt} prompt tokens; expected ${blocks}, one for each block of ${MOONCAKE_BLOCK}`,
      );
    }
    const stray = chain.add(ids);
    if (stray !== null) return refuse(stray);
    const { session, shared } = sessions.place(ids, Math.floor(prompt / MOONCAKE_BLOCK));
    return { at: timestamp / 1_000, prompt, output, session, prefix: shared * MOONCAKE_BLOCK };
  });
  return traceOfLines(records, lines, file);
}

const EXPECTED = '{"timestamp": 0, "input_length": 700, "output_length": 50, "hash_ids": [0, 1]}';

function idsOf(record: JsonRecord, refuse: Refuse): readonly number[] {
  const ids = record['hash_ids'];
  if (!Array.isArray(ids) || !ids.every((id) => Number.isSafeInteger(id)))
    return refuse(`hash_ids is ${shown(ids)}; expected a list of whole numbers`);
  return ids as number[];
}

/** The sessions so far, by the last whole block of their latest prompt. */
class Sessions {
  private readonly endingAt = new Map<number, number>();
  private readonly end: (number | null)[] = [];

  /** The session of the next request, and the blocks with which its prompt repeats the latest of it. */
  place(ids: readonly number[], wholeBlocks: number): { session: number; shared: number } {
    let shared = wholeBlocks;
    while (shared > 0 && !this.endingAt.has(ids[shared - 1]!)) shared -= 1;
    const session = shared === 0 ? this.end.length : this.endingAt.get(ids[shared - 1]!)!;
    const left = this.end[session] ?? null;
    // Another session may have come to end there since.
    if (left !== null && this.endingAt.get(left) === session) this.endingAt.delete(left);
    const end = wholeBlocks === 0 ? null : ids[wholeBlocks - 1]!;
    this.end[session] = end;
    if (end !== null) this.endingAt.set(end, session);
    return { session, shared };
  }
}
