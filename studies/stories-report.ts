/** What the shipped scenarios tell, in words and tables. It knows no file and no clock. */
import type { Estimate } from '../src/experiments/estimate.ts';
import { REPLICATIONS, SEED, type Shown, type Story, type Variant } from './stories-cases.ts';

export interface VariantResult {
  readonly variant: Variant;
  /** Scenario, version apart: what was run. */
  readonly hash: string;
  /** In the order of what is shown; the second is what the first is divided by. */
  readonly figures: readonly (readonly [Estimate, Estimate | null])[];
}

export interface StoryResult {
  readonly story: Story;
  readonly results: readonly VariantResult[];
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

const UNITS: Readonly<Record<Shown['as'], (value: number) => string>> = {
  share: (value) => `${(100 * value).toFixed(1)} %`,
  number: (value) => value.toPrecision(3),
  seconds: (value) => `${value.toFixed(1)} s`,
  dollars: (value) => `$${value.toFixed(0)}`,
};

function shown({ as }: Shown, [{ mean, halfWidth }, per]: readonly [Estimate, Estimate | null]): string {
  if (mean === null) return 'none';
  if (per !== null) return UNITS[as](mean / per.mean!);
  return halfWidth === null ? UNITS[as](mean) : `${UNITS[as](mean)} ± ${UNITS[as](halfWidth)}`;
}

const changesOf = ({ name, overrides }: Variant) =>
  overrides.length === 0 ? '' : `\n${name}: \`${overrides.map((one) => `--set ${one}`).join(' ')}\`\n`;

function storyOf({ story, results }: StoryResult): string {
  return `## \`${story.scenario}\`

${story.about}

${[
  row(['', ...results.map(({ variant }) => variant.name)]),
  row(['---', ...results.map(() => '---')]),
  ...story.shown.map((one, index) =>
    row([one.label, ...results.map(({ figures }) => shown(one, figures[index]!))]),
  ),
  row(['scenario', ...results.map(({ hash }) => hash.slice(0, 12))]),
].join('\n')}
${results.map(({ variant }) => changesOf(variant)).join('')}`;
}

export function storiesReport(results: readonly StoryResult[]): string {
  return `# What shipped scenarios tell

Each scenario as it ships, and with one thing changed, under the same random numbers: ${REPLICATIONS} replications of seed ${SEED}, 95 % intervals. Made by \`npm run study:stories\`; \`npx fleetyield run NAME\` shows all of one. What is assumed in them is said in their files: the shape is what counts.

${results.map(storyOf).join('\n')}`;
}
