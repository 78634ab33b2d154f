/** One replica driven by hand: arrivals, its events and the patience of clients, in the order in which `simulate` has them. */
import { Backlog } from '../../src/gateway/backlog.ts';
import { disciplines, QueueLinks } from '../../src/gateway/disciplines/index.ts';
import { NO_ROW, type RequestRow } from '../../src/ids.ts';
import { EventQueue } from '../../src/kernel/event-queue.ts';
import type { EngineSettings } from '../../src/serving/engine-settings.ts';
import type {
  InterruptibleReplica,
  Phase,
  ReplicaEnvironment,
  ServiceObserver,
} from '../../src/serving/replica.ts';
import { QueueWithBacklog } from '../../src/simulation/queue-with-backlog.ts';
import { Moments } from '../../src/stats/index.ts';
import { RequestTable } from '../../src/workload/request-table.ts';
import { NO_SESSION } from '../../src/workload/traces/index.ts';
import { queueEnvironment } from '../helpers/queue-environment.ts';

export interface Arrival {
  readonly at: number;
  readonly prompt: number;
  readonly cached: number;
  /** `null` for a request of no session. */
  readonly session: number | null;
  /** Tokens of the prompt that repeat its session's context. */
  readonly prefix: number;
  readonly output: number;
  readonly priority: number;
  /** How long a client waits to be admitted, and to be served whole [s]; `null` for one that never gives up. */
  readonly patience: number | null;
  readonly deadline: number | null;
  /** Whether it waits for spare capacity; its priority is behind all others then. */
  readonly deferrable: boolean;
}

export interface Case {
  readonly arrivals: readonly Arrival[];
  readonly settings: EngineSettings;
  /** A replica for decoding is sent requests that have their first token and the KV of their prompt. */
  readonly phase: Phase;
  readonly discipline: keyof typeof DISCIPLINES;
  /** When the replica goes out of service and comes back at once [s]; never by default. */
  readonly evictedAt?: number | null;
  /** Share of the replica that deferrable requests leave free. */
  readonly reserve: number;
  /** When measuring begins and when everything stops [s]. */
  readonly opensAt: number;
  readonly endsAt: number;
}

export interface Answer {
  readonly requests: readonly {
    readonly outcome: 'served' | 'abandoned' | 'cancelled' | 'failed' | 'unfinished';
    readonly admittedAt: number;
    readonly firstTokenAt: number;
    readonly lastTokenAt: number;
    readonly outputDone: number;
    readonly preemptions: number;
    readonly cachedTokens: number;
  }[];
  /** Counts: equal in any case. */
  readonly counts: readonly number[];
  /** Integrals and sums: equal up to rounding. */
  readonly sums: readonly number[];
}

export type ReplicaClass = new (
  settings: EngineSettings,
  environment: ReplicaEnvironment,
) => InterruptibleReplica;

/** The priority of deferrable requests; the others have 0, 1 or 2. */
const DEFERRED = 3;

/** How long KV moves to a replica for decoding [s]; a power of two, so that nothing rounds. */
const KV_MOVES = 2 ** -8;

const WINDOW_OPENS = 0;
const ARRIVAL = 1;
const SERVICE = 3;
const PATIENCE_ENDS = 4;
const DEADLINE_PASSES = 5;
const EVICTION = 6;

/** Every discipline: orders that are steady between joins and removals, and those that change meanwhile. */
export const DISCIPLINES = {
  fcfs: { kind: 'fcfs' as const },
  'strict-priority': { kind: 'strict-priority' as const },
  'ageing-priority': { kind: 'ageing-priority' as const, slopes: [4, 2, 1] },
  'weighted-fair': { kind: 'weighted-fair' as const },
  'earliest-deadline': { kind: 'earliest-deadline' as const, otherwise: 1 },
  'shortest-predicted': {
    kind: 'shortest-predicted' as const,
    predictor: { kind: 'exact-with-noise' as const, cv: 0 },
  },
  'highest-value': { kind: 'highest-value' as const },
};

/** The tiers: what each weighs, and what it was promised [s]. */
const TIERS = [
  { name: 'a', weight: 1, ttft: 2 ** -3 },
  { name: 'b', weight: 2, ttft: 2 ** -5 },
  { name: 'c', weight: 4, ttft: null },
];

/** Whether the engine could ever serve it, as `continuous-batching` decides. */
function fits(
  { prompt, cached, output }: Arrival,
  phase: Phase,
  { blocks, blockSize, chunkedPrefill, maxBatchedTokens }: EngineSettings,
) {
  const here = phase === 'prefill' ? 1 : output;
  return (
    Math.ceil((prompt + here - 1) / blockSize) <= blocks &&
    (chunkedPrefill || phase === 'decode' || prompt - cached <= maxBatchedTokens)
  );
}

export function answerOf(
  Kind: ReplicaClass,
  { arrivals, settings, phase, discipline, reserve, evictedAt = null, opensAt, endsAt }: Case,
): Answer {
  const events = new EventQueue();
  const table = new RequestTable();
  const { declared, granted, latent, progress } = table;
  const links = new QueueLinks();
  const direct = disciplines.create(
    DISCIPLINES[discipline],
    queueEnvironment(table, {
      classes: DEFERRED,
      wasServed: (row: RequestRow) => !Number.isNaN(progress.admittedAt[row]!),
      now: () => events.time,
      tiers: TIERS,
      predictedWork: (row) => table.outputTarget(row) - progress.outputDone[row]!,
      // Any numbers with ties among them.
      worth: (row) => (declared.id[row]! * 3) % 4,
    }),
  );
  const tiers = TIERS.length;
  const deferrable = Array.from({ length: tiers }, (_, tier) => ({
    tier,
    reserve,
    priority: DEFERRED,
    window: Infinity,
  }));
  const queue = new QueueWithBacklog(direct, new Backlog(deferrable, declared, links), declared);
  const outcomes: Answer['requests'][number]['outcome'][] = arrivals.map(() => 'unfinished');
  let gaps = Array.from({ length: tiers }, () => new Moments());
  const running = new Set<RequestRow>();
  const observer: ServiceObserver = {
    admitted: (row, _replica, now) => {
      running.add(row);
      if (!Number.isNaN(progress.admittedAt[row]!)) return;
      progress.admittedAt[row] = now;
      if (declared.deferrable[row] === 0) direct.account?.started(row);
    },
    firstToken: (row, now) => {
      progress.firstTokenAt[row] = now;
    },
    furtherTokens: (tier, gap, count) => gaps[tier]!.add(gap, count),
    furtherTokenRun: (first, increment, steps, counts) => {
      for (let step = 0; step < steps; step++) {
        counts.forEach((count, tier) => gaps[tier]!.add(first + step * increment, count));
      }
    },
    preempted: (row) => {
      running.delete(row);
      progress.preemptions[row]! += 1;
    },
    finished: (row) => {
      running.delete(row);
      outcomes[row] = 'served';
      if (declared.deferrable[row] === 0) direct.account?.ended(row, progress.outputDone[row]!);
    },
  };
  const replica = new Kind(settings, {
    id: 0,
    phase,
    table,
    tiers,
    queue,
    observer,
    schedule: (at, id, token) => events.push(at, SERVICE, id, token),
    onGrid: (instant) => instant,
  });
  queue.replica = replica;
  arrivals.forEach((arrival, n) => {
    const row = table.open();
    declared.id[row] = n;
    declared.tier[row] = (arrival.session ?? n) % tiers;
    declared.priority[row] = arrival.deferrable ? DEFERRED : arrival.priority;
    declared.deferrable[row] = arrival.deferrable ? 1 : 0;
    declared.promptTokens[row] = arrival.prompt;
    declared.cachedTokens[row] = arrival.cached;
    declared.session[row] = arrival.session ?? NO_SESSION;
    declared.prefixTokens[row] = arrival.prefix;
    progress.cachedTokens[row] = arrival.cached;
    declared.attemptAt[row] = arrival.at;
    latent.outputTokens[row] = arrival.output;
    granted.outputCap[row] = 0;
    progress.admittedAt[row] = NaN;
    progress.firstTokenAt[row] = NaN;
    progress.lastTokenAt[row] = NaN;
    if (phase === 'decode') {
      progress.admittedAt[row] =
        progress.firstTokenAt[row] =
        progress.lastTokenAt[row] =
          arrival.at - KV_MOVES;
      progress.outputDone[row] = 1;
      progress.movedTokens[row] = arrival.prompt;
    }
    events.push(arrival.at, ARRIVAL, row, 0);
  });
  events.push(opensAt, WINDOW_OPENS, 0, 0);
  if (evictedAt !== null) events.push(evictedAt, EVICTION, 0, 0);
  const onQueueChanged = (now: number, boundariesPassed: boolean) => {
    if (replica.canStart && queue.peek() !== NO_ROW) replica.start(now);
    else replica.onQueueChanged(now, boundariesPassed);
  };
  while (events.pop() && events.time <= endsAt) {
    const { time: now, subject, version } = events;
    const row = subject as RequestRow;
    if (events.kind === WINDOW_OPENS) {
      replica.settle(now, false);
      replica.meter.restart(now);
      gaps = gaps.map(() => new Moments());
    } else if (events.kind === ARRIVAL) {
      const arrival = arrivals[row]!;
      const { patience, deadline } = arrival;
      if (!fits(arrival, phase, settings)) {
        outcomes[row] = 'failed';
        continue;
      }
      queue.push(row);
      if (patience !== null) events.push(now + patience, PATIENCE_ENDS, row, 0);
      if (deadline !== null) events.push(now + deadline, DEADLINE_PASSES, row, 0);
      onQueueChanged(now, false);
    } else if (events.kind === SERVICE) {
      replica.resume(now, version);
    } else if (events.kind === EVICTION) {
      replica.evict(now, (evicted) => {
        running.delete(evicted);
        progress.movedTokens[evicted] = 0;
        queue.push(evicted);
      });
      onQueueChanged(now, true);
    } else if (outcomes[row] !== 'unfinished') {
      continue;
    } else if (events.kind === DEADLINE_PASSES && running.has(row)) {
      replica.cancel(row, now);
      outcomes[row] = 'cancelled';
    } else if (events.kind === DEADLINE_PASSES || Number.isNaN(progress.admittedAt[row]!)) {
      queue.remove(row);
      outcomes[row] = 'abandoned';
      onQueueChanged(now, true);
    }
  }
  replica.settle(endsAt, true);
  const { meter } = replica;
  return {
    requests: arrivals.map((_, row) => ({
      outcome: outcomes[row]!,
      admittedAt: progress.admittedAt[row]!,
      firstTokenAt: progress.firstTokenAt[row]!,
      lastTokenAt: progress.lastTokenAt[row]!,
      outputDone: progress.outputDone[row]!,
      preemptions: progress.preemptions[row]!,
      cachedTokens: progress.cachedTokens[row]!,
    })),
    counts: [meter.steps, meter.sequences, meter.tokensEmitted, ...gaps.map(({ count }) => count)],
    sums: [
      meter.busy.integral(endsAt),
      meter.kvTokens.integral(endsAt),
      ...gaps.flatMap((moments) => [moments.sum, (moments.variance ?? 0) * (moments.count - 1)]),
    ],
  };
}
