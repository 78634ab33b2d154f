/**
 * The durability study: what a store holds when batches are killed or refused, and what keeping costs. Some minutes of
 * two cores, quiet ones for the speed-up.
 *
 *   npm run study:durability   into results/reference/durability.md
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { Folder } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import {
  measureFullDisk,
  measureKills,
  measureOverhead,
  measureReadOnly,
  measureSpeedUp,
  measureVolume,
} from './durability-cases.ts';
import { durabilityReport } from './durability-report.ts';

new Command('study:durability').addHelpText('after', '\nExample:\n  npm run study:durability').parse();

/** M/M/8 at 87 % for fifty minutes: some 21,000 requests, a tenth of a second or less. */
const QUEUE = queueText({
  tiers: [poissonTier(7)],
  slots: 8,
  service: '{ kind: exponential, mean: 1s }',
  warmUp: 0,
  duration: 3_000,
});

const tell = (text: string): void => void process.stderr.write(`${text}\n`);
const folder = new Folder({ 'queue.yaml': QUEUE });
try {
  const study = {
    machine: `${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.version}`,
    speedUp: await measureSpeedUp(folder, 'erlang-c', 120, 3),
    overhead: await measureOverhead(folder, 'two-requests', 20_000),
    kills: await measureKills(folder, 'queue.yaml', 900, 20),
    fullDisk: await measureFullDisk(folder, 'queue.yaml', 60, 400),
    readOnly: await measureReadOnly(folder, 'queue.yaml', 60),
    volumes: [
      measureVolume(folder, 'two-requests', 776, ['csv', 'json', 'parquet']),
      measureVolume(folder, 'two-requests', 100_000, ['parquet']),
    ],
  };
  const target = fileURLToPath(new URL('../../results/reference/durability.md', import.meta.url));
  writeFileSync(target, durabilityReport(study));
  tell(`wrote ${target}`);
} finally {
  folder.remove();
}
