/** `export`: writes stored batches as files for other programs. */
import { extname } from 'node:path';
import { InputError } from '../../errors.ts';
import { EXPORT_COLUMNS, EXPORT_FORMATS, type ExportFormat } from '../../store/export-columns.ts';
import { EXPORT_ROWS } from '../../store/export-rows.ts';
import { alternatives } from '../../input/suggest.ts';
import { writeTable } from '../../store/export-file.ts';
import { notice } from '../shared/terminal.ts';
import { openToRead } from '../shared/stores.ts';
import type { ExportOptions } from './command.ts';

export function exportBatch(given: string | undefined, options: ExportOptions): void {
  const { what, out, store: path } = options;
  const format = options.format ?? formatOf(out);
  const store = openToRead(path);
  try {
    if (given === undefined && what !== 'batches') {
      throw new InputError([
        {
          kind: 'option',
          place: 'export',
          path: '',
          message: `whose ${what}? Name a batch; fleetyield results lists them`,
        },
      ]);
    }
    const batches = given === undefined ? store.summaries() : [store.find(given)];
    writeTable(out, format, EXPORT_COLUMNS[what], EXPORT_ROWS[what](store, batches));
    notice(`wrote ${out}`);
  } finally {
    store.close();
  }
}

/** Chosen by the extension of the file. */
function formatOf(out: string): ExportFormat {
  const ending = extname(out).slice(1);
  const format = EXPORT_FORMATS.find((one) => one === ending);
  if (format !== undefined) return format;
  throw new InputError([
    {
      kind: 'option',
      place: `--out ${out}`,
      path: '',
      message: `the ending does not determine the format; add --format, ${alternatives(ending, EXPORT_FORMATS)}`,
    },
  ]);
}
