/** `export` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import { storeOption, type OptionsOf } from '../options.ts';
import { EXPORT_COLUMNS, EXPORT_FORMATS, EXPORT_TABLES } from '../../store/export-columns.ts';

/** Declares `export`. */
export const declareExport = (program: Command) =>
  program
    .command('export')
    .description('Export stored numbers as CSV, JSON or Parquet.')
    .argument('[batch]', 'beginning of an id, or name of a scenario; all batches if left out')
    .requiredOption('--out <file>', 'file to write')
    .addOption(
      new Option('--format <format>', 'of the file (default: by its ending)').choices(EXPORT_FORMATS),
    )
    .addOption(
      new Option('--what <table>', 'rows to write').choices(EXPORT_TABLES).default('estimates' as const),
    )
    .addOption(storeOption())
    .addHelpText('after', exportHelp)
    .action(async (batch, options) => {
      const { exportBatch } = await import('./action.ts');
      exportBatch(batch, options);
    });

/** What `export` takes. */
export type ExportOptions = OptionsOf<typeof declareExport>;

/** The examples of `export`, and the columns of its tables. */
function exportHelp(): string {
  const tables = Object.entries(EXPORT_COLUMNS).map(([table, columns]) => {
    const lines = columns.map(({ name, meaning }) => `  ${name.padEnd(15)}${meaning}`.trimEnd());
    return `Columns of ${table}:\n${lines.join('\n')}`;
  });
  return `
Examples:
  fleetyield export openai-2025 --out estimates.csv
  fleetyield export 3f2a --what replications --out replications.parquet
  fleetyield export 3f2a --what hourly --format json --out hours.txt
  fleetyield export --what batches --out batches.csv

Times are in seconds and money in US dollars; no data is empty in CSV and null elsewhere.

${tables.join('\n\n')}`;
}
