/**
 * The study of time per request: what each family of demand and gateway costs the processor, and what the plain cases
 * cost the program before there were any. Some minutes of one core; all cases take turns, so that what else the machine
 * does meets them alike. Needs the repository's history for the program before.
 *
 *   npm run study:time-per-request                  into results/reference/time-per-request.md
 *   npm run study:time-per-request -- --rounds 1    a first look
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { wholeNumber } from '../tools/whole-number.ts';
import { cases, scenarioText, type Case } from './time-per-request-cases.ts';
import { timePerRequestReport, type Measured } from './time-per-request-report.ts';
import type { Run } from './time-per-request-run.ts';

/** The last commit whose gateway knows token buckets alone and whose demand is Poisson, hourly or replayed. */
const BEFORE = '43df39b00ffd5263e825bf0cb21797b4aa237055';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const CHILD = fileURLToPath(new URL('./time-per-request-run.ts', import.meta.url));
const REPORT = join(ROOT, 'results/reference/time-per-request.md');

const { rounds } = new Command('study:time-per-request')
  .option('--rounds <n>', 'measurements of each case', wholeNumber, 5)
  .addHelpText('after', '\nExample:\n  npm run study:time-per-request -- --rounds 7')
  .parse()
  .opts();

/** Builds the program of a commit in a folder, with the packages that are here. */
function buildOf(commit: string, folder: string): string {
  const archive = join(folder, 'program.tar');
  execFileSync('git', ['-C', ROOT, 'archive', '--output', archive, commit]);
  execFileSync('tar', ['-x', '-f', archive, '-C', folder]);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // Its types were checked when it was written.
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: folder });
  return join(folder, 'dist');
}

const runOf = (program: string, studied: Case): Run =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', CHILD, program], {
      cwd: ROOT,
      input: scenarioText(studied),
    }).toString(),
  ) as Run;

const folder = mkdtempSync(join(tmpdir(), 'fleetyield-before-'));
try {
  const before = buildOf(BEFORE, folder);
  const measured = cases().map((studied) => ({ studied, now: [] as Run[], before: [] as Run[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { studied, now, before: then } of measured) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${studied.name}\n`);
      now.push(runOf(join(ROOT, 'dist'), studied));
      if (studied.before) then.push(runOf(before, studied));
    }
  }
  const machine = `${cpus()[0]!.model}, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    REPORT,
    timePerRequestReport(measured satisfies Measured[], {
      date,
      machine,
      rounds,
      before: BEFORE.slice(0, 7),
    }),
  );
} finally {
  rmSync(folder, { recursive: true });
}
