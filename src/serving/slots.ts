/**
 * Slots: a replica of parallel servers, each busy with one request for a drawn time. For endpoints with measured
 * service times, and for checking the engine against queueing theory. Output begins with service and is complete at its
 * end: the first token comes at admission, which also ends the client's patience. In a prefill pool, service is the
 * time to the first token, which comes at its end.
 */
import { Type } from 'typebox';
import { ParameterError, within } from '../errors.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { Count, Fields, List, OneOf } from '../input/schema.ts';
import { durationDistributions, sampledMean, type CounterStream, type Distribution } from '../stats/index.ts';
import { alternatives } from '../input/suggest.ts';
import { InterruptibleSlots, PREEMPTIONS } from './interruptible-slots.ts';
import { SharedSlots } from './processor-sharing.ts';
import type { RequestTable } from '../workload/request-table.ts';
import { ReplicaMeter } from './replica-meter.ts';
import type { Replica, ReplicaEnvironment } from './replica.ts';
import { serviceStrategy } from './service.ts';
import { SlotWork } from './slot-work.ts';

export const slots = serviceStrategy({
  kind: 'slots',
  summary: 'Parallel servers with a distribution of service times.',
  parameters: {
    concurrency: Count({
      description: 'Requests that a replica serves at the same time; with sharing, the number of servers.',
    }),
    serviceTime: durationDistributions.schema,
    serviceTimeByTier: List(
      Fields({
        tier: Type.String({ description: 'A tier.', examples: ['paid'] }),
        serviceTime: durationDistributions.schema,
      }),
      {
        default: [],
        description: 'Tiers whose requests have a service-time distribution of their own.',
      },
    ),
    preemption: OneOf(PREEMPTIONS, {
      default: 'none',
      description:
        'Whether a request that is strictly more important, or shorter where the discipline is shortest-predicted, pre-empts the least important in service at the replica; the pre-empted request returns to the queue, however full, and later continues (resume) or starts over (restart).',
    }),
    sharing: OneOf(['none', 'processor'] as const, {
      default: 'none',
      description:
        'processor: all requests are served at once and share the servers in proportion to the weights of their tiers, up to one server each.',
    }),
  },
  example: { kind: 'slots', concurrency: 8, serviceTime: { kind: 'exponential', mean: '1s' } },
  declares: {
    preemption: ({ preemption }) =>
      preemption === 'none' ? null : { key: 'preemption', value: preemption, without: 'fault' },
    unboundedBy: ({ sharing }) => (sharing === 'processor' ? 'sharing' : null),
    canResume: true,
    precision: {},
  },
  create: ({ concurrency, serviceTime, serviceTimeByTier, preemption, sharing }, environment) => {
    const distribution = within('serviceTime', () => durationDistributions.create(serviceTime, environment));
    const { draws, tiers } = environment;
    const distributions = tiers.map(() => distribution);
    const numbers = new Map(
      serviceTimeByTier.length === 0 ? [] : tiers.map(({ name }, tier) => [name, tier]),
    );
    serviceTimeByTier.forEach((own, index) => {
      const tier = numbers.get(own.tier);
      const path = `serviceTimeByTier[${index}]`;
      if (tier === undefined)
        throw new ParameterError(
          `${path}.tier`,
          `no tier is called "${own.tier}"; ${alternatives(own.tier, [...numbers.keys()])}`,
          'unknown-name',
        );
      distributions[tier] = within(`${path}.serviceTime`, () =>
        durationDistributions.create(own.serviceTime, environment),
      );
    });
    if (sharing === 'processor' && preemption !== 'none')
      throw new ParameterError(
        'preemption',
        `is ${preemption}, but no request waits with processor sharing, so none can be pre-empted; remove preemption or sharing`,
      );
    const createInterruptible = (replica: ReplicaEnvironment) =>
      sharing === 'processor'
        ? new SharedSlots(
            concurrency,
            tiers.map(({ weight = 1 }) => weight),
            distributions,
            draws,
            replica,
          )
        : new InterruptibleSlots(concurrency, preemption, distributions, draws, replica);
    const workLeft = ({ declared, progress }: RequestTable, row: RequestRow) => {
      const left = progress.serviceLeft[row]!;
      const tier = declared.tier[row]!;
      return Number.isNaN(left)
        ? distributions[tier]!.sample(draws[tier]!.at(declared.ordinal[row]!, 0))
        : left;
    };
    let meanTime = NaN;
    const expectedTime = () => {
      if (Number.isNaN(meanTime)) meanTime = sampledMean(distribution);
      return meanTime;
    };
    return {
      serversPerReplica: concurrency,
      kvCapacityTokens: null,
      preempts: preemption !== 'none',
      fits: () => true,
      workLeft,
      gpuSeconds: () => (expectedTime() * environment.gpusPerReplica) / concurrency,
      secondsAlone: expectedTime,
      createReplica: (replica) =>
        sharing === 'none' && preemption === 'none'
          ? new SlotsReplica(concurrency, distributions, draws, replica)
          : createInterruptible(replica),
      createInterruptible,
    };
  },
});

/** Servers without interruption: the end of each service is an event of its own, scheduled when service begins. */
class SlotsReplica implements Replica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly concurrency: number;
  private readonly work: SlotWork;
  private readonly environment: ReplicaEnvironment;
  private busy = 0;
  private starting = false;

  constructor(
    concurrency: number,
    distributions: readonly Distribution[],
    draws: readonly CounterStream[],
    environment: ReplicaEnvironment,
  ) {
    this.id = environment.id;
    this.concurrency = concurrency;
    this.environment = environment;
    this.work = new SlotWork(distributions, draws, environment, this.meter);
  }

  kvTokens(): number {
    return 0;
  }

  get room(): number {
    return this.concurrency - this.busy;
  }

  yieldingTo(): number {
    return 0;
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

  onQueueChanged(): boolean {
    // A free server has taken the head of the queue already, and a busy one checks the queue when it becomes free.
    return false;
  }

  settle(): void {
    // A request in service receives its output only at its end.
  }

  resume(now: number, token: number): void {
    const { queue, schedule, onGrid, table } = this.environment;
    const { batch } = table;
    if (token === NO_ROW) this.starting = false;
    else if (this.serves(token as RequestRow, now)) this.finish(token as RequestRow, now);
    while (this.busy < this.concurrency) {
      const row = queue.peek();
      if (row === NO_ROW) break;
      queue.remove(row);
      this.busy += 1;
      this.work.begin(row, now);
      const endsAt = onGrid(now + this.work.wholeOf(row));
      batch.endsAt[row] = endsAt;
      batch.place[row] = this.id;
      schedule(endsAt, this.id, row);
    }
    this.meter.busy.set(this.busy, now);
  }

  cancel(row: RequestRow, now: number): void {
    const { table, queue } = this.environment;
    table.batch.endsAt[row] = NaN;
    this.busy -= 1;
    this.meter.busy.set(this.busy, now);
    if (this.canStart && queue.peek() !== NO_ROW) this.start(now);
  }

  /** Whether a service that ends now is this row's: it may have been cancelled, and the row reused since. */
  private serves(row: RequestRow, now: number): boolean {
    const { endsAt, place } = this.environment.table.batch;
    return endsAt[row] === now && place[row] === this.id;
  }

  private finish(row: RequestRow, now: number): void {
    this.environment.table.batch.endsAt[row] = NaN;
    this.busy -= 1;
    this.work.complete(row, now);
  }
}
