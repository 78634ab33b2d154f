/**
 * The ten-statements study: what a right simulator must reproduce, and whether this one does. Some ten minutes of one core.
 *
 *   npm run study:ten-statements                 everything, into results/reference/ten-statements.md
 *   npm run study:ten-statements -- --only 2 9   some statements, printed
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { STATEMENTS } from './ten-statements-cases.ts';
import { tenStatementsReport, type RationingVerdict, type StatementResult } from './ten-statements-report.ts';
import { PUBLISHED, Shipped } from './ten-statements-runs.ts';

const target = (name: string) => fileURLToPath(new URL(`../results/reference/${name}.md`, import.meta.url));

const { only } = new Command('study:ten-statements')
  .option('--only <statements...>', 'these statements, printed instead of written')
  .addHelpText('after', '\nExample:\n  npm run study:ten-statements -- --only 2 9')
  .parse()
  .opts();

/** As the rationing study's own report has it. */
function rationingVerdict(): RationingVerdict {
  const found = /\*\*(\d+) of (\d+) figures pass/.exec(readFileSync(target('rationing'), 'utf8'));
  if (found === null) throw new Error('results/reference/rationing.md has no verdict; make it again');
  return { passed: Number(found[1]), of: Number(found[2]) };
}

const shipped = new Shipped(PUBLISHED);
const chosen = STATEMENTS.filter(({ number }) => only?.includes(String(number)) ?? true);
const results = chosen.map((statement): StatementResult => {
  const result = { statement, checks: statement.check(PUBLISHED, shipped) };
  const seconds = Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1e6);
  process.stderr.write(`${seconds} s  ${statement.number}. ${statement.title}\n`);
  return result;
});
const report = tenStatementsReport(results, rationingVerdict(), PUBLISHED.replications);
if (only === undefined) writeFileSync(target('ten-statements'), report);
else process.stdout.write(report);
