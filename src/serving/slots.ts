/**
 * Slots: a replica of parallel servers, each busy with one request for a drawn time. For endpoints with measured
 * service times, and for holding the engine against queueing theory. The reply begins with service and is whole when it
 * ends: the first token comes at admission, which is also when a client's patience is no longer tried. In a pool for
 * prefill, service is what the first token takes, which comes when it ends.
 */
import { within } from '../errors.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { Count } from '../schema.ts';
import { durationLaws, sampledMean, type CounterStream, type Law } from '../stats/index.ts';
import type { RequestTable } from '../workload/request-table.ts';
import { ReplicaMeter } from './replica-meter.ts';
import type { Replica, ReplicaEnvironment } from './replica.ts';
import { serviceStrategy } from './service.ts';

export const slots = serviceStrategy({
  kind: 'slots',
  summary: 'Parallel servers with a law of service times.',
  parameters: {
    concurrency: Count({ description: 'Requests that a replica serves at the same time.' }),
    serviceTime: durationLaws.schema,
  },
  example: { kind: 'slots', concurrency: 8, serviceTime: { kind: 'exponential', mean: '1s' } },
  create: ({ concurrency, serviceTime }, environment) => {
    const law = within('serviceTime', () => durationLaws.create(serviceTime, environment));
    const timeOf = ({ declared }: RequestTable, row: RequestRow) =>
      law.sample(environment.draws[declared.tier[row]!]!.at(declared.ordinal[row]!, 0));
    let meanTime = NaN;
    return {
      serversPerReplica: concurrency,
      kvCapacityTokens: null,
      fits: () => true,
      workLeft: timeOf,
      gpuSeconds: () => {
        if (Number.isNaN(meanTime)) meanTime = sampledMean(law);
        return (meanTime * environment.gpusPerReplica) / concurrency;
      },
      createReplica: (replica) => new SlotsReplica(concurrency, law, environment.draws, replica),
    };
  },
});

class SlotsReplica implements Replica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly concurrency: number;
  private readonly law: Law;
  private readonly draws: readonly CounterStream[];
  private readonly environment: ReplicaEnvironment;
  private busy = 0;
  private starting = false;

  constructor(
    concurrency: number,
    law: Law,
    draws: readonly CounterStream[],
    environment: ReplicaEnvironment,
  ) {
    this.id = environment.id;
    this.concurrency = concurrency;
    this.law = law;
    this.draws = draws;
    this.environment = environment;
  }

  kvTokens(): number {
    return 0;
  }

  get room(): number {
    return this.concurrency - this.busy;
  }

  get use(): number {
    return this.busy / this.concurrency;
  }

  get canStart(): boolean {
    return !this.starting && this.busy < this.concurrency;
  }

  start(now: number): void {
    this.starting = true;
    this.environment.schedule(now, this.id, NO_ROW);
  }

  get listens(): boolean {
    return false;
  }

  lineChanged(): boolean {
    // A free server has taken the next in line already, and a busy one looks when it is free.
    return false;
  }

  settle(): void {
    // What is in service has received nothing before it ends.
  }

  resume(now: number, token: number): void {
    const { line, table, observer, schedule, onGrid, phase } = this.environment;
    if (token === NO_ROW) this.starting = false;
    else if (this.serves(token as RequestRow, now)) this.finish(token as RequestRow, now);
    while (this.busy < this.concurrency) {
      const row = line.peek();
      if (row === NO_ROW) break;
      line.remove(row);
      this.busy += 1;
      observer.admitted(row, this.id, now);
      if (phase === 'both') observer.firstToken(row, now);
      const draws = this.draws[table.declared.tier[row]!]!.at(table.declared.ordinal[row]!, 0);
      const endsAt = onGrid(now + this.law.sample(draws));
      table.batch.endsAt[row] = endsAt;
      table.batch.place[row] = this.id;
      schedule(endsAt, this.id, row);
    }
    this.meter.busy.set(this.busy, now);
  }

  cancel(row: RequestRow, now: number): void {
    const { table, line } = this.environment;
    table.batch.endsAt[row] = NaN;
    this.busy -= 1;
    this.meter.busy.set(this.busy, now);
    if (this.canStart && line.peek() !== NO_ROW) this.start(now);
  }

  /** Whether a service that ends now is the row's: it may have been cancelled, and the row serve another since. */
  private serves(row: RequestRow, now: number): boolean {
    const { endsAt, place } = this.environment.table.batch;
    return endsAt[row] === now && place[row] === this.id;
  }

  private finish(row: RequestRow, now: number): void {
    const { table, observer, phase } = this.environment;
    table.batch.endsAt[row] = NaN;
    const { outputDone, lastTokenAt } = table.progress;
    const done = phase === 'prefill' ? 1 : table.outputTarget(row);
    this.busy -= 1;
    this.meter.tokensEmitted += done - outputDone[row]!;
    outputDone[row] = done;
    lastTokenAt[row] = now;
    if (phase === 'prefill') observer.firstToken(row, now);
    observer.finished(row, now);
  }
}
