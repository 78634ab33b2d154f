/** The levers study in words and a table. Every figure is computed; it knows no file and no clock. */
import type { Difference } from '../src/experiments/compare.ts';
import {
  LEVEL,
  LOCK_IN,
  SEED,
  SHOWN,
  SHOWN_OF_LOCK_IN,
  type Elasticities,
  type LeversStudy,
  type LockIn,
} from './levers-runs.ts';

const BILLION = 1e9;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** Dollars a year or a month in billions, subscribers in millions; all else as it is. */
function scaleOf(metric: string): number {
  if (metric.startsWith('subscribers.')) return 1e6;
  return metric.endsWith('.perYear') || metric.startsWith('revenue.month') ? BILLION : 1;
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

const around = (text: string, halfWidth: number | null, digits: number) =>
  halfWidth === null ? text : `${text} ± ${halfWidth.toFixed(digits)}`;

function changed(metric: string, { mean, halfWidth }: Difference, digits = 2): string {
  const by = scaleOf(metric);
  return mean === null
    ? 'none'
    : around(signed(mean / by, digits), halfWidth === null ? null : halfWidth / by, digits);
}

const asItIs = (metric: string, value: number, digits = 2) =>
  (value / scaleOf(metric)).toFixed(digits).replace('-', '−');

/** Half-widths of what hangs on a day by a thousandth are shown to it. */
const DIGITS_AHEAD = 3;

function lockInSection({ about, baselineAbout, differences }: LockIn): string {
  const heads = [
    'output tokens/s of the cell',
    'revenue of the day [B USD a year]',
    'subscribers in month 12 [M]',
    'revenue of month 12 [B USD]',
  ];
  const of = SHOWN_OF_LOCK_IN.map((metric) => [metric, differences.get(metric)!] as const);
  return `## Lock-in

What lower churn moves is no throughput and no revenue of the day, but subscribers and what they pay a year ahead, if service stays as it was that day. So it is held against the same day with churn; subscribers and the revenue of month 12 are those of consumers, Pro and Plus.

${[
  row(['', ...heads]),
  row(['---', ...heads.map(() => '---')]),
  row([
    `${LOCK_IN.baseline}, as it is`,
    ...of.map(([metric, { baseline }]) => asItIs(metric, baseline!, DIGITS_AHEAD)),
  ]),
  row([
    `\`${LOCK_IN.lever}\``,
    ...of.map(([metric, difference]) => changed(metric, difference, DIGITS_AHEAD)),
  ]),
].join('\n')}

- \`${LOCK_IN.baseline}\`: ${baselineAbout.trim()}
- \`${LOCK_IN.lever}\`: ${about.trim()}

Nothing here makes the new subscribers’ demand: the fleet that serves the day would have to serve them too. Churn of 5 % a month and both answers to bad service are assumed, sign-ups estimated from reported numbers of subscribers, 11 % a year is reported of teams; the files say more.`;
}

export function leversReport({ scale, baseline, levers, lockIn }: LeversStudy): string {
  const heads = [
    'revenue',
    'cost',
    'margin',
    'USD a million tokens',
    'elasticity to GPUs of revenue',
    'and of revenue by use',
  ];
  const elasticitiesOf = ({ revenue, byUse }: Elasticities) =>
    [revenue, byUse].map(({ mean, halfWidth }) =>
      mean === null ? 'none' : around(mean.toFixed(2), halfWidth, 2),
    );
  const absolute = SHOWN.map((metric) => asItIs(metric, baseline.values.get(metric)!));
  return `# Levers

What each lever changes on \`openai-2025\`: differences to it, in billions of dollars a year, paired under common random numbers. Made by \`npm run study:levers\`: ${scale.replications} replications of a day of a cell with \`${scale.overrides.join(' ')}\`, seed \`${SEED}\`, half-widths of ${100 * LEVEL} %. \`fleetyield compare openai-2025 LEVER\` does the same with the preset’s cell.

${[
  row(['', ...heads]),
  row(['---', ...heads.map(() => '---')]),
  row(['openai-2025, as it is', ...absolute, ...elasticitiesOf(baseline.elasticities)]),
  ...levers.map(({ name, differences, elasticities }) =>
    row([
      `\`${name}\``,
      ...SHOWN.map((metric) => changed(metric, differences.get(metric)!)),
      ...elasticitiesOf(elasticities),
    ]),
  ),
].join('\n')}

${levers.map(({ name, about }) => `- \`${name}\`: ${about.trim()}`).join('\n')}

What to keep in mind. The fleet is rented and its price fixed, so no lever changes cost: what it saves is sold as service to those who were turned away, and shows as revenue, or as better service for those who do not pay, and shows nowhere in this table. Revenue of subscriptions does not move within a day, so of ${absolute[0]} B only what API customers pay by the token, and what a lever adds, can. Elasticities are along the last of the cell’s large engines; revenue by use is that of tiers that do not pay by the month. Resolutions are paid by the piece, and every one that is served resolves. Of the levers’ own numbers the reported ones are few: each file says which.

${lockInSection(lockIn)}
`;
}
