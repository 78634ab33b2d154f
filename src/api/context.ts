/** What the operations of a server share. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Scope } from '../store/scopes.ts';
import type { Store } from '../store/store.ts';
import type { Caller } from './callers.ts';
import type { JobRunner } from './jobs.ts';
import type { ServerMetrics } from './server-metrics.ts';
import type { ServerSettings } from './settings.ts';
import type { StoreThreads } from './store-threads.ts';

export interface ServerContext {
  readonly settings: ServerSettings;
  /** Read on the thread that answers: only for what takes less than a millisecond or two. */
  readonly store: Store;
  /** Everything else. */
  readonly threads: StoreThreads;
  readonly jobs: JobRunner;
  readonly metrics: ServerMetrics;
  /** Ends streams when the server shuts down. */
  readonly closing: AbortSignal;
  /** Whether the caller of a request still has the scope: its token may have been revoked meanwhile. */
  holds(request: FastifyRequest, scope: Scope): boolean;
  /** Whether the server is ready for requests. */
  isReady(): boolean;
}

/** The server as operations are added to it. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Adds the operations of one resource. */
export type Routes = (api: Api, context: ServerContext) => void;

declare module 'fastify' {
  interface FastifyRequest {
    /** `undefined` until the caller is determined. */
    caller: Caller | null | undefined;
  }
  interface FastifyContextConfig {
    /** The scope a caller needs; any caller if absent. */
    scope?: Scope;
    /** Whether the operation is exempt from the rate limit. */
    unlimited?: boolean;
  }
}

/** Options of operations that read and of those that change something. */
export const READ = { scope: 'read' } as const;
export const WRITE = { scope: 'write' } as const;
/** Options of operations by which other machines check that this one is alive. */
export const PROBE = { unlimited: true } as const;
