/**
 * A tornado chart as an SVG file: how a metric changes with each value at its low and its high end, widest bar first.
 */
import * as Plot from '@observablehq/plot';
import type { TornadoOfMetric } from '../../campaigns/sensitivity.ts';
import { formatMetricAddress, metricTitle } from '../../experiments/metric-address.ts';
import { changeAxisOf } from '../shared/axes.ts';
import { drawn, sheet } from '../shared/drawing.ts';

const WIDTH = 860;
const BAR = 34;
const HEADER = 50;
const COLOURS = { low: '#4a7fb5', high: '#c8553d' } as const;
/** The colour of a bar whose interval contains zero. */
const UNDECIDED = '#bbbbbb';

export function tornadoPicture(scenario: string, result: TornadoOfMetric): string {
  const ends = result.bars.flatMap(({ path, low, high }) =>
    (['low', 'high'] as const).flatMap((end) => {
      const { value, difference } = end === 'low' ? low : high;
      if (difference.mean === null) return [];
      const half = difference.halfWidth ?? 0;
      const decided = Math.abs(difference.mean) > half;
      return [{ path, value, change: difference.mean, half, fill: decided ? COLOURS[end] : UNDECIDED }];
    }),
  );
  const height = 60 + BAR * result.bars.length;
  const longest = Math.max(...result.bars.map(({ path }) => path.length));
  const svg = drawn({
    width: WIDTH,
    height,
    marginLeft: Math.min(400, 24 + 6 * longest),
    marginRight: 50,
    x: {
      ...changeAxisOf(
        `change of ${formatMetricAddress(result)}`,
        result.unit,
        ends.flatMap(({ change, half }) => [change - half, change + half]),
      ),
      grid: true,
      nice: true,
    },
    y: { label: null, domain: result.bars.map(({ path }) => path) },
    marks: [
      Plot.barX(ends, { x1: 0, x2: 'change', y: 'path', fill: 'fill', fillOpacity: 0.8 }),
      Plot.ruleY(ends, {
        x1: ({ change, half }: (typeof ends)[number]) => change - half,
        x2: ({ change, half }: (typeof ends)[number]) => change + half,
        y: 'path',
        stroke: 'black',
      }),
      Plot.ruleX([0]),
    ],
  });
  const title = `${scenario}: ${metricTitle(result)}, one value at a time`;
  return sheet({
    width: WIDTH,
    height: HEADER + height,
    title,
    heading: title,
    marks: [
      `<text x="12" y="42" font-size="11"><tspan fill="${COLOURS.low}">low</tspan> <tspan fill="${COLOURS.high}">high</tspan> <tspan fill="#777777">grey: not distinguishable from none</tspan></text>`,
    ],
    drawings: [{ svg, y: HEADER }],
  });
}
