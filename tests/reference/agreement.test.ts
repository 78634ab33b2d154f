import { describe, expect, it } from 'vitest';
import { BatchingReplica } from '../../src/serving/batching-replica.ts';
import { compare, LARGE, SMALL } from './agreement.ts';
import { BUGS, withBug } from './planted-bugs.ts';

describe('the fast replica', () => {
  it.each([
    ['to the bit where nothing rounds', true, SMALL],
    ['to 1e-9 where costs have many digits', false, SMALL],
    ['to the bit in large batches', true, LARGE],
    ['to 1e-9 in large batches', false, LARGE],
  ])('answers as its twin does on random cases: %s', (_, exact, size) => {
    const { met, report } = compare(BatchingReplica, exact, size, true);
    expect(report).toBeNull();
    for (const [what, count] of Object.entries(met)) expect(count, what).toBeGreaterThan(size.cases / 50);
  });
});

describe('the comparison with the twin', () => {
  it('has nothing against a copy as it is', async () => {
    const asItIs = { ...BUGS[0]!, by: BUGS[0]!.piece };
    expect(compare(await withBug(asItIs), true, { ...SMALL, cases: 1_000 }, false).report).toBeNull();
  });

  for (const bug of BUGS) {
    it(`catches a bug planted in a copy: ${bug.what}`, async () => {
      expect(compare(await withBug(bug), true, SMALL, false).apartAt).not.toBeNull();
    });
  }
});
