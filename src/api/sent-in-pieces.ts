/** Answers that a store thread makes in pieces, as they are sent: the next is made when the one before is on its way. */
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { READ, type ServerContext } from './context.ts';
import { Refusal } from './problems.ts';
import type { BegunAnswer, Piece } from './store-task.ts';

const bufferOf = ({ bytes }: Piece): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * What is sent of an answer that was begun: its bytes where the first piece is all, else a stream.
 *
 * @param leave called once, when nothing more is sent of it
 */
export function sentInPieces(
  { threads, holds }: Pick<ServerContext, 'threads' | 'holds'>,
  request: FastifyRequest,
  begun: BegunAnswer,
  leave: () => void,
): Buffer | Readable {
  if (!begun.more) {
    leave();
    return bufferOf(begun);
  }
  const { number } = begun;
  async function* pieces() {
    let piece: Piece = begun;
    yield bufferOf(piece);
    while (piece.more) {
      // The connection is cut: an answer that ends early would look whole.
      if (!holds(request, READ.scope)) throw new Refusal(401, 'unauthorized', 'the token was revoked');
      piece = await threads.ask('nextPiece', number);
      yield bufferOf(piece);
    }
  }
  const sent = Readable.from(pieces(), { objectMode: false });
  sent.once('close', () => {
    leave();
    // Where the thread has no time for it the answer is forgotten as one that nobody asks for.
    threads.ask('endAnswer', number).catch(() => undefined);
  });
  return sent;
}
