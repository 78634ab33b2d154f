/** Results of batches: estimates, hourly series, single replications, and comparisons between batches. */
import type { FastifyRequest } from 'fastify';
import { READ, type Api, type ServerContext } from '../context.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import { isAsked, noMetric } from '../asked-metrics.ts';
import { unpackEstimates } from '../packed-estimates.ts';
import { Places } from '../places.ts';
import { noBatch, Refusal } from '../problems.ts';
import {
  answers,
  ById,
  CampaignDocument,
  Comparison,
  ComparisonQuery,
  Estimates,
  EstimatesQuery,
  Hourly,
  PricesBody,
  Replications,
  Repriced,
  ReplicationsQuery,
  RepriceQuery,
  Result,
  SENT,
} from '../schemas.ts';
import type { BatchState } from '../../store/jobs.ts';
import { isActive } from '../../store/life-cycle.ts';
import { sentInPieces } from '../sent-in-pieces.ts';
import { SharedAnswers } from '../shared-answers.ts';
import type { BegunAnswer } from '../store-operations/answers-in-pieces.ts';
import type { FoldedEstimates } from '../store-operations/results.ts';

const tags = ['results'];
const read = { config: READ };

const JSON_TYPE = 'application/json; charset=utf-8';

interface Folded {
  readonly replications: number;
  readonly estimates: readonly Estimate[];
}

/** How many documents longer than one piece a caller may download at once: each holds its estimates meanwhile. */
const DOCUMENTS = 4;

export function resultRoutes(api: Api, context: ServerContext): void {
  const { store, threads } = context;
  const places = new Places(
    DOCUMENTS,
    new Refusal(429, 'too-many-downloads', 'you are sent too many long answers at once; end one'),
  );

  /** Folding the replications of a large batch takes seconds, and the store keeps no estimates while the batch runs. */
  const folded = new SharedAnswers<Folded>();

  api.get(
    '/v1/batches/:id/estimates',
    {
      ...read,
      schema: {
        operationId: 'getEstimates',
        summary: 'Estimates with confidence intervals, from all finished replications.',
        tags,
        params: ById,
        querystring: EstimatesQuery,
        response: answers({ 200: Estimates }, 404, 409),
      },
    },
    async ({ params: { id }, query: { scope, metric, confidence: given, limit, cursor } }) => {
      const { confidence: own, done, status } = found(id);
      const confidence = given ?? own;
      const page = (all: readonly Estimate[]) => pageOf(all, Number(cursor ?? 0), limit);
      const kept = store.keptEstimates(id, confidence, { scope: scope ?? null, metric: metric ?? null });
      if (kept.length > 0) return { batch: id, confidence, replications: done, ...page(kept) };
      const measured = done === 0 ? [] : store.read({ id }).batch.metrics();
      if (measured.length > 0 && !measured.some((one) => isAsked(one, { scope, metric })))
        throw noMetric(`batch ${id}`, measured, { scope, metric });
      // What was found while the batch ran is not reused once it is at rest.
      const key = [id, confidence, isActive(status) ? 'running' : done];
      if (isActive(status) && scope !== undefined && metric !== undefined) {
        const one = await folded.of(JSON.stringify([...key, scope, metric]), () =>
          threads.ask('estimatesOf', { id, confidence, scope, metric }).then(unpacked),
        );
        return { batch: id, confidence, replications: one.replications, ...page(one.estimates) };
      }
      const { replications, estimates } = await folded.of(JSON.stringify(key), () =>
        threads.ask('estimates', { id, confidence }).then(unpacked),
      );
      const asked = estimates.filter((one) => isAsked(one, { scope, metric }));
      return { batch: id, confidence, replications, ...page(asked) };
    },
  );

  api.get(
    '/v1/batches/:id/result',
    {
      ...read,
      schema: {
        operationId: 'getResult',
        summary: 'The document that fleetyield run --json prints.',
        tags,
        params: ById,
        response: answers({ 200: Result }, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const begun = await threads.ask('result', request.params.id);
      return reply.type(JSON_TYPE).send(await sent(request, begun));
    },
  );

  api.get(
    '/v1/batches/:id/hourly',
    {
      ...read,
      schema: {
        operationId: 'getHourly',
        summary:
          'Requests by hour of the window, tier and outcome: the mean of the replications that are done.',
        tags,
        params: ById,
        response: answers({ 200: Hourly }, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const begun = await threads.ask('hourly', request.params.id);
      return reply.type(JSON_TYPE).send(await sent(request, begun));
    },
  );

  api.get(
    '/v1/batches/:id/replications',
    {
      ...read,
      schema: {
        operationId: 'listReplications',
        summary: 'Values of one metric in single replications, by index.',
        tags,
        params: ById,
        querystring: ReplicationsQuery,
        response: answers({ 200: Replications }, 404, 409),
      },
    },
    async ({ params: { id }, query: { scope, metric, limit, cursor } }) => {
      const from = Number(cursor ?? 0);
      const values = await threads.ask('values', { id, scope, metric, from, limit: limit + 1 });
      if (values === null)
        throw noMetric(`batch ${id}`, store.read({ id }).batch.metrics(), { scope, metric });
      const { unit, rows } = values;
      const next = rows[limit];
      return {
        batch: id,
        scope,
        metric,
        unit,
        items: rows.slice(0, limit),
        next: next === undefined ? null : String(next.replication),
      };
    },
  );

  api.post(
    '/v1/batches/:id/reprice',
    {
      ...read,
      schema: {
        operationId: 'repriceBatch',
        summary: 'Reprice a batch: its money at other prices, without simulating again; nothing is stored.',
        tags,
        params: ById,
        querystring: RepriceQuery,
        body: PricesBody,
        response: answers({ 200: Repriced }, ...SENT, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const begun = await threads.ask('reprice', { ...params, ...query, text: body.text });
      return reply.type(JSON_TYPE).send(await sent(request, begun));
    },
  );

  api.get(
    '/v1/campaigns/:id/result',
    {
      ...read,
      schema: {
        operationId: 'getCampaignResult',
        summary: 'The document of a finished campaign, as its command prints it.',
        tags: ['campaigns'],
        params: ById,
        response: answers({ 200: CampaignDocument }, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const begun = await threads.ask('campaignResult', request.params.id);
      return reply.type(JSON_TYPE).send(await sent(request, begun));
    },
  );

  api.get(
    '/v1/comparisons',
    {
      ...read,
      schema: {
        operationId: 'compareBatches',
        summary: 'Paired differences between two batches of the same seed.',
        tags,
        querystring: ComparisonQuery,
        response: answers({ 200: Comparison }, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const begun = await threads.ask('compare', request.query);
      return reply.type(JSON_TYPE).send(await sent(request, begun));
    },
  );

  /** What is sent of a document: usually the whole of it at once. */
  async function sent(request: FastifyRequest, begun: BegunAnswer): Promise<never> {
    const leave = await placeFor(request, begun);
    return sentInPieces(context, request, begun, leave) as never;
  }

  async function placeFor({ caller }: FastifyRequest, { more, number }: BegunAnswer): Promise<() => void> {
    try {
      return more ? places.take(caller!.id) : () => undefined;
    } catch (error) {
      await threads.ask('endAnswer', number);
      throw error;
    }
  }

  function found(id: string): BatchState {
    const state = store.jobs.batch(id);
    if (state === null) throw noBatch(id);
    return state;
  }
}

/** A page of estimates ends before it exceeds this many bytes, because names may be long. */
const LONGEST_PAGE = 2 ** 21;
/** Bytes of an estimate beside its names, at most. */
const NUMBERS_LENGTH = 150;

/** Estimates from an index on: at least one, at most `limit`, and no more than fit into the length of a page. */
function pageOf(all: readonly Estimate[], from: number, limit: number) {
  const lengths = new Map<string, number>();
  const lengthOf = (name: string): number => {
    const length = lengths.get(name) ?? Buffer.byteLength(JSON.stringify(name));
    lengths.set(name, length);
    return length;
  };
  let length = 0;
  let end = from;
  for (const { scope, metric, unit } of all.slice(from, from + limit)) {
    length += lengthOf(scope) + lengthOf(metric) + lengthOf(unit) + NUMBERS_LENGTH;
    if (length > LONGEST_PAGE && end > from) break;
    end += 1;
  }
  return { estimates: all.slice(from, end), next: end < all.length ? String(end) : null };
}

const unpacked = ({ replications, estimates }: FoldedEstimates): Folded => ({
  replications,
  estimates: unpackEstimates(estimates),
});
