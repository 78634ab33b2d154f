/** The caller of a request: the bearer of a token, or anyone on this machine where no token is required. */
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../store/scopes.ts';
import type { Tokens } from '../store/tokens.ts';
import { Refusal } from './problems.ts';
import { isLoopback } from './settings.ts';

export interface Caller {
  /** Identifies the caller in counts and stored rows. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

/** Anyone on this machine, where no token is required. */
const LOCAL: Caller = { id: 'local', scopes: ['read', 'write'] };

const BEARER = /^Bearer +(\S+)$/i;

/** The caller of a request; `null` without a valid token. */
export function callerOf(request: FastifyRequest, tokens: Tokens, auth: boolean): Caller | null {
  if (!auth) return LOCAL;
  const [, text] = BEARER.exec(request.headers.authorization ?? '') ?? [];
  const token = text === undefined ? null : tokens.verify(text);
  return token === null ? null : { id: token.id, scopes: token.scopes };
}

/** Refuses a caller that lacks the scope an operation needs. */
export function checkScope(caller: Caller | null, needed: Scope): void {
  if (caller === null) {
    throw new Refusal(
      401,
      'unauthorized',
      'show a token that holds, Authorization: Bearer fly_…; fleetyield token create makes one',
    );
  }
  if (!caller.scopes.includes(needed))
    throw new Refusal(403, 'forbidden', `the token has no scope ${needed}; create one that has`);
}

/**
 * Why to refuse a request that a foreign web page makes through a browser on this machine, where no token is required:
 * its host name leads here only by DNS rebinding, or it comes from another origin. `null` for any other request.
 */
export function foreignness({ headers: { host = '', origin }, raw }: FastifyRequest): Refusal | null {
  // A host in the request target takes precedence over the header.
  const [, authority = host] = /^https?:\/\/([^/?#]*)/i.exec(raw.url ?? '') ?? [];
  const name = authority
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback(name))
    return new Refusal(
      403,
      'forbidden',
      'ask this server by localhost or 127.0.0.1, or start it with --auth',
    );
  return origin === undefined || origin === `http://${host}`
    ? null
    : new Refusal(403, 'forbidden', 'pages of other origins may not ask this server');
}

/** Refuses a request that does not name its host exactly once, as HTTP/1.1 requires. */
export function checkHost({ raw: { httpVersion, rawHeaders } }: FastifyRequest): void {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return;
  throw new Refusal(400, 'input-invalid', `the header Host is there ${hosts} times; send it once`);
}
