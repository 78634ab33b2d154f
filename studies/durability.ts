/**
 * The durability study: what a store holds when batches are killed or refused, and what keeping costs. Some minutes of
 * two cores, quiet ones for the speed-up.
 *
 *   npm run study:durability                       into results/reference/durability.md and .json
 *   npm run study:durability -- kills speedUp      these parts anew, the others as they are
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from '@commander-js/extra-typings';
import { Folder } from '../tests/helpers/command.ts';
import { poissonTier, queueText } from '../tests/helpers/queue.ts';
import {
  measureFullDisk,
  measureKills,
  measureOverhead,
  measureReadOnly,
  measureSpeedUp,
  measureVolume,
} from './durability-cases.ts';
import { durabilityReport, type DurabilityStudy, type Parts } from './durability-report.ts';

/** M/M/8 at 87 % for fifty minutes: some 21,000 requests, a tenth of a second or less. */
const QUEUE = queueText({
  tiers: [poissonTier(7)],
  slots: 8,
  service: '{ kind: exponential, mean: 1s }',
  warmUp: 0,
  duration: 3_000,
});

const MEASURES: { readonly [Part in keyof Parts]: (folder: Folder) => Promise<Parts[Part]> } = {
  kills: (folder) => measureKills(folder, 'queue.yaml', 600, 20),
  refusals: async (folder) => ({
    fullDisk: await measureFullDisk(folder, 'queue.yaml', 60, 1_000),
    readOnly: await measureReadOnly(folder, 'queue.yaml', 60),
  }),
  speedUp: (folder) => measureSpeedUp(folder, 'erlang-c', 120, 5),
  overhead: (folder) => measureOverhead(folder, 'two-requests', 5_000),
  volume: (folder) =>
    Promise.resolve([
      measureVolume(folder, 'two-requests', 498, ['csv', 'json', 'parquet']),
      measureVolume(folder, 'two-requests', 100_000, ['csv', 'parquet']),
    ]),
};
const PARTS = Object.keys(MEASURES) as (keyof Parts)[];

const command = new Command('study:durability')
  .addArgument(new Argument('[parts...]', 'what to measure (default: all)').choices(PARTS))
  .addHelpText('after', '\nExample:\n  npm run study:durability -- speedUp')
  .parse();
const [given] = command.processedArgs;

const target = (ending: string): string =>
  fileURLToPath(new URL(`../results/reference/durability.${ending}`, import.meta.url));
const known = existsSync(target('json'))
  ? (JSON.parse(readFileSync(target('json'), 'utf8')) as DurabilityStudy)
  : {};
const study: Record<string, unknown> = { ...known };
const folder = new Folder({ 'queue.yaml': QUEUE });
try {
  for (const part of given.length === 0 ? PARTS : given) {
    const before = loadavg()[0]!.toFixed(1);
    const figures = await MEASURES[part](folder);
    const load = `load ${before} before and ${loadavg()[0]!.toFixed(1)} after`;
    const on = `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.version}, ${load}`;
    study[part] = { on, figures };
    process.stderr.write(`${part}\n`);
    writeFileSync(target('json'), `${JSON.stringify(study, null, 2)}\n`);
    writeFileSync(target('md'), durabilityReport(study));
  }
} finally {
  folder.remove();
}
