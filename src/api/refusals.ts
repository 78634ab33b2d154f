/**
 * What is refused before an operation is called, as problem documents too: by Fastify, by Node before a request has
 * arrived in full, and requests for which there is no operation.
 */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyBaseLogger, FastifyError, FastifyReply } from 'fastify';
import { InputError } from '../errors.ts';
import type { Connections } from './connections.ts';
import type { Api } from './context.ts';
import { problem, problemOf, Refusal, type Problem } from './problems.ts';
import { ThreadProblem } from './store-threads.ts';

/** Codes by status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'input-invalid',
  406: 'not-acceptable',
  408: 'timed-out',
  413: 'too-large',
  414: 'too-large',
  415: 'unsupported-media-type',
  417: 'expectation-failed',
  431: 'too-large',
};

/** Wording of this program, by the error codes of Fastify. */
const WORDS: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'the path cannot be read; write it in UTF-8 with percents for what is no letter or digit',
  FST_ERR_MAX_PARAM_LENGTH: 'a part of the path is too long to name anything',
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is too large; send less',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty; send JSON, or leave Content-Type out',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body cannot be read as JSON, or has a key such as "__proto__"',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'send the body as application/json in UTF-8',
};

/** Wording for requests that Node cannot read, by the code of its error. */
const UNREADABLE: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come whole in time; send it at once'],
  HPE_HEADER_OVERFLOW: [431, 'the path and the headers are too long together; send less'],
};

/** Makes every refusal of a server a problem document; for a wrong method it names the methods the path supports. */
export function answerRefusals(app: Api, log: FastifyBaseLogger): void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    known.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { problem: found, log: line } = refusedByFastify(error) ?? problemIn(error);
    if (line !== null) log.error(`${request.method} ${request.routeOptions.url ?? ''}: ${line}`);
    return send(reply, found);
  });
  app.addHook('onReady', () => {
    // A path parameter matches any text between two slashes.
    paths = [...known].map(([url, methods]) => [
      new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`),
      [...methods],
    ]);
  });
  let paths: (readonly [pattern: RegExp, methods: readonly string[]])[] = [];
  app.setNotFoundHandler(({ url }, reply) => {
    const path = url.split('?', 1)[0]!;
    const allowed = paths.find(([pattern]) => pattern.test(path))?.[1];
    if (allowed === undefined)
      throw new Refusal(
        404,
        'not-found',
        'there is no such operation; GET /openapi.json has those there are',
      );
    reply.header('allow', allowed.join(', '));
    throw new Refusal(405, 'method-not-allowed', `this path takes ${allowed.join(', ')}`);
  });
}

/** Answers a path that Fastify cannot read. */
export const answerUnreadablePath = (error: FastifyError, reply: FastifyReply): void => {
  void send(reply.header('x-content-type-options', 'nosniff'), refusedByFastify(error)!.problem);
};

/** Answers a request that Node cannot read, and closes its connection. */
export function answerUnreadable({ code }: ConnectionError, socket: Socket, connections: Connections): void {
  if (code === 'ECONNRESET') socket.destroy();
  // What follows the last answer is ignored.
  if (!socket.writable) return;
  const [status, detail] = UNREADABLE[code] ?? [400, 'malformed HTTP/1.1 request'];
  const { headers, body } = bareAnswer(problem(status, CODES[status]!, detail));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  connections.refuse(socket, `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Answers a request with an expectation that no server supports. */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const detail = 'nothing but 100-continue can be expected; leave the header Expect out';
  const { headers, body } = bareAnswer(problem(417, CODES[417]!, detail));
  response.writeHead(417, headers).end(body);
}

/** An answer sent without Fastify, after which the connection is closed. */
function bareAnswer(found: Problem) {
  const body = JSON.stringify(found);
  const headers = {
    'content-type': 'application/problem+json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  return { headers, body };
}

const problemIn = (error: Error) => (error instanceof ThreadProblem ? error : problemOf(error));

function refusedByFastify(error: FastifyError): { readonly problem: Problem; readonly log: null } | null {
  const { statusCode, code, message } = error;
  if (error instanceof Refusal || error instanceof InputError) return null;
  if (statusCode === undefined || statusCode >= 500) return null;
  return {
    problem: problem(statusCode, CODES[statusCode] ?? 'refused', WORDS[code] ?? message),
    log: null,
  };
}

function send(reply: FastifyReply, found: Problem): FastifyReply {
  if (found.status === 401) reply.header('www-authenticate', 'Bearer');
  if (found.status === 503) reply.header('retry-after', '5');
  return reply.code(found.status).type('application/problem+json').send(found);
}
