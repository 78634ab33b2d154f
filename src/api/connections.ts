/**
 * The connections of a server: which of them await an answer, and how they end. Node keeps a connection open for as
 * long as its client does; here a connection is closed after an invalid request, when its client does not read, or when
 * the server shuts down.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { Limits } from './settings.ts';

/** How long a client may take to close a connection after the last answer on it [ms]. */
const LINGER = 2_000;

interface InHand {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export class Connections {
  /** By connection, the requests not yet answered, in order. */
  private readonly open = new Map<Socket, Set<InHand>>();
  private ending = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, new Set());
      socket.once('close', () => this.open.delete(socket));
    });
    server.on('request', (request, response) => {
      const { socket } = request;
      const entry = { request, response };
      const inHand = this.open.get(socket);
      inHand?.add(entry);
      response.once('close', () => {
        inHand?.delete(entry);
        if (this.ending && inHand?.size === 0) socket.destroySoon();
      });
    });
  }

  /** Requests on a connection that arrived in full and are not yet answered. */
  private whole(socket: Socket): InHand[] {
    return [...(this.open.get(socket) ?? [])].filter(({ request }) => request.complete);
  }

  /**
   * Answers an unreadable request on a connection with an error and closes the connection. If an earlier request is
   * still waiting, the answer to that one is the last: the client would mistake the error for it.
   */
  refuse(socket: Socket, answer: string): void {
    const before = this.whole(socket).at(-1);
    if (before !== undefined) {
      before.response.shouldKeepAlive = false;
      before.response.once('close', () => socket.destroySoon());
      return;
    }
    const begun = [...(this.open.get(socket) ?? [])].some(({ response }) => response.headersSent);
    if (begun) socket.destroy();
    else endAfter(socket, answer);
  }

  /**
   * Closes every connection: at once if no request has arrived in full, otherwise once its answers are sent, and in any
   * case after `grace` [ms].
   */
  end(grace: number): void {
    this.ending = true;
    for (const socket of this.open.keys()) if (this.whole(socket).length === 0) socket.destroy();
    const late = setTimeout(() => {
      for (const socket of this.open.keys()) socket.destroy();
    }, grace);
    late.unref();
  }
}

/** Sends the last answer on a connection; closes it if the client does not. */
function endAfter(socket: Socket, answer: string): void {
  socket.end(answer);
  const late = setTimeout(() => socket.destroy(), LINGER);
  late.unref();
  socket.once('close', () => clearTimeout(late));
}

/**
 * Closes the connection of an answer whose client leaves the sent bytes unread for too long, because the rest is
 * buffered for it meanwhile. If nothing is buffered, the answer is still being made.
 */
export function endWhereUnread({ raw }: FastifyReply, { stallSeconds }: Limits): void {
  raw.setTimeout(stallSeconds * 1_000, () => {
    if (raw.writableLength > 0) raw.destroy();
  });
}
