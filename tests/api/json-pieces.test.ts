/** JSON in pieces is the JSON that is written at once. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitsInto, jsonPieces } from '../../src/api/json-pieces.ts';

const documents = fc.dictionary(
  fc.string({ unit: 'binary' }),
  fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.constant(undefined)),
);

const joined = (document: Readonly<Record<string, unknown>>) =>
  Buffer.concat([...jsonPieces(document)]).toString();

it('has the text of the whole, and the length that is asked for, to the byte', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const text = JSON.stringify(document);
      expect(joined(document)).toBe(text);
      const length = Buffer.byteLength(text);
      expect([fitsInto(document, length), fitsInto(document, length - 1)]).toEqual([true, false]);
    }),
    { seed: 20_261_130 },
  );
});

it('is cut after a piece of a quarter of a MiB, between the parts of a list', () => {
  const document = { list: Array.from({ length: 10 }, () => 'é'.repeat(100_000)), after: null };
  const lengths = [...jsonPieces(document)].map(({ length }) => length);
  // Three parts of 100,003 characters pass 2 ** 18, and have two bytes for each é.
  expect(lengths.length).toBe(4);
  expect(Math.max(...lengths)).toBeLessThan(3 * 200_010);
  expect(joined(document)).toBe(JSON.stringify(document));
});
