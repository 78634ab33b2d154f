/** Batches side by side: the difference of each from the first, replication by replication. */
import * as Plot from '@observablehq/plot';
import type { ComparisonOfScenarios, Difference } from '../../experiments/compare.ts';
import { isNothing, OF_TIERS, ownMetrics, shownChange, SHOWN, verdict } from '../shared/comparison-table.ts';
import { SHARE } from '../../units.ts';
import { axisOf } from '../shared/axes.ts';
import { inUnit, NOTHING, percent } from '../shared/format.ts';
import { BLUE, certainty, drawing, figure, INK, ORANGE, type Drawing } from './figure.ts';
import { markup, type Content, type Html } from './markup.ts';
import { table } from './table.ts';

interface Row {
  readonly name: string;
  readonly scope: string;
  readonly metric: string;
}

export function comparisonSection(
  comparison: ComparisonOfScenarios & { readonly replications: number },
  confidence: number,
): Html {
  const { baseline, scenarios, differences, replications } = comparison;
  const others = scenarios.map(({ scenario }) => scenario);
  const find = (scenario: string, { scope, metric }: Row) =>
    differences.find((one) => one.scenario === scenario && one.scope === scope && one.metric === metric);
  const tiers = [...new Set(differences.map(({ scope }) => scope))].filter((scope) =>
    scope.startsWith('tier:'),
  );
  const wanted: Row[] = [
    ...[...SHOWN, ...ownMetrics(differences)].map(([metric, name]) => ({ name, scope: 'total', metric })),
    ...(tiers.length < 2
      ? []
      : tiers.flatMap((scope) =>
          OF_TIERS.map(([metric, name]) => ({ name: `${scope.slice(5)}: ${name}`, scope, metric })),
        )),
  ];
  const rows = wanted.filter((row) =>
    others.some((scenario) => {
      const found = find(scenario, row);
      return found !== undefined && !isNothing(found);
    }),
  );
  const body = rows.map((row): Content[] => {
    const found = others.map((scenario) => find(scenario, row));
    const first = found.find((one) => one !== undefined)!;
    return [
      row.name,
      first.baseline === null ? NOTHING : inUnit(first.unit)(first.baseline),
      ...found.flatMap((one) =>
        one === undefined ? [NOTHING, ''] : [changed(one), verdict(one, confidence)],
      ),
    ];
  });
  const heads = others.flatMap((scenario) => [`${scenario}: difference`, 'decided']);
  const unlike = scenarios.filter(({ sameDemand }) => !sameDemand).map(({ scenario }) => scenario);
  return markup`<section>
    <h2>Side by side</h2>
    <p>
      What each changes against <strong>${baseline}</strong>: paired differences over ${replications}
      replications of each, under common random numbers, with ${certainty(confidence)}. <em>Decided</em> means:
      with all of them together wrong at most once in ${Math.round(1 / (1 - confidence))} (Holm). pp: percentage
      points.
    </p>
    ${unlike.length === 0 ? null : markup`<p class="note">${unlike.join(', ')} ${unlike.length === 1 ? 'meets' : 'meet'} other demand than ${baseline}.</p>`}${table(
      'Cells in the window.',
      ['', baseline, ...heads],
      body,
      ['decided'],
    )}${changesFigure(
      comparison,
      rows.filter(({ scope }) => scope === 'total'),
      confidence,
      find,
    )}
  </section>`;
}

/** The difference, both as computed and as shown. */
function changed(difference: Difference): Content {
  const { mean, halfWidth, scenario, scope, metric } = difference;
  if (mean === null) return NOTHING;
  const place = markup`data-scenario="${scenario}" data-scope="${scope}" data-metric="${metric}"`;
  return markup`<data value="${mean}" data-half-width="${halfWidth}" ${place}>${shownChange(difference)}</data>`;
}

/** Differences in percent of the baseline, where that is not zero. */
function changesFigure(
  { baseline, scenarios }: ComparisonOfScenarios,
  rows: readonly Row[],
  confidence: number,
  find: (scenario: string, row: Row) => Difference | undefined,
): Html {
  const drawings = scenarios.flatMap(({ scenario }): Drawing[] => {
    const points = rows.flatMap((row) => {
      const found = find(scenario, row);
      if (found === undefined || found.mean === null || (found.baseline ?? 0) === 0) return [];
      const ofBaseline = 1 / Math.abs(found.baseline!);
      const half = found.halfWidth ?? 0;
      return [
        {
          name: row.name,
          mean: ofBaseline * found.mean,
          low: ofBaseline * (found.mean - half),
          high: ofBaseline * (found.mean + half),
          decided: found.adjustedPValue !== null && found.adjustedPValue <= 1 - confidence,
        },
      ];
    });
    if (points.length === 0) return [];
    const words = points.map(
      ({ name, mean }) => `${name}: ${mean < 0 ? '−' : '+'}${percent(Math.abs(mean))}.`,
    );
    return [
      drawing(`${scenario} against ${baseline}`, words.join(' '), {
        height: 60 + 20 * points.length,
        marginLeft: 150,
        marginTop: 30,
        x: {
          ...axisOf('change', SHARE),
          grid: true,
          nice: true,
          labelAnchor: 'center',
        },
        y: { label: null, domain: points.map(({ name }) => name), type: 'point', padding: 0.6 },
        color: { domain: [true, false], range: [BLUE, ORANGE] },
        marks: [
          Plot.ruleX([0], { stroke: INK }),
          Plot.ruleY(points, { x1: 'low', x2: 'high', y: 'name', stroke: 'decided', strokeWidth: 2 }),
          Plot.dot(points, { x: 'mean', y: 'name', fill: 'decided', r: 3.5 }),
        ],
      }),
    ];
  });
  return figure(
    `Differences in percent of ${baseline}, with ${certainty(confidence)}.`,
    [
      { name: 'decided', colour: BLUE },
      { name: 'not decided', colour: ORANGE },
    ],
    drawings,
  );
}
