/** The settings with which a server starts, and the limits it enforces. */
import { isIPv4 } from 'node:net';
import { MOST_ASKED_REPLICATIONS } from '../experiments/default-replications.ts';

export interface ServerSettings {
  /** The file of the store, which exists. */
  readonly store: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Whether callers must present a token. */
  readonly auth: boolean;
  /** Folder for the document of each batch and campaign that finishes, or `null`. */
  readonly out: string | null;
  /** Threads of each batch that runs. */
  readonly threads: number;
  /** Files of the operator's plugins. */
  readonly plugins: readonly string[];
  readonly version: string;
  readonly limits: Limits;
}

/** Limits on what callers may request. */
export interface Limits {
  /** Requests of one caller. */
  readonly requestsPerMinute: number;
  readonly bodyBytes: number;
  /** Nesting of lists and mappings, in a body and in a scenario. */
  readonly depth: number;
  /** Open connections of all callers. */
  readonly connections: number;
  /** Stored versions of scenarios. */
  readonly scenarios: number;
  /** Batches and campaigns that run at the same time, and how many of each a caller may have queued or running. */
  readonly running: number;
  readonly jobsPerCaller: number;
  /** Replications of one batch, and how long it may run [s]. */
  readonly replications: number;
  readonly jobSeconds: number;
  /** Event streams of one caller, and concurrent downloads of one caller. */
  readonly streamsPerCaller: number;
  readonly downloadsPerCaller: number;
  /** How often the access of a caller that follows a batch is rechecked [s]. */
  readonly recheckSeconds: number;
  /** How long a client may leave sent bytes unread [s]. */
  readonly stallSeconds: number;
  /** How long a query to the store may take [s], and how many may wait. */
  readonly querySeconds: number;
  readonly queries: number;
}

export const LIMITS: Limits = {
  requestsPerMinute: 1_200,
  bodyBytes: 1 << 20,
  depth: 64,
  connections: 1_000,
  scenarios: 10_000,
  running: 2,
  jobsPerCaller: 16,
  replications: MOST_ASKED_REPLICATIONS,
  jobSeconds: 3_600,
  streamsPerCaller: 32,
  downloadsPerCaller: 32,
  recheckSeconds: 5,
  stallSeconds: 30,
  querySeconds: 60,
  queries: 256,
};

/** Characters of the name of a stored scenario, at most. */
export const MOST_NAME = 200;

/** Whether an address can only be reached from this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
