/** Opens stores for commands, and reports what opening one takes. */
import { Store } from '../../store/store.ts';
import { notice } from './terminal.ts';

/** Opens a store for writing; waits while another process holds it, and reports that. */
export const openToWrite = (path: string): Store => Store.open(path, { onNotice: notice });

/** Opens an existing store for reading; one of an older form is brought forward first, and that is reported. */
export const openToRead = (path: string): Store => Store.openToRead(path, { onNotice: notice });

/** What `work` finds in a store that is open for reading while it works. */
export function reading<T>(path: string, work: (store: Store) => T): T {
  const store = openToRead(path);
  try {
    return work(store);
  } finally {
    store.close();
  }
}
