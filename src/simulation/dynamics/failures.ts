/**
 * Failures and repairs of one pool. Replicas that fail together, such as those of a rack, are a failure domain. Its
 * clock to the next failure runs while one of them is in service (or busy, depending on the plan), and is stopped
 * otherwise; times are drawn by the number of the domain and of its failure, so that adding a replica changes no
 * other's.
 */
import { within } from '../../errors.ts';
import {
  durationDistributions,
  TimeAverage,
  type CounterStream,
  type Distribution,
  type DistributionEnvironment,
} from '../../stats/index.ts';
import type { FailurePlan, Treatment } from './plan.ts';
import { settleAll, type Domain, type ReplicaLife } from './replica-life.ts';
import type { Timers } from './timers.ts';

/** Builds the distributions of a plan. Throws `ParameterError` where one is invalid. */
export function failureDistributions(
  { mtbf, mttr }: FailurePlan,
  environment: DistributionEnvironment,
): { readonly timeToFailure: Distribution; readonly timeToRepair: Distribution } {
  return {
    timeToFailure: within('mtbf', () => durationDistributions.create(mtbf, environment)),
    timeToRepair: within('mttr', () => durationDistributions.create(mttr, environment)),
  };
}

/** The failures of a pool: its domains, and the crews that repair them, first come, first served. */
export class PoolFailures {
  /** Failures of domains since the window opened. */
  count = 0;
  /** Crews at work, as a path over time. */
  readonly crewsAtWork = new TimeAverage();
  private idleCrews: number;
  private readonly queue: FailureDomain[] = [];

  constructor(
    plan: FailurePlan,
    lives: readonly ReplicaLife[],
    draws: CounterStream,
    environment: DistributionEnvironment,
    timers: Timers,
  ) {
    const { timeToFailure, timeToRepair } = failureDistributions(plan, environment);
    this.idleCrews = plan.crews ?? Infinity;
    for (let first = 0; first < lives.length; first += plan.group) {
      const index = first / plan.group;
      new FailureDomain(lives.slice(first, first + plan.group), plan, this, timers, {
        // Even positions are times to failure, odd ones repair times.
        toFailure: (failure) => timeToFailure.sample(draws.at(index, 2 * failure)),
        toRepair: (failure) => timeToRepair.sample(draws.at(index, 2 * failure + 1)),
      });
    }
  }

  /** The domain waits for a crew. */
  failed(domain: FailureDomain, now: number): void {
    this.count += 1;
    this.queue.push(domain);
    this.assignCrews(now);
  }

  /** A crew is free again. */
  repaired(now: number): void {
    this.idleCrews += 1;
    this.crewsAtWork.add(-1, now);
    this.assignCrews(now);
  }

  restart(now: number): void {
    this.count = 0;
    this.crewsAtWork.restart(now);
  }

  private assignCrews(now: number): void {
    while (this.idleCrews > 0 && this.queue.length > 0) {
      this.idleCrews -= 1;
      this.crewsAtWork.add(1, now);
      this.queue.shift()!.beginRepair(now);
    }
  }
}

interface DomainDraws {
  toFailure(failure: number): number;
  toRepair(failure: number): number;
}

class FailureDomain implements Domain {
  failed = false;
  readonly onFailure: Treatment;
  private readonly members: readonly ReplicaLife[];
  private readonly onlyBusy: boolean;
  private readonly pool: PoolFailures;
  private readonly timers: Timers;
  private readonly draws: DomainDraws;
  private readonly failure: number;
  private readonly repair: number;
  private failures = 0;
  /** Time left to the next failure when the clock was last stopped, and since when it runs, NaN while stopped [s]. */
  private left: number;
  private since = NaN;

  constructor(
    members: readonly ReplicaLife[],
    plan: FailurePlan,
    pool: PoolFailures,
    timers: Timers,
    draws: DomainDraws,
  ) {
    this.members = members;
    this.onlyBusy = plan.while === 'busy';
    this.onFailure = plan.onFailure;
    this.pool = pool;
    this.timers = timers;
    this.draws = draws;
    this.left = draws.toFailure(0);
    this.failure = timers.create((now) => this.fail(now));
    this.repair = timers.create((now) => this.endRepair(now));
    for (const life of members) life.domain = this;
    this.changed(0);
  }

  changed(now: number): void {
    const runs = !this.failed && this.isExposed();
    const ran = !Number.isNaN(this.since);
    if (runs === ran) return;
    if (runs) {
      this.since = now;
      this.timers.set(this.failure, now + this.left);
    } else {
      this.left -= now - this.since;
      this.since = NaN;
      this.timers.cancel(this.failure);
    }
  }

  beginRepair(now: number): void {
    this.timers.set(this.repair, now + this.draws.toRepair(this.failures - 1));
  }

  private isExposed(): boolean {
    for (const life of this.members) {
      if (life.serving && (!this.onlyBusy || life.isBusy)) return true;
    }
    return false;
  }

  private fail(now: number): void {
    this.failures += 1;
    this.left = this.draws.toFailure(this.failures);
    this.since = NaN;
    this.failed = true;
    settleAll(this.members, now);
    this.pool.failed(this, now);
  }

  private endRepair(now: number): void {
    this.failed = false;
    settleAll(this.members, now);
    this.changed(now);
    this.pool.repaired(now);
  }
}
