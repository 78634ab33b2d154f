/** Timers longer than those of Node, by clocks that run: what Node keeps in one delay is made short. */
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { after } from '../../src/api/long-timer.ts';

describe('a timer of any length', () => {
  it('calls back once, after its whole time, where one timer of Node would end many times before', async () => {
    const startedAt = performance.now();
    let calls = 0;
    const passed = await new Promise<number>((resolve) => {
      after(
        0.12,
        () => {
          calls += 1;
          resolve(performance.now() - startedAt);
        },
        10,
      );
    });
    // Node counts whole milliseconds, so that it may be one early.
    expect(passed).toBeGreaterThanOrEqual(119);
    await setTimeout(30);
    expect(calls).toBe(1);
  });

  it('is forgotten in any of its parts', async () => {
    let calls = 0;
    const forget = after(0.06, () => (calls += 1), 10);
    await setTimeout(25);
    forget();
    await setTimeout(80);
    expect(calls).toBe(0);
  });

  it('does not fire at once for a time beyond 2³¹ − 1 ms, as a timer of Node does', async () => {
    let calls = 0;
    const forget = after(4_294_968, () => (calls += 1));
    await setTimeout(20);
    forget();
    expect(calls).toBe(0);
  });
});
