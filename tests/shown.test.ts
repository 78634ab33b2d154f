import { describe, expect, test } from 'vitest';
import { shown, shownText } from '../src/shown.ts';

describe('a value in a message', () => {
  test.each([
    [undefined, 'missing'],
    [null, 'null'],
    [2.5, '2.5'],
    [NaN, 'NaN'],
    ['a "b"', '"a \\"b\\""'],
    [['a', 1], '["a",1]'],
    [{ kind: { x: 1 } }, '{"kind":{"x":1}}'],
  ])('is as JSON has it: %j', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  test.each([
    'x'.repeat(1_000_000),
    Array.from({ length: 20_000 }, (_, id) => id),
    { deep: Array.from({ length: 1_000 }, () => 'y'.repeat(1_000)) },
  ])('is at most sixty characters long', (value) => {
    expect(shown(value)).toHaveLength(60);
    expect(shown(value)).toMatch(/…$/);
  });

  test('obeys no terminal: control characters, marks of direction and line ends are written as numbers', () => {
    const nasty = '\u001b[31mred\u0007\u009b\u202Eabc\u200B\uFEFF\u2028\r\n\0\uD800';

    const obeyed = /[\u0000-\u001f\u007f-\u009f\u200b\u2028\u202e\ufeff\ud800-\udfff]/;
    expect(shown(nasty, 200)).not.toMatch(obeyed);
    expect(shownText(nasty, 200)).not.toMatch(obeyed);
    expect(shownText('\u001b[31m')).toBe('\\u001b[31m');
    expect(shown({ '\u202E': 1 })).toBe('{"\\u202e":1}');
  });

  test('keeps the letters of every script', () => {
    expect(shown('Zoë 日本 😀')).toBe('"Zoë 日本 😀"');
  });
});
