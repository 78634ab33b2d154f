/**
 * The stories: what the shipped scenarios of demand and of changing fleets say when they are run. A few minutes of one core.
 *
 *   npm run study:stories             into results/reference/stories.md
 *   npm run study:stories -- rollout  prints some of them
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from '@commander-js/extra-typings';
import { readCatalog } from '../src/files/catalog-files.ts';
import { loadScenario } from '../src/files/scenario-files.ts';
import { scenarioPath } from '../src/files/shipped-scenarios.ts';
import { Estimates, replications } from '../tests/helpers/scenario.ts';
import { REPLICATIONS, SEED, STORIES, type Story } from './stories-cases.ts';
import { storiesReport, type StoryResult } from './stories-report.ts';

const names = STORIES.map(({ scenario }) => scenario);
const [chosen] = new Command('study:stories')
  .addArgument(new Argument('[scenarios...]', 'which to run (default: all, and publish)').choices(names))
  .addHelpText('after', '\nExample:\n  npm run study:stories -- rollout')
  .parse().processedArgs;

const catalog = readCatalog();

function told(story: Story): StoryResult {
  const path = scenarioPath(story.scenario);
  const results = story.variants.map((variant) => {
    process.stderr.write(`${story.scenario}, ${variant.name}\n`);
    const scenario = loadScenario({ path, overrides: variant.overrides }, catalog);
    const estimates = new Estimates(replications(scenario, REPLICATIONS, { seed: SEED }));
    const figures = story.shown.map(
      ({ metric, scope, per }) =>
        [estimates.of(metric, scope), per === undefined ? null : estimates.of(per, scope)] as const,
    );
    return { variant, hash: scenario.hash, figures };
  });
  return { story, results };
}

if (chosen.length > 0) {
  const some = STORIES.filter(({ scenario }) => chosen.includes(scenario));
  process.stdout.write(storiesReport(some.map(told)));
} else {
  const target = fileURLToPath(new URL('../results/reference/stories.md', import.meta.url));
  writeFileSync(target, storiesReport(STORIES.map(told)));
}
