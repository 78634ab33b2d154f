/**
 * The fifth migration of a store: the names that version 0.2 changed. Scenarios are rewritten as a user would write them
 * today, and metrics are called what they are called today; numbers are untouched. Hashes of scenarios stay: they say
 * what was run then. Rows that are damaged are left as they are, so that their damage is still found.
 */
import type { Database } from 'better-sqlite3';
import { isScalar, parseDocument, visit, type Pair, type YAMLMap } from 'yaml';
import { checksumOf, sealedColumns, type SealedTable } from './checksum.ts';

const METRICS: Readonly<Record<string, string>> = {
  'line.length': 'queue.length',
  'system.length': 'system.size',
};

/** By table, what becomes of its columns that hold names. */
const REWRITTEN: Readonly<Partial<Record<SealedTable, Readonly<Record<string, (text: string) => string>>>>> =
  {
    layouts: { layout: renameMetrics },
    batches: { changes: renameInOverrides },
    texts: { text: renameKeys, overrides: renameInOverrides },
    scenarios: { text: renameKeys, overrides: renameInOverrides },
  };

/** Migrates a store of the fourth form. */
export function toFieldNames(database: Database): void {
  for (const [name, change] of Object.entries(REWRITTEN)) {
    const table = name as SealedTable;
    const columns = sealedColumns(table);
    const key = columns[0]!;
    const read = database
      .prepare(`SELECT ${columns.join(', ')}, checksum FROM ${table} WHERE ${key} = ?`)
      .raw();
    const write = database.prepare(
      `UPDATE ${table} SET ${[...columns, 'checksum'].map((column) => `${column} = ?`).join(', ')} WHERE ${key} = ?`,
    );
    for (const one of database.prepare(`SELECT ${key} FROM ${table}`).pluck().all()) {
      const row = read.get(one) as (string | number | null)[];
      const values = row.slice(0, -1);
      if (checksumOf(table, ...values) !== row.at(-1)) continue;
      const changed = values.map((value, place) => change[columns[place]!]?.(String(value)) ?? value);
      if (changed.some((value, place) => value !== values[place]))
        write.run(...changed, checksumOf(table, ...changed), one);
    }
  }
}

function renameMetrics(layout: string): string {
  const metrics = JSON.parse(layout) as { readonly metric: string }[];
  return JSON.stringify(metrics.map((one) => ({ ...one, metric: METRICS[one.metric] ?? one.metric })));
}

/** A text of YAML in which the distributions within mixtures and truncations are called so; all else to the letter. */
function renameKeys(text: string): string {
  const places: (readonly [from: number, to: number])[] = [];
  visit(parseDocument(text, { logLevel: 'silent' }), {
    Map: (_, map) => {
      const pair = map.items.find(({ key }) => isScalar(key) && key.value === 'law');
      if (pair !== undefined && nestsDistribution(map)) places.push(rangeOf(pair));
    },
  });
  return places
    .toSorted(([a], [b]) => b - a)
    .reduce((written, [from, to]) => {
      const key = written.slice(from, to).replace('law', 'distribution');
      return `${written.slice(0, from)}${key}${written.slice(to)}`;
    }, text);
}

/** Whether a mapping is a truncation, or one of the parts of a mixture. */
const nestsDistribution = (map: YAMLMap): boolean => map.get('kind') === 'truncated' || map.has('weight');

function rangeOf({ key }: Pair): readonly [from: number, to: number] {
  const [from, to] = (isScalar(key) ? key.range : null) ?? [0, 0];
  return [from, to];
}

/** The list of what `--set` replaced, `PATH=VALUE`, with the new names in paths and values. */
function renameInOverrides(overrides: string): string {
  const all = JSON.parse(overrides) as string[];
  return JSON.stringify(
    all.map((one) => {
      const [, path = '', value = ''] = /^([^=]*)(=[\s\S]*)?$/.exec(one) ?? [];
      return `${path.replaceAll(/(?<=[.\]])law(?=$|[.[])/g, 'distribution')}${value === '' ? '' : `=${renameKeys(value.slice(1))}`}`;
    }),
  );
}
