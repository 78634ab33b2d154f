import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IndexSet } from '../../src/kernel/index-set.ts';

test('an index set holds what a sorted set would, whatever is put in and taken out', () => {
  const changes = fc.array(fc.tuple(fc.nat(199), fc.boolean()), { maxLength: 300 });
  fc.assert(
    fc.property(changes, fc.nat(250), (list, from) => {
      const set = new IndexSet(200);
      const slow = new Set<number>();
      for (const [index, isMember] of list) {
        set.put(index, isMember);
        if (isMember) slow.add(index);
        else slow.delete(index);
      }
      const members = [];
      for (let index = set.next(0); index >= 0; index = set.next(index + 1)) members.push(index);
      const sorted = [...slow].sort((a, b) => a - b);
      expect(members).toEqual(sorted);
      expect(set.size).toBe(slow.size);
      expect(sorted.map((_, n) => set.nth(n))).toEqual(sorted);
      expect(set.next(from)).toBe(sorted.find((index) => index >= from) ?? -1);
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('an index set of words all full or all empty is seen to its last bit', () => {
  const set = new IndexSet(64);
  for (let index = 0; index < 64; index++) set.put(index, true);
  expect([set.next(31), set.next(32), set.next(63), set.next(64), set.size]).toEqual([31, 32, 63, -1, 64]);
  expect([set.nth(0), set.nth(31), set.nth(32), set.nth(63)]).toEqual([0, 31, 32, 63]);
  for (let index = 0; index < 63; index++) set.put(index, false);
  expect([set.next(0), set.next(63)]).toEqual([63, 63]);
  set.put(63, false);
  expect([set.next(0), set.size]).toEqual([-1, 0]);
});
