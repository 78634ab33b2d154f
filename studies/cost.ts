/**
 * The cost study: what the estimate of a replication says before it starts, against what it takes. Processor time, so
 * that what else the machine does matters little; some five minutes of one core for all scenarios that ship.
 *
 *   npm run study:cost                      into results/reference/cost.md
 *   npm run study:cost -- --only erlang-c   a look at some, written nowhere
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { replicate } from '../src/experiments/replicate.ts';
import { readCatalog } from '../src/files/catalog-files.ts';
import { loadScenario } from '../src/files/scenario-files.ts';
import { shippedScenarios } from '../src/files/shipped-scenarios.ts';
import { costOfReplication } from '../src/simulation/cost.ts';
import { packReplication } from '../src/store/packed-replication.ts';
import { InputError } from '../src/errors.ts';

const REPORT = fileURLToPath(new URL('../results/reference/cost.md', import.meta.url));

const { only } = new Command('study:cost')
  .option('--only <scenarios...>', 'scenarios to measure')
  .addHelpText('after', '\nExample:\n  npm run study:cost -- --only erlang-c agents')
  .parse()
  .opts();

/** One replication, estimated and measured. */
function measure(path: string) {
  const scenario = loadScenario({ path, overrides: [] }, readCatalog());
  const cost = costOfReplication(scenario.cell);
  let [requests, attempts, live] = [0, 0, 0];
  const onClosed: NonNullable<Parameters<typeof replicate>[3]['onClosed']> = (table, row) => {
    requests += 1;
    attempts += table.progress.attempts[row]!;
    live = Math.max(live, table.live);
  };
  const before = process.cpuUsage();
  const packed = packReplication(replicate(scenario, '1', 0, { byHour: false, onClosed }), 0);
  const { user, system } = process.cpuUsage(before);
  const kept = Object.values(packed.records).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const actual = { requests, attempts, events: packed.events, seconds: (user + system) / 1e6, kept };
  return { cost, actual };
}

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const HEAD = [
  'scenario',
  'requests',
  'est. ÷ actual',
  'attempts ÷',
  'events ÷',
  'seconds',
  'seconds ÷',
  'store ÷',
];
const lines = [row(HEAD), row(HEAD.map(() => '---'))];
process.stdout.write(`${lines.join('\n')}\n`);
for (const { name, path } of shippedScenarios()) {
  if (only !== undefined && !only.includes(name)) continue;
  try {
    const { cost, actual } = measure(path);
    const ratio = (estimated: number, measured: number) => (estimated / measured).toFixed(2);
    const line = row([
      name,
      actual.requests,
      ratio(cost.requests, actual.requests),
      ratio(cost.attempts, actual.attempts),
      ratio(cost.events, actual.events),
      actual.seconds.toFixed(1),
      ratio(cost.seconds, actual.seconds),
      ratio(cost.keptBytes, actual.kept),
    ]);
    lines.push(line);
    process.stdout.write(`${line}\n`);
  } catch (error) {
    // One that replays a file which does not ship.
    if (!(error instanceof InputError)) throw error;
  }
}
const text = `# What the estimate of a replication says, and what it takes

${cpus()[0]!.model}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}; processor time of one replication of each scenario that ships, its measuring and packing included. \`npm run study:cost\` makes this again.

${lines.join('\n')}
`;
if (only === undefined) writeFileSync(REPORT, text);
