/** What plugins measured, and which they were. */
import { isOwnMetric } from '../../plugins/plugins.ts';
import { unitText } from '../../units.ts';
import { inUnit } from '../shared/format.ts';
import type { BatchReport } from './batch-report.ts';
import { markup, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

export function pluginsSection({ outline, estimates }: BatchReport): Html | null {
  const { plugins = [] } = outline;
  if (plugins.length === 0) return null;
  const summaries = new Map(plugins.flatMap(({ metrics }) => metrics.map((one) => [one.name, one.summary])));
  const rows = estimates
    .filter((one) => isOwnMetric(one) && !one.scope.startsWith('hour:'))
    .map((one) => [
      one.metric,
      one.scope,
      estimated(one, inUnit(one.unit)),
      unitText(one.unit),
      summaries.get(one.metric) ?? '',
    ]);
  const files = plugins.map(({ file, digest }) => `${file} (SHA-256 ${digest.slice(0, 12)}…)`);
  return markup`<section>
    <h3>Plugins</h3>
    <p>Strategies and metrics of the user’s own took part: ${files.join(', ')}.</p>
    ${rows.length === 0 ? null : table('What they measured.', ['metric', 'scope', 'estimate', 'unit', 'meaning'], rows, ['scope', 'unit', 'meaning'])}
  </section>`;
}
