/** `new` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import { type OptionsOf } from '../options.ts';

/** Declares `new`. */
export const declareNew = (program: Command) =>
  program
    .command('new')
    .description('Write a scenario of your own to begin with: a copy of a template.')
    .argument('[template]', 'my-fleet, or the name of a shipped scenario', 'my-fleet')
    .option(
      '--out <file.yaml>',
      'file to write (default: TEMPLATE.yaml); a file that exists is never replaced',
    )
    .addHelpText(
      'after',
      `
Examples:
  fleetyield new
  fleetyield new erlang-c --out my-queue.yaml`,
    )
    .action(async (template, options) => {
      const { newScenario } = await import('./action.ts');
      newScenario(template, options);
    });

/** What `new` takes. */
export type NewOptions = OptionsOf<typeof declareNew>;
