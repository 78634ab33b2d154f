/** Batches: submitted, listed, cancelled, deleted. */
import { Type } from 'typebox';
import { InputError } from '../../errors.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';
import type { BatchState } from '../../store/jobs.ts';
import { READ, WRITE, type Api, type ServerContext } from '../context.ts';
import { noBatch } from '../problems.ts';
import { RecentAnswers } from '../recent-answers.ts';
import {
  answers,
  Batch,
  batchBody,
  BatchPage,
  BatchQuery,
  ById,
  DeleteQuery,
  IdempotencyHeaders,
  SENT,
} from '../schemas.ts';
import { accepted, addLifeCycle, before, pageShown } from './life-cycle.ts';

const tags = ['batches'];
const read = { config: READ };
const write = { config: WRITE };

export function batchRoutes(api: Api, context: ServerContext): void {
  const { settings, store, threads, jobs } = context;
  const recent = new RecentAnswers();
  jobs.onChange(() => recent.forget());

  api.post(
    '/v1/batches',
    {
      ...write,
      schema: {
        operationId: 'submitBatch',
        summary: 'Submit a batch: replications of a scenario. Stored replications are reused.',
        tags,
        body: batchBody(settings.limits.replications),
        headers: IdempotencyHeaders,
        response: answers({ 202: Batch }, ...SENT, 404, 409, 422),
      },
    },
    async ({ body, headers, caller }, reply) => {
      const { replications = null, precision = null } = body;
      if (replications !== null && precision !== null) {
        const message = 'cannot be combined with replications; give one of them';
        throw new InputError([{ kind: 'option', place: 'body', path: 'precision', message }]);
      }
      const submitted = await threads.ask('submit', {
        ...body,
        precision,
        replications: replications ?? (precision === null ? DEFAULT_REPLICATIONS : null),
        caller: caller!.id,
        key: headers['idempotency-key'] ?? null,
      });
      accepted(reply, context, 'batches', submitted);
      return reply.send(shown(found(submitted.id)));
    },
  );

  api.get(
    '/v1/batches',
    {
      ...read,
      schema: {
        operationId: 'listBatches',
        summary: 'List batches, newest first, including those that fleetyield run stored.',
        description: 'Progress may be a tenth of a second old.',
        tags,
        querystring: BatchQuery,
        response: answers({ 200: BatchPage }),
      },
    },
    async ({ query: { limit, cursor, ...filter } }, reply) => {
      const { scenario, seed, status } = filter;
      const text = recent.of(JSON.stringify([limit, cursor, scenario, seed, status]), () => {
        const page = store.jobs.batches(filter, limit, before(cursor));
        return JSON.stringify(pageShown(page, shown));
      });
      return reply
        .type('application/json; charset=utf-8')
        .serializer((written: unknown) => written as string)
        .send(text as never);
    },
  );

  addLifeCycle(api, context, {
    noun: 'batch',
    resource: 'batches',
    name: 'Batch',
    schema: Batch,
    cancel: 'cancel',
    shown: (id) => shown(found(id)),
  });

  api.delete(
    '/v1/batches/:id',
    {
      ...write,
      schema: {
        operationId: 'deleteBatch',
        summary: 'Delete a batch; one that another process is running only with force.',
        tags,
        params: ById,
        querystring: DeleteQuery,
        response: answers({ 204: Type.Null({ description: 'Deleted.' }) }, ...SENT, 404, 409),
      },
    },
    async ({ params: { id }, query: { force } }, reply) => {
      await threads.ask('deleteBatch', { id, force });
      jobs.changed(id);
      return reply.code(204).send(null);
    },
  );

  function found(id: string): BatchState {
    const state = store.jobs.batch(id);
    if (state === null) throw noBatch(id);
    return state;
  }
}

function shown(state: BatchState) {
  const { id, status, scenario, scenarioHash, seed, byHour, confidence, planned, done, failed, job } = state;
  const { wallSeconds, version, node, createdAt, updatedAt } = state;
  return {
    id,
    status,
    seed,
    byHour,
    confidence,
    wallSeconds,
    version,
    node,
    createdAt,
    updatedAt,
    scenario: { name: scenario, hash: scenarioHash, changes: state.changes },
    replications: { planned: Math.max(planned, job?.replications ?? 0), done, failed },
    precision: job?.precision ?? null,
    problem: job?.problem ?? null,
    submittedAt: job?.submittedAt ?? null,
    startedAt: job?.startedAt ?? null,
    endedAt: job?.endedAt ?? null,
  };
}
