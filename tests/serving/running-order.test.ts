/** The order of a batch, kept while requests join and leave, against sorting all of it each time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_ROW, type RequestRow } from '../../src/ids.ts';
import { RunningOrder } from '../../src/serving/running-order.ts';
import { RequestTable } from '../../src/workload/request-table.ts';

const request = fc.record({ rank: fc.integer({ min: 0, max: 2 }), at: fc.integer({ min: 0, max: 5 }) });
/** A join, or a removal of the n-th running request, modulo their number. */
const moves = fc.array(fc.oneof(request, fc.nat(99)), { minLength: 1, maxLength: 200 });

test('is that of (rank, arrival, id) after every join and leave', () => {
  fc.assert(
    fc.property(moves, (all) => {
      const table = new RequestTable();
      const { attemptAt, id } = table.declared;
      const { rank } = table.batch;
      const order = new RunningOrder(table);
      const running: RequestRow[] = [];
      all.forEach((move, n) => {
        if (typeof move === 'number') {
          if (running.length === 0) return;
          const [row] = running.splice(move % running.length, 1);
          order.remove(row!);
        } else {
          const row = table.open();
          rank[row] = move.rank;
          attemptAt[row] = move.at;
          // Later rows may be older requests.
          id[row] = (n * 7) % 211;
          running.push(row);
          order.add(row);
        }
        const sorted = [...running].sort(
          (a, b) => rank[a]! - rank[b]! || attemptAt[a]! - attemptAt[b]! || id[a]! - id[b]!,
        );
        expect(Array.from({ length: order.size }, (_, place) => order.at(place))).toEqual(sorted);
        expect(order.last).toBe(sorted.at(-1) ?? NO_ROW);
      });
    }),
    { seed: 20_261_129, numRuns: 300 },
  );
});
