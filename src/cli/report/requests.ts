/** What became of the requests of each tier, how long they took, and whether that is what was promised. */
import * as Plot from '@observablehq/plot';
import type { Estimate } from '../../experiments/estimate.ts';
import type { TierHours } from '../../experiments/hourly-estimates.ts';
import type { Slo } from '../../workload/tier.ts';
import { LAYERS, outcomePanel, usedLayers } from '../day-picture.ts';
import { hourAxis } from '../drawing.ts';
import { number, percent, seconds, tenths } from '../format.ts';
import { hasHours, type BatchReport } from './batch-report.ts';
import { BLUE, certainty, drawing, figure, INK, inTicks, RED, type Drawing } from './figure.ts';
import { ofHundred, rangeOf, shareDrawing, whiskersByHour, type HourWhisker } from './hour-drawings.ts';
import { markup, type Content, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

const OUTCOMES = ['served', 'degraded', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'];

/** A row a tier, and one for all where there are several. */
function byTier({ outline: { tiers } }: BatchReport, row: (scope: string) => Content[]): Content[][] {
  const rows = tiers.map((name) => [name, ...row(`tier:${name}`)]);
  return tiers.length > 1 ? [...rows, ['all', ...row('total')]] : rows;
}

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
    `Requests per second of the provider by what became of them, by hour of arrival. Whiskers: ${certainty(summary.level)} of all that were served.`,
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
    `Time to the first token of those served, by hour of arrival: the mean over replications of the quantile in each, with ${certainty(summary.level)}. The p99 of fewer than 100 requests is their longest.`,
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

/** Times further apart than this are drawn on a logarithmic scale. */
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
  // A whisker may reach below zero, which a logarithmic scale cannot show.
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
    height: 150,
    x: hourAxis(hourOfWeek),
    y: {
      ...{ label: `${name} TTFT`, grid: true, tickFormat: inTicks(seconds) },
      ...(isWide
        ? { type: 'log', domain: [floor, most], ticks: powersOfTen(floor, most) }
        : { domain: [0, most], nice: true, ticks: 4 }),
    },
    color: { domain: ['p50', 'p99'], range: [BLUE, RED] },
    marks: [
      ...(promised === undefined ? [] : [Plot.ruleY([promised], { stroke: INK, strokeDasharray: '5 3' })]),
      ...lines.map(({ points: own }, line) =>
        Plot.line(own, { x: 'middle', y: 'mean', stroke: [BLUE, RED][line]! }),
      ),
      Plot.ruleX(points, {
        ...{ x: 'middle', y2: 'high', stroke: 'quantile', strokeWidth: 1.5 },
        y1: ({ low }: HourWhisker) => Math.max(low, floor),
      }),
      Plot.dot(points, { x: 'middle', y: 'mean', fill: 'quantile', r: 2.2 }),
    ],
  });
}

/** From one, which is such a power, up to a bound. */
function powersOfTen(from: number, to: number): number[] {
  const first = Math.round(Math.log10(from));
  return Array.from({ length: Math.floor(Math.log10(to)) - first + 1 }, (_, index) =>
    Number(`1e${first + index}`),
  );
}

/** What the tiers were promised, and whether it was kept. Nothing where nothing was. */
export function promisesSection(report: BatchReport): Html | null {
  const { outline, of, hours, summary } = report;
  const promised = outline.tiers.flatMap((name, index) => {
    const attained = of('slo.attainment', `tier:${name}`);
    return (attained?.mean ?? null) === null
      ? []
      : [{ name, slo: outline.slos?.[index] ?? null, attained: attained!, index }];
  });
  if (promised.length === 0) return null;
  const rows = promised.map(({ name, slo, attained }) => [
    name,
    slo === null ? 'not kept in this store' : promiseOf(slo),
    slo === null ? '–' : percent(slo.target),
    estimated(attained, tenths),
    estimated(of('slo.attainmentServed', `tier:${name}`), tenths),
    slo === null ? '' : kept(attained, slo.target),
  ]);
  const drawings = promised.flatMap(({ name, slo, index }) => {
    const { attainment } = hours.tiers[index]!;
    return attainment === null || !hasHours(report)
      ? []
      : [
          shareDrawing(
            name,
            { what: 'service level kept', shares: attainment, target: slo?.target ?? null },
            hours.hourOfWeek,
          ),
        ];
  });
  return markup`<section>
    <h3>What was promised, and kept</h3>
    ${table(
      'Share of requests served within every bound of their tier’s service level. Who was refused was not served within it.',
      ['tier', 'promise', 'target', 'of those that arrived', 'of those served', 'target met'],
      rows,
      ['promise', 'target met'],
    )}${
      drawings.length === 0
        ? null
        : figure(
            `Share of those that arrived in each hour that was served within its bounds, with ${certainty(summary.level)}.`,
            [
              { name: 'kept', colour: BLUE },
              { name: 'target (dashed)', colour: INK },
            ],
            drawings,
          )
    }
  </section>`;
}

function promiseOf({ ttft, tpot, e2e }: Slo): string {
  const bounds = Object.entries({ TTFT: ttft, TPOT: tpot, E2E: e2e });
  const written = bounds.flatMap(([name, bound]) =>
    bound === undefined ? [] : [`${name} ≤ ${seconds(bound)}`],
  );
  return written.length === 0 ? 'to be served' : written.join(', ');
}

/** By the whole interval; without one nothing is decided. */
function kept({ mean, halfWidth }: Estimate, target: number): string {
  if (halfWidth === null) return 'undecided';
  if (mean! - halfWidth >= target) return 'yes';
  return mean! + halfWidth < target ? 'no' : 'undecided';
}

const LIMITS = [
  ['attempts', 'attempts', number],
  ['share.attemptsRefused', 'attempts refused', tenths],
  ['share.limited', 'limited for good', tenths],
  ['share.shed', 'shed', tenths],
  ['share.degraded', 'served degraded', tenths],
] as const;

const AT_WORK = {
  limited: LAYERS.limited,
  shed: LAYERS.shed,
  degraded: LAYERS['served degraded'],
} as const;
type AtWork = keyof typeof AT_WORK;

/** What limits, shedding and degradation do; nothing where they do nothing. */
export function limitsSection(report: BatchReport): Html | null {
  const { of, hours, summary } = report;
  const isAtWork = LIMITS.slice(1).some(([metric]) => (of(metric)?.mean ?? 0) > 0);
  if (!isAtWork) return null;
  const drawings = hours.tiers.flatMap((tier) => {
    const lines = (Object.keys(AT_WORK) as AtWork[]).flatMap((line) => {
      const points = whiskersByHour(tier.shares[line], () => 100).map((point) => ({ ...point, line }));
      return points.some(({ mean }) => mean > 0) ? [{ line, points }] : [];
    });
    if (lines.length === 0 || !hasHours(report)) return [];
    const points = lines.flatMap(({ points: own }) => own);
    return [
      drawing(
        `${tier.name}: limits and degradation by hour`,
        lines.map(({ line, points: own }) => rangeOf(line, own, hours.hourOfWeek, ofHundred)).join(' '),
        {
          height: 130,
          x: hourAxis(hours.hourOfWeek),
          y: { label: `${tier.name} [%]`, grid: true, nice: true, zero: true, ticks: 4 },
          color: { domain: Object.keys(AT_WORK), range: Object.values(AT_WORK) },
          marks: [
            ...lines.map(({ line, points: own }) =>
              Plot.line(own, { x: 'middle', y: 'mean', stroke: AT_WORK[line], strokeWidth: 2 }),
            ),
            Plot.ruleX(points, {
              ...{ x: 'middle', y2: 'high', stroke: INK, strokeWidth: 1 },
              y1: ({ low }: HourWhisker) => Math.max(0, low),
            }),
            Plot.dot(points, { x: 'middle', y: 'mean', fill: 'line', stroke: INK, strokeWidth: 0.5, r: 2.6 }),
          ],
        },
      ),
    ];
  });
  return markup`<section>
    <h3>Limits and degradation at work</h3>
    ${table(
      'A request may make several attempts; limited or shed are those whose last attempt was refused.',
      ['tier', ...LIMITS.map(([, name]) => name)],
      byTier(report, (scope) => LIMITS.map(([metric, , show]) => estimated(of(metric, scope), show))),
    )}${
      drawings.length === 0
        ? null
        : figure(
            `Shares of those that arrived in each hour that were limited, shed or served degraded, with ${certainty(summary.level)}.`,
            Object.entries(AT_WORK).map(([name, colour]) => ({ name, colour })),
            drawings,
          )
    }
  </section>`;
}
