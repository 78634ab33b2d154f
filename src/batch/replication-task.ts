/**
 * What a worker thread does: one replication of one scenario. Runs in a thread of the pool; everything that goes in and
 * comes out is plain data.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { EnvironmentError, InputError, InvariantError } from '../errors.ts';
import { replicate, type ReplicationResult } from '../experiments/replicate.ts';
import { readCatalog } from '../files/catalog-files.ts';
import { loadScenario, type ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { SimulationListener } from '../simulation/simulate.ts';
import { requestRow, REQUEST_COLUMNS } from './request-rows.ts';

export interface ReplicationTask {
  readonly scenario: ScenarioRequest;
  /** What the scenario must hash to: the files may not change while a batch runs. */
  readonly hash: string;
  readonly seed: string;
  readonly replication: number;
  readonly byHour: boolean;
  /** Where to write a row for each request, or `null`. */
  readonly requestsFile: string | null;
  /** Simulated share of each replication, by its place in the batch; shared with the thread that shows progress. */
  readonly progress: Float64Array;
}

/** An error as it crosses from a thread: its kind survives, its class does not. */
export interface TaskFailure {
  readonly kind: 'input' | 'invariant' | 'environment' | 'defect';
  readonly message: string;
}

export type TaskOutcome =
  | { readonly ok: true; readonly result: ReplicationResult }
  | { readonly ok: false; readonly failure: TaskFailure };

/** A thread runs many replications of the same scenario and reads it once. */
let loaded: { readonly key: string; readonly scenario: Scenario } | null = null;

export default function runTask(task: ReplicationTask): TaskOutcome {
  try {
    return { ok: true, result: run(task) };
  } catch (error) {
    return { ok: false, failure: { kind: kindOf(error), message: messageOf(error) } };
  }
}

function run(task: ReplicationTask): ReplicationResult {
  const { replication, seed, byHour, progress } = task;
  const scenario = scenarioOf(task);
  const { to } = scenario.cell.window;
  const onProgress = (now: number) => {
    progress[replication] = now / to;
  };
  if (task.requestsFile === null) return replicate(scenario, seed, replication, { byHour, onProgress });
  const writer = new RowWriter(task.requestsFile);
  try {
    return replicate(scenario, seed, replication, {
      byHour,
      onProgress,
      onClosed: writer.listener(scenario),
    });
  } finally {
    writer.close();
  }
}

function scenarioOf({ scenario: request, hash }: ReplicationTask): Scenario {
  const key = JSON.stringify([request, hash]);
  if (loaded?.key !== key) {
    const scenario = loadScenario(request, readCatalog());
    if (scenario.hash !== hash) {
      throw new InputError([
        {
          place: request.path,
          path: '',
          message: 'the scenario changed while its batch was running; run it again',
        },
      ]);
    }
    loaded = { key, scenario };
  }
  return loaded.scenario;
}

function kindOf(error: unknown): TaskFailure['kind'] {
  if (error instanceof InputError) return 'input';
  if (error instanceof InvariantError) return 'invariant';
  return error instanceof EnvironmentError ? 'environment' : 'defect';
}

function messageOf(error: unknown): string {
  return error instanceof Error
    ? kindOf(error) === 'defect'
      ? (error.stack ?? error.message)
      : error.message
    : String(error);
}

/** Rows gathered before they are written [characters]. */
const CHUNK = 1 << 20;

/** Writes the requests of a run to a file, those of the warm-up included, in the order in which they end. */
class RowWriter {
  private readonly path: string;
  private readonly file: number;
  private pending = `${REQUEST_COLUMNS.join(',')}\n`;

  constructor(path: string) {
    this.path = path;
    this.file = this.attempt(() => openSync(path, 'w'));
  }

  listener(scenario: Scenario): NonNullable<SimulationListener['onClosed']> {
    const { cell } = scenario;
    return (table, row, outcome) => {
      this.pending += requestRow(cell, table, row, outcome);
      if (this.pending.length >= CHUNK) this.flush();
    };
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const rows = this.pending;
    this.pending = '';
    this.attempt(() => writeSync(this.file, rows));
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new EnvironmentError(`${this.path} cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
