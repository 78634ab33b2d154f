/** Events of batches and campaigns, as server-sent events. They are stored: a client that reconnects misses none. */
import { Type } from 'typebox';
import type { BatchStatus } from '../../store/jobs.ts';
import { isActive, type JobEvent } from '../../store/life-cycle.ts';
import { noCampaign } from '../campaign-requests.ts';
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
    new Refusal(429, 'too-many-streams', 'you follow too many at once; end a stream'),
  );

  const sources: readonly FollowedSource[] = [
    {
      resource: 'batches',
      operationId: 'followBatch',
      noun: 'batch',
      status: (id) => store.jobs.batch(id)?.status ?? null,
      events: (id, after, limit) => store.jobs.events(id, after, limit),
      missing: noBatch,
    },
    {
      resource: 'campaigns',
      operationId: 'followCampaign',
      noun: 'campaign',
      status: (id) => store.campaigns.campaign(id)?.status ?? null,
      events: (id, after, limit) => store.campaigns.events(id, after, limit),
      missing: noCampaign,
    },
  ];
  for (const source of sources) follow(source);

  function follow(source: FollowedSource): void {
    const { resource, operationId, noun } = source;
    api.get(
      `/v1/${resource}/:id/events`,
      {
        config: READ,
        exposeHeadRoute: false,
        sse: 'manual',
        schema: {
          operationId,
          summary: `Follow a ${noun}: queued, started, progress, finished, cancelled, failed.`,
          description: `Server-sent events, from the first or from the one after Last-Event-ID, until the ${noun} is at rest. 204 where there is nothing more to come.`,
          tags: [resource],
          params: ById,
          headers: ResumeHeaders,
          response: answers(
            {
              200: {
                description: 'The events.',
                content: { 'text/event-stream': { schema: Type.String() } },
              },
              204: Type.Null({ description: 'No further events.' }),
            },
            404,
          ),
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const after = Number(request.headers['last-event-id'] ?? 0);
        const status = source.status(id);
        if (status === null) throw source.missing(id);
        if (!isActive(status) && source.events(id, after, 1).length === 0) return reply.code(204).send(null);
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
          await reply.sse.send(eventsOf(id, after, source, context, { until: gone.signal, isAllowed }));
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
}

/** What is followed: its status, `null` where there is none of this id, and its events. */
interface FollowedSource {
  readonly resource: 'batches' | 'campaigns';
  readonly operationId: string;
  readonly noun: string;
  status(id: string): BatchStatus | null;
  events(id: string, after: number, limit: number): JobEvent[];
  missing(id: string): Refusal;
}

/**
 * Events after a given number, as they happen, until it is no longer active, the signal aborts, or the caller
 * loses access.
 */
async function* eventsOf(
  id: string,
  after: number,
  source: FollowedSource,
  { jobs }: ServerContext,
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
      const status = source.status(id);
      const events = source.events(id, after, EVENTS_AT_ONCE);
      for (const { event, type, data, at } of events) {
        yield { id: String(event), event: type, data: { ...(data as object), at } };
        after = event;
      }
      if (events.length > 0) continue;
      if (status === null || !isActive(status)) return;
      await changed!;
    }
  } finally {
    unfollow();
    until.removeEventListener('abort', onChange);
  }
}
