import { describe, expect, it } from 'vitest';
import { NO_NODE, promptTreeOf } from '../../src/workload/prompt-tree.ts';

const prompt = (tokens: number, ...ids: number[]) => ({ tokens, ids });

describe('the tree of prompts', () => {
  it('has a node for each run of blocks that the same prompts begin with', () => {
    // Blocks of 2: the first two prompts share 1 and 2, the third only 1, the fourth nothing.
    const tree = promptTreeOf([prompt(7, 1, 2, 3), prompt(7, 1, 2, 4), prompt(5, 1, 5), prompt(5, 8, 9)], 2);
    expect([...tree.before]).toEqual([NO_NODE, 0]);
    expect([...tree.blocks]).toEqual([1, 1]);
    expect([...tree.last]).toEqual([1, 1, 0, NO_NODE]);
  });

  it('leaves out the block that the last token of a prompt ends, for that token is read in any case', () => {
    const tree = promptTreeOf([prompt(4, 1, 2), prompt(5, 1, 2)], 2);
    expect([...tree.blocks]).toEqual([1]);
    expect([...tree.last]).toEqual([0, 0]);
  });

  it('parts prompts that go different ways after the same blocks', () => {
    const tree = promptTreeOf([prompt(5, 1, 2), prompt(5, 1, 2), prompt(5, 1, 3), prompt(5, 1, 3)], 2);
    expect([...tree.before]).toEqual([NO_NODE, 0, 0]);
    expect([...tree.last]).toEqual([1, 1, 2, 2]);
  });

  it.each([
    ['ids that are too few', [prompt(5, 1)], 'has 1 block ids for 5 tokens; expected 2'],
    [
      'an id after a different block than before',
      [prompt(5, 1, 2), prompt(5, 3, 2)],
      'hash id 2 follows a different block',
    ],
  ])('refuses %s', (_, prompts, message) => {
    expect(() => promptTreeOf(prompts, 2)).toThrow(message);
  });
});
