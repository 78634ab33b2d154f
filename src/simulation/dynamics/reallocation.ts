/**
 * Reallocation: GPUs of one pool that another borrows while a trigger is on. They move in lots, each of enough GPUs for
 * whole replicas of either pool: the replicas of a lot go out of service, its GPUs are switched, and replicas of the
 * other pool start on them. If the trigger changes while a lot is switching, the lot turns back after it has arrived; a
 * lot whose replicas are still draining stays.
 */
import { triggers, type Trigger } from '../../gateway/degradation/index.ts';
import type { ModelView } from '../../gateway/telemetry.ts';
import type { GpuTime } from './gpu-time.ts';
import type { ReallocationPlan } from './plan.ts';
import { settleAll, type Leave, type ReplicaLife } from './replica-life.ts';
import type { Timers } from './timers.ts';

/** A pool as reallocation sees it. */
export interface Site {
  /** The lives of its replicas, by place; none where GPUs train. */
  readonly lives: readonly ReplicaLife[];
  readonly gpuTime: GpuTime;
}

const HOME = 0;
const AWAY = 1;
type Side = typeof HOME | typeof AWAY;

export class Reallocation {
  /** Whether it needs telemetry. */
  readonly observes: boolean;
  readonly plan: ReallocationPlan;
  /** The pools that lend and borrow. */
  readonly sites: readonly [Site, Site];
  /** Where the GPUs should be now. */
  wanted: Side = HOME;
  readonly timers: Timers;
  private readonly trigger: Trigger;
  private readonly lots: readonly Lot[];
  private readonly change: number;

  constructor(plan: ReallocationPlan, sites: readonly [Site, Site], startOfWeek: number, timers: Timers) {
    this.plan = plan;
    this.sites = sites;
    this.timers = timers;
    this.trigger = triggers.create(plan.trigger, { startOfWeek });
    this.observes = this.trigger.observes;
    this.lots = Array.from({ length: plan.lots }, () => new Lot(this));
    this.change = timers.create((now) => this.look(now));
    timers.set(this.change, 0);
  }

  observe(views: readonly ModelView[], now: number): void {
    if (!this.observes) return;
    this.trigger.observe(views[this.plan.watched]!);
    this.look(now);
  }

  private look(now: number): void {
    this.timers.set(this.change, this.trigger.nextChange(now));
    const wanted = this.trigger.isOn(now) ? AWAY : HOME;
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    for (const lot of this.lots) lot.direct(now);
  }
}

/** GPUs that move together. */
class Lot implements Leave {
  private readonly rule: Reallocation;
  private readonly arrival: number;
  private at: Side = HOME;
  private moving = false;
  /** The replicas that are leaving. */
  private readonly leaving: ReplicaLife[] = [];

  constructor(rule: Reallocation) {
    this.rule = rule;
    this.arrival = rule.timers.create((now) => this.arrive(now));
  }

  get drain(): boolean {
    return this.rule.plan.drain;
  }

  /** Moves to where it should be, or stays. */
  direct(now: number): void {
    if (this.moving) return;
    if (this.rule.wanted !== this.at) this.go(now);
    else if (this.leaving.length > 0) this.stay(now);
  }

  gone(now: number): void {
    if (this.leaving.every(({ isGone }) => isGone)) this.depart(now);
  }

  private get site(): Site {
    return this.rule.sites[this.at];
  }

  private go(now: number): void {
    const { lives } = this.site;
    if (lives.length === 0) return this.depart(now);
    let gpus = 0;
    // Those in service first, from the last place down: replicas that are broken or under repair can leave only
    // afterwards.
    for (const ready of [true, false]) {
      for (let place = lives.length - 1; place >= 0 && gpus < this.rule.plan.gpusPerLot; place--) {
        const life = lives[place]!;
        if (life.use === null || life.leave !== null) continue;
        if ((life.serving && life.maintenance === null) !== ready) continue;
        life.leave = this;
        gpus += life.gpus;
        this.leaving.push(life);
      }
    }
    settleAll([...this.leaving], now);
  }

  private stay(now: number): void {
    const staying = this.leaving.splice(0);
    for (const life of staying) life.leave = null;
    settleAll(staying, now);
  }

  private depart(now: number): void {
    const { gpusPerLot, switching } = this.rule.plan;
    const from = this.site;
    for (const life of this.leaving) life.depart();
    this.leaving.length = 0;
    this.at = this.at === HOME ? AWAY : HOME;
    this.moving = true;
    const use = from.lives.length === 0 ? 'training' : 'switching';
    from.gpuTime.handOver(this.site.gpuTime, use, gpusPerLot, now);
    this.rule.timers.set(this.arrival, now + switching);
  }

  private arrive(now: number): void {
    const { gpusPerLot } = this.rule.plan;
    const { lives, gpuTime } = this.site;
    this.moving = false;
    if (lives.length === 0) gpuTime.move('switching', 'training', gpusPerLot, now);
    let gpus = 0;
    for (let place = 0; place < lives.length && gpus < gpusPerLot; place++) {
      const life = lives[place]!;
      if (life.use !== null) continue;
      gpus += life.gpus;
      life.arrive(now);
    }
    this.direct(now);
  }
}
