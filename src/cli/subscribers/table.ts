/** `subscribers` as text: a table for each size of the fleet, and the elasticity of revenue. */
import type { Bounds } from '../../experiments/scaling.ts';
import { titleOf } from '../../store/changes.ts';
import {
  bold,
  certaintyText,
  compact,
  dim,
  money,
  NOTHING,
  number,
  plainShare,
  tenths,
} from '../shared/format.ts';
import type { SubscribersDocument } from '../../campaigns/subscribers-document.ts';
import { plainTable } from '../shared/plain-table.ts';

/** The table as text, ending with an empty line. */
export function subscribersTable({
  scenario,
  replications,
  seed,
  confidence,
  months,
}: SubscribersDocument): string {
  const [first] = months;
  const sizes = first!.sizes.map(({ gpus, tiers }, size) =>
    [
      `${number(gpus)} GPUs`,
      plainTable(
        [
          'month',
          ...tiers.flatMap(({ tier }) => [`subscribers ${tier}`, 'served well']),
          'all served',
          'revenue a month',
          'cost',
          'result',
        ],
        months.map(({ month, sizes: all }) => {
          const { tiers: ofMonth, served, revenue, cost, margin } = all[size]!;
          return [
            String(month),
            ...ofMonth.flatMap(({ subscribers, servedWell }) => [compact(subscribers), tenths(servedWell)]),
            plainShare(estimate(served)),
            ...[revenue, cost, margin].map((usd) => money(estimate(usd))),
          ];
        }),
      ),
      '',
    ].join('\n'),
  );
  return [
    bold(titleOf(scenario)),
    dim(
      `${certaintyText(replications, confidence, ' of a window for each month')}, seed ${seed}; each month begins with the subscribers that the one before left`,
    ),
    '',
    ...sizes,
    ...elasticities(months),
    '',
  ].join('\n');
}

function elasticities(months: SubscribersDocument['months']): string[] {
  const [first] = months;
  if (first!.elasticity.length === 0) return [];
  const arcs = first!.sizes
    .slice(1)
    .map(({ gpus }, before) => `${compact(first!.sizes[before]!.gpus)} to ${compact(gpus)}`);
  return [
    'elasticity of revenue to GPUs',
    plainTable(
      ['month', ...arcs],
      months.map(({ month, elasticity }) => [String(month), ...elasticity.map(plain)]),
    ),
    '',
  ];
}

const plain = ({ mean, halfWidth }: Bounds): string =>
  mean === null ? NOTHING : `${mean.toFixed(3)}${halfWidth === null ? '' : ` ± ${halfWidth.toFixed(3)}`}`;

const estimate = ({ mean, halfWidth }: Bounds) => ({
  scope: '',
  metric: '',
  unit: '',
  mean,
  halfWidth,
  n: 0,
});
