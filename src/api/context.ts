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
  /** Read by the thread that answers: only what takes less than a millisecond or two. */
  readonly store: Store;
  /** All else. */
  readonly threads: StoreThreads;
  readonly jobs: JobRunner;
  readonly metrics: ServerMetrics;
  /** Ends streams when the server does. */
  readonly closing: AbortSignal;
  /** Whether who asked something may still have it: a token may have been revoked meanwhile. */
  holds(request: FastifyRequest, scope: Scope): boolean;
  /** Whether requests are to come here. */
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
    /** `undefined` until it is known who asks. */
    caller: Caller | null | undefined;
  }
  interface FastifyContextConfig {
    /** What a caller must be allowed; whoever asks without it. */
    scope?: Scope;
    /** Whether it may be asked as often as one likes. */
    unlimited?: boolean;
  }
}

/** Options of operations that read and of those that change something. */
export const READ = { scope: 'read' } as const;
export const WRITE = { scope: 'write' } as const;
/** Options of operations by which other machines see whether this one lives. */
export const PROBE = { unlimited: true } as const;
