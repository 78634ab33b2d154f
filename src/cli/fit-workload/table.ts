/** A fitted workload as text: what was measured and what the fit has instead, and the YAML to paste. */
import type { Figure } from '../../fitting/fit-workload.ts';
import { bold, dim, number } from '../shared/format.ts';
import { plainTable } from '../shared/plain-table.ts';
import { percent, type WorkloadDocument } from './document.ts';

/** The table as text, ending with an empty line. */
export function workloadTable(document: WorkloadDocument): string {
  const { trace, arrivals, resamples, chanceOutside, tenants, notes, yaml } = document;
  return [
    `${bold(trace.file)}  ${number(trace.requests)} requests in ${number(trace.seconds)} s`,
    dim(
      `${arrivals.name}; the range is that of ${resamples} simulations of the same length, outside of which ${percent(chanceOutside)} of right figures lie`,
    ),
    '',
    figureTable(document),
    '',
    ...arrivals.tried
      .filter(({ missed }) => missed.length > 0)
      .map(({ name, missed }) => `${name} misses: ${missed.map(labelOf).join(', ')}`),
    ...(tenants === null
      ? []
      : [
          `${number(tenants.count)} tenants, of which the most active tenth sends ${percent(tenants.topTenth)}; variation of activity ${tenants.cv}`,
        ]),
    ...notes.map((note) => `note: ${note}`),
    '',
    dim('For a scenario, in place of its workload:'),
    yaml,
  ].join('\n');
}

function figureTable({ figures, lengths }: WorkloadDocument): string {
  const rows = figures.map(({ name, measured, mean, low, high, inside }) => [
    labelOf(name),
    ...[measured, mean, low, high].map(number),
    inside ? '' : 'outside',
  ]);
  for (const [quantity, fit] of Object.entries(lengths)) {
    if (fit !== null)
      rows.push([
        `${quantity}, KS distance`,
        '',
        number(fit.distance),
        '',
        number(fit.largestDistance),
        `${fit.table.length} points`,
      ]);
  }
  return plainTable(['figure', 'measured', 'simulated', 'least', 'most', ''], rows, [
    'left',
    'right',
    'right',
    'right',
    'right',
    'left',
  ]);
}

const LABELS: Readonly<Record<string, string>> = {
  rate: 'requests/s',
  gapVariation: 'variation of gaps',
  simultaneous: 'share at one instant',
  rankCorrelation: 'correlation of lengths',
};

export function labelOf(name: Figure['name']): string {
  const [what, ...which] = name.split('.');
  const rest = which.join('.');
  if (what === 'dispersion') return `dispersion in ${rest.replace(/s$/, ' s')}`;
  return LABELS[name] ?? `${what} ${rest}`;
}
