/** `report`: stored batches as one page to read, print and pass on. */
import { InputError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { writeOutput } from '../shared/output-file.ts';
import { batchReport } from './batch-report.ts';
import { reportPage } from './page.ts';
import { readScalingFile, type ScalingFile } from './scaling-file.ts';
import { openedBatch, storedComparison, distinguishingNames } from '../../store/stored-comparison.ts';
import { openToRead } from '../shared/stores.ts';
import type { ReportOptions } from './command.ts';

/** Throws `InputError` for a batch that does not exist or cannot be compared, `EnvironmentError` for the file. */
export function report(given: readonly string[], options: ReportOptions): void {
  const scaling = options.scaling === undefined ? null : readScalingFile(options.scaling);
  const store = openToRead(options.store);
  let page: string;
  try {
    const opened = given.map((one) => ({ given: one, ...openedBatch(store, meant(store, one, scaling)) }));
    const ids = opened.map(({ summary }) => summary.id);
    const again = given.find((_, index) => ids.indexOf(ids[index]!) < index);
    if (again !== undefined) {
      throw new InputError([
        {
          kind: 'option',
          place: again,
          path: '',
          message: 'is a batch that was named before; name each once',
        },
      ]);
    }
    const names = distinguishingNames(opened);
    const comparison = opened.length === 1 ? null : storedComparison(opened, names);
    page = reportPage({
      batches: opened.map((batch, index) => batchReport(names[index]!, batch)),
      comparison,
      scaling,
    });
  } finally {
    store.close();
  }
  writeOutput(options.out, page);
}

/**
 * The batch that a given name refers to: with a scaling document, the name of its scenario refers to exactly the
 * scenario it describes, including its overrides, if any.
 */
function meant(store: Store, given: string, scaling: ScalingFile | null): string {
  const measured = scaling?.scenario;
  if (measured?.name !== given) return given;
  const same = store.summaries().find(({ scenarioHash, done }) => scenarioHash === measured.hash && done > 0);
  return same?.id ?? given;
}
