/**
 * Runs a scenario file and prints some of its estimates. Concepts: a scenario, a run, an estimate with its interval.
 *
 * node --import tsx examples/01-run-a-file.ts [SCENARIO]
 */
import { run } from 'fleetyield';

const [scenario = 'erlang-c'] = process.argv.slice(2);
const { replications, estimates } = await run(scenario, { replications: 4, set: ['horizon.duration=20min'] });

console.log(`${scenario}: ${replications} replications`);
for (const { scope, metric, mean, halfWidth, unit } of estimates) {
  if (scope === 'total' && ['throughput.requests', 'wait.mean', 'wait.p99'].includes(metric))
    console.log(`${metric.padEnd(20)} ${mean?.toPrecision(4)} ± ${halfWidth?.toPrecision(2)} ${unit}`);
}
