/**
 * The rows of a batch as they are read: its replications, their records and its metrics, each checked to be as it was
 * written, and the batch to be the one that was opened. It writes nothing.
 */
import type { MetricLayout } from '../experiments/observation-parts.ts';
import { SHORT_ID } from './batch-identity.ts';
import { prepareBatch } from './batch-statements.ts';
import { checksumOf } from './checksum.ts';
import type { StoreFile } from './database.ts';
import { PARTS, SAMPLES, samplesPart } from './records.ts';

import { BatchGone, DamagedRecord, SamplesPruned } from './store-errors.ts';

/**
 * The number of a batch in its tables, and the generation that distinguishes it from the same batch after it was
 * cleared.
 */
export interface BatchKey {
  readonly batch: number;
  readonly generation: string;
  readonly id: string;
  readonly scenario: string;
}

interface BatchRow {
  readonly generation: string;
  readonly done: number;
  readonly failed: number;
  readonly wall: number;
  readonly prunedAt: string | null;
  readonly sound: number;
}

export interface ReplicationState {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly failure: 'invariant' | 'defect' | 'died' | null;
  readonly error: string | null;
  readonly wallSeconds: number | null;
  readonly machine: string;
  readonly finishedAt: string;
  readonly checksum: number;
  readonly sound: number;
}

export class BatchRows {
  /** 64 hexadecimal digits; its first digits name it. */
  readonly id: string;
  readonly key: number;
  readonly statements: ReturnType<typeof prepareBatch>;
  private readonly file: StoreFile;
  private readonly scenario: string;
  private current: string;
  private layout: readonly MetricLayout[] | null = null;

  constructor(file: StoreFile, { batch, generation, id, scenario }: BatchKey) {
    this.file = file;
    this.key = batch;
    this.current = generation;
    this.id = id;
    this.scenario = scenario;
    this.statements = prepareBatch(file);
  }

  /** The name shown to users: the first digits of its id, and its scenario. */
  get name(): string {
    return `batch ${this.id.slice(0, SHORT_ID)} of ${this.scenario}`;
  }

  /** Distinguishes the batch from the same one after it was cleared. */
  get generation(): string {
    return this.current;
  }

  /** Forgets what was read, as after a write; from a new generation on it is another batch. */
  forget(generation = this.current): void {
    this.current = generation;
    this.layout = null;
  }

  /** The metrics of the batch in the order of results; empty before a replication is done. */
  metrics(): readonly MetricLayout[] {
    if (this.layout !== null) return this.layout;
    const row = this.file.reading(() => {
      this.present();
      return this.statements.layout.get(this.key) as { layout: string; sound: number } | undefined;
    });
    if (row === undefined) return [];
    if (row.sound !== 1) throw this.damage('the list of its metrics');
    this.layout = JSON.parse(row.layout) as MetricLayout[];
    return this.layout;
  }

  /** The replications, after checking that all are as they were written and none is missing. */
  states(): readonly ReplicationState[] {
    return this.file.reading(() => {
      const { done, failed } = this.present();
      const states = this.statements.replications.all(this.key) as ReplicationState[];
      const bad = states.find(({ sound }) => sound !== 1);
      if (bad !== undefined) throw this.damage(`the row of replication ${bad.replication}`);
      const there = states.filter(({ status }) => status === 'done').length;
      if (there !== done || states.length - there !== failed)
        throw this.damage(`the list of its replications (${there} of ${done} are found)`);
      return states;
    });
  }

  /** The bytes of a record, as they were written. */
  record(replication: number, part: string): Uint8Array {
    return this.file.reading(() => {
      const row = this.statements.record.get(this.key, part, replication) as
        { content: Uint8Array; checksum: number } | undefined;
      if (row !== undefined && this.isSound(replication, part, row)) return row.content;
      const { prunedAt } = this.present();
      if (part.startsWith(SAMPLES) && prunedAt !== null) throw new SamplesPruned(this.name);
      throw this.damage(`replication ${replication} (${part})`);
    });
  }

  private isSound(
    replication: number,
    part: string,
    { content, checksum }: { readonly content: Uint8Array; readonly checksum: number },
  ): boolean {
    return checksumOf('records', this.key, replication, part, content) === checksum;
  }

  /** Replications of which a row or a record is missing or not as it was written, in rising order. */
  damaged(): number[] {
    const { prunedAt, done, failed } = this.present();
    const states = this.statements.replications.all(this.key) as ReplicationState[];
    const damaged = new Set(states.filter(({ sound }) => sound !== 1).map(({ replication }) => replication));
    const sound = states.filter(({ sound: one }) => one === 1);
    const layout = this.hasSoundLayout() ? this.metrics() : null;
    const samples = (layout ?? []).flatMap(({ sample }) => (sample === null ? [] : [samplesPart(sample)]));
    const parts = [...PARTS, ...(prunedAt === null ? new Set(samples) : [])];
    for (const { replication, status } of sound) {
      if (status === 'failed') continue;
      const isWhole = parts.every((part) => {
        const row = this.statements.record.get(this.key, part, replication) as
          { content: Uint8Array; checksum: number } | undefined;
        return row !== undefined && this.isSound(replication, part, row);
      });
      if (!isWhole) damaged.add(replication);
    }
    // Records without a row count as damaged too; and if the list of metrics is damaged or missing, the first
    // replication is run again to restore it.
    for (const { replication } of this.statements.recorded.all(this.key) as { replication: number }[])
      if (!sound.some((one) => one.replication === replication)) damaged.add(replication);
    const first = sound.find(({ status }) => status === 'done');
    if (layout === null && first !== undefined) damaged.add(first.replication);
    const isCounted = sound.filter(({ status }) => status === 'done').length === done;
    if (!isCounted || states.length - done !== failed) damaged.add(first?.replication ?? 0);
    return [...damaged].toSorted((a, b) => a - b);
  }

  hasSoundLayout(): boolean {
    const row = this.statements.layout.get(this.key) as { sound: number } | undefined;
    return row?.sound === 1;
  }

  private damage(what: string): DamagedRecord {
    return new DamagedRecord(
      this.file.path,
      `${what} of ${this.name}`,
      'the same fleetyield run computes what is damaged anew, and results delete takes the batch away',
    );
  }

  /** The row of the batch as it was opened. Throws `BatchGone` if it has been replaced by now. */
  present(): BatchRow {
    const row = this.statements.batch.get(this.key) as BatchRow | undefined;
    if (row === undefined || (row.sound === 1 && row.generation !== this.current))
      throw new BatchGone(this.name, this.file.path);
    if (row.sound !== 1) throw this.damage('the row');
    return row;
  }
}
