/** Sensitivities as text: a table for each metric, the most influential factor first. */
import type { MorrisDocument, SensitivityDocument, TornadoDocument } from '../../campaigns/sensitivity.ts';
import type { Interval } from '../../stats/index.ts';
import { metricTitle } from '../../experiments/metric-address.ts';
import { titleOf } from '../../store/changes.ts';
import { bold, certaintyText, changeInUnit, dim, inUnit } from '../shared/format.ts';
import { plainTable } from '../shared/plain-table.ts';

type Certainty = Pick<SensitivityDocument, 'confidence' | 'replications' | 'seed'>;

const about = ({ confidence, replications, seed }: Certainty) =>
  `${certaintyText(replications, confidence, ' of each point under the same random numbers')}, seed ${seed}`;

/** The table as text, ending with an empty line. */
export function morrisTable({ scenario, changes, walks, results, ...certainty }: MorrisDocument): string {
  const tables = results.map((result) => {
    const { unit, effects } = result;
    const show = changeInUnit(unit);
    const sorted = effects.toSorted((a, b) => (b.meanAbsolute.mean ?? 0) - (a.meanAbsolute.mean ?? 0));
    return `${bold(metricTitle(result))}\n${plainTable(
      ['', 'size of effect (μ*)', 'effect (μ)', 'sd (σ)'],
      sorted.map(({ path, meanAbsolute, mean, deviation }) => [
        path,
        shown(meanAbsolute, show),
        shown(mean, show),
        deviation === null ? '–' : show(deviation),
      ]),
    )}`;
  });
  const says = `${walks} walks; effects over the whole range of a value; a large sd says that it acts unevenly or with others`;
  return [
    `${bold(`what matters in ${titleOf({ name: scenario, changes })}`)}\n${dim(says, about(certainty))}`,
    ...tables,
    '',
  ].join('\n\n');
}

/** The table as text, ending with an empty line. */
export function tornadoTable({ scenario, changes, results, ...certainty }: TornadoDocument): string {
  const tables = results.map((result) => {
    const { unit, base, bars } = result;
    const show = changeInUnit(unit);
    return `${bold(metricTitle(result))}${base === null ? '' : dim(`  as it stands ${inUnit(unit)(base)}`)}\n${plainTable(
      ['', 'low', 'change', 'high', 'change'],
      bars.map(({ path, low, high }) => [
        path,
        low.value,
        shown(low.difference, show),
        high.value,
        shown(high.difference, show),
      ]),
    )}`;
  });
  return [
    `${bold(`what matters in ${titleOf({ name: scenario, changes })}`)}\n${dim(`one value at a time; ${about(certainty)}`)}`,
    ...tables,
    '',
  ].join('\n\n');
}

function shown({ mean, halfWidth }: Interval, show: (value: number) => string): string {
  if (mean === null) return '–';
  const signed = `${mean < 0 ? '−' : '+'}${show(Math.abs(mean))}`;
  return halfWidth === null || halfWidth === 0 ? signed : `${signed} ± ${show(halfWidth)}`;
}
