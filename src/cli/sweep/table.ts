/**
 * A sweep as text: a row for each point, a column for each metric; for a sampled design also the spread of metrics over
 * points.
 */
import type { SweepDocument } from '../../campaigns/sweep.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import { formatMetricAddress, isSameMetric, type MetricAddress } from '../../experiments/metric-address.ts';
import { quantileOfSorted } from '../../stats/index.ts';
import { titleOf } from '../../store/changes.ts';
import { bold, certaintyText, dim, inUnit } from '../shared/format.ts';
import { plainTable } from '../shared/plain-table.ts';

/** The table as text, ending with an empty line. */
export function sweepTable(
  { scenario, changes, design, varied, points, confidence, replications, seed }: SweepDocument,
  metrics: readonly MetricAddress[],
): string {
  const shown = metrics.filter((address) =>
    points.some(({ estimates }) => (find(estimates, address)?.mean ?? null) !== null),
  );
  const rows = points.map(({ values, estimates }) => [
    ...varied.map(({ path }) => values[path]!),
    ...shown.map((address) => cell(find(estimates, address))),
  ]);
  if (design !== 'grid')
    rows.push(
      ...SPREAD.map(([name, p]) => [
        `${name} of points`,
        ...varied.slice(1).map(() => ''),
        ...shown.map((address) => {
          const found = points.map(({ estimates }) => find(estimates, address));
          const means = found
            .flatMap((one) => (one === undefined || one.mean === null ? [] : [one.mean]))
            .sort((a, b) => a - b);
          return inUnit(found[0]!.unit)(quantileOfSorted(means, p)!);
        }),
      ]),
    );
  const head = `${points.length} points of ${titleOf({ name: scenario, changes })}`;
  const about = `${certaintyText(replications, confidence, ' of each under the same random numbers')}, seed ${seed}`;
  const table = plainTable(
    [...varied.map(({ path }) => path), ...shown.map(formatMetricAddress)],
    rows,
    [...varied, ...shown].map(() => 'right'),
  );
  return `${bold(head)}\n${dim(about)}\n\n${table}\n\n`;
}

/** The spread of a metric over the points of a sampled design. */
const SPREAD = [
  ['p10', 0.1],
  ['p50', 0.5],
  ['p90', 0.9],
] as const;

const find = (estimates: readonly Estimate[], address: MetricAddress) =>
  estimates.find((one) => isSameMetric(one, address));

function cell(estimate: Estimate | undefined): string {
  if (estimate === undefined || estimate.mean === null) return '–';
  const show = inUnit(estimate.unit);
  const { mean, halfWidth } = estimate;
  return halfWidth === null || halfWidth === 0 ? show(mean) : `${show(mean)} ± ${show(halfWidth)}`;
}
