/** What batches came to: estimates, hours, single replications, and one held against another. */
import { READ, type Api, type ServerContext } from '../context.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import { meantBy } from '../../alternatives.ts';
import { shown } from '../../shown.ts';
import { noBatch, notFound, type Refusal } from '../problems.ts';
import {
  answers,
  ById,
  Comparison,
  ComparisonQuery,
  Estimates,
  EstimatesQuery,
  Hourly,
  PricesBody,
  Replications,
  Repriced,
  ReplicationsQuery,
  Result,
  SENT,
} from '../schemas.ts';
import { isActive, type BatchState } from '../../store/jobs.ts';
import { SharedAnswers } from '../shared-answers.ts';
import type { FoldedEstimates } from '../store-task.ts';

const tags = ['results'];
const read = { config: READ };

export function resultRoutes(api: Api, { store, threads }: ServerContext): void {
  /** To fold the replications of a large batch takes seconds, and while it runs nothing of it is kept. */
  const folded = new SharedAnswers<FoldedEstimates>();

  api.get(
    '/v1/batches/:id/estimates',
    {
      ...read,
      schema: {
        operationId: 'getEstimates',
        summary: 'Estimates with intervals, from every replication that is done.',
        ...{
          tags,
          params: ById,
          querystring: EstimatesQuery,
          response: answers({ 200: Estimates }, 404, 409),
        },
      },
    },
    async ({ params: { id }, query: { scope, metric, level: given, limit, cursor } }) => {
      const { level: own, done, status } = found(id);
      const level = given ?? own;
      const page = (all: readonly Estimate[]) => pageOf(all, Number(cursor ?? 0), limit);
      const kept = store.keptEstimates(id, level, { scope: scope ?? null, metric: metric ?? null });
      if (kept.length > 0) return { batch: id, level, replications: done, ...page(kept) };
      const measured = done === 0 ? [] : store.read({ id }).batch.metrics();
      if (measured.length > 0 && !measured.some((one) => isAsked(one, { scope, metric })))
        throw noMetric(id, measured, { scope, metric });
      // What was found while it ran is not told of one that is at rest.
      const key = [id, level, isActive(status) ? 'running' : done];
      if (isActive(status) && scope !== undefined && metric !== undefined) {
        const one = await folded.of(JSON.stringify([...key, scope, metric]), () =>
          threads.ask('estimatesOf', { id, level, scope, metric }),
        );
        return { batch: id, level, replications: one.replications, ...page(one.estimates) };
      }
      const { replications, estimates } = await folded.of(JSON.stringify(key), () =>
        threads.ask('estimates', { id, level }),
      );
      const asked = estimates.filter((one) => isAsked(one, { scope, metric }));
      return { batch: id, level, replications, ...page(asked) };
    },
  );

  api.get(
    '/v1/batches/:id/result',
    {
      ...read,
      schema: {
        operationId: 'getResult',
        summary: 'The document that fleetyield run --json prints.',
        ...{ tags, params: ById, response: answers({ 200: Result }, 404, 409) },
      },
    },
    async ({ params: { id } }) => threads.ask('result', id),
  );

  api.get(
    '/v1/batches/:id/hourly',
    {
      ...read,
      schema: {
        operationId: 'getHourly',
        summary:
          'Requests by hour of the window, tier and outcome: the mean of the replications that are done.',
        ...{ tags, params: ById, response: answers({ 200: Hourly }, 404, 409) },
      },
    },
    async ({ params: { id } }) => {
      const { replications, series } = await threads.ask('hourly', id);
      return { batch: id, replications, ...series };
    },
  );

  api.get(
    '/v1/batches/:id/replications',
    {
      ...read,
      schema: {
        operationId: 'listReplications',
        summary: 'What single replications said of one metric, in the order of their indices.',
        ...{
          tags,
          params: ById,
          querystring: ReplicationsQuery,
          response: answers({ 200: Replications }, 404, 409),
        },
      },
    },
    async ({ params: { id }, query: { scope, metric, limit, cursor } }) => {
      const from = Number(cursor ?? 0);
      const values = await threads.ask('values', { id, scope, metric, from, limit: limit + 1 });
      if (values === null) throw noMetric(id, store.read({ id }).batch.metrics(), { scope, metric });
      const { unit, rows } = values;
      const next = rows[limit];
      return {
        ...{ batch: id, scope, metric, unit, items: rows.slice(0, limit) },
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
        summary: 'The money of a batch at other prices; nothing is simulated again, and nothing kept.',
        ...{ tags, params: ById, body: PricesBody, response: answers({ 200: Repriced }, ...SENT, 404, 409) },
      },
    },
    async ({ params: { id }, body: { text } }) => threads.ask('reprice', { id, text }),
  );

  api.get(
    '/v1/comparisons',
    {
      ...read,
      schema: {
        operationId: 'compareBatches',
        summary: 'What a batch is above another of the same seed, paired by replication.',
        ...{ tags, querystring: ComparisonQuery, response: answers({ 200: Comparison }, 404, 409) },
      },
    },
    async ({ query }) => threads.ask('compare', query),
  );

  function found(id: string): BatchState {
    const state = store.jobs.batch(id);
    if (state === null) throw noBatch(id);
    return state;
  }
}

/** Characters of a page of estimates beyond which it has no further: names may be long. */
const LONGEST_PAGE = 2 ** 21;
/** Characters of an estimate beside its names, at most. */
const NUMBERS_LENGTH = 150;

/** Estimates from a place on, at least one and no more than are asked for and than are short enough together. */
function pageOf(all: readonly Estimate[], from: number, limit: number) {
  let length = 0;
  let end = from;
  for (const { scope, metric, unit } of all.slice(from, from + limit)) {
    length += scope.length + metric.length + unit.length + NUMBERS_LENGTH;
    if (length > LONGEST_PAGE && end > from) break;
    end += 1;
  }
  return { estimates: all.slice(from, end), next: end < all.length ? String(end) : null };
}

interface Named {
  readonly scope: string;
  readonly metric: string;
}

interface Asked {
  readonly scope?: string | undefined;
  readonly metric?: string | undefined;
}

const isAsked = (one: Named, { scope, metric }: Asked): boolean =>
  (scope === undefined || one.scope === scope) && (metric === undefined || one.metric === metric);

/** That nothing of what a batch measures has these names, with those that were meant. */
function noMetric(id: string, measured: readonly Named[], { scope, metric }: Asked): Refusal {
  const scopes = [...new Set(measured.map((one) => one.scope))];
  const isThere = scope === undefined || scopes.includes(scope);
  const ofScope = measured.filter((one) => scope === undefined || one.scope === scope);
  const [what, given, known] = isThere
    ? ['metric', metric!, [...new Set(ofScope.map((one) => one.metric))]]
    : ['scope', scope, scopes];
  const meant = meantBy(given, known);
  const where = isThere && scope !== undefined ? ` of scope ${shown(scope)}` : '';
  const remedy = `GET /v1/batches/ID/estimates without ${what} has them all`;
  return notFound(
    `batch ${id} has no ${what} ${shown(given)}${where}; ${meant === undefined ? '' : `did you mean ${shown(meant)}? `}${remedy}`,
  );
}
