/**
 * The rationing study: what a fleet does that is asked for more than it can do. Some minutes of one core.
 *
 *   npm run study:rationing   into results/reference/rationing.md
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { PUBLISHED } from './rationing-cases.ts';
import { rationingReport } from './rationing-report.ts';
import { runStudy } from './rationing-runs.ts';

new Command('study:rationing').addHelpText('after', '\nExample:\n  npm run study:rationing').parse();

const study = runStudy(PUBLISHED, (name) => process.stderr.write(`${name}\n`));
const target = fileURLToPath(new URL('../results/reference/rationing.md', import.meta.url));
writeFileSync(target, rationingReport(study));
