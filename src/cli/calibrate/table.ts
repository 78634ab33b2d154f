/** A calibration as text: the errors of the fitted step-time model, and the model to paste. */
import { STRETCH } from '../../calibration/calibrate.ts';
import type { Comparison, ComparedMetric } from '../../calibration/comparison.ts';
import { visible } from '../../shown.ts';
import type { CalibrationDocument } from './document.ts';
import { bold, dim, number, seconds, signedPercent } from '../shared/format.ts';
import { plainTable } from '../shared/plain-table.ts';

const NAMES = { ttft: 'TTFT', tpot: 'TPOT', e2e: 'E2E' } as const;

/** The table as text, ending with an empty line. */
export function calibrationTable(document: CalibrationDocument): string {
  const { whole, split, measured, stepTime, pool, scenario } = document;
  const from = measured.arrivals === 'queue' ? 'entry into the queue' : 'arrival';
  return [
    `${bold(measured.file)}  ${measured.requests} requests, on one replica of ${pool} of ${visible(scenario.name)}`,
    dim(
      `${stepTime} fitted to all, and to the first ${split.fittedRequests} to be tested on the rest; TTFT and E2E from ${from}`,
    ),
    '',
    errorTable(document),
    '',
    ...notes(document),
    '',
    dim('For the pool’s serving:'),
    whole.yaml,
  ].join('\n');
}

function errorTable({ whole, split }: CalibrationDocument): string {
  const rows = whole.comparison.metrics.map((metric, row) => {
    const errors = [metric, split.fitted.metrics[row]!, split.tested.metrics[row]!];
    return [nameOf(metric), ...valuesOf(metric), ...errors.map(({ error }) => signedPercent(error))];
  });
  for (const time of ['tpot', 'e2e'] as const) {
    const errors = [whole.comparison, split.fitted, split.tested].map(perRequest(time));
    rows.push([`|${NAMES[time]}| per request`, '', '', ...errors]);
  }
  return plainTable(
    [
      'error of',
      'measured',
      'simulated',
      'all',
      `first ${split.fitted.requests}, fitted`,
      `last ${split.tested.requests}, tested`,
    ],
    rows,
  );
}

function nameOf({ metric }: ComparedMetric): string {
  const [what, which] = metric.split('.') as [string, string];
  if (what === 'throughput') return which === 'requests' ? 'requests/s' : 'output tokens/s';
  return `${NAMES[what as keyof typeof NAMES]} ${which}`;
}

const valuesOf = ({ measured, simulated, unit }: ComparedMetric): string[] =>
  [measured, simulated].map((value) =>
    value === null ? '–' : unit === 's' ? seconds(value) : number(value),
  );

const perRequest =
  (time: 'tpot' | 'e2e') =>
  (comparison: Comparison): string => {
    const error = comparison.perRequest[time];
    return error === null ? '–' : signedPercent(error).replace('+', '');
  };

function notes({ whole }: CalibrationDocument): string[] {
  const { sensitivity } = whole;
  const moved = (Object.keys(NAMES) as (keyof typeof NAMES)[])
    .map((time) => `${NAMES[time]} ${signedPercent(sensitivity[time]).replace('+', '')}`)
    .join(', ');
  return [
    `outside the engine: ${seconds(whole.frontEnd)} a request, which a scenario does not have; ` +
      `without it the mean TTFT is ${signedPercent(whole.engineTtftError)} off`,
    `pre-emptions, simulated: ${number(whole.preemptions)}`,
    `means move with a step-time model ${100 * STRETCH} % slower or faster by up to: ${moved}`,
    ...(whole.doubt === null ? [] : [whole.doubt]),
  ];
}
