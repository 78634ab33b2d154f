/** The table of `README.md`: it names every case of the oracles once, and files that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { NO_ORACLES, oracleIds } from '../helpers/shared.ts';

const ROOT = new URL('../../', import.meta.url);
const rows = readFileSync(fileURLToPath(new URL('README.md', import.meta.url)), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-L]\d\d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the table of oracles', () => {
  test.skipIf(NO_ORACLES !== null)(`names every case once ${NO_ORACLES ?? ''}`, () => {
    const named = rows.flatMap(([, ids]) => ids!.split(' '));
    expect([...named].sort()).toEqual([...oracleIds()].sort());
  });

  test('names files that exist, and that name the cases', () => {
    const wrong = rows.flatMap(([, ids, , where]) => {
      const files = [...where!.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file]) =>
        fileURLToPath(new URL(file!.includes('/') ? file! : `tests/oracles/${file!}`, ROOT)),
      );
      const missing = files.filter((file) => !existsSync(file));
      if (missing.length > 0 || files.length === 0) return missing;
      const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
      // `A07 to A11` stands for those between.
      const spans = [...text.matchAll(/([A-L])(\d\d) to [A-L](\d\d)/g)];
      const spanned = (id: string) =>
        spans.some(([, family, from, to]) => id[0] === family && id.slice(1) >= from! && id.slice(1) <= to!);
      return ids!.split(' ').filter((id) => !text.includes(id) && !spanned(id));
    });
    expect(wrong).toEqual([]);
  });
});
