/** `serve` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import {
  logLevelOption,
  pluginOption,
  portNumber,
  storeOption,
  wholeNumber,
  type OptionsOf,
} from '../options.ts';
import { version } from '../shared/version.ts';

/** Declares `serve`. */
export const declareServe = (program: Command) =>
  program
    .command('serve')
    .description('Serve the HTTP API: run batches and read results from other programs.')
    .option('--port <n>', 'port; 0 for one that is free', portNumber, 8080)
    .option('--host <address>', 'address; other than this machine, tokens are required', '127.0.0.1')
    .addOption(storeOption())
    .option(
      '--out <dir>',
      'also write the JSON document of each finished batch and campaign into this folder',
    )
    .option('--auth', 'require tokens on this machine too', false)
    .option(
      '--threads <n>',
      'threads of each batch; two run at a time (default: half the cores)',
      wholeNumber,
    )
    .option('--rate-limit <n>', 'requests per minute and caller', wholeNumber, 1_200)
    .option('--time-limit <seconds>', 'longest time a batch may run', wholeNumber, 3_600)
    .addOption(pluginOption())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      `
GET /docs explains every operation, GET /openapi.json is for programs. A signal ends the server: what runs goes back to
the queue, what is finished is kept, and the next server resumes.

Examples:
  fleetyield serve
  fleetyield serve --port 9000 --store lab.sqlite
  fleetyield token create lab --scope read --scope write && fleetyield serve --host 0.0.0.0
  curl localhost:8080/v1/batches --json '{"scenario": {"kind": "shipped", "name": "erlang-c"}}'`,
    )
    .action(async (options) => {
      const { serve } = await import('./action.ts');
      await serve(options, version());
    });

/** What `serve` takes. */
export type ServeOptions = OptionsOf<typeof declareServe>;
