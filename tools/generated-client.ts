/** The types of the typed client, as they follow from the OpenAPI document. */
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const HEADER =
  '/** The operations of the results API. Written by `npm run client` from the OpenAPI document: do not edit. */\n';

/** The text of `src/client/paths.ts`. */
export async function generatedClient(document: object): Promise<string> {
  const text = astToString(await openapiTS(document as OpenAPI3, { defaultNonNullable: false }));
  const options = await resolveConfig('src/client/paths.ts');
  return format(`${HEADER}${text}`, { ...options, parser: 'typescript' });
}
