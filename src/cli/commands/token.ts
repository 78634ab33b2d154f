/** `token`: who may ask a server. */
import Table from 'cli-table3';
import type { Scope } from '../../store/scopes.ts';
import type { Store } from '../../store/store.ts';
import { openToWrite } from '../stores.ts';
import { bold } from '../format.ts';
import { trimmed, WITHOUT_LINES } from '../plain-table.ts';
import { visible } from '../../shown.ts';

interface StoreOptions {
  readonly store: string;
}

/** Makes a token. Its text, alone on standard output, is shown this once. */
export function createToken(
  name: string,
  { store, scope }: StoreOptions & { readonly scope: readonly Scope[] },
): void {
  within(store, ({ tokens }) => {
    const { token, text } = tokens.create(name, [...new Set(scope)]);
    process.stdout.write(`${text}\n`);
    process.stderr.write(`token ${token.id} may ${token.scopes.join(' and ')}; it is not shown again\n`);
  });
}

/** Every token, the newest first, without what proves it. */
export function listTokens({ store, json }: StoreOptions & { readonly json: boolean }): void {
  within(store, ({ tokens }) => {
    const all = tokens.list();
    if (json) {
      process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
      return;
    }
    const head = ['id', 'name', 'scopes', 'created (UTC)', 'revoked (UTC)'].map((text) => bold(text));
    const table = new Table({ ...WITHOUT_LINES, head });
    table.push(
      ...all.map(({ id, name, scopes, createdAt, revokedAt }) => [
        ...[id, visible(name), scopes.join(' '), toSecond(createdAt)],
        revokedAt === null ? '' : toSecond(revokedAt),
      ]),
    );
    process.stdout.write(all.length === 0 ? `no token in ${store}\n` : `${trimmed(table.toString())}\n`);
  });
}

/** Ends the right of a token at once. */
export function revokeToken(id: string, { store }: StoreOptions): void {
  within(store, ({ tokens }) => {
    const { name } = tokens.revoke(id);
    process.stderr.write(`token ${id} (${name}) holds no longer\n`);
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
