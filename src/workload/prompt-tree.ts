/**
 * The shared prefixes of prompts: a tree whose nodes are runs of whole blocks that the same prompts have in
 * common. It knows contents by their block ids only. An id identifies its block and all before it, so two prompts are
 * alike as far as their ids agree.
 */
import { ParameterError } from '../errors.ts';

/** No node: before a beginning, or of a prompt that begins like no other. */
export const NO_NODE = -1;

/** Nodes are numbered so that each comes after the one before it in a prompt. */
export interface PromptTree {
  /** Tokens of a block. */
  readonly blockSize: number;
  /** Of each node: the node before it, or `NO_NODE`. */
  readonly before: Int32Array;
  /** Of each node: its blocks. */
  readonly blocks: Int32Array;
  /** Of each request, in order of arrival: the last node of its prompt, or `NO_NODE`. */
  readonly last: Int32Array;
}

/** What names a block and all before it: a whole number, or the digits of one that is too long for a double. */
export type BlockId = number | string;

export interface Prompt {
  readonly tokens: number;
  /** Of each whole block from the beginning of the prompt, in order. */
  readonly ids: readonly BlockId[];
}

/**
 * The tree of the prompts, in order of arrival. The last token of a prompt is always prefilled, so a block that it ends
 * is not shared. Throws `ParameterError` at the prompt whose ids are not one for each whole block, or follow other
 * ids than above.
 */
export function promptTreeOf(prompts: readonly Prompt[], blockSize: number): PromptTree {
  const paths = prompts.map(({ tokens, ids }, index) => {
    const whole = Math.floor(tokens / blockSize);
    if (ids.length !== whole)
      throw new ParameterError(
        `prompts[${index}]`,
        `has ${ids.length} block ids for ${tokens} tokens; expected ${whole}, one for each whole block of ${blockSize}`,
      );
    return ids.slice(0, Math.floor((tokens - 1) / blockSize));
  });
  const chain = new BlockChain();
  const holders = new Map<BlockId, number>();
  prompts.forEach(({ ids }, index) => {
    const stray = chain.add(ids);
    if (stray !== null) throw new ParameterError(`prompts[${index}]`, stray);
  });
  for (const path of paths) for (const id of path) holders.set(id, (holders.get(id) ?? 0) + 1);

  const nodeOf = new Map<BlockId, number>();
  const before: number[] = [];
  const blocks: number[] = [];
  const last = paths.map((path) => {
    let node = NO_NODE;
    let above = 0;
    for (const id of path) {
      const count = holders.get(id)!;
      if (count < 2) break;
      const known = nodeOf.get(id);
      if (known !== undefined) node = known;
      else {
        // As many hold this block as the one before it: the same prompts do.
        if (count !== above) before[blocks.push(0) - 1] = node;
        node = count === above ? node : blocks.length - 1;
        blocks[node]! += 1;
        nodeOf.set(id, node);
      }
      above = count;
    }
    return node;
  });
  return {
    blockSize,
    before: Int32Array.from(before),
    blocks: Int32Array.from(blocks),
    last: Int32Array.from(last),
  };
}

/** The most distinct blocks: as many as a map holds. */
const MOST_BLOCKS = 2 ** 24 - 1;

/** The block before each block: that equal ids mean equal prefixes is checked, not assumed. */
export class BlockChain {
  private readonly before = new Map<BlockId, BlockId | null>();

  /**
   * Takes in the ids of a prompt; what is wrong with the first that follows a different block than before, or `null`.
   */
  add(ids: readonly BlockId[]): string | null {
    let parent: BlockId | null = null;
    for (const id of ids) {
      const known = this.before.get(id);
      if (known !== undefined && known !== parent)
        return `hash id ${id} follows a different block than before, so equal ids do not mean equal prefixes; give ids that identify a block together with all blocks before it`;
      if (known === undefined && this.before.size >= MOST_BLOCKS)
        return `exceeds the limit of ${MOST_BLOCKS} distinct blocks; leave the ids out, or split the file`;
      this.before.set(id, parent);
      parent = id;
    }
    return null;
  }
}
