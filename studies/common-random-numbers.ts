/**
 * The study of common random numbers: what pairing is worth for three changes of policy. About a minute of one core.
 *
 *   npm run study:common-random-numbers   into results/reference/common-random-numbers.md
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { randomNumbersReport, runStudy } from './common-random-numbers-runs.ts';

new Command('study:common-random-numbers')
  .addHelpText('after', '\nExample:\n  npm run study:common-random-numbers')
  .parse();

const study = runStudy(400, (name) => process.stderr.write(`${name}\n`));
const target = fileURLToPath(new URL('../results/reference/common-random-numbers.md', import.meta.url));
writeFileSync(target, randomNumbersReport(study));
