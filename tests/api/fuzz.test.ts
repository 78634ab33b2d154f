/**
 * Every operation of the OpenAPI document, asked with requests drawn from its schema and beside it. Whatever is asked,
 * the answer comes, is one that the document promises, is no failure of the server and tells nothing of the machine.
 */
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtServer, type BuiltServer } from '../helpers/api-server.ts';
import { smallQueue } from '../helpers/queue.ts';
import { accepted, spoilt, type JsonSchema, type Known } from '../helpers/schema-arbitrary.ts';

/**
 * Requests of each operation: 36 operations make 1,440. `npm run study:api-fuzz` asks 10,005, which takes some minutes;
 * another seed asks others: `FLEETYIELD_FUZZ_SEED=1 npm run study:api-fuzz`.
 */
const REQUESTS = Number(process.env['FLEETYIELD_FUZZ'] ?? 40);
const SEED = Number(process.env['FLEETYIELD_FUZZ_SEED'] ?? 20_261_124);
/** An answer that takes longer has hung [ms]. */
const HUNG = 20_000;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const TEXT = smallQueue(60);
const SCENARIO = { kind: 'text', text: TEXT };

let built: BuiltServer;
let document: Document;
let batch: string;
/** One that runs until it is cancelled. */
let long: string;
let hash: string;
let campaign: string;
let longCampaign: string;

beforeAll(async () => {
  // Few replications, for what is asked rightly is run.
  built = await builtServer({}, { replications: 3, jobsPerCaller: 1_000, running: 3 });
  document = (await ask({ method: 'GET', url: '/openapi.json' })).json();
  const submit = { method: 'POST', url: '/v1/batches', body: { scenario: SCENARIO, replications: 2 } };
  batch = (await ask(submit)).json<{ id: string }>().id;
  await ask({ method: 'GET', url: `/v1/batches/${batch}/events` });
  const vary = ['fleet.pools[0].serving.concurrency=1,2'];
  const swept = { kind: 'sweep', scenario: SCENARIO, vary, replications: 1 };
  campaign = (await ask({ method: 'POST', url: '/v1/campaigns', body: swept })).json<{ id: string }>().id;
  const endless = { scenario: { kind: 'text', text: smallQueue(1e8) }, replications: 1 };
  long = (await ask({ method: 'POST', url: '/v1/batches', body: endless })).json<{ id: string }>().id;
  const sweptEndlessly = { ...swept, scenario: endless.scenario };
  longCampaign = (await ask({ method: 'POST', url: '/v1/campaigns', body: sweptEndlessly })).json<{
    id: string;
  }>().id;
  await ask({ method: 'GET', url: `/v1/campaigns/${campaign}/events` });
  hash = (await ask({ method: 'POST', url: '/v1/scenarios', body: { text: TEXT } })).json<{ hash: string }>()
    .hash;
});
afterAll(() => built.end());

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask({ method, url, body, headers = {} }: Asked) {
  const { app } = built.server;
  const payload =
    body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer to ${method} ${url}`)), HUNG).unref();
  });
  const answer = app.inject({
    method: method as 'GET',
    url,
    ...payload,
    headers: { host: 'localhost', ...type, ...headers },
  });
  return Promise.race([answer, late]);
}

/** Names and ids that exist, among those that do not; scenarios that are right, and ruined ones. */
const known: Known = (name) => {
  const ruined = fc
    .tuple(fc.nat(TEXT.length - 1), fc.string({ maxLength: 6, unit: 'binary' }))
    .map(([at, text]) => TEXT.slice(0, at) + text + TEXT.slice(at + text.length));
  const some = {
    'idempotency-key': fc.oneof({ weight: 6, arbitrary: fc.constant('key') }, fc.string({ minLength: 1 })),
    id: fc.oneof(fc.constant(batch), fc.constant(long), fc.stringMatching(/^[0-9a-f]{64}$/)),
    baseline: fc.constant(batch),
    batch: fc.oneof(fc.constant(batch), fc.stringMatching(/^[0-9a-f]{64}$/)),
    hash: fc.oneof(fc.constant(hash), fc.stringMatching(/^[0-9a-f]{64}$/)),
    name: fc.oneof(
      fc.constantFrom('queue', 'erlang-c', '../erlang-c', '%2e%2e'),
      fc.string({ minLength: 1 }),
    ),
    family: fc.oneof(fc.constantFrom('arrivals', 'metrics', 'models', 'constructor'), fc.string()),
    metric: fc.oneof(fc.constantFrom('wait.mean', 'revenue'), fc.string()),
    scope: fc.oneof(fc.constantFrom('total', 'tier:all'), fc.string()),
    vary: fc.oneof(
      { weight: 3, arbitrary: fc.constant(['fleet.pools[0].serving.concurrency=1,2']) },
      fc.array(
        fc.oneof(
          fc.constantFrom('horizon.duration=30s,40s', 'a=uniform(1,2)', 'a=integers(1,1e9)'),
          fc.string(),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    text: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(TEXT, smallQueue(61), smallQueue(62), 'tiers: []') },
      ruined,
      fc.constantFrom(
        '['.repeat(500),
        '{'.repeat(500),
        'a: &a [*a]',
        '',
        'tiers: []',
        'base: erlang-c',
        'economics: { gpuHour: 1 }',
      ),
    ),
    overrides: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.array(
        fc.oneof(fc.constantFrom('horizon.duration=30s', 'name=other', 'constructor.x=1'), fc.string()),
        { maxLength: 3 },
      ),
    ),
  }[name];
  return some ?? null;
};

/** The same, with ids of campaigns in paths of campaigns. */
const knownAt =
  (path: string): Known =>
  (name) =>
    name === 'id' && path.startsWith('/v1/campaigns')
      ? fc.oneof(fc.constantFrom(campaign, longCampaign), fc.stringMatching(/^[0-9a-f]{64}$/))
      : known(name);

/**
 * Batches that are granted, some under a key that was sent before. What is drawn from the schema alone is mostly refused:
 * of forty bodies a handful have a scenario that is right in all its parts.
 */
const rightBatches = fc
  .tuple(
    fc.constantFrom<object>(
      ...[TEXT, smallQueue(61), smallQueue(62)].map((text) => ({ kind: 'text', text })),
      { kind: 'stored', name: 'queue' },
    ),
    fc.constantFrom([], ['horizon.duration=30s'], ['name=other']),
    fc.record(
      {
        seed: fc.constantFrom('1', 'ä', 'a seed'),
        confidence: fc.constantFrom(0.5, 0.95),
        byHour: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom({}, { replications: 1 }, { replications: 3 }, { precision: 0.9 }),
    fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, fc.constant({ 'idempotency-key': 'right' })),
  )
  .map(([scenario, overrides, some, count, headers]): Asked => ({
    method: 'POST',
    url: '/v1/batches',
    headers,
    body: { scenario, overrides, ...some, ...count },
  }));

/** Campaigns that are granted. */
const rightCampaigns = fc
  .constantFrom<object>(
    { kind: 'compare', scenarios: [{ scenario: SCENARIO }, { scenario: SCENARIO, overrides: ['name=b'] }] },
    { kind: 'sweep', vary: ['horizon.duration=30s,40s'], metrics: ['wait.mean'] },
    { kind: 'sensitivity', vary: ['horizon.duration=30s,40s'], method: 'morris', walks: 2 },
    { kind: 'sensitivity', vary: ['fleet.pools[0].serving.concurrency=1,2'] },
    { kind: 'scaling', gpus: [1, 2], overrides: ['fleet.pools[0].replicas=2'] },
  )
  .map((asked): Asked => ({
    method: 'POST',
    url: '/v1/campaigns',
    body: 'scenarios' in asked ? asked : { scenario: SCENARIO, replications: 1, ...asked },
  }));

/** Half of the requests for a batch or a campaign are right, and half are as those to every other operation. */
const requestsTo = (method: string, path: string, operation: Operation): fc.Arbitrary<Asked> =>
  operation.operationId === 'submitBatch'
    ? fc.oneof(rightBatches, drawn(method, path, operation))
    : operation.operationId === 'submitCampaign'
      ? fc.oneof(rightCampaigns, drawn(method, path, operation))
      : drawn(method, path, operation);

function drawn(method: string, path: string, operation: Operation): fc.Arbitrary<Asked> {
  const { parameters = [], requestBody } = operation;
  const part = (place: string) => {
    const of = parameters.filter((one) => one.in === place);
    const schema: JsonSchema = {
      properties: Object.fromEntries(of.map((one) => [one.name, one.schema])),
      required: of.filter(({ required }) => required).map(({ name }) => name),
    };
    const right = accepted(schema, knownAt(path));
    // A path without its parameters is another one.
    return place === 'path' ? right : fc.oneof({ weight: 3, arbitrary: right }, spoilt(schema, known));
  };
  const body = requestBody?.content['application/json']?.schema;
  return fc
    .tuple(
      part('path'),
      part('query'),
      part('header'),
      body === undefined
        ? fc.constant(undefined)
        : fc.oneof(
            { weight: 3, arbitrary: accepted(body, known) },
            { weight: 3, arbitrary: spoilt(body, known) },
            fc.oneof(
              fc.string(),
              fc.constantFrom('', '{', '[]', 'null', '{"__proto__":{}}', '['.repeat(1e5)),
            ),
          ),
      fc.oneof(
        { weight: 11, arbitrary: fc.constant(null) },
        fc.constantFrom('text/plain', 'application/xml', 'application/json; charset=x', ''),
      ),
    )
    .map(([inPath, query, header, payload, type]) => {
      const values = inPath as Readonly<Record<string, unknown>>;
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(String(values[name])),
      );
      const search = new URLSearchParams(pairsOf(query)).toString();
      // Node lets no others pass.
      const headers = pairsOf(header).filter(([, text]) => /^[\x20-\x7e]*$/.test(text));
      return {
        method: method.toUpperCase(),
        url: search === '' ? url : `${url}?${search}`,
        headers: { ...Object.fromEntries(headers), ...(type === null ? {} : { 'content-type': type }) },
        ...(payload === undefined ? {} : { body: payload }),
      };
    });
}

const pairsOf = (value: unknown): [string, string][] =>
  value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)]);

/** What of the machine no answer may tell. */
const secrets = () => [built.store, process.cwd(), 'node_modules', 'src/api', 'sqlite', '    at '];

/** What is wrong with an answer; `null` for nothing. */
function objection(
  ajv: Ajv,
  { responses }: Operation,
  answer: Awaited<ReturnType<typeof ask>>,
): string | null {
  const { statusCode, headers, body } = answer;
  if (statusCode >= 500) return 'is a failure of the server';
  const promised = responses[statusCode];
  if (promised === undefined) return 'has a status that the document does not promise';
  const told = secrets().find((secret) => body.includes(secret));
  if (told !== undefined) return `tells ${told}`;
  if (statusCode === 204) return body === '' ? null : 'has a body';
  const type = String(headers['content-type']).split(';')[0]!;
  const content = promised.content?.[type];
  if (content === undefined) return `is of the type ${type}, which the document does not promise`;
  if (!type.endsWith('json') || (content.schema?.type === undefined && !('$ref' in (content.schema ?? {}))))
    return null;
  const validate = ajv.compile(located(content.schema) as object);
  return validate(JSON.parse(body)) ? null : ajv.errorsText(validate.errors);
}

/** References within the document as references to it. */
const located = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'));

const OPERATIONS = 36;

describe('whatever is asked', () => {
  it('is answered as the document promises', async () => {
    const ajv = new Ajv({ strict: false, schemas: [{ $id: 'openapi', components: componentsOf(document) }] });
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.length).toBe(OPERATIONS);
    // What deletes comes last, so that the others find something.
    operations.sort((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'));
    const statuses = new Map<string, Map<number, number>>();
    let count = 0;
    for (const { path, method, operation } of operations) {
      const requests = fc.sample(requestsTo(method, path, operation), { numRuns: REQUESTS, seed: SEED });
      for (const request of requests) {
        const answer = await ask(request);
        const wrong = objection(ajv, operation, answer);
        if (wrong !== null)
          throw new Error(
            `${JSON.stringify(request)}: ${answer.statusCode} ${answer.body.slice(0, 500)} ${wrong}`,
          );
        const seen = statuses.get(operation.operationId) ?? new Map<number, number>();
        statuses.set(
          operation.operationId,
          seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1),
        );
        count += 1;
      }
    }
    expect(count).toBe(OPERATIONS * REQUESTS);
    expect(built.log).toEqual([]);
    // The requests are worth something: every operation met some that it grants, and what it refuses.
    const missed = operations.flatMap(({ operation: { operationId } }) =>
      (REACHED[operationId] ?? [200])
        .filter((status) => !statuses.get(operationId)!.has(status))
        .map((status) => `${operationId} ${status}`),
    );
    expect(missed, tableOf(statuses)).toEqual([]);
    // Of the half that is right some come under the one key, and some ask otherwise for what is under way.
    expect(statuses.get('submitBatch')!.get(202)!).toBeGreaterThan(REQUESTS / 5);
    if (process.env['FLEETYIELD_SHOW'] !== undefined) process.stdout.write(tableOf(statuses));
  }, 900_000);
});

const componentsOf = (whole: Document): unknown =>
  located((whole as unknown as { readonly components: unknown }).components);

/** Answers that each operation must have met; 200 of those that are not here. */
const REACHED: Readonly<Record<string, readonly number[]>> = {
  validateScenario: [200, 400, 415],
  storeScenario: [200, 201, 400, 415],
  listScenarios: [200, 400],
  getScenario: [200, 404],
  listScenarioVersions: [200, 400, 404],
  getScenarioVersion: [200, 404],
  deleteScenario: [204, 404],
  submitBatch: [202, 400, 415, 422],
  listBatches: [200, 400],
  getBatch: [200, 404],
  cancelBatch: [200, 404, 409],
  deleteBatch: [204, 404],
  submitCampaign: [202, 400, 415],
  listCampaigns: [200, 400],
  getCampaign: [200, 404],
  cancelCampaign: [200, 404, 409],
  deleteCampaign: [204, 404],
  followCampaign: [200, 204, 400, 404],
  getCampaignResult: [200, 404, 409],
  followBatch: [200, 204, 400, 404],
  getEstimates: [200, 400, 404, 409],
  getResult: [200, 404, 409],
  getHourly: [200, 404, 409],
  listReplications: [200, 400, 404],
  exportBatch: [200, 400, 404, 409],
  repriceBatch: [200, 400, 404, 409],
  compareBatches: [200, 400, 404],
  getStrategies: [200, 404],
  getPresets: [200, 404],
  getShippedScenario: [200, 400],
};

/** How often each operation answered what. */
const tableOf = (statuses: ReadonlyMap<string, ReadonlyMap<number, number>>): string =>
  [...statuses]
    .map(([operation, seen]) => {
      const counts = [...seen].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      return `${operation.padEnd(24)}${counts.join('  ')}\n`;
    })
    .join('');
