/** What batches and campaigns have alike over HTTP: one is accepted, read, and cancelled as long as it is active. */
import type { FastifyReply } from 'fastify';
import type { TUnsafe } from 'typebox';
import type { Submission } from '../../store/life-cycle.ts';
import type { Page } from '../../store/pages.ts';
import { READ, WRITE, type Api, type ServerContext } from '../context.ts';
import { Refusal } from '../problems.ts';
import { answers, ById, SENT } from '../schemas.ts';

/** A kind of what servers are asked to run. */
export interface LifeCycleRoutes<Shown> {
  readonly noun: 'batch' | 'campaign';
  readonly resource: 'batches' | 'campaigns';
  /** Its name in the OpenAPI document, and its schema. */
  readonly name: 'Batch' | 'Campaign';
  readonly schema: TUnsafe<Shown>;
  readonly cancel: 'cancel' | 'cancelCampaign';
  /** The one with this id, as it is sent. Throws `Refusal` where there is none. */
  shown(id: string): Shown & { readonly status: string };
}

/** Adds the operations that read one and cancel one. */
export function addLifeCycle<Shown extends object>(
  api: Api,
  { threads, jobs }: ServerContext,
  { noun, resource, name, schema, cancel, shown }: LifeCycleRoutes<Shown>,
): void {
  const tags = [resource];
  // Of a schema that is a parameter the framework derives no type.
  const plain: TUnsafe<object> = schema;

  api.get(
    `/v1/${resource}/:id`,
    {
      config: READ,
      schema: {
        operationId: `get${name}`,
        summary: `Get a ${noun}.`,
        tags,
        params: ById,
        response: answers({ 200: plain }, 404),
      },
    },
    async ({ params: { id } }) => shown(id),
  );

  api.post(
    `/v1/${resource}/:id/cancel`,
    {
      config: WRITE,
      schema: {
        operationId: `cancel${name}`,
        summary: `Cancel a ${noun} that is queued or running; the replications it has finished are kept.`,
        tags,
        params: ById,
        response: answers({ 200: plain }, ...SENT, 404, 409),
      },
    },
    async ({ params: { id } }) => {
      const { status } = shown(id);
      if (!(await threads.ask(cancel, id)))
        throw new Refusal(409, `${noun}-at-rest`, `${noun} ${id} is ${status}; there is nothing to cancel`);
      jobs.cancel(id);
      return shown(id);
    },
  );
}

/** Answers a request to run something that was accepted, and has it started if it was queued by it. */
export function accepted<Reply extends Pick<FastifyReply, 'header' | 'code'>>(
  reply: Reply,
  { jobs }: ServerContext,
  resource: 'batches' | 'campaigns',
  { outcome, id }: Extract<Submission, { readonly id: string }>,
): void {
  if (outcome === 'queued') {
    jobs.changed(id);
    jobs.look();
  }
  void reply.code(202);
  void reply.header('location', `/v1/${resource}/${id}`);
  if (outcome === 'replayed') void reply.header('idempotency-replayed', 'true');
}

/** A page as it is sent. */
export const pageShown = <Row, Shown>({ rows, next }: Page<Row>, shown: (row: Row) => Shown) => ({
  items: rows.map(shown),
  next: next === null ? null : String(next),
});

/** The cursor at which the previous page ended. */
export const before = (cursor: string | undefined): number | null =>
  cursor === undefined ? null : Number(cursor);
