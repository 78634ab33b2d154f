/** `reprice`: the money of a stored batch at other prices, without simulating anything again. */
import { SourceDocument } from '../../document.ts';
import { auditMoney } from '../../economics/audit.ts';
import { ledgerOf } from '../../economics/books.ts';
import { measureMoney } from '../../economics/measure.ts';
import { InputError } from '../../errors.ts';
import { estimate } from '../../experiments/estimate.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { readGivenText } from '../../files/text-file.ts';
import { readPrices } from '../../scenario/reprice.ts';
import { Store } from '../../store/store.ts';
import { statementTable } from '../statement-table.ts';
import { dim } from '../format.ts';
import { SHORT_ID } from '../store-options.ts';

export interface RepriceOptions {
  readonly prices: string;
  readonly store: string;
  readonly json: boolean;
}

/** Throws `InputError` for a batch that is not there or kept no books, and for prices that do not fit it. */
export function reprice(given: string, options: RepriceOptions, version: string): void {
  const text = readGivenText(options.prices);
  const store = Store.openToRead(options.store);
  try {
    const summary = store.find(given);
    const { batch, outline, resolved } = store.read(summary);
    const book = readPrices(new SourceDocument(text, options.prices), resolved, readCatalog());
    const done = batch.done();
    if (done.length === 0) refuse(given, 'no replication of this batch is done; run it again');
    const runs = done.map((replication) => {
      const books = batch.books(replication);
      if (books === null)
        refuse(given, 'was kept by an older fleetyield, without its books; run it with --fresh');
      const ledger = ledgerOf(books!);
      return {
        checks: auditMoney(ledger, book),
        measurements: measureMoney(ledger, book, summary.byHour),
      };
    });
    const { seed, level } = summary;
    const document = {
      fleetyield: version,
      scenario: { name: outline.name, hash: outline.hash },
      prices: options.prices,
      ...{ seed, replications: done.length, level },
      estimates: estimate(
        runs.map(({ measurements }) => measurements),
        level,
      ),
      audit: { passed: true, checks: runs[0]!.checks },
    };
    if (options.json) {
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      return;
    }
    const batchName = `batch ${summary.id.slice(0, SHORT_ID)} of ${outline.name}`;
    const replicated = `${done.length} replications, ${100 * level} % intervals`;
    process.stdout.write(`${dim(`${batchName} at the prices of ${options.prices}, ${replicated}`)}\n\n`);
    process.stdout.write(statementTable(outline, document.estimates));
  } finally {
    store.close();
  }
}

function refuse(batch: string, message: string): never {
  throw new InputError([{ place: batch, path: '', message }]);
}
