import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PrefixCache } from '../../src/serving/prefix-cache.ts';

/** The same in the most obvious way: a list in order of use. */
class PlainCache {
  entries: { session: number; blocks: number; at: number; rank: number }[] = [];

  keep(session: number, blocks: number, at: number, rank: number): void {
    const known = this.entries.find((entry) => entry.session === session);
    if (known !== undefined && known.at === at && known.rank > rank) return;
    this.forget(session);
    this.entries.push({ session, blocks, at, rank });
    this.entries.sort((a, b) => a.at - b.at || a.rank - b.rank);
  }

  forget(session: number): void {
    this.entries = this.entries.filter((entry) => entry.session !== session);
  }

  shrinkTo(blocks: number): void {
    for (let excess = this.blocks - blocks; excess > 0; excess--) {
      this.entries[0]!.blocks -= 1;
      if (this.entries[0]!.blocks === 0) this.entries.shift();
    }
  }

  blocksOf(session: number): number {
    return this.entries.find((entry) => entry.session === session)?.blocks ?? 0;
  }

  get blocks(): number {
    return this.entries.reduce((sum, { blocks }) => sum + blocks, 0);
  }
}

describe('the prefix cache', () => {
  const session = fc.integer({ min: 0, max: 40 });
  const command = fc.oneof(
    fc.record({
      do: fc.constant('keep' as const),
      session,
      blocks: fc.integer({ min: 1, max: 9 }),
      later: fc.boolean(),
    }),
    fc.record({ do: fc.constant('forget' as const), session }),
    fc.record({ do: fc.constant('shrink' as const), blocks: fc.integer({ min: 0, max: 60 }) }),
  );

  test('keeps what a list in order of use keeps, whatever is done with it', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), fc.infiniteStream(fc.nat(99)), (commands, ranks) => {
        const cache = new PrefixCache();
        const plain = new PlainCache();
        let at = 0;
        for (const step of commands) {
          for (const one of [cache, plain]) {
            if (step.do === 'forget') one.forget(step.session);
            if (step.do === 'shrink') one.shrinkTo(step.blocks);
          }
          if (step.do === 'keep') {
            if (step.later) at += 1;
            const rank = ranks.next().value;
            cache.keep(step.session, step.blocks, at, rank);
            plain.keep(step.session, step.blocks, at, rank);
          }
          expect(cache.blocks).toBe(plain.blocks);
          for (let n = 0; n <= 40; n++) expect(cache.blocksOf(n)).toBe(plain.blocksOf(n));
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
