/** `results delete`: deletes stored batches. */
import { SHORT_ID } from '../shared/store-options.ts';
import { openToRead, openToWrite } from '../shared/stores.ts';
import { notice } from '../shared/terminal.ts';
import type { DeleteOptions } from './command.ts';

/** Deletes batches from the store; all are looked up before any is deleted. Refuses one that a process is running. */
export function deleteResults(
  given: readonly string[],
  { store: path, force }: DeleteOptions,
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
