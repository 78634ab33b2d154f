/**
 * Writes the types of the typed client from the OpenAPI document of the server.
 *
 *   npm run client
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Folder } from '../tests/helpers/command.ts';
import { generatedClient } from './generated-client.ts';
import { serve } from '../tests/helpers/server.ts';

const folder = new Folder();
const server = await serve(folder.path);
const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as object;
await server.end();
folder.remove();
writeFileSync(
  fileURLToPath(new URL('../src/client/paths.ts', import.meta.url)),
  await generatedClient(document),
);
