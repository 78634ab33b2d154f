/** Records of comma-separated text, held against `csv-parse`, which reads the whole text by RFC 4180. */
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachRecord } from '../../src/workload/traces/csv-records.ts';
import { eachLine, type Text } from '../../src/workload/traces/text.ts';

function records(text: Text): { cells: readonly string[]; line: number }[] {
  const found: { cells: readonly string[]; line: number }[] = [];
  eachRecord(text, 'my.csv', (cells, line) => found.push({ cells, line }));
  return found;
}

/** The text in pieces that end at these places. */
const cutAt = (text: string, places: readonly number[]): string[] => {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, index) => text.slice(ends[index - 1] ?? 0, end));
};

const cell = fc.oneof(
  fc.constantFrom('', '1', '2.5', 'alice', ' ü ', '日本'),
  fc.stringMatching(/^[a-z0-9 ]{0,8}$/),
);
const quotedCell = fc.constantFrom('"0"', '"a, b"', '"say ""so"""', '"two\nlines"', '"two\r\nlines"', '""');
const row = (any: fc.Arbitrary<string>) => fc.array(any, { minLength: 2, maxLength: 4 });
const table = fc
  .tuple(
    fc.array(row(fc.oneof({ weight: 6, arbitrary: cell }, quotedCell)), { maxLength: 12 }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([rows, end]) => rows.map((cells) => cells.join(',') + end).join(''));

describe('records of comma-separated text', () => {
  test('are those that csv-parse finds in the whole text, wherever it is cut into chunks', () => {
    fc.assert(
      fc.property(table, fc.array(fc.nat(), { maxLength: 6 }), (text, places) => {
        const whole = parse(text, {
          relax_column_count: true,
          record_delimiter: ['\r\n', '\n'],
          skip_empty_lines: true,
        }) as unknown as string[][];
        expect(records(cutAt(text, places)).map(({ cells }) => cells)).toEqual(whole);
      }),
      { seed: 16, numRuns: 400 },
    );
  });

  test('stand on the line on which they end, also behind quoted line ends and blank lines', () => {
    expect(records('a,b\n\n"1\n2",3\r\n"x""y",4\n5,6').map(({ line }) => line)).toEqual([1, 4, 5, 6]);
  });

  test('need no line end behind the last', () => {
    expect(records(['a,', 'b\n1', ',2']).map(({ cells }) => cells)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });
});

describe('lines of a text', () => {
  test('are the same wherever it is cut into chunks', () => {
    const text = 'one\r\n\ntwo\nthree\r\nfour';
    const lines = (chunks: Text) => {
      const found: [string, number][] = [];
      eachLine(chunks, 'my.jsonl', (line, number) => found.push([line, number]));
      return found;
    };
    const expected = [
      ['one', 1],
      ['', 2],
      ['two', 3],
      ['three', 4],
      ['four', 5],
    ];
    for (let place = 0; place <= text.length; place++)
      expect(lines([text.slice(0, place), text.slice(place)])).toEqual(expected);
  });

  test('are refused where there is no end of one in 16 million characters', () => {
    const endless = (function* () {
      yield '{"a": [';
      for (let chunk = 0; chunk < 20; chunk++) yield '1,'.repeat(2 ** 19);
    })();
    expect(() => eachLine(endless, 'my.jsonl', () => undefined)).toThrow(
      'my.jsonl:1 is longer than 16,777,216 characters',
    );
  });
});
