/**
 * The beginnings of prompts that sequences hold in common while they run: a block that two of them need is there once. It
 * knows the tree of the prompts and who holds what of it, in whole nodes; the blocks themselves are counted by the
 * replica. What nobody holds any more is kept, in free blocks, by `prefix-cache.ts`: nodes, and what a request had alone
 * after them, which it finds again when it was pre-empted.
 */
import type { PromptTree } from '../workload/prompt-tree.ts';
import { NO_NODE } from '../workload/prompt-tree.ts';
import type { PrefixCache } from './prefix-cache.ts';

/** Nodes have keys of their own beside the sessions, which are 0 or more; the requests' are below them. */
const keyOf = (node: number): number => -1 - node;

/** Takes so many blocks for kept. Of those of one instant the higher key counts as used later. */
export type Keep = (key: number, blocks: number) => void;

export class SharedPrefixes {
  private readonly tree: PromptTree;
  /** By request: its nodes from the beginning of its prompt on. */
  private readonly paths: readonly Int32Array[];
  /** By node: sequences that hold it. */
  private readonly holders: Int32Array;
  /** By request: the nodes of its path that it holds, and their blocks. */
  private readonly nodesHeld: Int32Array;
  private readonly blocksHeld: Int32Array;
  /** By request that let go: the blocks of its prompt before those that it had alone. */
  private readonly aloneFrom: Int32Array;

  constructor(tree: PromptTree) {
    this.tree = tree;
    this.paths = Array.from(tree.last, (node) => pathTo(node, tree));
    this.holders = new Int32Array(tree.blocks.length);
    this.nodesHeld = new Int32Array(tree.last.length);
    this.blocksHeld = new Int32Array(tree.last.length);
    this.aloneFrom = new Int32Array(tree.last.length);
  }

  /** Blocks of its prompt's beginning that a request holds in common. */
  blocksOf(request: number): number {
    return this.blocksHeld[request]!;
  }

  /** Blocks at the beginning of a request's prompt that running sequences hold. */
  running(request: number): number {
    const path = this.paths[request]!;
    let blocks = 0;
    for (let place = 0; place < path.length && this.holders[path[place]!]! > 0; place++)
      blocks += this.tree.blocks[path[place]!]!;
    return blocks;
  }

  /** Blocks at the beginning of a request's prompt that need not be read: held by others, or kept. */
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
   * A request joins with all that is present: it holds the nodes that are whole, and has alone what was kept of the first
   * that is not, or after them.
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

  /** A request has read so many blocks: nodes of which nobody else has a copy become common. */
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
   * A request that has so many whole blocks alone, after those in common, holds nothing any more. Gives the blocks in
   * common that are free by that; they and the others are offered to `keep`, those further into the prompt with the lower
   * key.
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

  /** Nobody holds anything. */
  clear(): void {
    this.holders.fill(0);
    this.nodesHeld.fill(0);
    this.blocksHeld.fill(0);
  }

  /** Blocks that are held in common, each counted once. */
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
