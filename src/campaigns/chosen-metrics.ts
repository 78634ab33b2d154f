/** The metrics that a user chooses, checked against those that exist before anything runs. */
import { MONEY_METRICS, MONEY_RATIOS } from '../economics/measure.ts';
import { InputError, type Fault } from '../errors.ts';
import {
  formatMetricAddress,
  isSameMetric,
  parseMetricAddress,
  type MetricAddress,
} from '../experiments/metric-address.ts';
import { metricsOf } from '../experiments/metric-names.ts';
import { metrics } from '../metrics/index.ts';
import { NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import { alternatives, meantBy } from '../input/suggest.ts';
import type { Scenario } from '../scenario/scenario.ts';

const SHIPPED = [
  ...metrics.map(({ name }) => name),
  ...Object.keys(MONEY_METRICS).flatMap((name) => [name, `${name}.perYear`]),
  ...Object.keys(MONEY_RATIOS),
];

/** The meaning of an existing metric, phrased as part of a sentence. */
export function meaningOf({ metric }: MetricAddress): string {
  const name = metric.replace(/\.perYear$/, '');
  const summary =
    metrics.find((one) => one.name === name)?.summary ?? MONEY_METRICS[name] ?? MONEY_RATIOS[name]!.summary;
  return summary.replace(/\.$/, '');
}

/** The option that chooses metrics, as messages call it on a command line. */
const OPTION = '--metric';

/** The metrics of `[SCOPE/]NAME` texts; `null` for none. Throws `InputError` for an unknown metric name. */
export function readMetrics(
  texts: readonly string[],
  option = OPTION,
  plugins: Plugins = NO_PLUGINS,
): readonly MetricAddress[] | null {
  if (texts.length === 0) return null;
  const names = [...SHIPPED, ...plugins.metrics.map(({ name }) => name)];
  return texts.map((text) => {
    const address = parseMetricAddress(text);
    if (!names.includes(address.metric)) throw noMetric(option, address, `there is no metric`, names);
    return address;
  });
}

/**
 * Rejects, before anything runs, metrics that a scenario does not have: of an unknown scope, or not measured in that
 * scope. Throws `InputError`.
 */
export function requireMetrics(
  chosen: readonly MetricAddress[] | null,
  scenario: Scenario,
  byHour: boolean,
  option = OPTION,
): void {
  if (chosen === null) return;
  const measured = metricsOf(scenario, byHour);
  for (const address of chosen) chosenOf(measured, address, option);
}

/** The measured item with a given address. Throws `InputError` when there is none. */
export function chosenOf<T extends MetricAddress>(
  measured: readonly T[],
  address: MetricAddress,
  option = OPTION,
): T {
  const found = measured.find((one) => isSameMetric(one, address));
  if (found !== undefined) return found;
  const scopes = [...new Set(measured.map(({ scope }) => scope))];
  if (!scopes.includes(address.scope))
    throw new InputError([
      refusal(option, address, `there is no scope ${address.scope}; ${alternatives(address.scope, scopes)}`),
    ]);
  const ofScope = measured.filter(({ scope }) => scope === address.scope).map(({ metric }) => metric);
  throw noMetric(option, address, `${address.scope} has no metric`, ofScope);
}

/** The error for an unknown metric, with a suggestion and its relatives; listing all metrics would fill a page. */
function noMetric(
  option: string,
  address: MetricAddress,
  says: string,
  known: readonly string[],
): InputError {
  const { metric } = address;
  const familyOf = (name: string) => name.split('.')[0];
  const meant = meantBy(metric, known);
  const kin = known.filter((name) => familyOf(name) === familyOf(meant ?? metric));
  const remedies = [
    ...(meant === undefined ? [] : [`did you mean "${meant}"?`]),
    ...(kin.length === 0 ? [] : [`known: ${kin.join(', ')};`]),
    'fleetyield list metrics shows all',
  ];
  return new InputError([refusal(option, address, `${says} ${metric}; ${remedies.join(' ')}`)]);
}

const refusal = (option: string, address: MetricAddress, message: string): Fault => ({
  kind: 'unknown-choice',
  place: `${option} ${formatMetricAddress(address)}`,
  path: '',
  message,
});
