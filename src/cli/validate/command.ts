/** `validate` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import { gather, pluginOption, type OptionsOf } from '../options.ts';

/** Declares `validate`. */
export const declareValidate = (program: Command) =>
  program
    .command('validate')
    .description('Check scenario files without running them.')
    .argument('<scenario...>', 'scenario files, names of shipped scenarios, or - for standard input')
    .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
    .addOption(pluginOption())
    .addHelpText('after', '\nExample:\n  fleetyield validate my-fleet.yaml')
    .action(async (scenarios, options) => {
      const { validate } = await import('./action.ts');
      process.exitCode = await validate(scenarios, options);
    });

/** What `validate` takes. */
export type ValidateOptions = OptionsOf<typeof declareValidate>;
