/**
 * Sessions made of the blocks of prompts, for traces that name each block of a prompt and all before it by an id: two
 * prompts begin alike as far as their ids agree. It knows ids and tokens, and nothing of files.
 *
 * The engine keeps context by session, so ids become sessions: a request continues the session whose latest prompt it
 * repeats in all its whole blocks, the longest such prompt first, and opens one when there is none; its prefix is those
 * blocks. What it loses: what a prompt shares with one that the session has left behind or that goes another way (a
 * system prompt in many conversations at once), and the answer before, whose tokens have no ids. So hits are fewer than
 * a cache of blocks would have: of the tokens of the Mooncake conversation trace 32.1 % are such a prefix, where a cache
 * without end would find 37.4 % (measured, `tests/workload/mooncake.test.ts`).
 */
import { shown } from '../../shown.ts';
import { BlockChain, type BlockId } from '../prompt-tree.ts';
import { withLongNumbersAsText, type JsonRecord } from './json-lines.ts';
import type { Refuse } from './text.ts';

/** What a request is of its session: which, and the tokens of its prompt that repeat its context. */
export interface PlaceInSession {
  readonly session: number;
  readonly prefix: number;
}

/** The sessions of a trace whose prompts come in blocks of one size. */
export class PromptBlocks {
  private readonly blockSize: number;
  private readonly chain = new BlockChain();
  /** By the last whole block of the latest prompt of each session. */
  private readonly endingAt = new Map<BlockId, number>();
  private readonly end: (BlockId | null)[] = [];

  constructor(blockSize: number) {
    this.blockSize = blockSize;
  }

  /** The place of the next request; `refuse` is called where its ids cannot be those of its prompt. */
  place(ids: readonly BlockId[], promptTokens: number, refuse: Refuse): PlaceInSession {
    const whole = Math.floor(promptTokens / this.blockSize);
    const begun = Math.ceil(promptTokens / this.blockSize);
    // Some write an id for a block that is only begun, and some do not.
    if (ids.length !== whole && ids.length !== begun) {
      return refuse(
        `has ${ids.length} hash_ids for ${promptTokens} prompt tokens; expected ${begun}, one for each block of ${this.blockSize}. ` +
          'If blocks are of another size, say so: blockSize beside the file, --block-size of fit-workload',
      );
    }
    const stray = this.chain.add(ids);
    if (stray !== null) return refuse(stray);
    return this.follow(ids, whole);
  }

  private follow(ids: readonly BlockId[], wholeBlocks: number): PlaceInSession {
    let shared = wholeBlocks;
    while (shared > 0 && !this.endingAt.has(ids[shared - 1]!)) shared -= 1;
    const session = shared === 0 ? this.end.length : this.endingAt.get(ids[shared - 1]!)!;
    const left = this.end[session] ?? null;
    // Another session may end there by now.
    if (left !== null && this.endingAt.get(left) === session) this.endingAt.delete(left);
    const end = wholeBlocks === 0 ? null : ids[wholeBlocks - 1]!;
    this.end[session] = end;
    if (end !== null) this.endingAt.set(end, session);
    return { session, prefix: shared * this.blockSize };
  }
}

/**
 * The ids under a key, as they are `written`; `null` where there are none. Ids of 64 bits stay apart, which as numbers
 * they would not.
 */
export function blockIdsOf(
  record: JsonRecord,
  key: string,
  written: string,
  refuse: Refuse,
): readonly BlockId[] | null {
  const ids = record[key];
  if (ids === undefined || ids === null) return null;
  if (!Array.isArray(ids) || !ids.every((id) => Number.isInteger(id)))
    return refuse(
      `${key} is ${shown(ids)}; expected a list of whole numbers, or none where prompts share nothing`,
    );
  return ids.every((id) => Number.isSafeInteger(id))
    ? (ids as number[])
    : (withLongNumbersAsText(written)[key] as BlockId[]);
}
