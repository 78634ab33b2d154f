/** Bugs to plant in a copy of the fast replica: a comparison that misses any of them would prove nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import type { ReplicaClass } from './single-replica.ts';

const SOURCES = new URL('../../src/serving/', import.meta.url);
const BUILT = new URL('../../dist/serving/', import.meta.url);

/** The modules copied together; the copies import each other, and everything else from the build. */
const COPIED = [
  'batching-replica',
  'row-heap',
  'running-order',
  'prefix-cache',
  'shared-prefixes',
  'kv-blocks',
] as const;

export interface Bug {
  readonly what: string;
  readonly file: (typeof COPIED)[number];
  /** The piece of source text, which must occur exactly once in the file, and its replacement. */
  readonly piece: string;
  readonly by: string;
}

export const BUGS: readonly Bug[] = [
  {
    what: 'a run is not cut short for an arrival',
    file: 'batching-replica',
    piece: 'if (steps >= this.runSteps) return false;',
    by: 'if (steps <= this.runSteps) return false;',
  },
  {
    what: 'an arrival on a step boundary comes a step late',
    file: 'batching-replica',
    piece: 'return orThen ? end <= at : end < at;',
    by: 'return end <= at;',
  },
  {
    what: 'an abandonment after the boundaries of an instant is counted before them',
    file: 'batching-replica',
    piece: 'return orThen ? end <= at : end < at;',
    by: 'return end < at;',
  },
  {
    what: 'the steps of a run do not grow with its KV',
    file: 'batching-replica',
    piece: 'this.runIncrement = settings.stepTime.perKvToken(work) * decodeCount;',
    by: 'this.runIncrement = 0;',
  },
  {
    what: 'a run continues after step time stops being linear in KV tokens',
    file: 'batching-replica',
    piece: 'Math.min(untilFinish, 1 + Math.floor((linearUntil - work.kvTokens) / decodeCount))',
    by: 'untilFinish',
  },
  {
    what: 'a run continues for a step after KV runs out',
    file: 'batching-replica',
    piece: 'if (free < 0) break;',
    by: 'if (free < -1) break;',
  },
  {
    what: 'the first instead of the last running sequence is pre-empted',
    file: 'batching-replica',
    piece: 'this.preempt(order.last, now);',
    by: 'this.preempt(order.at(place), now);',
  },
  {
    what: 'a pre-empted sequence does not prefill its own output again',
    file: 'batching-replica',
    piece: ' - present + progress.outputDone[row]!',
    by: ' - present',
  },
  {
    what: 'a request is admitted in a step that pre-empted another',
    file: 'batching-replica',
    piece: 'if (!preempted) this.admitWaiting(reservedFor);',
    by: 'this.admitWaiting(reservedFor);',
  },
  {
    what: 'a run continues while time changes the head of the queue',
    file: 'batching-replica',
    piece: '(this.queue.steady || this.queue.peek() === NO_ROW)',
    by: 'true',
  },
  {
    what: 'a prompt is split into chunks where chunked prefill is off',
    file: 'batching-replica',
    piece: 'if (!chunkedPrefill && toPrefill <= maxBatchedTokens && toPrefill > budget) return;',
    by: '',
  },
  {
    what: 'KV written in this step already slows it',
    file: 'batching-replica',
    piece: 'work.prefillContext += tokens * (held + tokens / 2);',
    by: 'work.prefillContext += tokens * (held + tokens);',
  },
  {
    what: 'an equally important sequence is pre-empted for an arrival',
    file: 'batching-replica',
    piece: 'if (this.table.batch.rank[worst]! <= importance) break;',
    by: 'if (this.table.batch.rank[worst]! < importance) break;',
  },
  {
    what: 'a sequence is evicted by its priority whatever the discipline',
    file: 'batching-replica',
    piece: 'this.table.batch.rank[row] = this.queue.importance(row);',
    by: 'this.table.batch.rank[row] = this.table.declared.priority[row]!;',
  },
  {
    what: 'among sequences of one rank the first to arrive is evicted',
    file: 'running-order',
    piece: '(precedence === 0 && arrivedBefore(this.table.declared, a, b))',
    by: '(precedence === 0 && arrivedBefore(this.table.declared, b, a))',
  },
  {
    what: 'a decoding sequence that skips a step is counted as having its token',
    file: 'batching-replica',
    piece: 'if (this.skipped > 0) this.byFinishStep.addToKeys(records, RECORD, SKIPPED);',
    by: '',
  },
  {
    what: 'KV that came over a link is assumed present after a pre-emption',
    file: 'batching-replica',
    piece: 'movedTokens[row] = 0;',
    by: '',
  },
  {
    what: 'tokens of a run that an eviction cuts short are forgotten',
    file: 'batching-replica',
    piece: 'this.settle(now, true);\n    this.keepOrder();',
    by: 'this.keepOrder();',
  },
  {
    what: 'an eviction leaves KV behind',
    file: 'batching-replica',
    piece: 'this.kv.release(this.kv.held, this.kv.tokens);',
    by: '',
  },
  {
    what: 'a session’s cached prefix survives an eviction',
    file: 'batching-replica',
    piece: 'this.prefixes = null;',
    by: '',
  },
  {
    what: 'a cancelled request has the token of the step in progress',
    file: 'batching-replica',
    piece: '(this.byFinishStep.keyAt(place) - isSkipped - this.step);',
    by: '(this.byFinishStep.keyAt(place) - isSkipped - this.step) + 1;',
  },
  {
    what: 'a run continues when one of its requests is cancelled',
    file: 'batching-replica',
    piece: 'this.callAt(this.runBoundary(1));',
    by: 'this.callAt(this.runBoundary(this.runSteps));',
  },
  {
    what: 'a cancelled request that skipped the step is counted as holding KV for its next token',
    file: 'batching-replica',
    piece: 'this.dropDecoding(row, place, held - 1 + isSkipped);',
    by: 'this.dropDecoding(row, place, held - 1);',
  },
  {
    what: 'the heap of decoding sequences loses its order on a removal',
    file: 'row-heap',
    piece: 'if (below + 1 < size) below -= (entries[left + 2]! - entries[left]!) >> 31;',
    by: '',
  },
  {
    what: 'the heap of decoding sequences is not reordered when some skip a step',
    file: 'row-heap',
    piece: 'for (let place = (size >> 1) - 1; place >= 0; place--)',
    by: 'for (let place = -1; place >= 0; place--)',
  },
  {
    what: 'a sequence that joins an ordered batch is put last',
    file: 'running-order',
    piece: 'const place = this.placeFor(row);\n    this.rows.copyWithin(place + 1',
    by: 'const place = this.size;\n    this.rows.copyWithin(place + 1',
  },
  {
    what: 'decoding sequences get their token before a prefilling one ahead of them is satisfied',
    file: 'batching-replica',
    piece: '(short === NO_ROW || !this.precedesDecoding(short))',
    by: 'true',
  },
  {
    what: 'the most recently used session is evicted first',
    file: 'prefix-cache',
    piece: 'const oldest = columns.after[ENDS]!;',
    by: 'const oldest = columns.before[ENDS]!;',
  },
  {
    what: 'a partly filled block is cached for a session as if it were whole',
    file: 'batching-replica',
    piece: 'const blocks = Math.floor(held / this.settings.blockSize);',
    by: 'const blocks = Math.ceil(held / this.settings.blockSize);',
  },
  {
    what: 'a request joins when its first chunk fits, though its whole prompt must',
    file: 'batching-replica',
    piece: 'present + (reserveFullPrompt ? Math.max(tokens, toPrefill) : tokens)',
    by: 'present + tokens',
  },
  {
    what: 'sequences are pre-empted for a request that still does not fit whole',
    file: 'batching-replica',
    piece: 'const chunk = reserveFullPrompt ? toPrefill : Math.min(toPrefill, maxBatchedTokens);',
    by: 'const chunk = Math.min(toPrefill, maxBatchedTokens);',
  },
  {
    what: 'blocks shared by two sequences are freed when the first of them finishes',
    file: 'shared-prefixes',
    piece: 'if (this.holders[node]! > 0) continue;',
    by: '',
  },
  {
    what: 'a shared prefix is counted again for a request that joins',
    file: 'batching-replica',
    piece: 'this.kv.missing(this.blocksOfOthers(row), tokens)',
    by: 'this.kv.missing(0, tokens)',
  },
  {
    what: 'a pre-empted request reuses its unshared blocks although its shared prefix is gone',
    file: 'shared-prefixes',
    piece: 'const alone = found < from ? 0 : from',
    by: 'const alone = from',
  },
  {
    what: 'a prefix is shared before it is prefilled whole',
    file: 'shared-prefixes',
    piece: 'this.blocksHeld[request]! + this.tree.blocks[node]! > blocks',
    by: 'this.blocksHeld[request]! >= blocks',
  },
  {
    what: 'the beginning of a prompt is evicted before what follows it',
    file: 'shared-prefixes',
    piece: 'const keyOf = (node: number): number => -1 - node;',
    by: 'const keyOf = (node: number): number => -1_000 + node;',
  },
  {
    what: 'shared blocks of a cancelled request are never released',
    file: 'batching-replica',
    piece: 'for (const request of this.cancelledSharers) this.releaseShared(request, 0);',
    by: '',
  },
  {
    what: 'a block is thought to fit one token too many',
    file: 'kv-blocks',
    piece: 'return tokens <= blocks * this.blockSize ?',
    by: 'return tokens <= blocks * this.blockSize + 1 ?',
  },
];

/** The fast replica with one bug planted. Throws when the bug's piece is not in its file exactly once. */
export async function withBug({ what, file, piece, by }: Bug): Promise<ReplicaClass> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetyield-bug-'));
  try {
    for (const name of COPIED) {
      const source = readFileSync(fileURLToPath(new URL(`${name}.ts`, SOURCES)), 'utf8');
      if (name === file && source.split(piece).length !== 2) {
        throw new Error(`the piece for "${what}" is not in ${name}.ts exactly once: ${piece}`);
      }
      const changed = name === file ? source.replace(piece, () => by) : source;
      writeFileSync(join(folder, `${name}.mjs`), asBuilt(changed));
    }
    const { href } = pathToFileURL(join(folder, 'batching-replica.mjs'));
    const copy = (await import(/* @vite-ignore */ href)) as { BatchingReplica: ReplicaClass };
    return copy.BatchingReplica;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The source as JavaScript that imports the copies beside it and everything else from the build. */
function asBuilt(source: string): string {
  const { outputText } = transpileModule(source, {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2023 },
  });
  return outputText.replaceAll(/from '(\.[^']*)\.ts'/g, (_, path: string) =>
    COPIED.some((name) => path === `./${name}`)
      ? `from '${path}.mjs'`
      : `from '${new URL(`${path}.js`, BUILT).href}'`,
  );
}
