/** A fitted workload as YAML to paste into a scenario. It knows YAML, and nothing of how the workload was fitted. */
import { stringify } from 'yaml';
import type { WorkloadFit } from './fit-workload.ts';

export interface TierNames {
  readonly tier: string;
  readonly model: string;
}

/** Keys whose numbers are durations, written with their unit. */
const DURATIONS = ['meanStay'];

/** The section `workload` with one tier, ends with a line break. */
export function workloadYaml(
  { arrivals, lengths, rankCorrelation, tenants }: WorkloadFit,
  names: TierNames,
): string {
  const tables = Object.entries(lengths).flatMap(([quantity, fit]) =>
    fit === null
      ? []
      : [`        ${quantity}:`, '          kind: empirical', `          quantiles: ${flow(fit.table)}`],
  );
  return [
    'workload:',
    '  tiers:',
    `    - name: ${quoted(names.tier)}`,
    `      model: ${quoted(names.model)}`,
    ...(tenants === null
      ? []
      : [
          `      tenants: ${tenants.count}`,
          ...(tenants.cv === 0 ? [] : [`      activity: ${flow({ kind: 'lognormal', cv: tenants.cv })}`]),
        ]),
    `      arrivals: ${flow(arrivals.choice)}`,
    ...(tables.length === 0 ? [] : ['      lengths:', ...tables]),
    ...(rankCorrelation === null ? [] : [`        rankCorrelation: ${rankCorrelation}`]),
    '',
  ].join('\n');
}

/** A name, in quotes where YAML would read something else. */
const quoted = (name: string): string => stringify(name, { lineWidth: 0 }).trim();

function flow(value: unknown, key = ''): string {
  if (Array.isArray(value)) return `[${value.map((item) => flow(item, key)).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${name}: ${flow(inner, name)}`)
      .join(', ')} }`;
  return DURATIONS.includes(key) ? `${String(value)}s` : String(value);
}
