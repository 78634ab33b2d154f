/** Tables for a terminal without rules: columns are separated by space. */
import Table from 'cli-table3';
import { bold } from './format.ts';
import { visibleStyled } from './terminal.ts';

type Alignment = 'left' | 'right';

/**
 * A table without rules or trailing spaces. Each row is one line and every character in it visible, whatever names it
 * shows.
 *
 * @param alignments of the columns; by default all but the first are numbers
 */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = numbersAfterText(head.length),
): string {
  const table = new Table({
    ...WITHOUT_LINES,
    head: head.map((title) => bold(title)),
    colAligns: [...alignments],
  });
  table.push(...rows.map((row) => row.map(visibleStyled)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The first column is text and the others are numbers. */
const numbersAfterText = (columns: number): Alignment[] =>
  Array.from({ length: columns }, (_, column) => (column === 0 ? 'left' : 'right'));

/** Columns of text. */
export const texts = (columns: number): Alignment[] => Array.from({ length: columns }, () => 'left');

/** Options of `cli-table3` for a table without rules. */
const WITHOUT_LINES = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};
