/** The coverage study in words and tables. Every figure is computed; it knows no file and no clock. */
import { wilsonLimits } from '../src/stats/index.ts';
import type { CaseCoverage, Covered, CoverageStudy, SequentialCoverage } from './coverage-runs.ts';

/** What is asked of intervals that say 95 %. */
const LEAST = 0.93;
const MOST = 0.97;

/** Whether the share that was covered is what is asked. */
export const passes = ({ covered }: Covered, macros: number): boolean =>
  covered / macros >= LEAST && covered / macros <= MOST;

const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const header = (cells: readonly string[]) => [row(cells), row(cells.map(() => '---'))];

function resultRow(found: Covered, macros: number): string {
  const { answer, covered, mean, standardError, width } = found;
  const { lower, upper } = wilsonLimits(covered, macros, 0.95);
  return row([
    `${answer.metric} [${answer.unit}]`,
    answer.estimator,
    `${answer.exact.toPrecision(5)} (${answer.law})`,
    `${mean.toPrecision(5)} ± ${(1.96 * standardError).toPrecision(2)}`,
    `± ${percent(width)}`,
    `${percent(covered / macros)} (${percent(lower!)} to ${percent(upper!)})`,
    passes(found, macros) ? 'pass' : '**miss**',
  ]);
}

const COLUMNS = ['', 'estimator', 'exact', 'mean of estimates', 'half-width', 'covered (Wilson 95 %)', ''];

const tableOf = ({ results, macros }: CaseCoverage) =>
  [...header(COLUMNS), ...results.map((found) => resultRow(found, macros))].join('\n');

const caseText = (found: CaseCoverage) => `### ${found.studied.name}

${found.studied.about}

${tableOf(found)}`;

const sequentialText = (found: SequentialCoverage) => {
  const { mean, least, most } = found.replications;
  return `### ${found.studied.name}, \`--precision ${found.relative}\` of ${found.watched.join(', ')}

${found.studied.about} It took ${mean.toFixed(1)} replications on average, from ${least} to ${most}. ${keptText(found)}

${tableOf(found)}`;
};

/** How often what was asked for came about: estimates as near to the truth as the precision says. */
function keptText({ results, watched, relative, macros }: SequentialCoverage): string {
  const shares = results
    .filter(({ answer }) => watched.includes(answer.metric))
    .map(({ answer: { metric, exact }, points }) => {
      const near = points.filter((point) => Math.abs(point - exact) <= relative * exact).length;
      return `${metric} ${percent(near / macros)}`;
    });
  return `Within ${percent(relative, 0)} of the exact answer was ${shares.join(', ')} of the time.`;
}

const passed = (cases: readonly CaseCoverage[]) => {
  const all = cases.flatMap(({ results, macros }) => results.map((found) => passes(found, macros)));
  return `${all.filter(Boolean).length} of ${all.length}`;
};

export function coverageReport({ macros, replications, fixed, sequential }: CoverageStudy): string {
  return `# Coverage

How often intervals that say 95 % contain the truth, over ${macros.toLocaleString('en-US')} macro-replications of queues whose answers are known. Made by \`npm run study:coverage\`, seed \`coverage\`; no two macro-replications share a replication. Asked is ${percent(LEAST, 0)} to ${percent(MOST, 0)}; of an interval that covers 95 %, ${macros.toLocaleString('en-US')} show less or more about once in 250.

**${passed(fixed)} kinds of interval of ${replications} replications, and ${passed(sequential)} of those at which \`--precision\` stops, are within what is asked.**

What to keep in mind:

- Means and ratios are Student's and the jackknife's. The interval of a quantile is that of the share of values below it, turned by the slope of the quantile function (\`src/stats/quantile-interval.ts\`), and where its two sides differ the longer one: where replications are short beside the memory of the queue it is wide, and still covers somewhat less than it says.
- Replications must be long beside the time in which the system forgets: windows of M/M/1 at 0.8 are 111 relaxation times (90 s each) below, and 22 in the runs that stop by precision. What begins empty needs its warm-up: \`run --warm-up mser5\` finds one.
- Latencies are of requests that were served by the end of the window; those still in service are left out, which takes time in service × its variation ÷ window off their mean. Windows here are 300 times in service or more.
- A run that stops by precision looks first after 20 replications, ends there only where intervals are eight times as narrow as asked, and takes 50 elsewhere; further looks come after half as many again at least; all that it watches hold together. Where replications are skewed, as waits near capacity are, it still stops a little sooner when chance made them short: their mean is low by a few thousandths, and intervals cover up to a point less than of as many replications that nobody chose.

## Of ${replications} replications

${fixed.map(caseText).join('\n\n')}

## Of as many replications as \`--precision\` asks for

${sequential.map(sequentialText).join('\n\n')}
`;
}
