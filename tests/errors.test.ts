/** Errors: who can fix them, and how they are reported. */
import { describe, expect, it } from 'vitest';
import {
  describeFault,
  EnvironmentError,
  InputError,
  InvariantError,
  ParameterError,
  within,
} from '../src/errors.ts';

describe('a fault', () => {
  it.each([
    [{ place: 'x.yaml:3', path: 'a[0].b', message: 'is odd; even it' }, 'x.yaml:3 a[0].b: is odd; even it'],
    [{ place: 'x.yaml:3', path: '', message: 'is odd' }, 'x.yaml:3 is odd'],
    [{ place: '', path: 'a', message: 'is odd' }, 'a: is odd'],
    [{ place: '', path: '', message: 'is odd' }, 'is odd'],
  ])('is told with what is known of its place', (fault, text) => {
    expect(describeFault(fault)).toBe(text);
  });
});

describe('an error', () => {
  it('carries the code and the exit code of who can mend it', () => {
    const errors = [new InputError([]), new InvariantError('x'), new EnvironmentError('x')];
    expect(errors.map(({ code, exitCode, name }) => [code, exitCode, name])).toEqual([
      ['input-invalid', 2, 'InputError'],
      ['invariant-broken', 3, 'InvariantError'],
      ['environment-failed', 4, 'EnvironmentError'],
    ]);
  });

  it('of the input tells a line for each fault', () => {
    const fault = (message: string) => ({ place: 'x:1', path: '', message });
    expect(new InputError([fault('one'), fault('two')]).message).toBe('x:1 one\nx:1 two');
  });

  it('of the environment keeps its cause', () => {
    const cause = new Error('disk');
    expect(new EnvironmentError('x', { cause }).cause).toBe(cause);
  });
});

describe('within', () => {
  const refuse = (path: string) => () => {
    throw new ParameterError(path, 'is odd');
  };

  it.each([
    ['distribution', 'cv', 'distribution.cv'],
    ['of[2]', '[0]', 'of[2][0]'],
    ['kv', '', 'kv'],
    ['a', 'b.c[1]', 'a.b.c[1]'],
  ])('%j puts a path %j below it: %j', (outer, inner, path) => {
    expect(() => within(outer, refuse(inner))).toThrow(
      expect.objectContaining({ path, message: 'is odd' }) as Error,
    );
  });

  it('hands back what was built, and lets other errors through', () => {
    expect(within('a', () => 5)).toBe(5);
    const defect = new TypeError('a defect');
    expect(() =>
      within('a', () => {
        throw defect;
      }),
    ).toThrow(defect);
  });
});
