/** `schema` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';

/** Declares `schema`. */
export const declareSchema = (program: Command) =>
  program
    .command('schema')
    .description('Print the JSON Schema of scenario files, for editors that complete and check them.')
    .addHelpText(
      'after',
      `
Example:
  fleetyield schema > fleetyield.schema.json

Then, as the first line of a scenario, for editors with the YAML language server:
  # yaml-language-server: $schema=fleetyield.schema.json`,
    )
    .action(async () => {
      const { printSchema } = await import('./action.ts');
      printSchema();
    });
