/**
 * Computes the money of a stored batch at other prices, without simulating again. It knows no files and shows nothing.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { SourceDocument } from '../input/source-document.ts';
import { auditMoney } from '../economics/audit.ts';
import { ledgerOf } from '../economics/books.ts';
import { measureMoney } from '../economics/measure.ts';
import { InputError } from '../errors.ts';
import { estimate, type Estimate } from '../experiments/estimate.ts';
import { readPrices } from '../scenario/reprice.ts';
import type { BatchSummary } from '../store/batch-summary.ts';
import type { ReadBatch } from '../store/store.ts';
import type { ResultDocument } from './result-document.ts';

export interface RepricedDocument extends Pick<
  ResultDocument,
  'fleetyield' | 'scenario' | 'seed' | 'replications' | 'confidence'
> {
  /** The name of the prices. */
  readonly prices: string;
  readonly estimates: readonly Estimate[];
  /** The money checks of the first replication; if any replication fails one, there is no document. */
  readonly audit: ResultDocument['audit'];
}

/**
 * What `reprice --json` prints. Throws `InputError` for a batch that kept no books or has no replication, and for
 * prices that do not fit it.
 *
 * @param given the user's name for the batch
 */
export function repricedDocument(
  given: string,
  summary: BatchSummary,
  { batch, outline, resolved }: ReadBatch,
  prices: { readonly text: string; readonly name: string },
  catalog: Catalog,
  version: string,
): RepricedDocument {
  const refuse = (message: string): never => {
    throw new InputError([{ kind: 'batch-state', place: given, path: '', message }]);
  };
  const book = readPrices(new SourceDocument(prices.text, prices.name), resolved, catalog);
  const done = batch.done();
  if (done.length === 0) refuse('no replication of this batch is done; run it again');
  const runs = done.map((replication) => {
    const books = batch.books(replication);
    const ledger = ledgerOf(
      books ?? refuse('was kept by an older fleetyield, without its books; run it with --fresh'),
    );
    return { checks: auditMoney(ledger, book), measurements: measureMoney(ledger, book, summary.byHour) };
  });
  const { seed, confidence } = summary;
  return {
    fleetyield: version,
    scenario: { name: outline.name, hash: outline.hash, changes: outline.changes ?? [] },
    prices: prices.name,
    seed,
    replications: done.length,
    confidence,
    estimates: estimate(
      runs.map(({ measurements }) => measurements),
      confidence,
    ),
    audit: { passed: true, checks: runs[0]!.checks },
  };
}
