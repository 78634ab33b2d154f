/** Answers that are told again for a tenth of a second, and no longer than nothing changes. */
import { expect, it } from 'vitest';
import { RecentAnswers } from '../../src/api/recent-answers.ts';

/** Answers that count how often they were made, on a clock that is set by hand [ms]. */
function counted() {
  const clock = { now: 5_000, made: 0 };
  const answers = new RecentAnswers(() => clock.now);
  return { answers, clock, ask: (key = 'page') => answers.of(key, () => `${key} ${(clock.made += 1)}`) };
}

it('an answer is told again until it is a tenth of a second old', () => {
  const { clock, ask } = counted();
  expect(ask()).toBe('page 1');
  clock.now += 60;
  expect([ask(), ask('other')]).toEqual(['page 1', 'other 2']);
  clock.now += 39;
  expect([ask(), ask('other')]).toEqual(['page 1', 'other 2']);
  clock.now += 1;
  expect([ask(), ask('other')]).toEqual(['page 3', 'other 4']);
});

it('an answer is made anew when what it tells has changed', () => {
  const { answers, ask } = counted();
  ask();
  answers.forget();
  expect(ask()).toBe('page 2');
});

it('few answers are kept, whatever is asked for', () => {
  const { clock, ask } = counted();
  for (let key = 0; key < 1_000; key++) ask(String(key));
  // Twenty are kept: of the first nothing is left, and the last is told again.
  expect([ask('999'), ask('0')]).toEqual(['999 1000', '0 1001']);
  expect(clock.made).toBe(1_001);
});
