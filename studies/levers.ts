/**
 * The levers study: what each lever on openai-2025 changes. Some ten minutes of one core.
 *
 *   npm run study:levers   into results/reference/levers.md
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { leversReport } from './levers-report.ts';
import { PUBLISHED, runLevers } from './levers-runs.ts';

new Command('study:levers').addHelpText('after', '\nExample:\n  npm run study:levers').parse();

const study = runLevers(PUBLISHED, (name) => process.stderr.write(`${name}\n`));
const target = fileURLToPath(new URL('../results/reference/levers.md', import.meta.url));
writeFileSync(target, leversReport(study));
