/** Campaigns: submitted, listed, cancelled, deleted. Their documents are in `results`, their events in `events`. */
import { Type } from 'typebox';
import type { CampaignState } from '../../store/stored-campaigns.ts';
import { noCampaign } from '../campaign-requests.ts';
import { READ, WRITE, type Api, type ServerContext } from '../context.ts';
import { Refusal } from '../problems.ts';
import { answers, ById, Campaign, campaignBody, CampaignPage, CampaignQuery, SENT } from '../schemas.ts';
import { before } from './scenarios.ts';

const tags = ['campaigns'];
const read = { config: READ };
const write = { config: WRITE };

export function campaignRoutes(api: Api, { settings, store, threads, jobs }: ServerContext): void {
  api.post(
    '/v1/campaigns',
    {
      ...write,
      schema: {
        operationId: 'submitCampaign',
        summary: 'Submit a campaign: compare, sweep, sensitivity, scaling or subscribers.',
        description:
          'Runs several batches and makes one document of them. The same request is the same campaign: one that is queued, running or finished is not run again. Its batches are stored like any others and reused.',
        ...{ tags, body: campaignBody(settings.limits.replications) },
        response: answers({ 202: Campaign }, ...SENT, 404, 409),
      },
    },
    async ({ body, caller }, reply) => {
      const { kind, scenario, overrides = [], scenarios = [], ...parameters } = body;
      const id = await threads.ask('submitCampaign', {
        ...{ kind, parameters, caller: caller!.id },
        scenarios: scenario === undefined ? scenarios : [{ scenario, overrides }],
      });
      jobs.changed(id);
      jobs.look();
      return reply
        .code(202)
        .header('location', `/v1/campaigns/${id}`)
        .send(shown(found(id)));
    },
  );

  api.get(
    '/v1/campaigns',
    {
      ...read,
      schema: {
        operationId: 'listCampaigns',
        summary: 'List campaigns, newest first.',
        ...{ tags, querystring: CampaignQuery, response: answers({ 200: CampaignPage }) },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const { rows, next } = store.campaigns.page(filter, limit, before(cursor));
      return { items: rows.map(shown), next: next === null ? null : String(next) };
    },
  );

  api.get(
    '/v1/campaigns/:id',
    {
      ...read,
      schema: {
        operationId: 'getCampaign',
        summary: 'Get a campaign.',
        ...{ tags, params: ById, response: answers({ 200: Campaign }, 404) },
      },
    },
    async ({ params: { id } }) => shown(found(id)),
  );

  api.post(
    '/v1/campaigns/:id/cancel',
    {
      ...write,
      schema: {
        operationId: 'cancelCampaign',
        summary: 'Cancel a campaign that is queued or running; the replications it has finished are kept.',
        ...{ tags, params: ById, response: answers({ 200: Campaign }, ...SENT, 404, 409) },
      },
    },
    async ({ params: { id } }) => {
      const { status } = found(id);
      if (!(await threads.ask('cancelCampaign', id)))
        throw new Refusal(409, 'campaign-at-rest', `campaign ${id} is ${status}; there is nothing to cancel`);
      jobs.cancel(id);
      return shown(found(id));
    },
  );

  api.delete(
    '/v1/campaigns/:id',
    {
      ...write,
      schema: {
        operationId: 'deleteCampaign',
        summary: 'Delete a campaign; its batches stay.',
        ...{
          tags,
          params: ById,
          response: answers({ 204: Type.Null({ description: 'Deleted.' }) }, ...SENT, 404, 409),
        },
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

const shown = ({
  id,
  kind,
  status,
  scenarios,
  finished,
  planned,
  problem,
  submittedAt,
  startedAt,
  endedAt,
}: CampaignState) => ({
  ...{ id, kind, status, scenarios, replications: { finished, planned } },
  ...{ problem, submittedAt, startedAt, endedAt },
});
