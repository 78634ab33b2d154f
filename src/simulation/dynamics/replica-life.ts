/**
 * The life of one replica: in service, out of it for a reason, starting, or not there because its GPUs are elsewhere. It
 * goes through its states by one rule, `settle`, which is asked whenever a reason comes or goes.
 */
import type { GatedReplica } from '../../serving/index.ts';
import type { GpuTime } from './gpu-time.ts';
import type { GpuUse, Treatment } from './plan.ts';
import type { Timers } from './timers.ts';

/** What the simulation does when replicas come and go. */
export interface FleetHost {
  /** The replica takes nothing new: whoever waits for it alone is sent elsewhere. */
  shut(replica: number): void;
  /** The replica has gone out of service: who was served by it is treated so. */
  evict(replica: number, treatment: Treatment): void;
  /** The replica is in service. */
  opened(replica: number): void;
}

/** A reason for which a replica goes that ends with it elsewhere. */
export interface Leave {
  readonly drain: boolean;
  /** The replica is out of service; its GPUs may be taken. */
  gone(now: number): void;
}

/** Settles several at once: none of them is sent what another of them gives up. */
export function settleAll(lives: readonly ReplicaLife[], now: number): void {
  for (const life of lives) life.prepare();
  for (const life of lives) life.settle(now);
}

/** What fails as one, as a replica sees it. */
export interface Domain {
  readonly failed: boolean;
  readonly onFailure: Treatment;
  /** A member went into service or out of it, or began or ended to serve somebody. */
  changed(now: number): void;
}

export class ReplicaLife {
  readonly gpus: number;
  readonly gpuTime: GpuTime;
  /** What it fails with. */
  domain: Domain | null = null;
  /** In service, if perhaps only to finish what it serves. */
  serving: boolean;
  /** The maintenance that has it, and where its GPUs are to go. */
  maintenance: { readonly drain: boolean } | null = null;
  leave: Leave | null = null;
  /** What its GPUs are there for; `null` while they are not. */
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

  /** Whether it serves somebody. */
  get isBusy(): boolean {
    return this.replica.isBusy;
  }

  /** It has served all it had, or begins to serve. */
  busyChanged(now: number): void {
    if (!this.isBusy && this.mustGo) this.settle(now);
    this.domain?.changed(now);
  }

  /** Its GPUs have come: it starts as soon as nothing else is in the way. */
  arrive(now: number): void {
    this.use = 'switching';
    this.settle(now);
  }

  /** Out of service, only to leave. */
  get isGone(): boolean {
    return !this.serving && this.leave !== null && this.use === 'switching';
  }

  /** Its GPUs are taken. */
  depart(): void {
    this.timers.cancel(this.started);
    this.use = null;
    this.leave = null;
  }

  /** Goes to the state that the reasons for and against service ask for. */
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

  /** Whether every reason to go lets it finish what it serves. */
  private get drains(): boolean {
    return this.domain?.failed !== true && this.maintenance?.drain !== false && this.leave?.drain !== false;
  }

  private become(use: GpuUse, now: number): void {
    this.gpuTime.move(this.use!, use, this.gpus, now);
    this.use = use;
  }

  /** The reason to go has gone itself. */
  private stay(): void {
    if (!this.replica.isOpen) this.open();
  }

  /** Takes nothing new if it is to go. */
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
