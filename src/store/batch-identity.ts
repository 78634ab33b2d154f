/**
 * What a batch is, and what makes two batches the same. It knows what decides the numbers, and not where they are kept.
 */
import { createHash } from 'node:crypto';
import type { Program } from '../files/program.ts';
import type { PluginFile } from '../plugins/plugins.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Slo } from '../workload/tier.ts';
import { simulatedChanges } from './changes.ts';

/** What tables and pictures show of a scenario beside its numbers; plain data kept with them. */
export interface ScenarioOutline {
  readonly name: string;
  readonly description: string | null;
  readonly hash: string;
  readonly share: number;
  /** Start of the run on the clock of the week, and the measured window from then on [s]. */
  readonly startOfWeek: number;
  /** Start of the run since 1970-01-01 00:00 [s], on the scenario's own clock; absent if it has no date. */
  readonly startDate?: number;
  readonly window: { readonly from: number; readonly to: number };
  readonly tiers: readonly string[];
  /** The SLO of each tier, `null` for none; absent in batches stored before it was recorded. */
  readonly slos?: readonly (Slo | null)[];
  readonly pools: readonly { readonly name: string; readonly gpus: number }[];
  /** The overrides that change what is simulated, each `PATH=VALUE`; absent if the scenario is as it was written. */
  readonly changes?: readonly string[];
  /** The plugins with which it was run; absent for none. */
  readonly plugins?: readonly PluginFile[];
}

/** @param overrides values replaced in the scenario, each `PATH=VALUE` */
export function outlineOf(
  { name, description, hash, cell, plugins }: Scenario,
  overrides: readonly string[] = [],
): ScenarioOutline {
  const changes = simulatedChanges(overrides);
  return {
    name,
    description,
    hash,
    ...(changes.length === 0 ? {} : { changes }),
    ...(plugins.files.length === 0 ? {} : { plugins: plugins.files }),
    share: cell.share,
    startOfWeek: cell.startOfWeek,
    ...(cell.startDate === null ? {} : { startDate: cell.startDate }),
    window: cell.window,
    tiers: cell.tiers.map(({ rule }) => rule.name),
    slos: cell.tiers.map(({ rule }) => rule.slo ?? null),
    pools: cell.pools.map(({ name: pool, replicas, gpusPerReplica }) => ({
      name: pool,
      gpus: replicas * gpusPerReplica,
    })),
  };
}

/** A batch to be run: one scenario, one seed, any number of replications. */
export interface BatchDescription {
  readonly kind: 'run';
  readonly seed: string;
  readonly byHour: boolean;
  readonly program: Program;
  readonly outline: ScenarioOutline;
  /** The file as it was written, the values replaced in it, and the scenario resolved from both. */
  readonly text: string;
  readonly overrides: readonly string[];
  readonly resolved: string;
}

/** Digits of an id that are shown. */
export const SHORT_ID = 12;

/** Numbers are the same for the same code on one version of Node and one kind of processor. */
export const NODE = `${process.version} ${process.arch}`;

/**
 * The digest of everything that decides the numbers of a batch, 64 hexadecimal digits. It excludes the number of
 * replications and the confidence level of intervals: a batch of 20 continues one of 5.
 */
export function batchId({ kind, seed, byHour, program, outline }: BatchDescription): string {
  // Without plugins it is what it was before there were any.
  const plugins = outline.plugins === undefined ? [] : [outline.plugins.map(({ digest }) => digest)];
  const decides = [kind, outline.hash, seed, byHour, program.version, program.code, NODE, ...plugins];
  return createHash('sha256').update(JSON.stringify(decides)).digest('hex');
}
