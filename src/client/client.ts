/**
 * The typed client of the results API: each operation with its parameters and answers, as defined in the OpenAPI
 * document.
 */
import createFetchClient, { type Client as FetchClient, type ClientOptions } from 'openapi-fetch';
import type { components, paths } from './paths.ts';

export type Client = FetchClient<paths>;
export type { paths };

/** Data as the API returns it, by name: `Schemas['Batch']`. */
export type Schemas = components['schemas'];

/**
 * A client of the server at `baseUrl`, such as `http://127.0.0.1:8080`; a token goes into `headers` as `{
 * authorization: 'Bearer fly_…' }`. Answers are `{ data }` or `{ error }`, a problem document.
 */
export const createClient = (options: ClientOptions & { readonly baseUrl: string }): Client =>
  createFetchClient<paths>(options);
