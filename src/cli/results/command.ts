/** `results` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import { BATCH_STATUSES } from '../../store/batch-summary.ts';
import { jsonOption, storeOption, type OptionsOf } from '../options.ts';
import { version } from '../shared/version.ts';

/** Declares `results` with its commands. */
export const declareResults = (program: Command) => {
  const group = program
    .command('results')
    .description('Inspect stored results.')
    .addHelpText(
      'after',
      `
BATCH is the beginning of an id, four digits or more, or the name of a scenario for that scenario as it is written. One
with changes (--set, a point of a sweep or a scaling) has them in its name, as its table shows it. If several batches have
the same name, for example with different seeds, use their ids.

Examples:
  fleetyield results
  fleetyield results list --scenario openai-2025 --since 2026-11-01
  fleetyield results show 3f2a
  fleetyield results compare my-fleet 'my-fleet with fleet.pools[0].replicas=3'
  fleetyield results compare 3f2a 91cc --json
  fleetyield results delete 3f2a`,
    );
  declareList(group);
  declareShow(group);
  declareCompare(group);
  declareDelete(group);
  declarePrune(group);
};

const declareList = (group: Command) =>
  group
    .command('list', { isDefault: true })
    .description('List batches, most recently updated first.')
    .option('--scenario <name>', 'filter by scenario')
    .option('--since <date>', 'filter by date of the last update, such as 2026-11-24 or later')
    .addOption(
      new Option('--status <status>', 'filter by status').choices(BATCH_STATUSES),
    )
    .option('--json', 'print JSON instead of the table', false)
    .addOption(storeOption())
    .action(async (options) => {
      const { listResults } = await import('./list.ts');
      listResults(options);
    });

/** What `results list` takes. */
export type ListOptions = OptionsOf<typeof declareList>;

const declareShow = (group: Command) =>
  group
    .command('show')
    .description('Show a batch as run does, from all finished replications.')
    .argument('<batch>', 'beginning of an id, or name of a scenario')
    .option('--statement', 'show the whole income statement below the table', false)
    .option('--json', 'print the JSON document of run instead of the table', false)
    .addOption(storeOption())
    .action(async (batch, options) => {
      const { showResult } = await import('./show.ts');
      showResult(batch, options);
    });

/** What `results show` takes. */
export type ShowOptions = OptionsOf<typeof declareShow>;

const declareCompare = (group: Command) =>
  group
    .command('compare')
    .description('Show paired differences between two batches.')
    .argument('<baseline>', 'beginning of an id, or name of a scenario')
    .argument('<batch>', 'the other, run with the same seed')
    .addOption(jsonOption())
    .addOption(storeOption())
    .action(async (baseline, batch, options) => {
      const { compareResults } = await import('./compare.ts');
      compareResults(baseline, batch, options, version());
    });

/** What `results compare` takes. */
export type CompareOptions = OptionsOf<typeof declareCompare>;

const declareDelete = (group: Command) =>
  group
    .command('delete')
    .description('Delete batches.')
    .argument('<batch...>', 'beginnings of ids, or names of scenarios')
    .option('--force', 'also batches that another process is running, which then stops', false)
    .addOption(storeOption())
    .action(async (batches, options) => {
      const { deleteResults } = await import('./delete.ts');
      deleteResults(batches, options);
    });

/** What `results delete` takes. */
export type DeleteOptions = OptionsOf<typeof declareDelete>;

const declarePrune = (group: Command) =>
  group
    .command('prune')
    .description('Delete what is no longer needed, and shrink the store.')
    .option('--failed', 'batches in which replications failed', false)
    .option(
      '--other-programs',
      'batches of another version of fleetyield or Node, which cannot be resumed',
      false,
    )
    .option('--samples', 'samples of finished batches; estimates and values stay', false)
    .option('--dry-run', 'only print what would be deleted, and its size', false)
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
Samples are most of a store; pooled quantiles are computed from them. Without them a batch can be shown, exported and
reported at its own confidence; to compare it, to use another one or to extend it, it has to be run again.

Examples:
  fleetyield results prune --samples --dry-run
  fleetyield results prune --failed --other-programs`,
    )
    .action(async (options) => {
      const { pruneResults } = await import('./prune.ts');
      pruneResults(options);
    });

/** What `results prune` takes. */
export type PruneOptions = OptionsOf<typeof declarePrune>;
