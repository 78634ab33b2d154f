/**
 * What a job will cost on this machine before it starts: replications of some scenarios over threads, in seconds, memory
 * and room in the store. It says what takes over a minute, and refuses what would never end or does not fit. It knows
 * the machine and the estimates of `simulation/cost.ts`, and nothing of how they are shown.
 */
import { statfsSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { aboutBytes, aboutCount, aboutSeconds } from '../simulation/about.ts';
import type { Cell } from '../simulation/cell.ts';
import { costOfReplication, dearest, LONGEST_SECONDS, type ReplicationCost } from '../simulation/cost.ts';
import { threadsFor } from './run-batch.ts';

/** Replications of one scenario that are still to be run. */
export interface JobPart {
  /** What the scenario is called in messages. */
  readonly name: string;
  readonly cell: Cell;
  readonly replications: number;
}

/** What a job asks for. */
export interface JobCost {
  readonly replications: number;
  readonly requests: number;
  /** What a replication asks for, in words: its requests, and what else takes most of the time of the dearest scenario. */
  readonly each: string;
  readonly threads: number;
  /** From its start to its end, with so many threads. */
  readonly seconds: number;
  /** Of memory, all threads together. */
  readonly bytes: number;
  /** That the store grows by. */
  readonly keptBytes: number;
}

/** Below this a job begins without a word [s]. */
const LONG = 60;
/** Replications of one scenario: what there is of each in the thread that hands them out is some hundred bytes. */
const MOST_REPLICATIONS = 10_000_000;
/** Of the memory of the machine, what threads may have of it. */
const MEMORY_SHARE = 0.9;

/** What a job asks for; `workers` are threads, all cores when `null`. */
export function jobCost(parts: readonly JobPart[], workers: number | null): JobCost {
  return sumUp(parts.map(costOfPart), workers);
}

/** A job would take more of the disk than is free: for the command line an input, for a server how things are. */
export class RoomMissing extends InputError {
  /** How much is asked for and how much there is. */
  readonly says: string;

  constructor({ replications, keptBytes }: JobCost, free: number) {
    const says = `${aboutCount(replications)} replications take about ${aboutBytes(keptBytes)} of the store, and ${aboutBytes(free)} are free there`;
    const message = `${says}; give fewer, or name a store elsewhere with --store`;
    super([{ place: '--replications', path: '', message }]);
    this.says = says;
  }
}

/**
 * The same of a job that can be done. Throws `InputError` for one that would never end, or takes more memory than the
 * machine has, or more of the disk than is free where the `store` is, which is `null` where nothing is kept.
 */
export function possibleJobCost(
  parts: readonly JobPart[],
  workers: number | null,
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
  const cost = sumUp(costs, workers);
  const memory = totalmem();
  for (const { name, one } of costs) {
    if (one.bytes * cost.threads <= memory * MEMORY_SHARE) continue;
    const { path, what, remedy } = dearest(one, 'bytes');
    const fewer = one.bytes <= memory * MEMORY_SHARE ? `; or take fewer --workers than ${cost.threads}` : '';
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
  // What is not kept lies in a temporary file meanwhile.
  const free = freeBytes(store ?? join(tmpdir(), 'store'));
  if (free !== null && cost.keptBytes > free) throw new RoomMissing(cost, free);
  return cost;
}

/**
 * `about 4 min for 35 replications of 1.2 million requests on 2 threads, and 9 MB in the store`; `null` for what takes less
 * than a minute. `where` is what the replications are written to.
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

function sumUp(costs: readonly PartCost[], workers: number | null): JobCost {
  const most = Math.max(1, ...costs.map(({ replications }) => replications));
  const threads = threadsFor(workers, most);
  const total = (of: (cost: ReplicationCost) => number) =>
    costs.reduce((sum, { one, replications }) => sum + (replications === 0 ? 0 : of(one) * replications), 0);
  // Scenarios take turns: of each the last round keeps its threads as long as a whole one.
  const rounds = costs.map(({ one, replications }) => Math.ceil(replications / threads) * one.seconds);
  const replications = costs.reduce((sum, part) => sum + part.replications, 0);
  const requests = total((one) => one.requests);
  const longest = rounds.indexOf(Math.max(...rounds));
  return {
    ...{ replications, requests },
    each: eachText(requests / Math.max(1, replications), costs[longest]?.one),
    threads,
    seconds: rounds.reduce((sum, seconds) => sum + seconds, 0),
    bytes: threads * Math.max(0, ...costs.map(({ one }) => one.bytes)),
    keptBytes: total(({ keptBytes }) => keptBytes),
  };
}

/** Requests in words, and what else takes more than half of the time of one replication. */
function eachText(requests: number, one: ReplicationCost | undefined): string {
  const asked = `${aboutCount(requests)} requests`;
  if (one === undefined || one.parts.length === 0) return asked;
  const { what, isDemand, seconds } = dearest(one, 'seconds');
  return isDemand || 2 * seconds < one.seconds ? asked : `${asked} and ${what}`;
}

/** Room on the disk of a file that may not be there yet [bytes]; `null` where nobody can tell. */
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
  throw new InputError([{ place: place === '' ? name : place, path, message }]);
}
