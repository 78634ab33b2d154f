/**
 * Estimates a metric of one's own. Concepts: a metric as a function of the books of a replication (the ledger), its
 * scopes.
 *
 * node --import tsx examples/05-own-metric.ts
 */
import { fileURLToPath } from 'node:url';
import { loadPlugins, run } from 'fleetyield';

const plugins = await loadPlugins([fileURLToPath(new URL('longest-prompt-first.js', import.meta.url))]);

const { estimates } = await run('retry-storm', {
  plugins,
  set: ['horizon.warmUp=1min', 'horizon.duration=5min'],
  replications: 4,
});
for (const { scope, metric, mean, halfWidth } of estimates)
  if (metric === 'attempts.perRequest')
    console.log(`${scope}: ${mean?.toFixed(3)} ± ${halfWidth?.toFixed(3)} attempts a request`);
