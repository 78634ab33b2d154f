/** How a metric of a scope is written on a command line: `wait.p99`, `tier:free/ttft.p99`. It knows no metric. */

import { unitText } from '../units.ts';

/** A metric and where it is measured. */
export interface MetricAddress {
  readonly scope: string;
  readonly metric: string;
}

/** `SCOPE/METRIC`, or the metric alone for the total. */
export function parseMetricAddress(text: string): MetricAddress {
  const slash = text.lastIndexOf('/');
  return slash < 0
    ? { scope: 'total', metric: text }
    : { scope: text.slice(0, slash), metric: text.slice(slash + 1) };
}

/** As it is written: without its scope where that is the total. */
export function formatMetricAddress({ scope, metric }: MetricAddress): string {
  return scope === 'total' ? metric : `${scope}/${metric}`;
}

/** A metric as tables and pictures name it: with its unit in brackets. */
export const metricTitle = ({ unit, ...address }: MetricAddress & { readonly unit: string }): string =>
  `${formatMetricAddress(address)} [${unitText(unit)}]`;

/** Whether two are the same. */
export const isSameMetric = (one: MetricAddress, other: MetricAddress): boolean =>
  one.scope === other.scope && one.metric === other.metric;
