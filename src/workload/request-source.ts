/**
 * A request source: the requests of one tier, one after another, each with the draws that belong to it. One arrival is
 * pending at a time.
 */
import { within } from '../errors.ts';
import { onGrid } from '../units.ts';
import type { RequestRow } from '../ids.ts';
import {
  durationLaws,
  type CounterStream,
  type Law,
  type LawEnvironment,
  type Streams,
  type UniformSource,
} from '../stats/index.ts';
import { activities, type TenantActivity } from './activity/index.ts';
import { NO_SESSION } from './traces/index.ts';
import { arrivals, type ArrivalEnvironment, type ArrivalProcess } from './arrivals/index.ts';
import { Lengths } from './lengths.ts';
import type { RequestTable } from './request-table.ts';
import type { TierRule } from './tier.ts';

export interface SourceEnvironment extends LawEnvironment, Omit<ArrivalEnvironment, 'source' | 'stream'> {
  readonly streams: Streams;
  /** Tenants of the tier in the cell. */
  readonly tenants: number;
  /** The index of the tier and of the model it asks for. */
  readonly tier: number;
  readonly model: number;
}

export class RequestSource {
  /** When the next request arrives [s]; ∞ when there are no more. */
  nextAt: number;
  /** Distinct tenants that a replayed trace names; 0 without one. */
  readonly recordedTenants: number;

  private readonly process: ArrivalProcess;
  private readonly lengths: Lengths;
  private readonly tenants: TenantActivity;
  private readonly tenantSource: UniformSource;
  private readonly patience: Law | null;
  private readonly patienceDraws: CounterStream;
  private readonly rule: TierRule;
  private readonly tier: number;
  private readonly model: number;
  private arrived = 0;

  constructor(rule: TierRule, environment: SourceEnvironment) {
    const { streams } = environment;
    this.rule = rule;
    this.tier = environment.tier;
    this.model = environment.model;
    const { patience } = rule;
    const name = `arrivals/${rule.name}`;
    this.process = within('arrivals', () =>
      arrivals.create(rule.arrivals, {
        ...environment,
        source: streams.stream(name),
        stream: (part) => streams.stream(`${name}/${part}`),
      }),
    );
    this.recordedTenants = this.process.trace?.tenants ?? 0;
    this.lengths = within('lengths', () => new Lengths(rule.lengths, environment, streams, rule.name));
    this.tenants = within('activity', () =>
      activities.create(rule.activity, {
        tenants: environment.tenants,
        weights: streams.stream(`activity/${rule.name}`),
      }),
    );
    this.tenantSource = streams.stream(`tenants/${rule.name}`);
    this.patience =
      patience === undefined ? null : within('patience', () => durationLaws.create(patience, environment));
    this.patienceDraws = streams.counter(`patience/${rule.name}`);
    this.nextAt = onGrid(this.process.next());
  }

  /** Writes the request that arrives now into a row, and moves on to the next. */
  arrive(table: RequestTable, row: RequestRow, id: number): void {
    const { declared, latent, progress } = table;
    this.lengths.draw();
    const tenant = this.tenants.choose(this.tenantSource);
    declared.id[row] = id;
    declared.ordinal[row] = this.arrived++;
    declared.tier[row] = this.tier;
    declared.tenant[row] = tenant;
    declared.priority[row] = this.rule.priority;
    declared.model[row] = this.model;
    declared.promptTokens[row] = this.lengths.promptTokens;
    declared.cachedTokens[row] = this.lengths.cachedTokens;
    declared.session[row] = NO_SESSION;
    declared.prefixTokens[row] = 0;
    declared.maxOutput[row] = this.lengths.maxOutput;
    latent.outputTokens[row] = this.lengths.outputTokens;
    latent.patience[row] = NaN;
    progress.arrivedAt[row] = this.nextAt;
    progress.attempts[row] = 0;
    progress.refusals[row] = 0;
    progress.preemptions[row] = 0;
    progress.interruptions[row] = 0;
    this.replayRecorded(table, row);
    this.nextAt = onGrid(this.process.next());
  }

  /** How long the client of this attempt waits to be admitted to service [s]; ∞ when it does not give up. */
  patienceOf(table: RequestTable, row: RequestRow): number {
    const attempt = table.progress.attempts[row]!;
    const recorded = table.latent.patience[row]!;
    if (attempt === 1 && !Number.isNaN(recorded)) return recorded;
    if (this.patience === null) return Infinity;
    return this.patience.sample(this.patienceDraws.at(table.declared.ordinal[row]!, attempt));
  }

  /** Overwrites what was drawn by what a replayed trace recorded. */
  private replayRecorded(table: RequestTable, row: RequestRow): void {
    const { trace, index } = this.process;
    if (trace === null) return;
    const { declared, latent } = table;
    if (trace.promptTokens[index]! > 0) {
      declared.promptTokens[row] = trace.promptTokens[index]!;
      declared.cachedTokens[row] = 0;
    }
    if (trace.cachedTokens[index]! >= 0) declared.cachedTokens[row] = trace.cachedTokens[index]!;
    if (trace.outputTokens[index]! > 0) latent.outputTokens[row] = trace.outputTokens[index]!;
    declared.session[row] = trace.session[index]!;
    declared.prefixTokens[row] = trace.prefixTokens[index]!;
    if (trace.tenant[index]! >= 0) declared.tenant[row] = trace.tenant[index]!;
    if (trace.patience[index]! >= 0) latent.patience[row] = trace.patience[index]!;
  }
}
