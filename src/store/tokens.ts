/** Stored bearer tokens: digests of secrets, and what their bearers may do. It knows no HTTP. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { InputError } from '../errors.ts';
import { insertSql, sealedRow, sealSql, soundSql } from './checksum.ts';
import type { StoreFile } from './database.ts';
import type { Scope } from './scopes.ts';
import { DamagedRecord } from './store-errors.ts';
import { checkText } from './well-formed.ts';

/** What is kept of a token. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

type TokenRow = Omit<Token, 'scopes'> & {
  readonly scopes: string;
  readonly digest: string;
  readonly sound: number;
};

const ID_BYTES = 6;
/** 256 random bits: a plain digest is secure, because no one can try them all. */
const SECRET_BYTES = 32;
const FORM = /^fly_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export class Tokens {
  private readonly file: StoreFile;

  constructor(file: StoreFile) {
    this.file = file;
  }

  /** Creates a token, and the text that its bearer presents: it is returned here and never again. */
  create(name: string, scopes: readonly Scope[]): { readonly token: Token; readonly text: string } {
    checkText('name', name);
    const id = randomBytes(ID_BYTES).toString('hex');
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const createdAt = new Date().toISOString();
    const digest = digestOf(secret).toString('hex');
    this.file.writing(() =>
      this.file
        .statement(insertSql('tokens'))
        .run(sealedRow('tokens', id, name, digest, scopes.join(' '), createdAt, null)),
    );
    return { token: { id, name, scopes, createdAt, revokedAt: null }, text: `fly_${id}_${secret}` };
  }

  /** Every token, newest first, including revoked ones. */
  list(): Token[] {
    const rows = this.file.reading(() => this.file.statement(`${TOKENS} ORDER BY createdAt DESC, id`).all());
    return (rows as TokenRow[]).map((row) => this.tokenOf(row));
  }

  /** Revokes a token, at once for every server. Throws `InputError` if there is none with this id. */
  revoke(id: string): Token {
    const at = new Date().toISOString();
    const row = this.file.writing(() => {
      this.file.statement('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL').run(at, id);
      // Also seals the row of a damaged token: a revoked token authorises nothing.
      this.file.statement(sealSql('tokens', 'id = ?')).run(id);
      return this.get(id);
    });
    if (row === undefined) {
      throw new InputError([
        {
          kind: 'no-batch',
          place: id,
          path: '',
          message: 'no token has this id; fleetyield token list shows them',
        },
      ]);
    }
    return this.tokenOf(row);
  }

  /** The token that a text proves; `null` if the text proves none, or one that is no longer valid. */
  verify(text: string): Token | null {
    const [, id, secret] = FORM.exec(text) ?? [];
    if (id === undefined || secret === undefined) return null;
    const row = this.file.reading(() => this.get(id));
    if (row === undefined || row.revokedAt !== null) return null;
    const token = this.tokenOf(row);
    return timingSafeEqual(digestOf(secret), Buffer.from(row.digest, 'hex')) ? token : null;
  }

  private get(id: string): TokenRow | undefined {
    return this.file.statement(`${TOKENS} WHERE id = ?`).get(id) as TokenRow | undefined;
  }

  private tokenOf({ digest: _digest, sound, scopes, ...row }: TokenRow): Token {
    if (sound !== 1) {
      throw new DamagedRecord(
        this.file.path,
        `token ${row.id}`,
        'revoke it with fleetyield token revoke and create another',
      );
    }
    return { ...row, scopes: scopes.split(' ') as Scope[] };
  }
}

const TOKENS = `SELECT id, name, digest, scopes, created_at AS createdAt, revoked_at AS revokedAt,
  ${soundSql('tokens')} AS sound FROM tokens`;

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
