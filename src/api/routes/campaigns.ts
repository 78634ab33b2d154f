/** Campaigns: submitted, listed, cancelled, deleted. Their documents are in `results`, their events in `events`. */
import { Type } from 'typebox';
import type { CampaignState } from '../../store/stored-campaigns.ts';
import { noCampaign } from '../campaign-requests.ts';
import { READ, WRITE, type Api, type ServerContext } from '../context.ts';
import {
  answers,
  ById,
  Campaign,
  campaignBody,
  CampaignPage,
  CampaignQuery,
  IdempotencyHeaders,
  SENT,
} from '../schemas.ts';
import { accepted, addLifeCycle, before, pageShown } from './life-cycle.ts';

const tags = ['campaigns'];
const read = { config: READ };
const write = { config: WRITE };

export function campaignRoutes(api: Api, context: ServerContext): void {
  const { settings, store, threads, jobs } = context;

  api.post(
    '/v1/campaigns',
    {
      ...write,
      schema: {
        operationId: 'submitCampaign',
        summary: 'Submit a campaign: compare, sweep, sensitivity, scaling or subscribers.',
        description:
          'Runs several batches and makes one document of them. The same request is the same campaign: one that is queued, running or finished is not run again. Its batches are stored like any others and reused.',
        tags,
        body: campaignBody(settings.limits.replications),
        headers: IdempotencyHeaders,
        response: answers({ 202: Campaign }, ...SENT, 404, 409, 422),
      },
    },
    async ({ body, headers, caller }, reply) => {
      const { kind, scenario, overrides = [], scenarios = [], ...parameters } = body;
      const submitted = await threads.ask('submitCampaign', {
        kind,
        parameters,
        caller: caller!.id,
        key: headers['idempotency-key'] ?? null,
        scenarios: scenario === undefined ? scenarios : [{ scenario, overrides }],
      });
      accepted(reply, context, 'campaigns', submitted);
      return reply.send(shown(found(submitted.id)));
    },
  );

  api.get(
    '/v1/campaigns',
    {
      ...read,
      schema: {
        operationId: 'listCampaigns',
        summary: 'List campaigns, newest first.',
        tags,
        querystring: CampaignQuery,
        response: answers({ 200: CampaignPage }),
      },
    },
    async ({ query: { limit, cursor, ...filter } }) =>
      pageShown(store.campaigns.page(filter, limit, before(cursor)), shown),
  );

  addLifeCycle(api, context, {
    noun: 'campaign',
    resource: 'campaigns',
    name: 'Campaign',
    schema: Campaign,
    cancel: 'cancelCampaign',
    shown: (id) => shown(found(id)),
  });

  api.delete(
    '/v1/campaigns/:id',
    {
      ...write,
      schema: {
        operationId: 'deleteCampaign',
        summary: 'Delete a campaign; its batches stay.',
        tags,
        params: ById,
        response: answers({ 204: Type.Null({ description: 'Deleted.' }) }, ...SENT, 404, 409),
      },
    },
    async ({ params: { id } }, reply) => {
      await threads.ask('deleteCampaign', id);
      jobs.changed(id);
      return reply.code(204).send(null);
    },
  );

  function found(id: string): CampaignState {
    const state = store.campaigns.campaign(id);
    if (state === null) throw noCampaign(id);
    return state;
  }
}

const shown = (state: CampaignState) => ({
  id: state.id,
  kind: state.kind,
  status: state.status,
  scenarios: state.scenarios,
  replications: { finished: state.finished, planned: state.planned },
  problem: state.problem,
  submittedAt: state.submittedAt,
  startedAt: state.startedAt,
  endedAt: state.endedAt,
});
