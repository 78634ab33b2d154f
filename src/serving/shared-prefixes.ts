/**
 * Prompt prefixes that running sequences share: a block that two of them need is held once. It knows the tree of the
 * prompts and which sequences hold which whole nodes; the blocks themselves are counted by the replica. What no
 * sequence holds any more is cached, in free blocks, by `prefix-cache.ts`: nodes, and the blocks that a request held
 * alone after them, which it finds again if it was pre-empted.
 */
import type { PromptTree } from '../workload/prompt-tree.ts';
import { NO_NODE } from '../workload/prompt-tree.ts';
import type { PrefixCache } from './prefix-cache.ts';

/**
 * Cache keys of nodes are negative, beside those of sessions, which are 0 or more; the requests' are below the nodes'.
 */
const keyOf = (node: number): number => -1 - node;

/** Caches this many blocks. Of those of one instant the higher key counts as used later. */
export type Keep = (key: number, blocks: number) => void;

export class SharedPrefixes {
  private readonly tree: PromptTree;
  /** By request: its nodes from the beginning of its prompt on. */
  private readonly paths: readonly Int32Array[];
  /** By node: number of sequences that hold it. */
  private readonly holders: Int32Array;
  /** By request: the nodes of its path that it holds, and their blocks. */
  private readonly nodesHeld: Int32Array;
  private readonly blocksHeld: Int32Array;
  /** By request that released its KV: the blocks of its prompt before those that it held alone. */
  private readonly aloneFrom: Int32Array;

  constructor(tree: PromptTree) {
    this.tree = tree;
    this.paths = Array.from(tree.last, (node) => pathTo(node, tree));
    this.holders = new Int32Array(tree.blocks.length);
    this.nodesHeld = new Int32Array(tree.last.length);
    this.blocksHeld = new Int32Array(tree.last.length);
    this.aloneFrom = new Int32Array(tree.last.length);
  }

  /** Leading blocks of a request's prompt that it holds shared. */
  blocksOf(request: number): number {
    return this.blocksHeld[request]!;
  }

  /** Leading blocks of a request's prompt that running sequences hold. */
  running(request: number): number {
    const path = this.paths[request]!;
    let blocks = 0;
    for (let place = 0; place < path.length && this.holders[path[place]!]! > 0; place++)
      blocks += this.tree.blocks[path[place]!]!;
    return blocks;
  }

  /** Leading blocks of a request's prompt that need no prefill: held by others, or cached. */
  present(request: number, kept: PrefixCache | null): number {
    const { blocks } = this.tree;
    let found = 0;
    for (const node of this.paths[request]!) {
      const there = this.holders[node]! > 0 ? blocks[node]! : (kept?.blocksOf(keyOf(node)) ?? 0);
      found += there;
      if (there < blocks[node]!) break;
    }
    const from = this.aloneFrom[request]!;
    const alone = found < from ? 0 : from + (kept?.blocksOf(this.aloneKey(request)) ?? 0);
    return Math.max(found, alone);
  }

  /**
   * A request joins with all that is present: it shares the nodes that are whole, and holds alone what was cached of
   * the first that is not, or after them.
   */
  join(request: number, kept: PrefixCache | null): void {
    const { blocks } = this.tree;
    kept?.forget(this.aloneKey(request));
    for (const node of this.paths[request]!) {
      const there = this.holders[node]! > 0 ? blocks[node]! : (kept?.blocksOf(keyOf(node)) ?? 0);
      kept?.forget(keyOf(node));
      if (there < blocks[node]!) break;
      this.hold(request, node);
    }
  }

  /** A request has prefilled this many blocks: nodes of which there is no other copy become shared. */
  read(request: number, blocks: number, kept: PrefixCache | null): void {
    const path = this.paths[request]!;
    for (;;) {
      const node = path[this.nodesHeld[request]!];
      if (node === undefined || this.blocksHeld[request]! + this.tree.blocks[node]! > blocks) return;
      if (this.holders[node]! > 0 || (kept?.blocksOf(keyOf(node)) ?? 0) > 0) return;
      this.hold(request, node);
    }
  }

  /**
   * Releases all that a request holds: its shared nodes, and `alone` whole blocks after them. Returns the shared blocks
   * that become free; these and the others are passed to `keep`, those further into the prompt with the lower key.
   */
  leave(request: number, alone: number, keep: Keep): number {
    const path = this.paths[request]!;
    let freed = 0;
    this.aloneFrom[request] = this.blocksHeld[request]!;
    if (alone > 0) keep(this.aloneKey(request), alone);
    for (let place = this.nodesHeld[request]! - 1; place >= 0; place--) {
      const node = path[place]!;
      this.holders[node]! -= 1;
      if (this.holders[node]! > 0) continue;
      freed += this.tree.blocks[node]!;
      keep(keyOf(node), this.tree.blocks[node]!);
    }
    this.nodesHeld[request] = 0;
    this.blocksHeld[request] = 0;
    return freed;
  }

  /** Drops all holders. */
  clear(): void {
    this.holders.fill(0);
    this.nodesHeld.fill(0);
    this.blocksHeld.fill(0);
  }

  /** Shared blocks, each counted once. */
  get blocks(): number {
    return this.holders.reduce(
      (sum, holders, node) => (holders > 0 ? sum + this.tree.blocks[node]! : sum),
      0,
    );
  }

  private aloneKey(request: number): number {
    return keyOf(this.tree.blocks.length + request);
  }

  private hold(request: number, node: number): void {
    this.holders[node]! += 1;
    this.nodesHeld[request]! += 1;
    this.blocksHeld[request]! += this.tree.blocks[node]!;
  }
}

function pathTo(last: number, { before }: PromptTree): Int32Array {
  const path: number[] = [];
  for (let node = last; node !== NO_NODE; node = before[node]!) path.unshift(node);
  return Int32Array.from(path);
}
