/**
 * Ensures one server per store. The lock belongs to the operating system: it ends with its process, however that ends.
 */
import Sqlite from 'better-sqlite3';
import { EnvironmentError } from '../errors.ts';
import { storePath, explained } from './database.ts';

export interface ServerLock {
  release(): void;
}

/**
 * Locks the store at `path` for this process, whatever links lead to it. Throws `EnvironmentError` while another server
 * holds the lock.
 */
export function lockForServer(path: string): ServerLock {
  const file = `${storePath(path)}-serve`;
  return explained(file, () => {
    const lock = new Sqlite(file, { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      lock.close();
      if (!(error instanceof Sqlite.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
      throw new EnvironmentError(
        `another fleetyield serve has ${path}; ask it, stop it, or name another file with --store`,
        { cause: error },
      );
    }
    return { release: () => lock.close() };
  });
}
