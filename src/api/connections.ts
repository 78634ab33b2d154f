/**
 * The connections of a server: which of them wait for an answer, and how they end. Node keeps a connection for as long as its
 * client does; here one ends that was told what is wrong with it, that does not read, or that the server has no time for.
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
  /** By connection, the requests that are not answered yet, in order. */
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

  /** Requests on a connection that came whole and are not answered yet. */
  private whole(socket: Socket): InHand[] {
    return [...(this.open.get(socket) ?? [])].filter(({ request }) => request.complete);
  }

  /**
   * Tells what is wrong with what came last on a connection, and ends it. Where a request before it still waits, its answer
   * is the last: what is told now would be taken for it.
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
   * Ends every connection: at once where no request has come whole, else when its answers are given, and after a while [ms]
   * in any case.
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

/** Sends the last that is said on a connection; where the client does not close it then, it is closed here. */
function endAfter(socket: Socket, answer: string): void {
  socket.end(answer);
  const late = setTimeout(() => socket.destroy(), LINGER);
  late.unref();
  socket.once('close', () => clearTimeout(late));
}

/**
 * Ends the connection of an answer whose client leaves what was sent unread for so long: what is left to send is held for
 * it. Where nothing is left the answer is still being made.
 */
export function endWhereUnread({ raw }: FastifyReply, { stallSeconds }: Limits): void {
  raw.setTimeout(stallSeconds * 1_000, () => {
    if (raw.writableLength > 0) raw.destroy();
  });
}
