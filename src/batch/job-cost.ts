/**
 * Estimates what a job will cost on this machine before it starts: replications of some scenarios over threads, in
 * seconds, memory and store size. It describes jobs of more than a minute, and refuses those that would never end or do
 * not fit. It knows the machine and the estimates of `simulation/cost.ts`, and not how they are shown.
 */
import { statfsSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { aboutBytes, aboutCount, aboutSeconds } from '../simulation/about.ts';
import type { Cell } from '../simulation/cell.ts';
import { costOfReplication, dearest, LONGEST_SECONDS, type ReplicationCost } from '../simulation/cost.ts';
import { threadsFor } from './run-batch.ts';

/** Replications of one scenario that still have to run. */
export interface JobPart {
  /** The scenario's name in messages. */
  readonly name: string;
  readonly cell: Cell;
  readonly replications: number;
}

/** What a job needs. */
export interface JobCost {
  readonly replications: number;
  readonly requests: number;
  /**
   * What one replication needs, in words: its requests, and what else dominates the time of the most expensive
   * scenario.
   */
  readonly each: string;
  readonly threads: number;
  /** Wall time of the whole job, with this many threads. */
  readonly seconds: number;
  /** Memory of all threads together. */
  readonly bytes: number;
  /** Growth of the store. */
  readonly keptBytes: number;
}

/** A shorter job starts without an announcement [s]. */
const LONG = 60;
/** Most replications of one scenario: the dispatching thread holds a few hundred bytes for each. */
const MOST_REPLICATIONS = 10_000_000;
/** Share of the machine's memory that threads may use. */
const MEMORY_SHARE = 0.9;

/** What a job needs; `threads` is the number of threads, all cores when `null`. */
export function jobCost(parts: readonly JobPart[], threads: number | null): JobCost {
  return sumUp(parts.map(costOfPart), threads);
}

/**
 * A job would need more disk than is free: an input error for the command line, an environment condition for a server.
 */
export class RoomMissing extends InputError {
  /** How much is needed and how much is free. */
  readonly says: string;

  constructor({ replications, keptBytes }: JobCost, free: number) {
    const says = `${aboutCount(replications)} replications take about ${aboutBytes(keptBytes)} of the store, and ${aboutBytes(free)} are free there`;
    const message = `${says}; give fewer, or name a store elsewhere with --store`;
    super([{ kind: 'too-much-work', place: '--replications', path: '', message }]);
    this.says = says;
  }
}

/**
 * The cost of a job, checked against the machine. Throws `InputError` for a job that would never end, needs more memory
 * than the machine has, or needs more disk than is free where the `store` is; `store` is `null` where nothing is kept.
 */
export function possibleJobCost(
  parts: readonly JobPart[],
  threads: number | null,
  store: string | null,
): JobCost {
  for (const { name, replications } of parts) {
    if (replications > MOST_REPLICATIONS)
      refuse(
        '--replications',
        name,
        '',
        `${replications} are more than the ${MOST_REPLICATIONS} that a batch can have; give fewer`,
      );
  }
  const costs = parts.map(costOfPart);
  const cost = sumUp(costs, threads);
  const memory = totalmem();
  for (const { name, one } of costs) {
    if (one.bytes * cost.threads <= memory * MEMORY_SHARE) continue;
    const { path, what, remedy } = dearest(one, 'bytes');
    const fewer = one.bytes <= memory * MEMORY_SHARE ? `; or take fewer --threads than ${cost.threads}` : '';
    const takes = `${aboutBytes(one.bytes)} of memory in each of ${cost.threads} threads, and this machine has ${aboutBytes(memory)}`;
    refuse('', name, path, `asks for ${what}: about ${takes}; ${remedy}${fewer}`);
  }
  if (cost.seconds > LONGEST_SECONDS)
    refuse(
      '--replications',
      'the job',
      '',
      `${aboutCount(cost.replications)} replications of ${cost.each} take about ${aboutSeconds(cost.seconds)} on ${cost.threads} threads; give fewer, or scenarios that ask for less`,
    );
  // Without a store, results go to a temporary file until the job ends.
  const free = freeBytes(store ?? join(tmpdir(), 'store'));
  if (free !== null && cost.keptBytes > free) throw new RoomMissing(cost, free);
  return cost;
}

/**
 * `about 4 min for 35 replications of 1.2 million requests on 2 threads, and 9 MB in the store`; `null` for a job of
 * less than a minute. `where` is what the replications are written to.
 */
export function longJobText(
  { seconds, replications, each, threads, keptBytes }: JobCost,
  where = 'the store',
): string | null {
  if (seconds < LONG) return null;
  return `about ${aboutSeconds(seconds)} for ${replications} ${replications === 1 ? 'replication' : 'replications'} of ${each} on ${threads} ${threads === 1 ? 'thread' : 'threads'}, and ${aboutBytes(keptBytes)} in ${where}`;
}

interface PartCost {
  readonly name: string;
  readonly replications: number;
  readonly one: ReplicationCost;
}

const costOfPart = ({ name, cell, replications }: JobPart): PartCost => ({
  name,
  replications,
  one: costOfReplication(cell),
});

function sumUp(costs: readonly PartCost[], threads: number | null): JobCost {
  const most = Math.max(1, ...costs.map(({ replications }) => replications));
  const used = threadsFor(threads, most);
  const total = (of: (cost: ReplicationCost) => number) =>
    costs.reduce((sum, { one, replications }) => sum + (replications === 0 ? 0 : of(one) * replications), 0);
  // Scenarios run one after another: the last round of each takes as long as a full round.
  const rounds = costs.map(({ one, replications }) => Math.ceil(replications / used) * one.seconds);
  const replications = costs.reduce((sum, part) => sum + part.replications, 0);
  const requests = total((one) => one.requests);
  const longest = rounds.indexOf(Math.max(...rounds));
  return {
    replications,
    requests,
    each: eachText(requests / Math.max(1, replications), costs[longest]?.one),
    threads: used,
    seconds: rounds.reduce((sum, seconds) => sum + seconds, 0),
    bytes: used * Math.max(0, ...costs.map(({ one }) => one.bytes)),
    keptBytes: total(({ keptBytes }) => keptBytes),
  };
}

/** The requests in words, and whatever else takes more than half of the time of one replication. */
function eachText(requests: number, one: ReplicationCost | undefined): string {
  const asked = `${aboutCount(requests)} requests`;
  if (one === undefined || one.parts.length === 0) return asked;
  const { what, isDemand, seconds } = dearest(one, 'seconds');
  return isDemand || 2 * seconds < one.seconds ? asked : `${asked} and ${what}`;
}

/** Free disk space for a file that may not exist yet [bytes]; `null` where it cannot be determined. */
function freeBytes(file: string): number | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    } catch {
      if (folder === dirname(folder)) return null;
    }
  }
}

function refuse(place: string, name: string, path: string, message: string): never {
  throw new InputError([{ kind: 'too-much-work', place: place === '' ? name : place, path, message }]);
}
