/** The ten-statements study in words and tables. Every figure is computed; it knows no file and no clock. */
import type { Check, Statement } from './ten-statements-cases.ts';
import { LEVEL, SEED } from './ten-statements-runs.ts';

export interface StatementResult {
  readonly statement: Statement;
  readonly checks: readonly Check[];
}

/** What the rationing study says of statement 8. */
export interface RationingVerdict {
  readonly passed: number;
  readonly of: number;
}

/** Whether a figure is what the statement allows: its estimate, not its interval, must lie there. */
export function passes({ least, most, figure: { mean } }: Check): boolean {
  return mean !== null && (least === null || mean >= least) && (most === null || mean <= most);
}

/** 0.133, 4.820, 84.1, 227. */
function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value
    .toFixed(digits)
    .replace('-', '−')
    .replace(/^−(0\.?0*)$/, '$1');
}

/** Three significant digits, without zeros that say nothing: 0.97, 5, 12.4, 227. */
const bound = (value: number) => String(Number(value.toPrecision(3))).replace('-', '−');

function targetOf({ least, most }: Check): string {
  if (least === null) return `≤ ${bound(most!)}`;
  if (most === null) return `≥ ${bound(least)}`;
  return `${bound(least)} to ${bound(most)}`;
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function table(checks: readonly Check[]): string {
  return [
    row(['', 'target', `simulated, ${100 * LEVEL} %`, '']),
    row(['---', '---', '---', '---']),
    ...checks.map((check) => {
      const { mean, halfWidth } = check.figure;
      const value = mean === null ? 'none' : shown(mean);
      const verdict = passes(check) ? 'pass' : '**fail**';
      return row([
        check.says,
        targetOf(check),
        halfWidth === null ? value : `${value} ± ${shown(halfWidth)}`,
        [verdict, check.note, passes(check) ? undefined : check.failsFor]
          .filter((text) => text !== undefined)
          .join('; '),
      ]);
    }),
  ].join('\n');
}

function section({ statement, checks }: StatementResult): string {
  const { number, title, about, untested, command } = statement;
  return [
    `## ${number}. ${title}`,
    about,
    table(checks),
    ...untested.map((text) => `Not tested. ${text}`),
    `\`${command}\``,
  ].join('\n\n');
}

const rationingSection = ({ passed, of }: RationingVerdict) => `## 8. Rationing identities and priority

${passed} of ${of} figures pass: \`results/reference/rationing.md\` has them.

\`npm run study:rationing\``;

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

export function tenStatementsReport(
  results: readonly StatementResult[],
  rationing: RationingVerdict,
  replications: number,
): string {
  const checks = results.flatMap((result) => result.checks);
  const missed = results
    .filter((result) => !result.checks.every(passes))
    .map(({ statement }) => statement.number);
  const open = results
    .filter(({ statement }) => statement.untested.length > 0)
    .map(({ statement }) => statement.number);
  const sections = [
    ...results.map((result) => ({ number: result.statement.number, text: section(result) })),
    { number: 8, text: rationingSection(rationing) },
  ].toSorted((a, b) => a.number - b.number);
  return `# Ten statements

What a right simulator must reproduce (the fact base, section 10), and whether this one does. Made by \`npm run study:ten-statements\`: ${replications} replications each, seed \`${SEED}\`; half-widths are those of the jackknife over replications, paired where two runs are compared. A figure passes when its estimate is within what the statement allows. Presets run as they ship, a whole day, in their cells or in halves of them.

**${checks.filter(passes).length} of ${counted(checks.length, 'figure')} pass, beside the rationing study's ${rationing.passed} of ${rationing.of}.** ${missed.length === 0 ? 'No statement has a figure that fails.' : `Figures of ${missed.join(', ')} fail.`} Parts of ${open.join(', ')} are not tested, and say why.

What passing means differs. Statements 1, 2, 6, 8 and 9 are laws of a fleet: nothing in the scenarios knows the answer. Only how subscribers come and go, in 1 and 9 (d), is assumed. Statement 7 is arithmetic of the price book and of time in use, and for DeepSeek-R1 a prediction of what was measured, none of which the law was fitted to; tokens read and written count, as its source counts them. Statements 3, 4, 5 and, but for its natural experiment, 10 compare presets with the accounts they were made from: costs follow from stated sums, and customers were in part assumed so that revenue comes near what was reported; there agreement says that the books are kept right, and no more.

${sections.map(({ text }) => text).join('\n\n')}
`;
}
