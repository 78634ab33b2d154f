/** How busy the fleet is, and its throughput. */
import { compact, number, tenths } from '../shared/format.ts';
import { hasHours, type BatchReport } from './batch-report.ts';
import { certainty, figure, tierLegend } from './figure.ts';
import { shareDrawing, tierBars } from './hour-drawings.ts';
import { markup, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

const COLUMNS = [
  ['utilisation.busy', 'busy', tenths],
  ['availability', 'in service', tenths],
  ['utilisation.kv', 'KV in use', tenths],
  ['batch.mean', 'sequences a step', number],
  ['throughput.requests', 'requests/s', number],
  ['throughput.outputTokens', 'output tokens/s', number],
] as const;

export function fleetSection(report: BatchReport): Html {
  const { outline, of } = report;
  const rows = outline.pools.map(({ name, gpus }) => [
    name,
    number(gpus),
    ...COLUMNS.map(([metric, , show]) => estimated(of(metric, `pool:${name}`), show)),
  ]);
  return markup`<section>
    <h3>How busy the fleet was</h3>
    ${table('Pools of the cell over the window.', ['pool', 'GPUs', ...COLUMNS.map(([, name]) => name)], rows)}${
      hasHours(report) ? [busyFigure(report), tokensFigure(report)] : null
    }
  </section>`;
}

function busyFigure({ hours: { pools, hourOfWeek }, summary }: BatchReport): Html | null {
  if (pools === null) return null;
  const drawings = pools
    .filter(({ busy }) => busy.some(({ mean }) => mean !== null))
    .map(({ name, busy }) => shareDrawing(name, { what: 'busy', shares: busy, target: null }, hourOfWeek));
  return figure(
    `Share of the servers in service that were busy, by hour, with ${certainty(summary.confidence)}; of engines, of the time in a step.`,
    [],
    drawings,
  );
}

function tokensFigure({ outline, hours, summary }: BatchReport): Html | null {
  if (hours.total === null) return null;
  const bars = tierBars(
    {
      title: 'Output tokens per second by tier and hour',
      what: 'output',
      unit: 'tokens/s',
      tiers: hours.tiers.map(({ name, outputTokens }) => ({ name, intervals: outputTokens })),
      total: hours.total.outputTokens,
      factorOf: () => 1 / outline.share,
      show: compact,
    },
    hours.hourOfWeek,
  );
  return figure(
    `Output tokens per second of the provider, of requests completed in each hour, by tier. Whiskers: ${certainty(summary.confidence)} of all tiers together.`,
    tierLegend(outline.tiers),
    [bars],
  );
}
