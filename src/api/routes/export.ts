/** Stored batches as files: CSV, JSON and Parquet. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { READ, type Api, type ServerContext } from '../context.ts';
import { Places } from '../places.ts';
import { Refusal } from '../problems.ts';
import { answers, ById, ExportQuery } from '../schemas.ts';

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
        summary: 'A table of a batch as a file.',
        tags: ['results'],
        ...{ params: ById, querystring: ExportQuery },
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
      const download = await threads.ask('beginDownload', { id, table, format }).catch((error: unknown) => {
        leave();
        throw error;
      });
      const pieces = piecesOf(download, () => context.holds(request, READ.scope), leave);
      // What is wrong with the first piece is still told in a problem document.
      const first = await pieces.next();
      const file = Readable.from(following(first, pieces), { objectMode: false });
      return reply
        .type(MEDIA_TYPES[format])
        .header('content-disposition', `attachment; filename="${table}-${id.slice(0, 12)}.${format}"`)
        .serializer((content: unknown) => content as string)
        .send(file as never);
    },
  );

  /** The pieces of a file: the next is made when the one before is sent. */
  async function* piecesOf(download: number, isAllowed: () => boolean, leave: () => void) {
    try {
      while (isAllowed()) {
        const piece = await threads.ask('downloadPiece', download);
        if (piece === null) return;
        yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      }
      // The connection is cut: a file that ends early would look whole.
      throw new Refusal(401, 'unauthorized', 'the token was revoked');
    } finally {
      leave();
      await threads.ask('endDownload', download);
    }
  }
}

async function* following<T>({ done, value }: IteratorResult<T, void>, more: AsyncGenerator<T>) {
  try {
    if (done !== true) yield value;
    yield* more;
  } finally {
    await more.return(undefined);
  }
}
