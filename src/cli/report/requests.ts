/** The outcomes of each tier's requests, and how long they took. */
import * as Plot from '@observablehq/plot';
import type { TierHours } from '../../experiments/hourly-estimates.ts';
import { LAYERS, outcomePanel, usedLayers } from '../shared/day-picture.ts';
import { axisOf, logTicks } from '../shared/axes.ts';
import { hourAxis } from '../shared/drawing.ts';
import { number, seconds, tenths } from '../shared/format.ts';
import { byTier, hasHours, type BatchReport } from './batch-report.ts';
import { BLUE, certainty, drawing, figure, INK, RED, type Drawing } from './figure.ts';
import { rangeOf, whiskersByHour, type HourWhisker } from './hour-drawings.ts';
import { markup, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

const OUTCOMES = ['served', 'degraded', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'];

export function requestsSection(report: BatchReport): Html {
  const { of } = report;
  const rows = byTier(report, (scope) => [
    estimated(of('requests.arrived', scope), number),
    ...OUTCOMES.map((outcome) => estimated(of(`share.${outcome}`, scope), tenths)),
  ]);
  return markup`<section>
    <h3>What became of the requests</h3>
    ${table(
      'Requests that arrived in the window, a replication, and what became of them in shares of those. Degraded ones are among the served.',
      ['tier', 'arrived', ...OUTCOMES],
      rows,
    )}${hasHours(report) ? outcomesFigure(report) : null}
  </section>`;
}

function outcomesFigure({ outline, outcomes, hours, summary }: BatchReport): Html {
  const drawings = hours.tiers.map((tier): Drawing => {
    const whiskers = whiskersByHour(tier.served, (hour) => 1 / hours.seconds[hour]! / outline.share);
    return {
      title: `${tier.name}: requests per second by outcome and hour`,
      description: rangeOf('served per second', whiskers, hours.hourOfWeek, number),
      svg: outcomePanel(outline, outcomes, tier.name, [
        Plot.ruleX(whiskers, { x: 'middle', y1: 'low', y2: 'high', stroke: INK, strokeWidth: 1.5 }),
      ]),
    };
  });
  return figure(
    `Requests per second of the provider by what became of them, by hour of arrival. Whiskers: ${certainty(summary.confidence)} of all that were served.`,
    usedLayers(outline, outcomes).map((layer) => ({ name: layer, colour: LAYERS[layer] })),
    drawings,
  );
}

const LATENCIES = [
  ['wait.mean', 'wait mean'],
  ['ttft.p50', 'TTFT p50'],
  ['ttft.p99', 'TTFT p99'],
  ['tpot.p50', 'TPOT p50'],
  ['tpot.p99', 'TPOT p99'],
  ['e2e.mean', 'E2E mean'],
  ['e2e.p99', 'E2E p99'],
] as const;

export function latencySection(report: BatchReport): Html {
  const { of } = report;
  return markup`<section>
    <h3>How long they took</h3>
    ${table(
      'Requests that were served. TTFT: arrival to first token; TPOT: time per further token; E2E: arrival to last token; p50 and p99: half, and all but one in a hundred, are at most so long.',
      ['tier', ...LATENCIES.map(([, name]) => name)],
      byTier(report, (scope) => LATENCIES.map(([metric]) => estimated(of(metric, scope), seconds))),
    )}${hasHours(report) ? ttftFigure(report) : null}
  </section>`;
}

function ttftFigure({ outline, hours, summary }: BatchReport): Html | null {
  const drawings = hours.tiers.flatMap((tier, index) =>
    tier.ttft === null ? [] : [ttftDrawing(tier, outline.slos?.[index]?.ttft, hours.hourOfWeek)],
  );
  if (drawings.length === 0)
    return markup`<p class="note">
      This batch was stored before times were kept by hour; run it again with --fresh to have them.
    </p>`;
  return figure(
    `Time to the first token of those served, by hour of arrival: the mean over replications of the quantile in each, with ${certainty(summary.confidence)}. The p99 of fewer than 100 requests is their longest.`,
    [
      { name: 'p50', colour: BLUE },
      { name: 'p99', colour: RED },
      ...(outline.slos?.some((slo) => slo?.ttft !== undefined) === true
        ? [{ name: 'promised (dashed)', colour: INK }]
        : []),
    ],
    drawings,
  );
}

/** Times that differ by more than this factor are drawn on a logarithmic scale. */
const WIDE = 20;

function ttftDrawing({ name, ttft }: TierHours, promised: number | undefined, hourOfWeek: readonly number[]) {
  const lines = (['p50', 'p99'] as const).map((quantile) => ({
    quantile,
    points: whiskersByHour(ttft![quantile]),
  }));
  const points = lines.flatMap(({ quantile, points: own }) => own.map((point) => ({ ...point, quantile })));
  const means = [...points.map(({ mean }) => mean), ...(promised === undefined ? [] : [promised])];
  const least = Math.min(...means);
  const isWide = least > 0 && Math.max(...means) > WIDE * least;
  // A whisker may extend below zero, which a logarithmic scale cannot show.
  const floor = isWide ? 10 ** Math.floor(Math.log10(least)) : 0;
  const most = Math.max(...points.map(({ high }) => high), ...means, Number.MIN_VALUE);
  const tails = lines[1]!.points;
  const above = promised === undefined ? [] : tails.filter(({ mean }) => mean > promised);
  const description = [
    rangeOf('p99', tails, hourOfWeek, seconds),
    ...(promised === undefined
      ? []
      : [`Promised ${seconds(promised)}; above it in ${above.length} of ${tails.length} hours.`]),
  ].join(' ');
  return drawing(`${name}: time to the first token by hour`, description, {
    height: 160,
    x: hourAxis(hourOfWeek),
    y: {
      ...axisOf(`${name} TTFT`, 's', [most]),
      grid: true,
      ...(isWide
        ? { type: 'log', domain: [floor, most], ticks: logTicks(floor, most) }
        : { domain: [0, most], nice: true, ticks: 4 }),
    },
    color: { domain: ['p50', 'p99'], range: [BLUE, RED] },
    marks: [
      ...(promised === undefined ? [] : [Plot.ruleY([promised], { stroke: INK, strokeDasharray: '5 3' })]),
      ...lines.map(({ points: own }, line) =>
        Plot.line(own, { x: 'middle', y: 'mean', stroke: [BLUE, RED][line]! }),
      ),
      Plot.ruleX(points, {
        x: 'middle',
        y2: 'high',
        stroke: 'quantile',
        strokeWidth: 1.5,
        y1: ({ low }: HourWhisker) => Math.max(low, floor),
      }),
      Plot.dot(points, { x: 'middle', y: 'mean', fill: 'quantile', r: 2.2 }),
    ],
  });
}
