/**
 * The server: the resources under `/v1`, authorisation, error answers, and the threads behind it. It answers from one
 * thread, which never writes to the store and reads only little from it.
 */
import fastifyHelmet from '@fastify/helmet';
import fastifyRateLimit from '@fastify/rate-limit';
import { fastifySSE } from '@fastify/sse';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Store } from '../store/store.ts';
import { callerOf, checkHost, checkScope, foreignness } from './callers.ts';
import { Connections, endWhereUnread } from './connections.ts';
import type { Api, ServerContext } from './context.ts';
import { JobRunner } from './jobs.ts';
import { Refusal } from './problems.ts';
import { answerExpectation, answerRefusals, answerUnreadable, answerUnreadablePath } from './refusals.ts';
import { checkForm } from './request-form.ts';
import { compileValidator } from './request-validation.ts';
import { batchRoutes } from './routes/batches.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { choiceRoutes } from './routes/choices.ts';
import { eventRoutes } from './routes/events.ts';
import { exportRoutes } from './routes/export.ts';
import { healthRoutes } from './routes/health.ts';
import { resultRoutes } from './routes/results.ts';
import { scenarioRoutes } from './routes/scenarios.ts';
import { asWritten, COMPONENTS } from './schemas.ts';
import { ServerMetrics } from './server-metrics.ts';
import type { ServerSettings } from './settings.ts';
import { StoreThreads } from './store-threads.ts';

/** Reads fail at once while the store is locked: the thread that answers waits for no other process. */
const IMPATIENT = { patience: 0 };

/** How long a request may take to arrive in full [ms]. */
const REQUEST_TIME = 20_000;
/** How long unfinished answers may take when the server shuts down [ms]. */
const GRACE = 5_000;

export interface ApiServer {
  readonly app: Api;
  /** Starts to listen, and returns the address: `http://127.0.0.1:8080`. */
  listen(): Promise<string>;
  /** Shuts down: requests in progress are answered, streams end, and what runs returns to the queue. */
  close(): Promise<void>;
}

/**
 * Builds a server on an existing store, and starts to run what is queued in it. Throws `InputError` and
 * `EnvironmentError` if the store cannot be opened.
 *
 * @param onLost called when the server cannot go on: because of an internal error, or because the store is gone
 */
export async function buildServer(
  settings: ServerSettings,
  log: FastifyBaseLogger,
  onLost: (reason: string, isOurs: boolean) => void,
): Promise<ApiServer> {
  const { store: path, limits, threads, out, version } = settings;
  const store = Store.openToRead(path, IMPATIENT);
  const closing = new AbortController();
  const context: ServerContext = {
    settings,
    store,
    threads: new StoreThreads({ store: path, limits, threads: settings.threads, plugins: settings.plugins }),
    jobs: new JobRunner(
      { store: path, threads, limits, out, version, plugins: settings.plugins },
      (text) => log.error(text),
      onLost,
    ),
    metrics: new ServerMetrics(store),
    closing: closing.signal,
    holds: (request, scope) =>
      callerOf(request, store.tokens, settings.auth)?.scopes.includes(scope) ?? false,
    isReady: () => !closing.signal.aborted,
  };
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: REQUEST_TIME,
    // Node's own refusal of a request without Host would not be a problem document.
    http: { headersTimeout: REQUEST_TIME, connectionsCheckingInterval: 5_000, requireHostHeader: false },
    frameworkErrors: (error, _request, reply) => answerUnreadablePath(error, reply),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, connections),
    // `OPTIONS *` has no path; the router knows only paths.
    rewriteUrl: ({ url = '/' }) => (url === '*' ? '/*' : url),
    // Streams are ended by the server itself; idle connections are closed without waiting.
    forceCloseConnections: 'idle',
    // A name of 200 characters, each encoded as up to twelve.
    routerOptions: { maxParamLength: 2_400, ignoreTrailingSlash: false },
  }).withTypeProvider<TypeBoxTypeProvider>();
  const connections = new Connections(app.server);
  app.server.on('checkExpectation', answerExpectation);
  app.setValidatorCompiler(compileValidator);
  for (const schema of COMPONENTS) app.addSchema(schema);
  app.server.maxConnections = limits.connections;
  await addPlugins(app, context);
  answerRefusals(app, log);
  checkForm(app, limits.depth);
  for (const add of [
    scenarioRoutes,
    batchRoutes,
    campaignRoutes,
    eventRoutes,
    resultRoutes,
    exportRoutes,
    choiceRoutes,
    healthRoutes,
  ])
    add(app, context);
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return {
    app,
    listen: () => app.listen({ host: settings.host, port: settings.port }),
    close: async () => {
      closing.abort();
      connections.end(GRACE);
      await Promise.all([app.close(), context.jobs.end()]);
      await context.threads.end();
      store.close();
    },
  };
}

async function addPlugins(app: Api, { settings, store, metrics }: ServerContext): Promise<void> {
  const { limits, auth, version } = settings;
  app.decorateRequest('caller', undefined);
  const known = (request: Parameters<typeof callerOf>[0]) =>
    (request.caller ??= callerOf(request, store.tokens, auth));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
  });
  await app.register(fastifyRateLimit, {
    global: false,
    max: limits.requestsPerMinute,
    timeWindow: '1 minute',
    // Callers without a valid token are counted by address, so that no one can try many tokens; foreign web pages,
    // which request through a browser on this machine, use up none of the local user's requests.
    keyGenerator: (request) => {
      if (!auth && foreignness(request) !== null) return `foreign ${request.ip}`;
      return known(request)?.id ?? request.ip;
    },
    onExceeded: () => metrics.limited.inc(),
    errorResponseBuilder: (_request, { after }) =>
      new Refusal(
        429,
        'too-many-requests',
        `${limits.requestsPerMinute} requests a minute; ask again in ${after}`,
      ),
  });
  app.addHook('onSend', async (_request, reply) => endWhereUnread(reply, limits));
  const limit = app.rateLimit();
  app.addHook('onRequest', async function (request, reply) {
    const { scope, unlimited = false } = request.routeOptions.config;
    checkHost(request);
    // Before authorisation is checked, so that unauthorised requests are counted too.
    if (!unlimited) await limit.call(this, request, reply);
    const foreign = auth ? null : foreignness(request);
    if (foreign !== null) throw foreign;
    if (scope === undefined) return;
    reply.header('cache-control', 'no-store');
    checkScope(known(request), scope);
  });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'fleetyield',
        version,
        description: 'Runs batches of simulated replications and serves their results.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: ({ schema, url }) => ({ schema: asWritten(schema), url }),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, at) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${at}`,
    },
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    theme: { title: 'fleetyield' },
  });
  await app.register(fastifyHelmet, {
    // The page of the document sets its own.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    frameguard: { action: 'deny' },
    // Only the proxy that terminates TLS before this server can make that promise.
    strictTransportSecurity: false,
  });
  await app.register(fastifySSE, { heartbeatInterval: 15_000 });
}

/**
 * What the page of the document may load: itself, and styles that its scripts write. Requests are not upgraded to TLS:
 * without TLS the page would find nothing on any machine but this one.
 */
const PAGE_POLICY = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'style-src': "'self' 'unsafe-inline'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'object-src': "'none'",
};
