/** Whether the server is alive, whether it is ready for requests, and its own metrics. */
import { Type } from 'typebox';
import { PROBE, READ, type Api, type ServerContext } from '../context.ts';
import { Refusal } from '../problems.ts';
import { answers } from '../schemas.ts';

const tags = ['server'];
const Status = Type.Object({ status: Type.String(), version: Type.String() });

export function healthRoutes(api: Api, { settings, store, metrics, isReady }: ServerContext): void {
  const { version } = settings;

  api.get(
    '/health',
    {
      config: PROBE,
      schema: {
        operationId: 'getHealth',
        summary: 'Liveness: whether the server process responds.',
        tags,
        security: [],
        response: answers({ 200: Status }),
      },
    },
    async () => ({ status: 'alive', version }),
  );

  api.get(
    '/ready',
    {
      config: PROBE,
      schema: {
        operationId: 'getReadiness',
        summary: 'Readiness: whether the store answers and the server is not shutting down.',
        tags,
        security: [],
        response: answers({ 200: Status }),
      },
    },
    async () => {
      if (!isReady()) throw new Refusal(503, 'ending', 'the server is ending; ask another, or later');
      store.jobs.count('queued');
      return { status: 'ready', version };
    },
  );

  api.get(
    '/metrics',
    {
      config: READ,
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics of the server in the format of Prometheus.',
        tags,
        response: answers({
          200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } },
        }),
      },
    },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
