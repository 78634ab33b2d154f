/** Answers that several callers share. */
import { describe, expect, it } from 'vitest';
import { SharedAnswers } from '../../src/api/shared-answers.ts';

describe('shared answers', () => {
  it('are found out once for all who ask meanwhile, and again for another key', async () => {
    const answers = new SharedAnswers<number>();
    let found = 0;
    const find = () => Promise.resolve((found += 1));
    expect(await Promise.all([answers.of('a', find), answers.of('a', find), answers.of('b', find)])).toEqual([
      1, 1, 2,
    ]);
    // It still stands: a quarter of a second has not passed since.
    expect(await answers.of('a', find)).toBe(1);
  });

  it('that stand no longer are told at once while the next is found out', async () => {
    const answers = new SharedAnswers<number>();
    expect(await answers.of('a', () => Promise.resolve(1))).toBe(1);
    // A quarter of a second, for which it stands.
    const standsUntil = performance.now() + 260;
    await expect.poll(() => performance.now()).toBeGreaterThan(standsUntil);
    let tell: (answer: number) => void;
    const next = new Promise<number>((resolve) => (tell = resolve));
    let seeks = 0;
    const seek = () => {
      seeks += 1;
      return next;
    };
    expect(await Promise.all([answers.of('a', seek), answers.of('a', seek)])).toEqual([1, 1]);
    expect(seeks).toBe(1);
    tell!(2);
    await next;
    expect(await answers.of('a', seek)).toBe(2);
  });

  it('that fail are told to all who wait, and found out anew', async () => {
    const answers = new SharedAnswers<string>();
    const failing = () => Promise.reject(new Error('no'));
    const both = await Promise.allSettled([answers.of('a', failing), answers.of('a', failing)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await answers.of('a', () => Promise.resolve('now'))).toBe('now');
  });

  it('are forgotten, the oldest first, when there are more than a hundred', async () => {
    const answers = new SharedAnswers<number>();
    for (let key = 0; key <= 100; key++) await answers.of(String(key), () => Promise.resolve(key));
    expect(await answers.of('0', () => Promise.resolve(-1))).toBe(-1);
    expect(await answers.of('100', () => Promise.resolve(-1))).toBe(100);
  });
});
