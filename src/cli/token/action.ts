/** `token`: manages the access tokens of a server. */
import type { Store } from '../../store/store.ts';
import { openToWrite } from '../shared/stores.ts';
import { plainTable, texts } from '../shared/plain-table.ts';
import { notice, printJson, printLine } from '../shared/terminal.ts';
import type { CreateTokenOptions, ListTokenOptions, RevokeTokenOptions } from './command.ts';

/** Creates a token. Its text, printed alone on standard output, is shown only once. */
export function createToken(name: string, { store, scope = ['read'] }: CreateTokenOptions): void {
  within(store, ({ tokens }) => {
    const { token, text } = tokens.create(name, [...new Set(scope)]);
    process.stdout.write(`${text}\n`);
    notice(`token ${token.id} may ${token.scopes.join(' and ')}; it is not shown again`);
  });
}

/** Every token, newest first, without its secret. */
export function listTokens({ store, json }: ListTokenOptions): void {
  within(store, ({ tokens }) => {
    const all = tokens.list();
    if (json) return printJson(all);
    if (all.length === 0) return printLine(`no token in ${store}`);
    const head = ['id', 'name', 'scopes', 'created (UTC)', 'revoked (UTC)'];
    const rows = all.map(({ id, name, scopes, createdAt, revokedAt }) => [
      id,
      name,
      scopes.join(' '),
      toSecond(createdAt),
      revokedAt === null ? '' : toSecond(revokedAt),
    ]);
    process.stdout.write(`${plainTable(head, rows, texts(head.length))}\n`);
  });
}

/** Revokes a token immediately. */
export function revokeToken(id: string, { store }: RevokeTokenOptions): void {
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
