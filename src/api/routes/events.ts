/** Events of a batch, as server-sent events. They are stored: a client that reconnects misses none. */
import { Type } from 'typebox';
import { isActive } from '../../store/jobs.ts';
import { endWhereUnread } from '../connections.ts';
import { READ, type Api, type ServerContext } from '../context.ts';
import { Places } from '../places.ts';
import { noBatch, Refusal } from '../problems.ts';
import { answers, ById, ResumeHeaders } from '../schemas.ts';

/** How many events are read at once. */
const EVENTS_AT_ONCE = 500;

export function eventRoutes(api: Api, context: ServerContext): void {
  const { settings, store, metrics, closing } = context;
  const places = new Places(
    settings.limits.streamsPerCaller,
    new Refusal(429, 'too-many-streams', 'you follow too many batches at once; end a stream'),
  );

  api.get(
    '/v1/batches/:id/events',
    {
      config: READ,
      exposeHeadRoute: false,
      sse: 'manual',
      schema: {
        operationId: 'followBatch',
        summary: 'What happens to a batch: queued, started, progress, finished, cancelled, failed.',
        description:
          'Server-sent events, from the first or from the one after Last-Event-ID, until the batch is at rest. 204 where there is nothing more to come.',
        tags: ['batches'],
        ...{ params: ById, headers: ResumeHeaders },
        response: answers(
          {
            200: {
              description: 'The events.',
              content: { 'text/event-stream': { schema: Type.String() } },
            },
            204: Type.Null({ description: 'There is nothing more to come.' }),
          },
          404,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const after = Number(request.headers['last-event-id'] ?? 0);
      const state = store.jobs.batch(id);
      if (state === null) throw noBatch(id);
      if (!isActive(state.status) && store.jobs.events(id, after, 1).length === 0)
        return reply.code(204).send(null);
      const leave = places.take(request.caller!.id);
      metrics.streams.inc();
      const gone = new AbortController();
      const end = () => gone.abort();
      reply.sse.onClose(end);
      // Not `AbortSignal.any`: a signal derived from a longer-lived one is kept for as long as that one.
      closing.addEventListener('abort', end);
      const isAllowed = () => context.holds(request, READ.scope);
      const recheck = setInterval(() => {
        if (!isAllowed()) gone.abort();
      }, settings.limits.recheckSeconds * 1_000);
      reply.sse.sendHeaders();
      endWhereUnread(reply, settings.limits);
      try {
        await reply.sse.send(eventsOf(id, after, context, { until: gone.signal, isAllowed }));
        reply.sse.close();
      } finally {
        clearInterval(recheck);
        closing.removeEventListener('abort', end);
        metrics.streams.dec();
        leave();
      }
      return reply;
    },
  );
}

/**
 * Events after a given number, as they happen, until the batch is no longer active, the signal aborts, or the caller
 * loses access.
 */
async function* eventsOf(
  id: string,
  after: number,
  { store, jobs }: ServerContext,
  { until, isAllowed }: { readonly until: AbortSignal; readonly isAllowed: () => boolean },
) {
  let wake: () => void;
  let changed: Promise<void>;
  const rearm = () => {
    changed = new Promise((resolve) => (wake = resolve));
  };
  rearm();
  const onChange = () => wake();
  const unfollow = jobs.follow(id, onChange);
  until.addEventListener('abort', onChange);
  try {
    while (!until.aborted && isAllowed()) {
      // Rearmed before reading: what happens meanwhile is seen the next time.
      rearm();
      const state = store.jobs.batch(id);
      const events = store.jobs.events(id, after, EVENTS_AT_ONCE);
      for (const { event, type, data, at } of events) {
        yield { id: String(event), event: type, data: { ...(data as object), at } };
        after = event;
      }
      if (events.length > 0) continue;
      if (state === null || !isActive(state.status)) return;
      await changed!;
    }
  } finally {
    unfollow();
    until.removeEventListener('abort', onChange);
  }
}
