/** A comparison as text: the differences of each scenario, with their uncertainty. */
import { isOwnMetric } from '../../plugins/plugins.ts';
import { visible } from '../../shown.ts';
import type { ComparisonOfScenarios, Difference } from '../../experiments/compare.ts';
import { titleOf } from '../../store/changes.ts';
import { bold, certaintyText, changeInUnit, dim, inUnit, number } from './format.ts';
import { plainTable } from './plain-table.ts';

/** Metrics of the total that are shown when they change; everything else is in the JSON document. */
export const SHOWN = [
  ['share.served', 'served'],
  ['share.degraded', 'served degraded'],
  ['share.limited', 'limited'],
  ['share.shed', 'shed'],
  ['share.abandoned', 'abandoned'],
  ['slo.attainment', 'SLO kept'],
  ['wait.mean', 'wait mean'],
  ['ttft.p50', 'TTFT p50'],
  ['ttft.p99', 'TTFT p99'],
  ['tpot.mean', 'TPOT mean'],
  ['e2e.mean', 'E2E mean'],
  ['throughput.outputTokens', 'output tokens/s'],
  ['utilisation.busy', 'busy'],
  ['revenue', 'revenue'],
  ['cost', 'cost'],
  ['contribution', 'contribution'],
  ['margin', 'result'],
  ['revenue.perGpuHour', 'revenue per GPU-hour'],
] as const;

/** Metrics shown for each tier. */
export const OF_TIERS = [
  ['share.served', 'served'],
  ['slo.attainment', 'SLO kept'],
  ['ttft.p99', 'TTFT p99'],
  ['revenue', 'revenue'],
] as const;

/** The metrics of plugins that differences are of, in the scope of the total: shown beside those above. */
export const ownMetrics = (differences: readonly Difference[]): readonly (readonly [string, string])[] => {
  const own = differences.filter((one) => one.scope === 'total' && isOwnMetric(one));
  return [...new Set(own.map(({ metric }) => metric))].map((metric) => [metric, metric]);
};

interface Certainty {
  readonly confidence: number;
  readonly replications: number;
  readonly seed: string;
  /** Overrides applied to every scenario. */
  readonly set?: readonly string[];
}

/** The table as text, ending with an empty line. */
export function comparisonTable(comparison: ComparisonOfScenarios, certainty: Certainty): string {
  const { baseline, scenarios } = comparison;
  const { confidence, replications, seed, set = [] } = certainty;
  const all = set.length === 0 ? '' : `, ${titleOf({ name: 'all', changes: set })}`;
  return [
    `${bold(`against ${visible(baseline)}${all}`)}\n${dim(
      `${certaintyText(replications, confidence, ' of each', ' of paired differences')}, seed ${seed}` +
        (replications === 1
          ? ''
          : `; decided means: with all scenarios together wrong at most once in ${Math.round(1 / (1 - confidence))} (Holm)`),
    )}`,
    ...scenarios.map(({ scenario, sameDemand }) =>
      [
        `${bold(visible(scenario))}${sameDemand ? '' : dim('  (meets other demand than the baseline)')}`,
        tableOf(comparison, scenario, confidence),
      ].join('\n'),
    ),
    '',
  ].join('\n\n');
}

function tableOf({ differences }: ComparisonOfScenarios, scenario: string, confidence: number): string {
  const own = differences.filter((one) => one.scenario === scenario);
  const tiers = [...new Set(own.map(({ scope }) => scope))].filter((scope) => scope.startsWith('tier:'));
  const rows = (scope: string, shown: readonly (readonly [string, string])[], prefix: string) =>
    shown.flatMap(([metric, name]) => {
      const found = own.find((one) => one.scope === scope && one.metric === metric);
      return found === undefined || isNothing(found) ? [] : [row(found, `${prefix}${name}`, confidence)];
    });
  return plainTable(
    ['', 'baseline', 'difference', '', 'decided'],
    [
      ...rows('total', [...SHOWN, ...ownMetrics(own)], ''),
      ...(tiers.length < 2 ? [] : tiers.flatMap((tier) => rows(tier, OF_TIERS, `${tier.slice(5)}: `))),
    ],
    ['left', 'right', 'right', 'right', 'left'],
  );
}

/** Whether both sides are zero, or the baseline has no data. */
export const isNothing = ({ baseline, mean }: Difference) =>
  baseline === null || (baseline === 0 && mean === 0);

function row(difference: Difference, name: string, confidence: number): string[] {
  const { baseline, mean, unit } = difference;
  return [
    name,
    inUnit(unit)(baseline!),
    shownChange(difference),
    mean === null || baseline === 0
      ? ''
      : `${mean < 0 ? '−' : '+'}${number((100 * Math.abs(mean)) / Math.abs(baseline!))} %`,
    verdict(difference, confidence),
  ];
}

/** The difference with its interval, in its unit. */
export function shownChange({ mean, halfWidth, unit }: Difference): string {
  const show = changeInUnit(unit);
  const signed = mean === null ? '–' : `${mean < 0 ? '−' : '+'}${show(Math.abs(mean))}`;
  return halfWidth === null || halfWidth === 0 ? signed : `${signed} ± ${show(halfWidth)}`;
}

/** Whether the difference is significant at a confidence level, in words. */
export function verdict(
  { mean, adjustedPValue, replicationsToDecide }: Difference,
  confidence: number,
): string {
  if (mean === null || adjustedPValue === null) return '';
  if (mean === 0) return 'the same';
  if (adjustedPValue <= 1 - confidence) return mean > 0 ? 'higher' : 'lower';
  return replicationsToDecide === null ? 'no' : `no: takes ${number(replicationsToDecide)} replications`;
}
