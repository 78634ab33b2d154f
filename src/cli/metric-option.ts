/** `--metric`: the metrics that a command is asked for, checked against those that exist before anything runs. */
import { MONEY_METRICS, MONEY_RATIOS } from '../economics/measure.ts';
import { InputError } from '../errors.ts';
import { parseMetricAddress, type MetricAddress } from '../experiments/metric-address.ts';
import { metrics } from '../metrics/index.ts';
import { alternatives } from '../validation.ts';

const NAMES = [
  ...metrics.map(({ name }) => name),
  ...Object.keys(MONEY_METRICS).flatMap((name) => [name, `${name}.perYear`]),
  ...Object.keys(MONEY_RATIOS),
];

/** The metrics of `[SCOPE/]NAME` texts; `null` for none. Throws `InputError` for a name that no metric has. */
export function readMetrics(texts: readonly string[]): readonly MetricAddress[] | null {
  if (texts.length === 0) return null;
  return texts.map((text) => {
    const address = parseMetricAddress(text);
    if (NAMES.includes(address.metric)) return address;
    const near = NAMES.filter((name) => name.split('.')[0] === address.metric.split('.')[0]);
    const known = near.length === 0 ? '' : `${alternatives(address.metric, near)}; `;
    const message = `there is no metric ${address.metric}; ${known}fleetyield list metrics shows all`;
    throw new InputError([{ place: `--metric ${text}`, path: '', message }]);
  });
}
