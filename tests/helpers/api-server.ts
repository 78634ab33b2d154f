/** The built server in the process of the tests, asked without a network. */
import { join } from 'node:path';
import { pino } from 'pino';
import type { ApiServer } from '../../src/api/server.ts';
import { LIMITS, type Limits, type ServerSettings } from '../../src/api/settings.ts';
import { Folder } from './command.ts';

// Its threads are built files, as they are for users.
const built = async (module: string): Promise<unknown> =>
  import(new URL(`../../dist/${module}.js`, import.meta.url).href);
const { buildServer } = (await built('api/server')) as typeof import('../../src/api/server.ts');
const { Store } = (await built('store/store')) as typeof import('../../src/store/store.ts');

export interface BuiltServer {
  readonly server: ApiServer;
  readonly store: string;
  /** What it wrote to its log. */
  readonly log: string[];
  end(): Promise<void>;
}

/** Builds a server on a new store. */
export async function builtServer(
  settings: Partial<Omit<ServerSettings, 'limits'>> = {},
  limits: Partial<Limits> = {},
): Promise<BuiltServer> {
  const folder = new Folder();
  const store = join(folder.path, 'store.sqlite');
  Store.open(store).close();
  const log: string[] = [];
  const server = await buildServer(
    {
      store,
      host: '127.0.0.1',
      port: 0,
      auth: false,
      out: null,
      threads: 1,
      version: '0.1.0',
      plugins: [],
      ...settings,
      limits: { ...LIMITS, requestsPerMinute: 1e9, ...limits },
    },
    pino({ level: 'warn', base: null }, { write: (line: string) => log.push(line) }),
    (reason) => log.push(reason),
  );
  return {
    server,
    store,
    log,
    end: async () => {
      await server.close();
      folder.remove();
    },
  };
}
