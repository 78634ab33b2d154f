/** Bearer tokens at rest: digests of secrets, and what their bearers may do. It knows no HTTP. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { InputError } from '../errors.ts';
import { guarded, type Database } from './database.ts';
import type { Scope } from './scopes.ts';

/** What is kept of a token. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

type TokenRow = Omit<Token, 'scopes'> & { readonly scopes: string; readonly digest: string };

const ID_BYTES = 6;
/** 256 bits of chance: a plain digest keeps it, for nobody can try them all. */
const SECRET_BYTES = 32;
const FORM = /^fly_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export class Tokens {
  private readonly path: string;
  private readonly database: Database;

  constructor(path: string, database: Database) {
    this.path = path;
    this.database = database;
  }

  /** A new token, and the text that its bearer shows: it is told here and never again. */
  create(name: string, scopes: readonly Scope[]): { readonly token: Token; readonly text: string } {
    const id = randomBytes(ID_BYTES).toString('hex');
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const createdAt = new Date().toISOString();
    guarded(this.path, () =>
      this.database
        .prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, NULL)')
        .run(id, name, digestOf(secret).toString('hex'), scopes.join(' '), createdAt),
    );
    return { token: { id, name, scopes, createdAt, revokedAt: null }, text: `fly_${id}_${secret}` };
  }

  /** Every token, the newest first, those that were revoked included. */
  list(): Token[] {
    return guarded(this.path, () =>
      (this.database.prepare(`${TOKENS} ORDER BY createdAt DESC, id`).all() as TokenRow[]).map(tokenOf),
    );
  }

  /** Ends the right of a token, at once for every server. Throws `InputError` where there is none of the id. */
  revoke(id: string): Token {
    const at = new Date().toISOString();
    const row = guarded(this.path, () => {
      this.database
        .prepare('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
        .run(at, id);
      return this.database.prepare(`${TOKENS} WHERE id = ?`).get(id) as TokenRow | undefined;
    });
    if (row === undefined) {
      throw new InputError([
        { place: id, path: '', message: 'no token has this id; fleetyield token list shows them' },
      ]);
    }
    return tokenOf(row);
  }

  /** The token that a text proves; `null` for what is none, or no longer. */
  verify(text: string): Token | null {
    const [, id, secret] = FORM.exec(text) ?? [];
    if (id === undefined || secret === undefined) return null;
    const row = guarded(this.path, () => this.database.prepare(`${TOKENS} WHERE id = ?`).get(id)) as
      TokenRow | undefined;
    if (row === undefined || row.revokedAt !== null) return null;
    return timingSafeEqual(digestOf(secret), Buffer.from(row.digest, 'hex')) ? tokenOf(row) : null;
  }
}

const TOKENS =
  'SELECT id, name, digest, scopes, created_at AS createdAt, revoked_at AS revokedAt FROM tokens';

const tokenOf = ({ digest: _digest, scopes, ...row }: TokenRow): Token => ({
  ...row,
  scopes: scopes.split(' ') as Scope[],
});

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
