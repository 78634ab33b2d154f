/** `reprice`: computes the money of a stored batch at other prices, without simulating again. */
import { repricedDocument } from '../../batch/reprice-batch.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { readGivenText } from '../../files/text-file.ts';
import { titleOf } from '../../store/changes.ts';
import { statementTable } from '../shared/statement-table.ts';
import { dim } from '../shared/format.ts';
import { SHORT_ID } from '../shared/store-options.ts';
import { reading } from '../shared/stores.ts';
import { printJson } from '../shared/terminal.ts';
import type { RepriceOptions } from './command.ts';

/** Throws `InputError` for a batch that does not exist or kept no books, and for prices that do not fit it. */
export function reprice(given: string, options: RepriceOptions, version: string): void {
  const text = readGivenText(options.prices);
  reading(options.store, (store) => {
    const summary = store.find(given);
    const read = store.read(summary);
    const { outline } = read;
    const prices = { text, name: options.prices };
    const document = repricedDocument(given, summary, read, prices, readCatalog(), version);
    if (options.json) return printJson(document);
    const batchName = `batch ${summary.id.slice(0, SHORT_ID)} of ${titleOf(outline)}`;
    const replicated = `${document.replications} replications, ${100 * document.confidence} % intervals`;
    process.stdout.write(`${dim(`${batchName} at the prices of ${options.prices}, ${replicated}`)}\n\n`);
    process.stdout.write(statementTable(outline, document.estimates));
  });
}
