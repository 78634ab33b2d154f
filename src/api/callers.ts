/** Who asks: the bearer of a token, or whoever is on this machine where none is asked for. */
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../store/scopes.ts';
import type { Tokens } from '../store/tokens.ts';
import { Refusal } from './problems.ts';
import { isLoopback } from './settings.ts';

export interface Caller {
  /** Names the caller in what is counted and kept. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

/** Whoever is on this machine, where no token is asked for. */
const LOCAL: Caller = { id: 'local', scopes: ['read', 'write'] };

const BEARER = /^Bearer +(\S+)$/i;

/** The caller of a request; `null` without a token that holds. */
export function callerOf(request: FastifyRequest, tokens: Tokens, auth: boolean): Caller | null {
  if (!auth) return LOCAL;
  const [, text] = BEARER.exec(request.headers.authorization ?? '') ?? [];
  const token = text === undefined ? null : tokens.verify(text);
  return token === null ? null : { id: token.id, scopes: token.scopes };
}

/** Refuses whoever may not do what an operation needs. */
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
 * Why a request is refused that a web page of elsewhere makes a browser on this machine ask, where no token is asked for: by
 * a name that leads here only for it, or across origins. `null` for any other.
 */
export function foreignness({ headers: { host = '', origin }, raw }: FastifyRequest): Refusal | null {
  // A target that names a host stands before the header.
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

/** Refuses a request that does not say once which host it is for, as HTTP/1.1 asks. */
export function checkHost({ raw: { httpVersion, rawHeaders } }: FastifyRequest): void {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return;
  throw new Refusal(400, 'input-invalid', `the header Host stands ${hosts} times; send it once`);
}
