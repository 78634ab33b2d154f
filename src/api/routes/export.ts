/** Stored batches as files: CSV, JSON and Parquet. */
import { Type } from 'typebox';
import { READ, type Api, type ServerContext } from '../context.ts';
import { Places } from '../places.ts';
import { Refusal } from '../problems.ts';
import { answers, ById, ExportQuery } from '../schemas.ts';
import { sentInPieces } from '../sent-in-pieces.ts';

const MEDIA_TYPES = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const;

const file = (description: string) => ({ schema: Type.Unsafe<string>({ description }) });

export function exportRoutes(api: Api, context: ServerContext): void {
  const { threads, settings } = context;
  const places = new Places(
    settings.limits.downloadsPerCaller,
    new Refusal(429, 'too-many-downloads', 'you download too many files at once; end one'),
  );

  api.get(
    '/v1/batches/:id/export',
    {
      config: READ,
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportBatch',
        summary: 'Download a table of a batch.',
        tags: ['results'],
        params: ById,
        querystring: ExportQuery,
        response: answers(
          {
            200: {
              description: 'The file.',
              content: {
                'text/csv': file('With a header.'),
                'application/json': file('A list of rows.'),
                'application/vnd.apache.parquet': file('Binary.'),
              },
            },
          },
          404,
          409,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { table, format } = request.query;
      const leave = places.take(request.caller!.id);
      const begun = await threads.ask('beginDownload', { id, table, format }).catch((error: unknown) => {
        leave();
        throw error;
      });
      return reply
        .type(MEDIA_TYPES[format])
        .header('content-disposition', `attachment; filename="${table}-${id.slice(0, 12)}.${format}"`)
        .send(sentInPieces(context, request, begun, leave) as never);
    },
  );
}
