/** `results`: lists, shows, compares and deletes stored results. */
import { InputError } from '../../errors.ts';
import { changesText } from '../../store/changes.ts';
import type { BatchSummary } from '../../store/batch-summary.ts';
import type { Store } from '../../store/store.ts';
import { comparisonTable } from '../shared/comparison-table.ts';
import { bytesText } from '../shared/format.ts';
import { plainTable, texts } from '../shared/plain-table.ts';
import { notice, printLine } from '../shared/terminal.ts';
import { resultDocument } from '../../batch/result-document.ts';
import { resultTable } from '../shared/result-table.ts';
import { openedBatch, storedComparison } from '../../store/stored-comparison.ts';
import { statementTable } from '../shared/statement-table.ts';
import { SHORT_ID } from '../shared/store-options.ts';
import { openToRead, openToWrite } from '../shared/stores.ts';

interface StoreOptions {
  readonly store: string;
}

export interface ListOptions extends StoreOptions {
  readonly scenario?: string | undefined;
  readonly since?: string | undefined;
  readonly status?: BatchSummary['status'] | undefined;
  readonly json: boolean;
}

/** Batches, most recently changed first. */
export function listResults(options: ListOptions): void {
  const { scenario, since, status, json } = options;
  const from = since === undefined ? '' : instant(since);
  const { found, sizes, bytes } = reading(options, (store) => ({
    sizes: store.sizes(),
    bytes: store.bytes(),
    found: store
      .summaries()
      .filter(
        (batch) =>
          (scenario === undefined || batch.scenario === scenario) &&
          (status === undefined || batch.status === status) &&
          batch.updatedAt >= from,
      ),
  }));
  if (json) return print(found);
  if (found.length === 0) return printLine(`no such batch in ${options.store}`);
  const head = ['batch', 'scenario', 'changes', 'seed', 'replications', 'status', 'size', 'changed (UTC)'];
  const drawn = plainTable(
    head,
    found.map((batch) => [
      batch.id.slice(0, SHORT_ID),
      batch.scenario,
      changesText(batch.changes, MOST_OF_CHANGES),
      batch.seed,
      `${batch.done} of ${batch.planned}${batch.failed === 0 ? '' : `, ${batch.failed} failed`}`,
      batch.status,
      bytesText(sizes.get(batch.id) ?? 0) + (batch.prunedAt === null ? '' : ', pruned'),
      batch.updatedAt.slice(0, 19).replace('T', ' '),
    ]),
    texts(head.length),
  );
  process.stdout.write(`${drawn}\n\n`);
  printLine(`${options.store} takes ${bytesText(bytes)}; results prune takes out what is not needed`);
}

/** Characters of a batch's changes shown in the table. */
const MOST_OF_CHANGES = 60;

/** A day or an instant, as ISO 8601 in UTC. */
function instant(text: string): string {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw new InputError([
    {
      kind: 'option',
      place: '--since',
      path: '',
      message: `"${text}" is no date; write it as 2026-11-24 or 2026-11-24T08:00Z`,
    },
  ]);
}

/** The table or document that `run` prints, from every finished replication. */
export function showResult(
  given: string,
  options: StoreOptions & { readonly statement: boolean; readonly json: boolean },
): void {
  reading(options, (store) => {
    const { summary, batch, outline } = openedBatch(store, given);
    const { version, seed, confidence, status, wallSeconds, failed } = summary;
    if (failed > 0) {
      const [first] = batch.failures();
      notice(`${failed} replications failed; the estimates exclude them and may be biased`);
      `replication ${first!.replication}: ${first!.message}`.split('\n').forEach(notice);
    }
    const run = {
      version,
      seed,
      confidence,
      wallSeconds,
      planned: batch.end(),
      interrupted: status !== 'finished',
    };
    const document = resultDocument(outline, batch, run);
    if (options.json) return print(document);
    process.stdout.write(resultTable(outline, document));
    if (options.statement) process.stdout.write(statementTable(outline, document.estimates));
  });
}

/**
 * The difference of a second batch from a first, over the replications that both have: the table or document that
 * `compare` prints.
 */
export function compareResults(
  baseline: string,
  other: string,
  options: StoreOptions & { readonly json: boolean },
  version: string,
): void {
  reading(options, (store) => {
    const [a, b] = [openedBatch(store, baseline), openedBatch(store, other)];
    const { seed, confidence } = a.summary;
    const { replications, ...comparison } = storedComparison([
      { given: baseline, ...a },
      { given: other, ...b },
    ]);
    if (options.json) print({ fleetyield: version, seed, replications, confidence, ...comparison });
    else process.stdout.write(comparisonTable(comparison, { seed, replications, confidence }));
  });
}

/** Deletes batches from the store; all are looked up before any is deleted. Refuses one that a process is running. */
export function deleteResults(
  given: readonly string[],
  { store: path, force }: StoreOptions & { readonly force: boolean },
): void {
  openToRead(path).close();
  const store = openToWrite(path);
  try {
    const found = given.map((one) => store.find(one, { orDamaged: true }));
    for (const batch of found) {
      store.delete(batch, { force });
      notice(`deleted ${batch.id.slice(0, SHORT_ID)}, ${batch.done} replications of ${batch.scenario}`);
    }
  } finally {
    store.close();
  }
}

function reading<T>({ store: path }: StoreOptions, work: (store: Store) => T): T {
  const store = openToRead(path);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
