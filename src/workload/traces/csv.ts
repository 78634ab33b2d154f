/** The plain layout: a header of our own column names, arrivals in seconds; and the rows that `run --requests` writes. */
import { unmarkedText } from '../../input/csv-text.ts';
import { traceOfTable, type TraceOptions } from './layout.ts';
import { areRequestRows, recogniseRequestRows } from './request-rows.ts';
import { headerText, numberIn, wholeIn } from './table.ts';
import type { Text } from './text.ts';
import type { Trace } from './trace.ts';

/** Names of the columns, the arrival first. */
export const COLUMNS = [
  'at',
  'prompt',
  'output',
  'cached',
  'tenant',
  'session',
  'patience',
  'tier',
  'priority',
  'finished',
];

export function readCsv(text: Text, file: string, options: TraceOptions = {}): Trace {
  return traceOfTable(text, file, options, (header) => {
    if (areRequestRows(header)) return recogniseRequestRows(header);
    const unknown = header.find((name) => !COLUMNS.includes(name));
    if (unknown !== undefined || !header.includes('at')) {
      return `${headerText(header)}; expected at (seconds) and any of ${COLUMNS.slice(1).join(', ')}`;
    }
    const place = new Map(header.map((name, index) => [name, index]));
    return (cells, refuse) => {
      const optional = (name: string, read: (cell: string) => number) => {
        const index = place.get(name);
        return index === undefined || cells[index] === '' ? {} : { [name]: read(cells[index]!) };
      };
      const label = (name: string) => {
        const index = place.get(name);
        return index === undefined || cells[index] === '' ? {} : { [name]: unmarkedText(cells[index]!) };
      };
      return {
        at: numberIn(cells[place.get('at')!]!, 'at', 0, refuse),
        ...optional('prompt', (cell) => wholeIn(cell, 'prompt', 1, refuse)),
        ...optional('output', (cell) => wholeIn(cell, 'output', 1, refuse)),
        ...optional('cached', (cell) => wholeIn(cell, 'cached', 0, refuse)),
        ...optional('patience', (cell) => numberIn(cell, 'patience', 0, refuse)),
        ...label('tenant'),
        ...label('session'),
        ...label('tier'),
        ...optional('priority', (cell) => wholeIn(cell, 'priority', 0, refuse)),
        ...optional('finished', (cell) => numberIn(cell, 'finished', 0, refuse)),
      };
    };
  });
}
