/** What a server is told when it starts, and the bounds it keeps. */
import { isIPv4 } from 'node:net';
import { MOST_ASKED_REPLICATIONS } from '../experiments/default-replications.ts';

export interface ServerSettings {
  /** The file of the store, which is there. */
  readonly store: string;
  readonly host: string;
  /** 0 for one that is free. */
  readonly port: number;
  /** Whether callers must show a token. */
  readonly auth: boolean;
  /** Folder for the document of each batch that finishes, or `null`. */
  readonly out: string | null;
  /** Threads of each batch that runs. */
  readonly workers: number;
  readonly version: string;
  readonly limits: Limits;
}

/** Bounds on what callers may ask. */
export interface Limits {
  /** Requests of one caller. */
  readonly requestsPerMinute: number;
  readonly bodyBytes: number;
  /** Lists and mappings within each other, in a body and in a scenario. */
  readonly depth: number;
  /** Open connections of all callers. */
  readonly connections: number;
  /** Versions of scenarios that are kept. */
  readonly scenarios: number;
  /** Batches that run side by side, and those of one caller that wait or run. */
  readonly running: number;
  readonly jobsPerCaller: number;
  /** Replications of one batch, and how long it may run [s]. */
  readonly replications: number;
  readonly jobSeconds: number;
  /** Event streams of one caller, and files that one caller downloads. */
  readonly streamsPerCaller: number;
  readonly downloadsPerCaller: number;
  /** How often it is asked whether who follows a batch still may [s]. */
  readonly recheckSeconds: number;
  /** How long a client may leave what it is sent unread [s]. */
  readonly stallSeconds: number;
  /** How long a question to the store may take [s], and how many may wait. */
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

/** Characters of the name of a scenario that is stored. */
export const MOST_NAME = 200;

/** Whether an address is reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
