/** `report` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import { storeOption, type OptionsOf } from '../options.ts';

/** Declares `report`. */
export const declareReport = (program: Command) =>
  program
    .command('report')
    .description('Write stored batches as one self-contained HTML page.')
    .argument('<batch...>', 'beginnings of ids, or names of scenarios; others are compared with the first')
    .option('--out <file.html>', 'file to write', 'report.html')
    .option('--scaling <file.json>', 'output of scaling --json for the same fleet, shown as a section')
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
The page needs no other file and no network: tables and pictures of outcomes, latency, service levels, utilisation and
money, by tier and by hour, with intervals and sources.

Examples:
  fleetyield report openai-2025 --out board.html
  fleetyield report 3f2a 91cc --out before-and-after.html
  fleetyield report openai-2025 --scaling scaling.json --out board.html`,
    )
    .action(async (batches, options) => {
      const { report } = await import('./action.ts');
      report(batches, options);
    });

/** What `report` takes. */
export type ReportOptions = OptionsOf<typeof declareReport>;
