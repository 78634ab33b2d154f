/**
 * The keys by which callers recognise their own requests: a request repeated under its key has the answer of the first.
 * It knows digests of requests, and not what is asked.
 */
import { insertSql, sealedRow, soundSql } from './checksum.ts';
import type { Statement, StoreFile } from './database.ts';

/** A key that a caller sent, and the digest of the request it came with. */
export interface Idempotency {
  readonly key: string;
  readonly digest: string;
}

/** How long a key is remembered [ms]. */
const KEY_LIFE = 24 * 3_600_000;

export class IdempotencyKeys {
  private readonly statements: ReturnType<typeof prepare>;

  constructor(file: StoreFile) {
    this.statements = prepare(file);
  }

  /** What a caller used this key for: the digest of the request, and the id it got; `null` if it is not remembered. */
  earlier(caller: string, key: string): { readonly digest: string; readonly id: string } | null {
    this.statements.forgetOld.run(new Date(Date.now() - KEY_LIFE).toISOString());
    const row = this.statements.key.get(caller, key) as
      { readonly digest: string; readonly id: string; readonly sound: number } | undefined;
    // A damaged key is treated as forgotten.
    return row?.sound === 1 ? { digest: row.digest, id: row.id } : null;
  }

  /** Remembers that a request got the batch or campaign with this id. */
  remember(caller: string, { key, digest }: Idempotency, id: string): void {
    this.statements.add.run(sealedRow('idempotency_keys', caller, key, digest, id, new Date().toISOString()));
  }

  /** Forgets the keys of a batch or campaign that is deleted: the same request now asks for a new one. */
  forget(id: string): void {
    this.statements.forget.run(id);
  }
}

function prepare(file: StoreFile) {
  const sql = (text: string): Statement => file.statement(text);
  return {
    key: sql(
      `SELECT request AS digest, batch AS id, ${soundSql('idempotency_keys')} AS sound
       FROM idempotency_keys WHERE caller = ? AND key = ?`,
    ),
    add: sql(insertSql('idempotency_keys')),
    forget: sql('DELETE FROM idempotency_keys WHERE batch = ?'),
    forgetOld: sql('DELETE FROM idempotency_keys WHERE at < ?'),
  };
}
