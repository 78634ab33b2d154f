/** Scaling as text: the sizes, what a GPU is worth, and the binding constraint, by tier and by hour of the day. */
import { mergedText } from '../../campaigns/merged-sizes.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import type { Verdict } from '../../experiments/elasticity.ts';
import type { Bounds, Elasticities } from '../../experiments/scaling.ts';
import { visible } from '../../shown.ts';
import { titleOf } from '../../store/changes.ts';
import { bold, certaintyText, count, dim, money, number, share, usd } from '../shared/format.ts';
import { plainTable } from '../shared/plain-table.ts';
import type { ScalingDocument, ScalingPoint } from '../../campaigns/scaling-document.ts';

/** One letter for each verdict, for the strip of hours. */
export const LETTERS: Readonly<Record<Verdict, string>> = {
  'supply-constrained': 'S',
  balanced: 'B',
  'demand-constrained': 'D',
  'externally-limited': 'X',
  undetermined: '?',
};

/** The table as text, ending with an empty line. */
export function scalingTable(document: ScalingDocument): string {
  return [
    heading(document),
    sizesTable(document),
    elasticityTable(document),
    sentencesOn(document),
    ...tierTable(document),
    ...hourStrip(document),
    '',
  ].join('\n\n');
}

function heading({ scenario, fleet, cell, replications, confidence, seed }: ScalingDocument): string {
  const pools = fleet.replicas.map(({ pool, replicas }) => `${number(replicas)} ${pool}`).join(', ');
  const what = fleet.pool === null ? '' : ` of pool ${fleet.pool}, which alone is scaled`;
  const cells = cell.share === 1 ? '' : `; tokens are those of one cell of ${number(1 / cell.share)}`;
  return (
    `${bold(titleOf(scenario))}  ${number(fleet.gpus)} GPUs${what} (replicas: ${pools})${cells}\n` +
    dim(`${certaintyText(replications, confidence, ' of each size and load')}, seed ${seed}`)
  );
}

const COLUMNS = [
  ['share.served', 'served', share],
  ['throughput.outputTokens', 'output tokens/s', count],
  ['revenue.perYear', 'revenue a year', money],
  ['cost.perYear', 'cost', money],
  ['margin.perYear', 'result', money],
] as const;

/** A row for each size, and the elasticity from it to the next. */
function sizesTable({ points, regime: { arcs } }: ScalingDocument): string {
  const columns = COLUMNS.filter(([metric]) => points.some((point) => estimateOf(point, metric)));
  const table = plainTable(
    ['', 'GPUs', ...columns.map(([, name]) => name), 'elasticity to the next'],
    points.map((point, index) => {
      const arc = arcs[index];
      return [
        point.present ? '×1, present' : `×${point.factor}`,
        number(point.gpus),
        ...columns.map(([metric, , show]) => show(estimateOf(point, metric)!)),
        arc === undefined ? '' : shown(arc.supply),
      ];
    }),
  );
  return [table, ...mergedText(points)].join('\n');
}

export const estimateOf = ({ estimates }: ScalingPoint, metric: string): Estimate | undefined =>
  estimates.find((one) => one.scope === 'total' && one.metric === metric && one.mean !== null);

const MEASURED = [
  ['revenue', 'revenue'],
  ['tokens', 'output tokens'],
  ['requests', 'requests served'],
] as const;

function elasticityTable({ elasticity, step, regime, eulerGap }: ScalingDocument): string {
  const loads =
    step.load === null ? 'load' : `load, ${step.load.map((load) => `×${number(load)}`).join(' to ')}`;
  const fixed = regime.fixedRevenueShare ?? 0;
  return [
    plainTable(
      ['elasticity of', `to GPUs, ${step.gpus.map(number).join(' to ')}`, `to ${loads}`],
      MEASURED.flatMap(([name, title]) => {
        const { supply, demand }: Elasticities = elasticity[name];
        return supply.mean === null ? [] : [[title, shown(supply), shown(demand)]];
      }),
    ),
    ...(fixed === 0
      ? []
      : [
          `${number(100 * fixed)} % of the revenue answers to neither, such as subscriptions; below it is left out`,
        ]),
    ...(eulerGap === null
      ? []
      : [
          `elasticities of the ${OF_MEASURE[regime.measure]} add up to ${(1 + eulerGap).toFixed(2)}` +
            (Math.abs(eulerGap) > FAR_FROM_ONE ? ': far from the 1 of a large system, so be wary' : ''),
        ]),
    ...(step.alone === null
      ? []
      : [`only ${step.alone} takes the step to fewer and more GPUs: the pools have no small step in common`]),
    ...(step.loadRefused === null
      ? []
      : [`the load cannot be multiplied, so what binds cannot be determined: ${visible(step.loadRefused)}`]),
  ].join('\n');
}

/** docs/methodology.md: beyond this the elasticities are questionable. */
const FAR_FROM_ONE = 0.25;

const OF_MEASURE = { revenue: 'revenue by use', 'tokens.output': 'output tokens' } as const;

const ADVICE = {
  buy: 'buy',
  keep: 'keep the fleet as it is',
  release: 'release some',
  undetermined: 'undecided by so many replications',
} as const;

function sentencesOn({ shadowPrice, regime }: ScalingDocument): string {
  const { forward, backward, cost, idleCost, advice } = shadowPrice;
  const lines = [];
  if (forward.mean !== null) {
    const costs =
      cost === null || idleCost === null
        ? ''
        : `; it costs ${usd(idleCost)}${usd(idleCost) === usd(cost) ? '' : ` standing idle and ${usd(cost)} as used`}: ${ADVICE[advice]}`;
    lines.push(
      `${bold('a GPU-hour')}  one more earns ${shown(forward, usd)}, one fewer loses ${shown(backward, usd)}${costs}`,
    );
  }
  lines.push(
    `${bold('regime')}  ${regime.verdict}, by ${OF_MEASURE[regime.measure]}: s = ${shown(regime.supplyShare)}`,
    dim(regime.rule),
    ...regime.changes.map(
      ({ from, to, gpus }) => `from ${from} to ${to} at about ${number(Number(gpus.toPrecision(3)))} GPUs`,
    ),
  );
  return lines.join('\n');
}

function tierTable({ regime: { byTier } }: ScalingDocument): string[] {
  if (byTier.length < 2) return [];
  return [
    plainTable(
      ['tier', 'by', 'to GPUs', 'to load', 's', 'regime'],
      byTier.map(({ tier, measure, supply, demand, supplyShare, verdict }) => [
        tier,
        measure === 'revenue' ? 'revenue' : 'output tokens',
        shown(supply),
        shown(demand),
        shown(supplyShare),
        verdict,
      ]),
      ['left', 'left', 'right', 'right', 'right', 'left'],
    ),
  ];
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** One letter for each hour of the day; a dot where the window has none. */
function hourStrip({ regime: { byHour }, confidence }: ScalingDocument): string[] {
  if (byHour.length < 2) return [];
  const letters = HOURS.map((hour) => {
    const found = byHour.find(({ hourOfDay }) => hourOfDay === hour);
    return found === undefined ? '·' : LETTERS[found.verdict];
  });
  const used = (Object.keys(LETTERS) as Verdict[]).filter((verdict) =>
    byHour.some((one) => one.verdict === verdict),
  );
  return [
    [
      `hour of the day  ${HOURS.filter((hour) => hour % 3 === 0)
        .map((hour) => String(hour).padEnd(6))
        .join('')
        .trimEnd()}`,
      `                 ${letters.join(' ')}`,
      dim(
        `${used.map((verdict) => `${LETTERS[verdict]} ${verdict}`).join(', ')}; all hours together at ${100 * confidence} % (Bonferroni)`,
      ),
    ].join('\n'),
  ];
}

/** Half-widths below this share of the estimate are rounding error, not uncertainty. */
const ROUNDING = 1e-12;

/** An estimate with its interval, by default as an elasticity; a dash without data. */
function shown({ mean, halfWidth }: Bounds, show: (value: number) => string = plain): string {
  if (mean === null) return '–';
  return halfWidth === null || halfWidth <= ROUNDING * Math.abs(mean)
    ? show(mean)
    : `${show(mean)} ± ${show(halfWidth)}`;
}

/** Elasticities and their shares to a thousandth. */
const plain = (value: number): string => `${value < -0.0005 ? '−' : ''}${Math.abs(value).toFixed(3)}`;
