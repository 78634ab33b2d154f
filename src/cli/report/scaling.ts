/**
 * What the fleet would earn at other sizes, what one GPU more or less is worth, and the binding constraint, by hour and
 * by tier.
 */
import * as Plot from '@observablehq/plot';
import type { Verdict } from '../../experiments/elasticity.ts';
import { LAYERS } from '../shared/day-picture.ts';
import { visible } from '../../shown.ts';
import { SHARE } from '../../units.ts';
import { axisOf } from '../shared/axes.ts';
import { number, tenths, usd } from '../shared/format.ts';
import { BLUE, certainty, drawing, figure, INK, ORANGE, whisker } from './figure.ts';
import { markup, type Content, type Html } from './markup.ts';
import type { ScalingFile } from './scaling-file.ts';
import { bounded, estimated, table, type Show } from './table.ts';

type Point = ScalingFile['points'][number];

/** Distinct for colour-blind readers, like those of outcomes. */
export const VERDICT_COLOURS: Readonly<Record<Verdict, string>> = {
  'supply-constrained': LAYERS.shed,
  balanced: LAYERS.limited,
  'demand-constrained': LAYERS.served,
  'externally-limited': LAYERS.abandoned,
  undetermined: LAYERS.unfinished,
};

/** @param hashes the digests of the scenarios on the page */
export function scalingSection(scaling: ScalingFile, hashes: readonly string[]): Html {
  const { scenario, replications, confidence = 0.95, regime } = scaling;
  const from =
    replications === undefined ? '' : ` ${number(replications)} replications of each size and load.`;
  const isOther = scenario !== undefined && !hashes.includes(scenario.hash);
  return markup`<section>
    <h2>At other sizes of the fleet</h2>
    ${isOther ? markup`<p class="warning">This is of another scenario than those beside it: ${visible(scenario.name)}, digest ${scenario.hash.slice(0, 12)}.</p>` : null}
    <p>What binds the business now: <strong>${regime.verdict}</strong>. ± and whiskers are ${certainty(confidence)}.${from}</p>
    ${sizesTable(scaling)}
    ${sizesFigure(scaling, confidence)}
    ${elasticityTable(scaling)}
    ${worthTable(scaling)}
    ${tierTable(scaling)}
    ${hours(scaling, confidence)}
    <p class="note">${regime.rule}.</p>
  </section>`;
}

const COLUMNS: readonly (readonly [metric: string, name: string, show: Show])[] = [
  ['share.served', 'served', tenths],
  ['revenue.perYear', 'revenue a year', usd],
  ['cost.perYear', 'cost a year', usd],
  ['margin.perYear', 'result a year', usd],
];

const totalOf = ({ estimates }: Point, metric: string) =>
  estimates.find((one) => one.scope === 'total' && one.metric === metric);

function sizesTable({ points }: ScalingFile): Html {
  const columns = COLUMNS.filter(([metric]) => points.some((point) => totalOf(point, metric) !== undefined));
  return table(
    'Fleets of the provider, all else as it is.',
    ['GPUs', ...columns.map(([, name]) => name)],
    points.map((point) => [
      `${number(point.gpus)}${point.present === true ? ', the present fleet' : ''}`,
      ...columns.map(([metric, , show]) => estimated(totalOf(point, metric), show)),
    ]),
  );
}

/** Money against GPUs; omitted where there is none. */
const LINES = {
  revenue: { metric: 'revenue.perYear', colour: BLUE },
  cost: { metric: 'cost.perYear', colour: ORANGE },
  result: { metric: 'margin.perYear', colour: INK },
} as const;
type Line = keyof typeof LINES;

interface SizeMark extends ReturnType<typeof whisker> {
  readonly line: Line;
  readonly gpus: number;
}

function sizesFigure({ points }: ScalingFile, confidence: number): Html | null {
  const marks = (Object.keys(LINES) as Line[]).flatMap((line) =>
    points.flatMap((point): SizeMark[] => {
      const found = totalOf(point, LINES[line].metric);
      if (found === undefined || found.mean === null) return [];
      return [{ line, gpus: point.gpus, ...whisker({ mean: found.mean, halfWidth: found.halfWidth }) }];
    }),
  );
  if (marks.length === 0) return null;
  const used = (Object.keys(LINES) as Line[]).filter((line) => marks.some((mark) => mark.line === line));
  const present = points.filter((point) => point.present === true).map(({ gpus }) => gpus);
  return figure(
    `Revenue, cost and result of the provider in a year against GPUs, with ${certainty(confidence)}; the dashed line is the present fleet.`,
    used.map((line) => ({ name: line, colour: LINES[line].colour })),
    [
      drawing(
        'Money against GPUs',
        marks.map(({ line, gpus, mean }) => `${line} at ${number(gpus)} GPUs: ${usd(mean)}.`).join(' '),
        {
          height: 280,
          marginBottom: 40,
          x: { ...axisOf('fleet', 'GPUs'), ticks: 8 },
          y: { ...axisOf('money of the provider', 'USD/year'), grid: true, nice: true },
          color: { domain: used, range: used.map((line) => LINES[line].colour) },
          marks: [
            Plot.ruleY([0]),
            Plot.ruleX(present, { stroke: INK, strokeDasharray: '5 3' }),
            Plot.line(marks, { x: 'gpus', y: 'mean', stroke: 'line', strokeWidth: 1.5 }),
            Plot.ruleX(marks, { x: 'gpus', y1: 'low', y2: 'high', stroke: 'line', strokeWidth: 2 }),
            Plot.dot(marks, { x: 'gpus', y: 'mean', fill: 'line', r: 3 }),
          ],
        },
      ),
    ],
  );
}

/** Two decimals; a value that rounds to 0 without being 0 is marked. */
const plain: Show = (value) => {
  const digits = Math.abs(value).toFixed(2);
  if (value !== 0 && Number(digits) === 0) return value < 0 ? '>−0.01' : '<0.01';
  return `${value < 0 ? '−' : ''}${digits}`;
};

const MEASURES = [
  ['revenue', 'revenue'],
  ['tokens', 'output tokens'],
  ['requests', 'requests served'],
] as const;

function elasticityTable({ elasticity }: ScalingFile): Html {
  return table(
    'Elasticities of the present fleet: by how many percent each answers to one percent more.',
    ['of', 'to GPUs', 'to load'],
    MEASURES.flatMap(([key, name]): Content[][] => {
      const found = elasticity[key];
      return found === undefined ? [] : [[name, bounded(found.supply, plain), bounded(found.demand, plain)]];
    }),
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  buy: 'buy',
  keep: 'keep the fleet as it is',
  release: 'release some',
  undetermined: 'undecided by so many replications',
};

/** `null` where the scenario has no prices. */
function worthTable({ shadowPrice }: ScalingFile): Html | null {
  const { forward, backward, cost, idleCost, advice, unit } = shadowPrice;
  if (forward.mean === null && backward.mean === null) return null;
  const costs: readonly (readonly [string, number | null | undefined])[] = [
    ['costs standing idle', idleCost],
    ['costs as it is used', cost],
  ];
  return table(
    `What a GPU-hour of the present fleet is worth [${unit}].`,
    ['a GPU-hour', 'estimate'],
    [
      ['one more earns', bounded(forward, usd)],
      ['one fewer loses', bounded(backward, usd)],
      ...costs.flatMap(([name, dollars]): Content[][] =>
        typeof dollars === 'number' ? [[name, bounded({ mean: dollars, halfWidth: null }, usd)]] : [],
      ),
      ...(advice === undefined ? [] : [['advice', ADVICE[advice] ?? advice]]),
    ],
  );
}

/** `null` for a single tier. */
function tierTable({ regime: { byTier = [] } }: ScalingFile): Html | null {
  if (byTier.length < 2) return null;
  return table(
    'What binds each tier.',
    ['tier', 'to GPUs', 'to load', 's', 'regime'],
    byTier.map(({ tier, supply, demand, supplyShare, verdict }) => [
      tier,
      bounded(supply, plain),
      bounded(demand, plain),
      bounded(supplyShare, plain),
      verdict,
    ]),
    ['regime'],
  );
}

/** Shares outside these are drawn at the edge. */
const EDGES = [-0.2, 1.2] as const;

type Hour = ScalingFile['regime']['byHour'][number];

/** The binding constraint by hour of the day; empty for a single hour. */
function hours({ regime: { byHour } }: ScalingFile, confidence: number): Content {
  if (byHour.length < 2) return null;
  const used = (Object.keys(VERDICT_COLOURS) as Verdict[]).filter((verdict) =>
    byHour.some((one) => one.verdict === verdict),
  );
  const marks = byHour.flatMap(({ hourOfDay, supplyShare: { mean, halfWidth } }) =>
    mean === null ? [] : [{ middle: hourOfDay + 0.5, ...whisker({ mean, halfWidth }) }],
  );
  const within = (value: number) => Math.min(EDGES[1], Math.max(EDGES[0], value));
  const [first, last] = [
    Math.min(...byHour.map(({ hourOfDay }) => hourOfDay)),
    Math.max(...byHour.map(({ hourOfDay }) => hourOfDay)),
  ];
  const drawn = drawing(
    'What binds by hour of the day',
    byHour.map(({ hourOfDay, verdict }) => `${hourText(hourOfDay)}: ${verdict}.`).join(' '),
    {
      height: 190,
      marginBottom: 40,
      x: {
        label: 'hour of the day [h]',
        domain: [first, last + 1],
        ticks: Array.from({ length: last - first + 2 }, (_, index) => first + index),
        tickFormat: (hour: number) => String(hour % 24),
      },
      y: {
        ...axisOf('s, the share of supply', SHARE),
        domain: [EDGES[0], 1.45],
        ticks: [0, 0.2, 0.5, 0.8, 1],
      },
      color: { domain: used, range: used.map((verdict) => VERDICT_COLOURS[verdict]) },
      marks: [
        Plot.ruleY([0.2, 0.8], { stroke: '#999999', strokeDasharray: '2 3' }),
        Plot.rect(byHour, {
          x1: 'hourOfDay',
          x2: ({ hourOfDay }: Hour) => hourOfDay + 1,
          fill: 'verdict',
          y1: 1.27,
          y2: 1.45,
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        Plot.ruleX(marks, {
          x: 'middle',
          stroke: INK,
          strokeWidth: 1.5,
          y1: ({ low }: { low: number }) => within(low),
          y2: ({ high }: { high: number }) => within(high),
        }),
        Plot.dot(marks, { x: 'middle', y: ({ mean }: { mean: number }) => within(mean), fill: INK, r: 2.6 }),
      ],
    },
  );
  const legend = used.map((verdict) => ({ name: verdict, colour: VERDICT_COLOURS[verdict] }));
  return [
    figure(
      `What binds by hour of the day, and how far: s, the share of supply in both elasticities, with ${certainty(confidence)}.`,
      legend,
      [drawn],
    ),
    table(
      'The same in numbers.',
      ['hour', 's', 'regime'],
      byHour.map(({ hourOfDay, supplyShare, verdict }) => [
        hourText(hourOfDay),
        bounded(supplyShare, plain),
        verdict,
      ]),
      ['regime'],
    ),
  ];
}

const hourText = (hour: number): string =>
  `${String(hour).padStart(2, '0')}:00 to ${String((hour + 1) % 24).padStart(2, '0')}:00`;
