/** `list` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import { pluginOption, type OptionsOf } from '../options.ts';

/** Declares `list`. */
export const declareList = (program: Command) =>
  program
    .command('list')
    .description('List strategies, presets and metrics.')
    .argument('[family]', 'one family, such as rate-limits, metrics or scenarios')
    .addOption(pluginOption())
    .option('--json', 'print JSON, with the schema and an example of each strategy', false)
    .addHelpText(
      'after',
      '\nExamples:\n  fleetyield list\n  fleetyield list arrivals\n  fleetyield list metrics',
    )
    .action(async (family, options) => {
      const { list } = await import('./action.ts');
      await list(family, options);
    });

/** What `list` takes. */
export type ListOptions = OptionsOf<typeof declareList>;
