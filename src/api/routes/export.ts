/** Stored batches as files: CSV, JSON and Parquet. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { READ, type Api, type ServerContext } from '../context.ts';
import { answers, ById, ExportQuery } from '../schemas.ts';

const MEDIA_TYPES = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const;

const file = (description: string) => ({ schema: Type.Unsafe<string>({ description }) });

export function exportRoutes(api: Api, { threads }: ServerContext): void {
  api.get(
    '/v1/batches/:id/export',
    {
      config: READ,
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportBatch',
        summary: 'A table of a batch as a file.',
        tags: ['results'],
        ...{ params: ById, querystring: ExportQuery },
        response: answers({
          200: {
            description: 'The file.',
            content: {
              'text/csv': file('With a header.'),
              'application/json': file('A list of rows.'),
              'application/vnd.apache.parquet': file('Binary.'),
            },
          },
        }),
      },
    },
    async ({ params: { id }, query: { table, format } }, reply) => {
      const folder = await mkdtemp(join(tmpdir(), 'fleetyield-export-'));
      const remove = () => rm(folder, { recursive: true, force: true });
      const path = await threads
        .ask('exportTable', { id, table, format, folder })
        .catch(async (error: unknown) => {
          await remove();
          throw error;
        });
      const stream = createReadStream(path);
      stream.once('close', () => void remove());
      return reply
        .type(MEDIA_TYPES[format])
        .header('content-disposition', `attachment; filename="${table}-${id.slice(0, 12)}.${format}"`)
        .serializer((content: unknown) => content as string)
        .send(stream as never);
    },
  );
}
