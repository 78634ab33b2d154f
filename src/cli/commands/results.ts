/** `results`: what is stored, listed, shown, compared and deleted. */
import Table from 'cli-table3';
import { InputError } from '../../errors.ts';
import { differenceOf } from '../../experiments/difference.ts';
import type { Interval } from '../../stats/index.ts';
import { Store, type BatchSummary } from '../../store/store.ts';
import type { StoredBatch } from '../../store/stored-batch.ts';
import { bold, count, number } from '../format.ts';
import { trimmed, WITHOUT_LINES } from '../plain-table.ts';
import { resultDocument } from '../result-document.ts';
import { resultTable } from '../result-table.ts';
import { SHORT_ID } from '../store-options.ts';

interface StoreOptions {
  readonly store: string;
}

export interface ListOptions extends StoreOptions {
  readonly scenario?: string | undefined;
  readonly since?: string | undefined;
  readonly status?: BatchSummary['status'] | undefined;
  readonly json: boolean;
}

/** Batches, the one that changed last first. */
export function listResults(options: ListOptions): void {
  const { scenario, since, status, json } = options;
  const from = since === undefined ? '' : instant(since);
  const found = reading(options, (store) =>
    store
      .summaries()
      .filter(
        (batch) =>
          (scenario === undefined || batch.scenario === scenario) &&
          (status === undefined || batch.status === status) &&
          batch.updatedAt >= from,
      ),
  );
  if (json) return print(found);
  const drawn = plainTable(
    ['batch', 'scenario', 'seed', 'replications', 'status', 'changed (UTC)'],
    found.map((batch) => [
      batch.id.slice(0, SHORT_ID),
      batch.scenario,
      batch.seed,
      `${batch.done} of ${batch.planned}${batch.failed === 0 ? '' : `, ${batch.failed} failed`}`,
      batch.status,
      batch.updatedAt.slice(0, 19).replace('T', ' '),
    ]),
  );
  process.stdout.write(found.length === 0 ? `no such batch in ${options.store}\n` : `${drawn}\n`);
}

/** A day or an instant, as ISO 8601 in UTC. */
function instant(text: string): string {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw new InputError([
    {
      place: '--since',
      path: '',
      message: `"${text}" is no date; write it as 2026-11-24 or 2026-11-24T08:00Z`,
    },
  ]);
}

/** The table or the document that `run` prints, from every replication that is done. */
export function showResult(given: string, options: StoreOptions & { readonly json: boolean }): void {
  reading(options, (store) => {
    const { summary, batch, outline } = opened(store, given);
    const { version, seed, level, status, wallSeconds, failed } = summary;
    if (failed > 0) {
      const [first] = batch.failures();
      process.stderr.write(
        `${failed} replications failed, and what the others say is of another population; replication ${first!.replication}: ${first!.message}\n`,
      );
    }
    const run = {
      version,
      seed,
      level,
      wallSeconds,
      planned: batch.end(),
      interrupted: status !== 'finished',
    };
    const document = resultDocument(outline, batch, run);
    if (options.json) print(document);
    else process.stdout.write(resultTable(outline, document));
  });
}

/** What is compared: of the whole cell, what was served, how fast, and the money. */
const COMPARED = [
  ...['throughput.requests', 'share.served', 'share.degraded', 'slo.attainment', 'wait.mean'],
  ...['ttft.p50', 'ttft.p99', 'tpot.p50', 'tpot.p99', 'e2e.mean', 'e2e.p99', 'utilisation.busy'],
  ...['revenue', 'cost', 'margin', 'revenue.perGpuHour', 'cost.perMillionOutputTokens'],
];

interface Difference extends Interval {
  readonly scenario: string;
  readonly scope: 'total';
  readonly metric: string;
  readonly unit: string;
}

/**
 * What a second batch is above a first, over the replications that both have. The intervals hold together: each is at
 * the level that, by Bonferroni, makes all of them cover with the level asked for.
 */
export function compareResults(
  baseline: string,
  other: string,
  options: StoreOptions & { readonly json: boolean },
): void {
  reading(options, (store) => {
    const [a, b] = [opened(store, baseline), opened(store, other)];
    const refuse = (message: string): never => {
      throw new InputError([{ place: `${baseline} and ${other}`, path: '', message }]);
    };
    if (a.summary.seed !== b.summary.seed)
      refuse(`seeds differ (${a.summary.seed} and ${b.summary.seed}); run both with the same --seed`);
    const inB = new Set(b.batch.done());
    const common = a.batch.done().filter((index) => inB.has(index));
    if (common.length < 2) refuse('fewer than two replications in common; run more of both');
    const pairs = COMPARED.flatMap((metric) => {
      const [inA, inB] = [placeOf(a.batch, metric), placeOf(b.batch, metric)];
      return inA < 0 || inB < 0 ? [] : [{ metric, inA, inB }];
    });
    const { level } = a.summary;
    const joint = 1 - (1 - level) / pairs.length;
    const differences = pairs.map(({ metric, inA, inB }): Difference => {
      const [from, to] = [a.batch.column(inA, common), b.batch.column(inB, common)];
      const { unit } = a.batch.metrics()[inA]!;
      return { scenario: b.summary.scenario, scope: 'total', metric, unit, ...differenceOf(from, to, joint) };
    });
    if (options.json) {
      return print({ baseline: a.summary.scenario, level, intervals: 'joint (Bonferroni)', differences });
    }
    const shown = differences.filter(({ mean }) => mean !== null);
    const drawn = plainTable(
      ['metric', `${b.summary.scenario} − ${a.summary.scenario}`, 'unit', ''],
      shown.map((one) => [one.metric, count(one), one.unit, verdict(one)]),
    );
    process.stdout.write(
      `${drawn}\n\n${common.length} replications in common, paired; the intervals hold together at ${number(100 * level)} %\n`,
    );
  });
}

const placeOf = (batch: StoredBatch, name: string): number =>
  batch.metrics().findIndex(({ scope, metric }) => scope === 'total' && metric === name);

function verdict({ mean, halfWidth }: Interval): string {
  if (mean === 0 && halfWidth === 0) return 'equal';
  if (halfWidth === null || Math.abs(mean!) <= halfWidth) return 'not told apart';
  return mean! > 0 ? 'higher' : 'lower';
}

/** Takes batches out of the store; all are looked for before any is deleted. */
export function deleteResults(given: readonly string[], { store: path }: StoreOptions): void {
  Store.openToRead(path).close();
  const store = Store.open(path);
  try {
    const found = given.map((one) => store.find(one));
    for (const batch of found) {
      store.delete(batch);
      process.stderr.write(
        `deleted ${batch.id.slice(0, SHORT_ID)}, ${batch.done} replications of ${batch.scenario}\n`,
      );
    }
  } finally {
    store.close();
  }
}

function opened(store: Store, given: string) {
  const summary = store.find(given);
  if (summary.done === 0) {
    throw new InputError([
      { place: given, path: '', message: 'no replication of this batch is done; run it again' },
    ]);
  }
  return { summary, ...store.read(summary) };
}

function reading<T>({ store: path }: StoreOptions, work: (store: Store) => T): T {
  const store = Store.openToRead(path);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({ ...WITHOUT_LINES, head: head.map((text) => bold(text)) });
  drawn.push(...rows.map((row) => [...row]));
  return trimmed(drawn.toString());
}
