/** Bugs to plant in a copy of the fast replica: a comparison that does not find them would prove nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import type { ReplicaClass } from './single-replica.ts';

const SOURCES = new URL('../../src/serving/', import.meta.url);
const BUILT = new URL('../../dist/serving/', import.meta.url);

/** What is copied together; the copies import each other, and all else as it is built. */
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
  /** The piece of the file, which stands in it once, and what replaces it. */
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
    what: 'a client who leaves after the boundaries of an instant is counted before them',
    file: 'batching-replica',
    piece: 'return orThen ? end <= at : end < at;',
    by: 'return end < at;',
  },
  {
    what: 'the steps of a run do not grow with its KV',
    file: 'batching-replica',
    piece: 'this.runIncrement = settings.stepTime.perKvToken(work) * decoders;',
    by: 'this.runIncrement = 0;',
  },
  {
    what: 'a run goes on beyond the end of the law’s line in KV tokens',
    file: 'batching-replica',
    piece: 'Math.min(untilLeave, 1 + Math.floor((linearUntil - work.kvTokens) / decoders))',
    by: 'untilLeave',
  },
  {
    what: 'a run goes on a step beyond the end of KV',
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
    what: 'a pre-empted sequence need not read its own output again',
    file: 'batching-replica',
    piece: ' - present + progress.outputDone[row]!',
    by: ' - present',
  },
  {
    what: 'somebody joins in a step in which somebody was pre-empted',
    file: 'batching-replica',
    piece: 'if (!preempted) this.admitWaiting(promised);',
    by: 'this.admitWaiting(promised);',
  },
  {
    what: 'a run goes on while time changes who is next in line',
    file: 'batching-replica',
    piece: '(this.line.steady || this.line.peek() === NO_ROW)',
    by: 'true',
  },
  {
    what: 'a prompt that may not be cut is cut',
    file: 'batching-replica',
    piece: 'if (!chunkedPrefill && toRead <= maxBatchedTokens && toRead > budget) return;',
    by: '',
  },
  {
    what: 'KV read in this step already slows it',
    file: 'batching-replica',
    piece: 'work.prefillContext += tokens * (held + tokens / 2);',
    by: 'work.prefillContext += tokens * (held + tokens);',
  },
  {
    what: 'whoever is equally important is pre-empted for an arrival',
    file: 'batching-replica',
    piece: 'if (this.table.batch.rank[worst]! <= importance) break;',
    by: 'if (this.table.batch.rank[worst]! < importance) break;',
  },
  {
    what: 'a sequence is evicted by its priority whatever the discipline',
    file: 'batching-replica',
    piece: 'this.table.batch.rank[row] = this.line.importance(row);',
    by: 'this.table.batch.rank[row] = this.table.declared.priority[row]!;',
  },
  {
    what: 'among sequences of one rank the first to arrive is evicted',
    file: 'running-order',
    piece: '(precedence === 0 && arrivedBefore(this.table.declared, a, b))',
    by: '(precedence === 0 && arrivedBefore(this.table.declared, b, a))',
  },
  {
    what: 'a decoder left out of a step is taken to have its token',
    file: 'batching-replica',
    piece: 'if (this.leftOut > 0) this.leaving.addToKeys(records, RECORD, LEFT_OUT);',
    by: '',
  },
  {
    what: 'KV that came over a link is believed to be there after a pre-emption',
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
    what: 'a session’s prefix outlives an eviction',
    file: 'batching-replica',
    piece: 'this.prefixes = null;',
    by: '',
  },
  {
    what: 'who is given up has the token of the step in progress',
    file: 'batching-replica',
    piece: '(this.leaving.keyAt(place) - isLeftOut - this.step);',
    by: '(this.leaving.keyAt(place) - isLeftOut - this.step) + 1;',
  },
  {
    what: 'a run goes on when somebody in it is given up',
    file: 'batching-replica',
    piece: 'this.callAt(this.runBoundary(1));',
    by: 'this.callAt(this.runBoundary(this.runSteps));',
  },
  {
    what: 'who was left out of a step and is given up is taken to have its place',
    file: 'batching-replica',
    piece: 'this.takeOutDecoder(row, place, held - 1 + isLeftOut);',
    by: 'this.takeOutDecoder(row, place, held - 1);',
  },
  {
    what: 'the heap of those who decode loses its order when one is taken out',
    file: 'row-heap',
    piece: 'if (below + 1 < size) below -= (entries[left + 2]! - entries[left]!) >> 31;',
    by: '',
  },
  {
    what: 'the heap of those who decode is not put in order when some of them stay for a step',
    file: 'row-heap',
    piece: 'for (let place = (size >> 1) - 1; place >= 0; place--)',
    by: 'for (let place = -1; place >= 0; place--)',
  },
  {
    what: 'who joins a batch that is kept in order comes last in it',
    file: 'running-order',
    piece: 'const place = this.placeFor(row);\n    this.rows.copyWithin(place + 1',
    by: 'const place = this.size;\n    this.rows.copyWithin(place + 1',
  },
  {
    what: 'decoders have their token before a reader who stands before them is satisfied',
    file: 'batching-replica',
    piece: '(short === NO_ROW || !this.precedesADecoder(short))',
    by: 'true',
  },
  {
    what: 'the session used last is the first to be forgotten',
    file: 'prefix-cache',
    piece: 'const oldest = columns.after[ENDS]!;',
    by: 'const oldest = columns.before[ENDS]!;',
  },
  {
    what: 'a block that is begun is kept of a session as if it were whole',
    file: 'batching-replica',
    piece: 'const blocks = Math.floor(held / this.settings.blockSize);',
    by: 'const blocks = Math.ceil(held / this.settings.blockSize);',
  },
  {
    what: 'a request joins when its first chunk fits, though all of it must',
    file: 'batching-replica',
    piece: 'present + (reserveFullPrompt ? Math.max(tokens, toRead) : tokens)',
    by: 'present + tokens',
  },
  {
    what: 'a way is made for an important request that still does not fit whole',
    file: 'batching-replica',
    piece: 'const chunk = reserveFullPrompt ? toRead : Math.min(toRead, maxBatchedTokens);',
    by: 'const chunk = Math.min(toRead, maxBatchedTokens);',
  },
  {
    what: 'what two sequences hold in common is free when the first of them leaves',
    file: 'shared-prefixes',
    piece: 'if (this.holders[node]! > 0) continue;',
    by: '',
  },
  {
    what: 'a beginning that others hold is counted again for whoever joins them',
    file: 'batching-replica',
    piece: 'this.kv.missing(this.blocksOfOthers(row), tokens)',
    by: 'this.kv.missing(0, tokens)',
  },
  {
    what: 'a pre-empted request takes what it had alone for there although its beginning is gone',
    file: 'shared-prefixes',
    piece: 'const alone = found < from ? 0 : from',
    by: 'const alone = from',
  },
  {
    what: 'a beginning is in common before it is read whole',
    file: 'shared-prefixes',
    piece: 'this.blocksHeld[request]! + this.tree.blocks[node]! > blocks',
    by: 'this.blocksHeld[request]! >= blocks',
  },
  {
    what: 'the beginning of a prompt is forgotten before what comes after it',
    file: 'shared-prefixes',
    piece: 'const keyOf = (node: number): number => -1 - node;',
    by: 'const keyOf = (node: number): number => -1_000 + node;',
  },
  {
    what: 'what a request held in common is never let go of when its client gives it up',
    file: 'batching-replica',
    piece: 'for (const request of this.cancelledSharers) this.releaseShared(request, 0);',
    by: '',
  },
  {
    what: 'a token too many is thought to fit a block',
    file: 'kv-blocks',
    piece: 'return tokens <= blocks * this.blockSize ?',
    by: 'return tokens <= blocks * this.blockSize + 1 ?',
  },
];

/** The fast replica as it is but for one bug. Throws when the bug's piece is not in its file exactly once. */
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

/** The text as JavaScript that imports the copies beside it and all else from where it is built. */
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
