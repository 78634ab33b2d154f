/** `results show`: shows a stored batch. */
import { resultDocument } from '../../batch/result-document.ts';
import { openedBatch } from '../../store/stored-comparison.ts';
import { resultTable } from '../shared/result-table.ts';
import { statementTable } from '../shared/statement-table.ts';
import { reading } from '../shared/stores.ts';
import { notice, printJson } from '../shared/terminal.ts';
import type { ShowOptions } from './command.ts';

/** The table or document that `run` prints, from every finished replication. */
export function showResult(
  given: string,
  options: ShowOptions,
): void {
  reading(options.store, (store) => {
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
    if (options.json) return printJson(document);
    process.stdout.write(resultTable(outline, document));
    if (options.statement) process.stdout.write(statementTable(outline, document.estimates));
  });
}
