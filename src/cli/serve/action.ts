/** `serve`: runs the results API on a store until it receives a signal. */
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { buildServer } from '../../api/server.ts';
import { isLoopback, LIMITS } from '../../api/settings.ts';
import { EnvironmentError } from '../../errors.ts';
import { lockForServer } from '../../store/server-lock.ts';
import { loadPlugins } from '../../files/plugin-files.ts';
import { makeFolder } from '../../files/folders.ts';
import { attemptWrite } from '../shared/output-file.ts';
import { openToWrite } from '../shared/stores.ts';
import { notice, printLine } from '../shared/terminal.ts';
import type { ServeOptions } from './command.ts';

const EXIT_DEFECT = 3;
const EXIT_ENVIRONMENT = 4;
/** How long shutdown may take, including responses in progress and running batches [ms]. */
const GRACE = 20_000;

/** Serves until a signal ends it. Throws where the store or the port is unavailable. */
export async function serve(options: ServeOptions, version: string): Promise<void> {
  const { host, port, store: path, out } = options;
  const log = pino({ level: options.logLevel, base: null }, process.stderr);
  const auth = options.auth || !isLoopback(host);
  if (out !== undefined) {
    attemptWrite(out, () => {
      makeFolder(out);
      accessSync(out, constants.W_OK);
    });
  }
  // Refused here rather than in a thread.
  await loadPlugins(options.plugin);
  const store = openToWrite(path);
  const holds = store.tokens.list().some(({ revokedAt }) => revokedAt === null);
  store.close();
  const lock = lockForServer(path);
  const limits = { ...LIMITS, requestsPerMinute: options.rateLimit, jobSeconds: options.timeLimit };
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / limits.running));
  const settings = {
    host,
    port,
    auth,
    threads,
    plugins: options.plugin,
    version,
    limits,
    store: path,
    out: out ?? null,
  };
  const server = await buildServer(settings, log, (reason, isOurs) => {
    log.fatal(reason);
    process.exit(isOurs ? EXIT_DEFECT : EXIT_ENVIRONMENT);
  });
  const at = await server.listen().catch(async (error: NodeJS.ErrnoException) => {
    await server.close();
    throw new EnvironmentError(`cannot listen on ${host}:${port}: ${error.message}; choose another --port`, {
      cause: error,
    });
  });
  closeWithGrace({ delay: GRACE, logger: false }, async ({ err }) => {
    if (err !== undefined) log.fatal(err);
    await server.close();
    lock.release();
  });
  printLine(`serving ${path} on ${at}; ${at}/docs explains it`);
  if (auth && !holds) notice(`there is no token yet: fleetyield token create NAME --store ${path}`);
}
