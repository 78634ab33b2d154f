/** `token`: manages the access tokens of a server. */
import type { Scope } from '../../store/scopes.ts';
import type { Store } from '../../store/store.ts';
import { openToWrite } from '../shared/stores.ts';
import { plainTable, texts } from '../shared/plain-table.ts';
import { notice, printLine } from '../shared/terminal.ts';

interface StoreOptions {
  readonly store: string;
}

/** Creates a token. Its text, printed alone on standard output, is shown only once. */
export function createToken(
  name: string,
  { store, scope }: StoreOptions & { readonly scope: readonly Scope[] },
): void {
  within(store, ({ tokens }) => {
    const { token, text } = tokens.create(name, [...new Set(scope)]);
    process.stdout.write(`${text}\n`);
    notice(`token ${token.id} may ${token.scopes.join(' and ')}; it is not shown again`);
  });
}

/** Every token, newest first, without its secret. */
export function listTokens({ store, json }: StoreOptions & { readonly json: boolean }): void {
  within(store, ({ tokens }) => {
    const all = tokens.list();
    if (json) {
      process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
      return;
    }
    if (all.length === 0) return printLine(`no token in ${store}`);
    const head = ['id', 'name', 'scopes', 'created (UTC)', 'revoked (UTC)'];
    const rows = all.map(({ id, name, scopes, createdAt, revokedAt }) => [
      ...[id, name, scopes.join(' '), toSecond(createdAt)],
      revokedAt === null ? '' : toSecond(revokedAt),
    ]);
    process.stdout.write(`${plainTable(head, rows, texts(head.length))}\n`);
  });
}

/** Revokes a token immediately. */
export function revokeToken(id: string, { store }: StoreOptions): void {
  within(store, ({ tokens }) => {
    const { name } = tokens.revoke(id);
    notice(`token ${id} (${name}) holds no longer`);
  });
}

const toSecond = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

function within(path: string, work: (store: Store) => void): void {
  const store = openToWrite(path);
  try {
    work(store);
  } finally {
    store.close();
  }
}
