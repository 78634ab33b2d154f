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
import { fault, traceOfLines, type Refuse } from './table.ts';
import type { RecordedRequest, Trace } from './trace.ts';

export const MOONCAKE_BLOCK = 512;

export function readMooncake(text: string, file: string): Trace {
  const requests: RecordedRequest[] = [];
  const lineNumbers: number[] = [];
  const chain = new BlockChain();
  const sessions = new Sessions();
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const refuse: Refuse = (message) => {
      throw fault(file, index + 1, message);
    };
    const { timestamp, input_length: prompt, output_length: output, hash_ids: ids } = recordOn(line, refuse);
    const blocks = Math.ceil(prompt / MOONCAKE_BLOCK);
    if (ids.length !== blocks) {
      return refuse(
        `has ${ids.length} hash_ids for ${prompt} prompt tokens; expected ${blocks}, one for each block of ${MOONCAKE_BLOCK}`,
      );
    }
    const stray = chain.add(ids);
    if (stray !== null) return refuse(stray);
    const { session, shared } = sessions.place(ids, Math.floor(prompt / MOONCAKE_BLOCK));
    requests.push({ at: timestamp / 1_000, prompt, output, session, prefix: shared * MOONCAKE_BLOCK });
    lineNumbers.push(index + 1);
  });
  if (requests.length === 0) throw fault(file, 1, 'holds no requests; give at least one line');
  return traceOfLines(requests, lineNumbers, file);
}

interface MooncakeRecord {
  readonly timestamp: number;
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids: readonly number[];
}

const EXPECTED =
  'expected a line such as {"timestamp": 0, "input_length": 700, "output_length": 50, "hash_ids": [0, 1]}';

function recordOn(line: string, refuse: Refuse): MooncakeRecord {
  const record = parsed(line, refuse);
  const least = { timestamp: 0, input_length: 1, output_length: 1 };
  for (const [key, bound] of Object.entries(least)) {
    const value = record[key];
    if (!Number.isSafeInteger(value) || (value as number) < bound)
      refuse(`${key} is ${shown(value)}; expected a whole number of at least ${bound}`);
  }
  const ids = record['hash_ids'];
  if (!Array.isArray(ids) || !ids.every((id) => Number.isSafeInteger(id)))
    refuse(`hash_ids is ${shown(ids)}; expected a list of whole numbers`);
  return record as unknown as MooncakeRecord;
}

const shown = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value));

function parsed(line: string, refuse: Refuse): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return refuse(`is not a JSON object; ${EXPECTED}`);
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
