/**
 * The database file: opened, checked, migrated to the newest form, and its failures reported in the words of the
 * program. It knows SQLite and migrations, and nothing of batches.
 */
import {
  accessSync,
  constants,
  linkSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { EnvironmentError, InputError } from '../errors.ts';
import { makeFolder } from '../files/folders.ts';
import { checksumOf } from './checksum.ts';
import { MIGRATIONS, TABLES } from './migrations.ts';
import { lives, processFrom } from './runner.ts';
import { StoreGone, StoreUnavailable } from './store-errors.ts';

export type Database = Sqlite.Database;
/** The operations on a prepared statement. */
export interface Statement {
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  iterate(...values: unknown[]): IterableIterator<unknown>;
  run(...values: unknown[]): { readonly changes: number };
}

/** Distinguishes a store from other SQLite files: `fly1` as a number. */
const APPLICATION_ID = 0x666c7931;

/** How long SQLite itself waits for another process that writes, before the wait is reported [ms]. */
const ATTEMPT = 1_000;
/** How long to wait in total by default [ms]: as long as copying or compacting a large store takes. */
const PATIENCE = 600_000;

/** What to do while another process locks the store. */
export interface Waiting {
  /** How long to try [ms]. */
  readonly patience?: number;
  /** Called once before waiting, and once where a store of an older form was brought forward. */
  readonly onNotice?: (text: string) => void;
}

/** The identity of a file in the file system, whatever its name. */
interface Place {
  readonly device: bigint;
  readonly inode: bigint;
}

/** An open database and the operations on it: whole transactions, retried while another process writes. */
export class StoreFile {
  /** As it was given. */
  readonly path: string;
  readonly database: Database;
  private readonly waiting: Waiting;
  private readonly place: Place | null;
  private logPlace: Place | null = null;
  private impatient = false;
  private readonly statements = new Map<string, Statement>();

  /** @param isKept whether there is a file, which must stay in place */
  constructor(path: string, database: Database, isKept: boolean, waiting: Waiting = {}) {
    this.path = path;
    this.database = database;
    this.waiting = waiting;
    this.place = isKept ? placeOf(path) : null;
    database.function('checksum', { varargs: true, deterministic: true }, checksumOf);
    database.function('lives', (runner: unknown, signedAt: unknown) => {
      const process = processFrom(String(runner));
      return Number(process !== null && lives(process, String(signedAt)));
    });
  }

  /** A statement of this database, prepared once. */
  statement(sql: string): Statement {
    const there = this.statements.get(sql);
    if (there !== undefined) return there;
    try {
      const made = this.database.prepare<unknown[], unknown>(sql);
      this.statements.set(sql, made);
      return made;
    } catch (error) {
      throw meaningOf(this.path, error, this.database);
    }
  }

  /** Runs work that may read and write, all of it or nothing, on the file that was opened. */
  writing<T>(work: () => T): T {
    return this.guarded(() =>
      this.database
        .transaction(() => {
          const result = work();
          // Checked before the commit: what is written to a file without a name is lost silently.
          this.checkPlace();
          return result;
        })
        .immediate(),
    );
  }

  /** Runs work that reads, and sees the store as it is at one moment. */
  reading<T>(work: () => T): T {
    return this.guarded(() => (this.database.inTransaction ? work() : this.database.transaction(work)()));
  }

  /** Runs work; failures of SQLite and the machine are reported in the words of the program. */
  guarded<T>(work: () => T): T {
    const { patience = PATIENCE, onNotice } = this.waiting;
    const until = performance.now() + (this.impatient ? 0 : patience);
    for (let isReported = false; ;) {
      try {
        return work();
      } catch (error) {
        const meaning = meaningOf(this.path, error, this.database);
        const again =
          meaning instanceof StoreUnavailable && meaning.reason === 'busy' && performance.now() < until;
        if (!again || this.database.inTransaction) throw meaning;
        if (!isReported) onNotice?.(`${this.path} is being written by another process; waiting for it`);
        isReported = true;
      }
    }
  }

  /**
   * Runs work that waits for another process no longer than one attempt takes, for callers that do their own waiting.
   */
  once<T>(work: () => T): T {
    const before = this.impatient;
    this.impatient = true;
    try {
      return work();
    } finally {
      this.impatient = before;
    }
  }

  /** Throws `StoreGone` if the file is no longer the one that was opened, or its log is another. */
  checkPlace(): void {
    if (this.place === null) return;
    if (!isSame(this.place, placeOf(this.path))) throw new StoreGone(this.path);
    const log = placeOf(`${this.path}-wal`);
    if (this.logPlace !== null && !isSame(this.logPlace, log)) throw new StoreGone(this.path);
    this.logPlace = log;
  }

  close(): void {
    this.database.close();
  }
}

const isSame = (a: Place, b: Place | null): boolean =>
  b !== null && a.device === b.device && a.inode === b.inode;

function placeOf(path: string): Place | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : { device: stat.dev, inode: stat.ino };
}

/**
 * Opens the store at `path`, to read an existing one, or to write, creating it and its folder if there is none. Throws
 * `InputError` for a name or a file that is not a store, or that this program may not read; `EnvironmentError` if the
 * machine refuses.
 */
export function openDatabase(given: string, mode: 'read' | 'write', waiting: Waiting = {}): StoreFile {
  const path = storePath(given);
  if (mode === 'read' && placeOf(path) === null) {
    throw refusal(given, 'there is no store; fleetyield run makes one, and --store FILE names another');
  }
  return explained(path, () => {
    if (mode === 'write') makeFolder(dirname(path));
    const database = new Sqlite(path, { readonly: mode === 'read', timeout: ATTEMPT });
    try {
      const file = new StoreFile(path, database, true, waiting);
      file.guarded(() => checkForm(database, given));
      const form = formOf(database);
      if (mode === 'read' && form < MIGRATIONS.length) {
        database.close();
        bringForward(given, form, waiting);
        return openDatabase(given, mode, waiting);
      }
      if (mode === 'write') file.guarded(() => makeReady(file, waiting));
      file.guarded(() => checkTables(database, given));
      return file;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Brings a store of an older form forward, where a command would only read it. */
function bringForward(given: string, form: number, waiting: Waiting): void {
  try {
    openDatabase(given, 'write', waiting).close();
  } catch (cause) {
    if (!(cause instanceof EnvironmentError) || cause instanceof StoreUnavailable) throw cause;
    throw new EnvironmentError(
      `${given} is of an older form (${form}, now ${MIGRATIONS.length}) and cannot be brought forward where it is; copy it to a folder that may be written and name it with --store. ${cause.message}`,
      { cause },
    );
  }
}

const formOf = (database: Database): number => database.pragma('user_version', { simple: true }) as number;

/** A store that is deleted when it is closed: on the disk if it is large, and separate from every other store. */
export function temporaryDatabase(): StoreFile {
  return explained('the temporary store', () => {
    const database = new Sqlite('');
    database.pragma('synchronous = OFF');
    const file = new StoreFile('the temporary store', database, false);
    migrate(database);
    return file;
  });
}

/**
 * The one path of a store, however it is reached: links are followed, so that a store is locked once. A file that does
 * not exist yet has the path at which it will be created. Throws `InputError` for a name that SQLite would not take for
 * a file.
 */
export function storePath(given: string): string {
  if (given === '' || given === ':memory:' || /^file:/i.test(given)) {
    throw refusal(
      `--store ${given === '' ? "''" : given}`,
      'names no file, so nothing would be kept; name a file, or say --no-store',
    );
  }
  const path = followed(resolve(given));
  // A path below the folder in which the program was started is shown as it was given.
  return path === resolve(given) ? given : path;
}

function followed(path: string, links = 0): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || links > MOST_LINKS || dirname(path) === path)
      return path;
  }
  // The link may point to a file that does not exist yet.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return followed(resolve(dirname(path), readlinkSync(path)), links + 1);
  return join(followed(dirname(path), links + 1), basename(path));
}

/** More links than any system follows. */
const MOST_LINKS = 100;

const refusal = (place: string, message: string): InputError =>
  new InputError([{ kind: 'store', place, path: '', message }]);

function checkForm(database: Database, path: string): void {
  const version = formOf(database);
  const application = database.pragma('application_id', { simple: true }) as number;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  const refuse = (message: string): never => {
    throw refusal(path, message);
  };
  if (tables > 0 && application !== APPLICATION_ID)
    refuse('is a database of another program; name another file with --store');
  if (version > MIGRATIONS.length)
    refuse(
      `was written by a newer fleetyield (form ${version}, this program knows ${MIGRATIONS.length}); update it, or name another file with --store`,
    );
  if (version < 0 || (version === 0 && tables > 0) || (version > 0 && tables === 0))
    refuse(
      `is no whole store: it says that it is of form ${version} and has ${tables} tables and indexes; put back a copy of it, or name another file with --store`,
    );
  if (database.readonly && tables === 0)
    refuse(
      'is empty: nothing was kept in it yet, or its -wal file was removed; fleetyield run fills it, and --store FILE names another',
    );
}

/** Reports missing tables here rather than in the first statement that queries one. */
function checkTables(database: Database, path: string): void {
  const found = new Set(database.prepare('SELECT name FROM sqlite_schema').pluck().all());
  const missing = TABLES.filter((table) => !found.has(table));
  if (missing.length > 0) {
    throw refusal(
      path,
      `is no whole store: its table ${missing.join(', ')} is missing; put back a copy of it, or name another file with --store`,
    );
  }
}

function makeReady(file: StoreFile, { onNotice }: Waiting): void {
  const { database, path } = file;
  // A row reported as kept is on the disk: it survives the end of the process and a power failure.
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const form = formOf(database);
  const copy = form > 0 && form < MIGRATIONS.length ? copyOf(database, path, form) : null;
  migrate(database);
  if (copy !== null)
    onNotice?.(
      `${path} was brought forward from form ${form} to ${MIGRATIONS.length}; as it was, it is ${copy}`,
    );
}

/** Copies the store as it is to a new file beside it, such as `results.sqlite.form4`, and returns the path of the copy. */
function copyOf(database: Database, path: string, form: number): string {
  const making = `${path}.form${form}.${process.pid}`;
  // Fails here, before there is a copy, where the store cannot be written.
  accessSync(path, constants.W_OK);
  rmSync(making, { force: true });
  try {
    database.prepare('VACUUM INTO ?').run(making);
    for (let number = 1; ; number++) {
      const copy = `${path}.form${form}${number === 1 ? '' : `.${number}`}`;
      try {
        // Unlike a rename, a link replaces nothing.
        linkSync(making, copy);
        return copy;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } finally {
    rmSync(making, { force: true });
  }
}

/** Runs the migrations that the file has not seen, all or none of them. */
function migrate(database: Database): void {
  const steps = database.transaction(() => {
    // Read again inside the transaction: another process may have migrated the file first.
    for (const step of MIGRATIONS.slice(formOf(database))) {
      if (typeof step === 'string') database.exec(step);
      else step(database);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  });
  if (formOf(database) === MIGRATIONS.length) return;
  steps.immediate();
  // Moves the tables into the file itself, so that they are not only in a log that someone may remove.
  if (!database.memory) database.pragma('wal_checkpoint(TRUNCATE)');
}

/** Runs work on the file at `path`, and reports failures of the file or the machine as such. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw meaningOf(path, error, null);
  }
}

const ELSEWHERE = 'name another file with --store';

/** What SQLite's primary result codes mean to a user. Codes not listed here mean damage, or an internal error. */
const MEANINGS: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^SQLITE_READONLY/, `it, or its folder, may not be written; ${ELSEWHERE}`],
  [/^SQLITE_CANTOPEN/, `it cannot be opened, or its folder may not be written; ${ELSEWHERE}`],
  [/^SQLITE_(PERM|AUTH)/, `access is denied; ${ELSEWHERE}`],
  [/^SQLITE_NOMEM/, 'there is not enough memory'],
];

/** Why a later attempt may succeed. */
const UNAVAILABLE: readonly (readonly [code: RegExp, reason: 'busy' | 'full', meaning: string])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'busy',
    'another process is writing it; what was finished before is kept: run the same command again',
  ],
  [
    /^SQLITE_FULL/,
    'full',
    'the disk is full; what was finished is kept: make room and run the same command again',
  ],
  [
    /^SQLITE_(IOERR|PROTOCOL|NOLFS)/,
    'full',
    'the disk refuses to read or write; what was finished is kept: make room or repair it and run the same command again',
  ],
];

const DAMAGED = `it is damaged: fleetyield results delete takes a batch away, and a copy or another file with --store helps where it does not`;

function meaningOf(path: string, error: unknown, database: Database | null): unknown {
  if (!(error instanceof Sqlite.SqliteError)) {
    return error instanceof Error && 'syscall' in error
      ? new EnvironmentError(`${path} cannot be written: ${error.message}; ${ELSEWHERE}`, { cause: error })
      : error;
  }
  const { code, message } = error;
  const said = `(${code}: ${message})`;
  if (code === 'SQLITE_NOTADB') return refusal(path, `is not a store of fleetyield; ${ELSEWHERE}`);
  if (code === 'SQLITE_READONLY_DBMOVED') return new StoreGone(path);
  const later = UNAVAILABLE.find(([pattern]) => pattern.test(code));
  if (later !== undefined)
    return new StoreUnavailable(later[1], `${path}: ${later[2]} ${said}`, { cause: error });
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  if (meaning !== undefined) return new EnvironmentError(`${path}: ${meaning} ${said}`, { cause: error });
  // If the store is sound and refuses a statement, it is an internal error.
  return code.startsWith('SQLITE_CORRUPT') || (database !== null && !isSound(database))
    ? new EnvironmentError(`${path}: ${DAMAGED} ${said}`, { cause: error })
    : error;
}

/**
 * Whether SQLite finds no fault with the file, and its tables are those the migrations create. Slow: reads all of it.
 */
function isSound(database: Database): boolean {
  const made = new Sqlite(':memory:');
  try {
    migrate(made);
    const schemaOf = (one: Database) =>
      JSON.stringify(one.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all());
    return (
      schemaOf(made) === schemaOf(database) && database.pragma('quick_check(1)', { simple: true }) === 'ok'
    );
  } catch {
    return false;
  } finally {
    made.close();
  }
}
