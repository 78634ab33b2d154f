/** The levers study in words and a table. Every figure is computed; it knows no file and no clock. */
import { LEVEL, SEED, SHOWN, type Elasticities, type LeversStudy } from './levers-runs.ts';

const BILLION = 1e9;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** Dollars a year in billions; dollars a million tokens as they are. */
const scaleOf = (metric: string) => (metric.endsWith('.perYear') ? BILLION : 1);

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

const around = (text: string, halfWidth: number | null, digits: number) =>
  halfWidth === null ? text : `${text} ± ${halfWidth.toFixed(digits)}`;

export function leversReport({ scale, baseline, levers }: LeversStudy): string {
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
  const absolute = SHOWN.map((metric) =>
    (baseline.values.get(metric)! / scaleOf(metric)).toFixed(2).replace('-', '−'),
  );
  return `# Levers

What each lever changes on \`openai-2025\`: differences to it, in billions of dollars a year, paired under common random numbers. Made by \`npm run study:levers\`: ${scale.replications} replications of a day of a cell with \`${scale.overrides.join(' ')}\`, seed \`${SEED}\`, half-widths of ${100 * LEVEL} %. \`fleetyield compare openai-2025 LEVER\` does the same with the preset’s cell.

${[
  row(['', ...heads]),
  row(['---', ...heads.map(() => '---')]),
  row(['openai-2025, as it is', ...absolute, ...elasticitiesOf(baseline.elasticities)]),
  ...levers.map(({ name, differences, elasticities }) =>
    row([
      `\`${name}\``,
      ...SHOWN.map((metric) => {
        const { mean, halfWidth } = differences.get(metric)!;
        const by = scaleOf(metric);
        return mean === null
          ? 'none'
          : around(signed(mean / by, 2), halfWidth === null ? null : halfWidth / by, 2);
      }),
      ...elasticitiesOf(elasticities),
    ]),
  ),
].join('\n')}

${levers.map(({ name, about }) => `- \`${name}\`: ${about.trim()}`).join('\n')}

What to keep in mind. The fleet is rented and its price fixed, so no lever changes cost: what it saves is sold as service to those who were turned away, and shows as revenue, or as better service for those who do not pay, and shows nowhere in this table. Revenue of subscriptions does not move within a day, so of ${absolute[0]} B only what API customers pay by the token, and what a lever adds, can. Elasticities are along the last of the cell’s large engines; revenue by use is that of tiers that do not pay by the month. Lock-in is no lever here: no plan has churn yet that prices could lean on. Resolutions are priced by the request, and every one that is served resolves. Of the levers’ own numbers the reported ones are few: each file says which.
`;
}
