/** The form of requests: their type, encoding and nesting depth. It does not know what they contain. */
import type { Api } from './context.ts';
import { Refusal } from './problems.ts';
import { checkDepth } from './uploads.ts';

const UTF_8 = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** Refuses bodies that are not plain JSON in UTF-8, or nested deeper than `depth`. */
export function checkForm(app: Api, depth: number): void {
  app.addHook('preParsing', async ({ method, headers }) => {
    if (method === 'GET' || method === 'HEAD') return;
    const { 'content-type': type, 'content-encoding': encoding = 'identity' } = headers;
    if (encoding !== 'identity')
      throw new Refusal(415, 'unsupported-media-type', 'send the body as it is, without Content-Encoding');
    if (type !== undefined && !UTF_8.test(type))
      throw new Refusal(415, 'unsupported-media-type', 'send the body as application/json in UTF-8');
  });
  app.addHook('preValidation', async ({ body }) => {
    checkDepth(body, depth, 'body');
  });
}
