/**
 * The database file: opened, checked, brought to the newest form, and its failures told in the words of the program. It
 * knows SQLite and migrations, and nothing of batches.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { EnvironmentError, InputError } from '../errors.ts';
import { MIGRATIONS } from './migrations.ts';

export type Database = Sqlite.Database;

/** Tells a store from other SQLite files: `fly1` as a number. */
const APPLICATION_ID = 0x666c7931;

/** How long to wait for another process that writes [ms]. */
const PATIENCE = 30_000;

/**
 * Opens the store at `path` to write, made with its folder where there is none, or to read. Throws `InputError` for a
 * file that is no store, or not this program's to read; `EnvironmentError` where the machine refuses.
 */
export function openDatabase(path: string, mode: 'read' | 'write'): Database {
  if (mode === 'read' && !existsSync(path)) {
    throw new InputError([
      {
        place: path,
        path: '',
        message: 'there is no store; fleetyield run makes one, and --store FILE names another',
      },
    ]);
  }
  return guarded(path, () => {
    if (mode === 'write') mkdirSync(dirname(path), { recursive: true });
    const database = new Sqlite(path, { readonly: mode === 'read', timeout: PATIENCE });
    try {
      checkForm(database, path);
      if (mode === 'write') {
        // A row that was told as kept is on the disk: it outlives the process and the power.
        database.pragma('journal_mode = WAL');
        database.pragma('synchronous = FULL');
        migrate(database);
      }
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** A store that is gone when it is closed: on the disk where it is large, and in no one's way. */
export function temporaryDatabase(): Database {
  return guarded('the temporary store', () => {
    const database = new Sqlite('');
    database.pragma('synchronous = OFF');
    migrate(database);
    return database;
  });
}

function checkForm(database: Database, path: string): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  const application = database.pragma('application_id', { simple: true }) as number;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  const refuse = (message: string): never => {
    throw new InputError([{ place: path, path: '', message }]);
  };
  if (tables > 0 && application !== APPLICATION_ID)
    refuse('is a database of another program; name another file with --store');
  if (version > MIGRATIONS.length)
    refuse(
      `was written by a newer fleetyield (form ${version}, this program knows ${MIGRATIONS.length}); update it, or name another file with --store`,
    );
  if (database.readonly && version < MIGRATIONS.length)
    refuse(
      `is of an older form (${version}, now ${MIGRATIONS.length}); any fleetyield run brings it forward`,
    );
}

/** Takes the steps that the file has not seen, all or none of them. */
function migrate(database: Database): void {
  const steps = database.transaction(() => {
    // Asked again inside: another process may have come first.
    const version = database.pragma('user_version', { simple: true }) as number;
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  });
  if ((database.pragma('user_version', { simple: true }) as number) < MIGRATIONS.length) steps.immediate();
}

/** Runs what touches the file at `path`, and tells a failure of the file or the machine as such. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) throw told(path, error);
    if (error instanceof Error && 'syscall' in error)
      throw new EnvironmentError(`${path} cannot be written: ${error.message}; ${ELSEWHERE}`, {
        cause: error,
      });
    throw error;
  }
}

const ELSEWHERE = 'name another file with --store';

/** What SQLite's primary result codes mean to a user. Those that are not here are defects of ours. */
const MEANINGS: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^SQLITE_FULL/, 'the disk is full; what was finished is kept: make room and run the same command again'],
  [/^SQLITE_READONLY/, `it, or its folder, may not be written; ${ELSEWHERE}`],
  [/^SQLITE_CANTOPEN/, `it cannot be opened, or its folder may not be written; ${ELSEWHERE}`],
  [/^SQLITE_(BUSY|LOCKED)/, 'another process holds it; run the same command again'],
  [
    /^SQLITE_(IOERR|PROTOCOL|NOLFS)/,
    'the disk refuses to read or write; what was finished is kept: make room or mend it and run the same command again',
  ],
  [/^SQLITE_(PERM|AUTH)/, `access is denied; ${ELSEWHERE}`],
  [/^SQLITE_CORRUPT/, `it is damaged; ${ELSEWHERE}`],
  [/^SQLITE_NOMEM/, 'there is not enough memory'],
];

function told(path: string, error: InstanceType<typeof Sqlite.SqliteError>): Error {
  if (error.code === 'SQLITE_NOTADB') {
    return new InputError([{ place: path, path: '', message: `is not a store of fleetyield; ${ELSEWHERE}` }]);
  }
  const meaning = MEANINGS.find(([code]) => code.test(error.code))?.[1];
  return meaning === undefined
    ? error
    : new EnvironmentError(`${path}: ${meaning} (${error.code}: ${error.message})`, { cause: error });
}
