/**
 * Answers that a store thread makes in pieces as they are sent: each piece is made once the previous one is on its way.
 */
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { READ, type ServerContext } from './context.ts';
import { Refusal } from './problems.ts';
import type { BegunAnswer, Piece } from './store-operations/answers-in-pieces.ts';

const bufferOf = ({ bytes }: Piece): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The payload of an answer: its bytes if the first piece is all of it, otherwise a stream.
 *
 * @param leave called once, when no more of it is sent
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
      // The connection is cut: an answer that ends early would look complete.
      if (!holds(request, READ.scope)) throw new Refusal(401, 'unauthorized', 'the token was revoked');
      piece = await threads.ask('nextPiece', number);
      yield bufferOf(piece);
    }
  }
  const sent = Readable.from(pieces(), { objectMode: false });
  sent.once('close', () => {
    leave();
    // If the thread is too busy for this, the answer expires like an abandoned one.
    threads.ask('endAnswer', number).catch(() => undefined);
  });
  return sent;
}
