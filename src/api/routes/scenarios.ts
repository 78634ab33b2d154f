/** Scenarios: checked, stored, and their versions by hash. */
import { READ, WRITE, type Api, type ServerContext } from '../context.ts';
import { notFound } from '../problems.ts';
import {
  answers,
  ByName,
  ByVersion,
  CheckedScenario,
  PageQuery,
  ScenarioBody,
  ScenarioPage,
  WholeScenario,
  SENT,
} from '../schemas.ts';
import { Type } from 'typebox';
import type { ScenarioVersion as StoredVersion } from '../../store/stored-scenarios.ts';
import { before } from './life-cycle.ts';

const tags = ['scenarios'];
const read = { config: READ };
const write = { config: WRITE };

export function scenarioRoutes(api: Api, { store, threads }: ServerContext): void {
  api.post(
    '/v1/scenarios/validate',
    {
      ...read,
      schema: {
        operationId: 'validateScenario',
        summary: 'Validate a scenario without storing it.',
        tags,
        body: ScenarioBody,
        response: answers({ 200: CheckedScenario }, ...SENT),
      },
    },
    async ({ body }) => threads.ask('validate', body),
  );

  api.post(
    '/v1/scenarios',
    {
      ...write,
      schema: {
        operationId: 'storeScenario',
        summary: 'Store a version of a scenario under its name; 200 if it was stored already.',
        tags,
        body: ScenarioBody,
        response: answers({ 200: WholeScenario, 201: WholeScenario }, ...SENT, 409),
      },
    },
    async ({ body }, reply) => {
      const { isNew, version } = await threads.ask('storeScenario', body);
      const name = encodeURIComponent(version.name);
      return reply
        .code(isNew ? 201 : 200)
        .header('location', `/v1/scenarios/${name}/versions/${version.hash}`)
        .send(wholeOf(version));
    },
  );

  api.get(
    '/v1/scenarios',
    {
      ...read,
      schema: {
        operationId: 'listScenarios',
        summary:
          'The newest version of each scenario, the newest first, with the beginning of its description. A page of large ones has fewer than asked for.',
        tags,
        querystring: PageQuery,
        response: answers({ 200: ScenarioPage }),
      },
    },
    async ({ query: { limit, cursor } }) =>
      threads.ask('listScenarios', { name: null, limit, before: before(cursor) }),
  );

  api.get(
    '/v1/scenarios/:name',
    {
      ...read,
      schema: {
        operationId: 'getScenario',
        summary: 'Get the newest version of a scenario, with its text.',
        tags,
        params: ByName,
        response: answers({ 200: WholeScenario }, 404),
      },
    },
    async ({ params: { name } }) => wholeOf(found(name, null)),
  );

  api.get(
    '/v1/scenarios/:name/versions',
    {
      ...read,
      schema: {
        operationId: 'listScenarioVersions',
        summary: 'List the versions of a scenario, newest first.',
        tags,
        params: ByName,
        querystring: PageQuery,
        response: answers({ 200: ScenarioPage }, 404),
      },
    },
    async ({ params: { name }, query: { limit, cursor } }) =>
      threads.ask('listScenarios', { name, limit, before: before(cursor) }),
  );

  api.get(
    '/v1/scenarios/:name/versions/:hash',
    {
      ...read,
      schema: {
        operationId: 'getScenarioVersion',
        summary: 'Get a version of a scenario, with its text.',
        tags,
        params: ByVersion,
        response: answers({ 200: WholeScenario }, 404),
      },
    },
    async ({ params: { name, hash } }) => wholeOf(found(name, hash)),
  );

  api.delete(
    '/v1/scenarios/:name',
    {
      ...write,
      schema: {
        operationId: 'deleteScenario',
        summary: 'Delete all versions of a scenario; batches that were run from it stay.',
        tags,
        params: ByName,
        response: answers({ 204: Type.Null({ description: 'Deleted.' }) }, ...SENT, 404),
      },
    },
    async ({ params: { name } }, reply) => {
      await threads.ask('deleteScenario', name);
      return reply.code(204).send(null);
    },
  );

  function found(name: string, hash: string | null): StoredVersion {
    const version = store.scenarios.version(name, hash);
    if (version === null)
      throw notFound(`there is no scenario "${name}"${hash === null ? '' : ` of the hash ${hash}`}`);
    return version;
  }
}

function versionOf({ name, hash, overrides, outline, createdAt }: StoredVersion) {
  const { description, tiers, pools } = outline;
  return {
    name,
    hash,
    description,
    createdAt,
    tiers,
    pools,
    overrides,
  };
}

const wholeOf = (version: StoredVersion) => ({ ...versionOf(version), text: version.text });
