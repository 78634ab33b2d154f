/**
 * The life cycle of one replica: in service, out of service for a reason, starting, or absent because its GPUs are
 * elsewhere. One rule, `settle`, moves it between states; it is called whenever a reason appears or disappears.
 */
import type { GatedReplica } from '../../serving/index.ts';
import type { GpuTime } from './gpu-time.ts';
import type { GpuUse, Treatment } from './plan.ts';
import type { Timers } from './timers.ts';

/** What the simulation does when replicas leave and return. */
export interface FleetHost {
  /** The replica takes nothing new: requests that wait for it alone are sent elsewhere. */
  shut(replica: number): void;
  /** The replica has gone out of service: the requests it served get this treatment. */
  evict(replica: number, treatment: Treatment): void;
  /** The replica is in service. */
  opened(replica: number): void;
}

/** A reason to leave after which the replica's GPUs are elsewhere. */
export interface Leave {
  readonly drain: boolean;
  /** The replica is out of service; its GPUs may be taken. */
  gone(now: number): void;
}

/** Settles several replicas at once, so that none of them gets requests that another releases. */
export function settleAll(lives: readonly ReplicaLife[], now: number): void {
  for (const life of lives) life.prepare();
  for (const life of lives) life.settle(now);
}

/** A failure domain, as a replica sees it. */
export interface Domain {
  readonly failed: boolean;
  readonly onFailure: Treatment;
  /** A member went into or out of service, or became busy or idle. */
  changed(now: number): void;
}

export class ReplicaLife {
  readonly gpus: number;
  readonly gpuTime: GpuTime;
  /** Its failure domain. */
  domain: Domain | null = null;
  /** In service, possibly only to drain. */
  serving: boolean;
  /** The maintenance in progress, and the lot that its GPUs are to leave with. */
  maintenance: { readonly drain: boolean } | null = null;
  leave: Leave | null = null;
  /** The use of its GPUs; `null` while they are elsewhere. */
  use: GpuUse | null;
  private readonly replica: GatedReplica;
  private readonly coldStart: number;
  private readonly host: FleetHost;
  private readonly timers: Timers;
  private readonly started: number;

  constructor(
    replica: GatedReplica,
    present: boolean,
    pool: { readonly gpusPerReplica: number; readonly coldStart: number; readonly gpuTime: GpuTime },
    host: FleetHost,
    timers: Timers,
  ) {
    this.replica = replica;
    this.gpus = pool.gpusPerReplica;
    this.coldStart = pool.coldStart;
    this.gpuTime = pool.gpuTime;
    this.host = host;
    this.timers = timers;
    this.serving = present;
    this.use = present ? 'up' : null;
    this.started = timers.create((now) => this.enterService(now));
  }

  /** Whether any request is in service. */
  get isBusy(): boolean {
    return this.replica.isBusy;
  }

  /** It becomes idle or busy. */
  busyChanged(now: number): void {
    if (!this.isBusy && this.mustGo) this.settle(now);
    this.domain?.changed(now);
  }

  /** Its GPUs have arrived: it starts as soon as nothing else prevents it. */
  arrive(now: number): void {
    this.use = 'switching';
    this.settle(now);
  }

  /** Whether it is out of service just in order to leave. */
  get isGone(): boolean {
    return !this.serving && this.leave !== null && this.use === 'switching';
  }

  /** Takes its GPUs away. */
  depart(): void {
    this.timers.cancel(this.started);
    this.use = null;
    this.leave = null;
  }

  /** Moves to the state that the current reasons require. */
  settle(now: number): void {
    if (this.use === null) return;
    if (this.serving) {
      if (!this.mustGo) return this.stay();
      if (this.drains && this.isBusy) return this.drain();
      this.leaveService(now);
    }
    this.timers.cancel(this.started);
    if (this.domain?.failed) this.become('failed', now);
    else if (this.maintenance !== null) this.become('maintenance', now);
    else {
      this.become('switching', now);
      if (this.leave !== null) this.leave.gone(now);
      else if (this.coldStart === 0) this.enterService(now);
      else this.timers.set(this.started, now + this.coldStart);
    }
  }

  private get mustGo(): boolean {
    return this.domain?.failed === true || this.maintenance !== null || this.leave !== null;
  }

  /** Whether every reason to leave lets it drain. */
  private get drains(): boolean {
    return this.domain?.failed !== true && this.maintenance?.drain !== false && this.leave?.drain !== false;
  }

  private become(use: GpuUse, now: number): void {
    this.gpuTime.move(this.use!, use, this.gpus, now);
    this.use = use;
  }

  /** The reason to leave has disappeared. */
  private stay(): void {
    if (!this.replica.isOpen) this.open();
  }

  /** Shuts it if it is to leave. */
  prepare(): void {
    if (this.serving && this.mustGo) this.drain();
  }

  private drain(): void {
    if (!this.replica.isOpen) return;
    this.replica.shut();
    this.host.shut(this.replica.id);
  }

  private leaveService(now: number): void {
    this.serving = false;
    this.drain();
    this.host.evict(this.replica.id, this.domain?.failed ? this.domain.onFailure : 'retry');
    this.domain?.changed(now);
  }

  private enterService(now: number): void {
    this.become('up', now);
    this.serving = true;
    this.open();
    this.domain?.changed(now);
  }

  private open(): void {
    this.replica.open();
    this.host.opened(this.replica.id);
  }
}
