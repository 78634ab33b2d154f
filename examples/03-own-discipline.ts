/**
 * Runs a discipline of one's own beside a shipped one. Concepts: a plugin, which each worker thread imports and whose
 * digest is part of the identity of a batch.
 *
 * node --import tsx examples/03-own-discipline.ts
 */
import { fileURLToPath } from 'node:url';
import { loadPlugins, run } from 'fleetyield';

const plugins = await loadPlugins([fileURLToPath(new URL('longest-prompt-first.js', import.meta.url))]);

for (const kind of ['fcfs', 'longest-prompt-first']) {
  const { estimates } = await run('erlang-c', {
    plugins,
    set: [
      `gateway.discipline.kind=${kind}`,
      'workload.tiers[0].lengths.prompt={ kind: lognormal, mean: 500, cv: 1 }',
      'horizon.duration=30min',
    ],
    replications: 2,
  });
  const p99 = estimates.find(({ scope, metric }) => scope === 'total' && metric === 'wait.p99');
  console.log(`${kind}: 99 % wait at most ${p99?.mean?.toFixed(2)} s`);
}
