/**
 * The coverage study: how often the intervals of a run contain the truth. Some ten minutes of one core.
 *
 *   npm run study:coverage   into results/reference/coverage.md
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { coverageReport } from './coverage-report.ts';
import { REPLICATIONS, runFixed, runSequential } from './coverage-runs.ts';

new Command('study:coverage').addHelpText('after', '\nExample:\n  npm run study:coverage').parse();

const scale = { macros: 1_000, length: 1, told: (name: string) => process.stderr.write(`${name}\n`) };
const study = {
  macros: scale.macros,
  replications: REPLICATIONS,
  fixed: runFixed(scale),
  sequential: runSequential(scale),
};
const target = fileURLToPath(new URL('../results/reference/coverage.md', import.meta.url));
writeFileSync(target, coverageReport(study));
