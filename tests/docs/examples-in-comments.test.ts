/** Every `@example` in the doc comments of the statistics, run: `expression // => value`, to the digits that are written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.ts';

const SRC = join(import.meta.dirname, '../../src/stats');
const EXAMPLE = /^ \* @example (.+) \/\/ => ([^,\n{]+|\{[^}]*\})/gm;

const examples = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    expect(text.split('@example').length - 1, `${path}: one line each`).toBe(
      [...text.matchAll(EXAMPLE)].length,
    );
    return [...text.matchAll(EXAMPLE)].map(([, code, value]) => [code!, value!, path] as const);
  });

/** The value of an expression that may use all that `names` has. */
function valueOf(code: string, names: object): unknown {
  return new Function(...Object.keys(names), `return (${code});`)(...Object.values(names)) as unknown;
}

/** A number with the decimals of another. */
const asWritten = (written: string, value: number): number =>
  Number(value.toFixed(/\.(\d+)/.exec(written)?.[1]?.length ?? 0));

describe('the examples of doc comments', () => {
  it.each(examples)('%s is %s', async (code, written, path) => {
    const module = (await import(join(SRC, path))) as object;
    const expected = valueOf(written, {});
    const value = valueOf(code, module);
    if (typeof value === 'number') return expect(asWritten(written, value)).toBe(expected);
    const numbers = Object.entries(expected as Readonly<Record<string, number>>);
    expect(Object.keys(value as object)).toEqual(numbers.map(([key]) => key));
    for (const [key, number] of numbers)
      expect(asWritten(String(number), (value as Readonly<Record<string, number>>)[key]!), key).toBe(number);
  });

  it('are there for each closed form and interval that the library exports', () => {
    const text = examples.map(([code]) => code).join('\n');
    const functions = Object.keys(library).filter((name) =>
      /^(erlang[BC]|mm|mg1|wait|.*Interval$)/.test(name),
    );
    expect(functions.length).toBeGreaterThan(10);
    expect(functions.filter((name) => !text.includes(`${name}(`))).toEqual([]);
  });
});
