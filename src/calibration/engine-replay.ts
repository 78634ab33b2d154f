/**
 * Replays the measured requests through the simulated engine: the same arrivals and lengths on one replica of a pool,
 * with a trial step-time model. It knows how to simulate, and not how good the answer is.
 */
import { firstOf, InputError, InvariantError, MOST_FAULTS, ParameterError, type Fault } from '../errors.ts';
import { NO_PRICE } from '../gateway/worth.ts';
import { services } from '../serving/index.ts';
import type { stepTimes } from '../serving/step-time/index.ts';
import { lookupsOf, type Cell, type PoolPlan } from '../simulation/cell.ts';
import { simulate } from '../simulation/simulate.ts';
import type { ChoiceOf } from '../input/strategy.ts';
import { promptTreeOf } from '../workload/prompt-tree.ts';
import { TraceBuilder } from '../workload/traces/trace.ts';
import type { MeasuredRun } from './measured-run.ts';

/** What the simulated engine did with each request. Instants are on the clock of the measured run [s]. */
export interface ReplayedRun {
  readonly firstTokenAt: Float64Array;
  readonly lastTokenAt: Float64Array;
  readonly preemptions: number;
}

/** A pool whose replicas batch continuously. */
export type BatchingPool = PoolPlan & {
  readonly serving: Extract<PoolPlan['serving'], { kind: 'continuous-batching' }>;
};

/** A trial that takes this many times as long as the measured run is cut off: how wrong it is does not matter. */
const LONGEST = 10;

export class EngineReplay {
  readonly run: MeasuredRun;
  /** KV tokens that the engine holds. */
  readonly kvCapacityTokens: number;
  private readonly pool: BatchingPool;
  private readonly cell: Cell;
  private readonly endsAt: number;

  /** Throws `InputError` for every request that the engine of this pool could never have served. */
  constructor(run: MeasuredRun, pool: BatchingPool, named: Cell['named']) {
    this.run = run;
    this.pool = pool;
    const builder = new TraceBuilder();
    run.arrivedAt.forEach((at, index) =>
      builder.add({
        at,
        prompt: run.promptTokens[index]!,
        output: run.outputTokens[index]!,
        cached: run.cachedTokens[index]!,
      }),
    );
    const trace = builder.take();
    this.endsAt = LONGEST * run.lastTokenAt.reduce((latest, at) => Math.max(latest, at), 0);
    this.cell = {
      share: 1,
      load: 1,
      startOfWeek: 0,
      startDate: null,
      window: { from: 0, to: this.endsAt },
      tiers: [
        {
          rule: TIER,
          lastPriority: TIER.priority,
          tenants: 1,
          model: 0,
          featureModels: [],
          price: NO_PRICE,
          spend: null,
        },
      ],
      models: ['measured'],
      pools: [{ ...pool, model: 0, replicas: 1, dynamics: null }],
      reallocation: [],
      gateway: GATEWAY,
      named: { ...named, traces: new Map([[MEASURED, trace]]), ...promptsOf(run, pool) },
    };
    this.kvCapacityTokens = this.refuseWhatNeverFits();
  }

  /**
   * The run under a model of step time, up to an instant [s]; long after the measured one when left out. Requests that
   * it leaves unfinished end with it.
   */
  under(stepTime: ChoiceOf<typeof stepTimes>, endsAt = this.endsAt): ReplayedRun {
    const { pool, cell } = this;
    const requests = this.run.arrivedAt.length;
    const firstTokenAt = new Float64Array(requests).fill(endsAt);
    const lastTokenAt = new Float64Array(requests).fill(endsAt);
    let preemptions = 0;
    const trial = { ...pool, model: 0, replicas: 1, dynamics: null, serving: { ...pool.serving, stepTime } };
    simulate({ ...cell, window: { from: 0, to: endsAt }, pools: [trial] }, 'calibration', 0, {
      onClosed: ({ declared, progress }, row, outcome) => {
        const index = declared.id[row]!;
        preemptions += progress.preemptions[row]!;
        if (outcome !== 'served' && outcome !== 'unfinished')
          throw new InvariantError(`request ${index} of the replayed run is ${outcome}`);
        if (!Number.isNaN(progress.firstTokenAt[row]!)) firstTokenAt[index] = progress.firstTokenAt[row]!;
        if (outcome === 'served') lastTokenAt[index] = progress.lastTokenAt[row]!;
      },
    });
    return { firstTokenAt, lastTokenAt, preemptions };
  }

  /** Throws for requests that never fit; else the KV tokens of the engine. */
  private refuseWhatNeverFits(): number {
    const { run, pool, cell } = this;
    const service = services.create(pool.serving, {
      ...lookupsOf(cell),
      model: pool.catalogModel,
      accelerator: pool.accelerator,
      gpusPerReplica: pool.gpusPerReplica,
      draws: [],
      tiers: [],
    });
    const faults: Fault[] = [];
    run.arrivedAt.forEach((_, index) => {
      const [prompt, cached, output] = [run.promptTokens, run.cachedTokens, run.outputTokens].map(
        (column) => column[index]!,
      ) as [number, number, number];
      if (service.fits(prompt, cached, output) || faults.length > MOST_FAULTS) return;
      const message =
        `${prompt} prompt and ${output} output tokens could never be served by pool ${pool.name}, which holds ` +
        `${String(service.kvCapacityTokens)} KV tokens; give the settings of the engine that was measured`;
      faults.push({ kind: 'file-content', place: run.placeOf(index), path: '', message });
    });
    if (faults.length > 0) throw new InputError(firstOf(faults));
    return service.kvCapacityTokens!;
  }
}

/** The shared prefixes of the prompts, in blocks of the pool's engine, where the run records them. */
function promptsOf({ blockIds, promptTokens, placeOf }: MeasuredRun, { serving }: BatchingPool) {
  if (blockIds === null) return {};
  const { blockSize } = serving.kv;
  const prompts = blockIds.map((ids, index) => {
    const tokens = promptTokens[index]!;
    // Some layouts also have an id for a partly filled block.
    if (ids.length !== Math.floor(tokens / blockSize) && ids.length !== Math.ceil(tokens / blockSize))
      throw faultAt(
        placeOf(index),
        `has ${ids.length} block ids for ${tokens} prompt tokens, and the engine has blocks of ${blockSize}; ` +
          'give kv.blockSize as it was measured',
      );
    return { tokens, ids: ids.slice(0, Math.floor(tokens / blockSize)) };
  });
  try {
    return { prompts: promptTreeOf(prompts, blockSize) };
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw faultAt(placeOf(Number(/\d+/.exec(error.path)![0])), error.message);
  }
}

const faultAt = (place: string, message: string) =>
  new InputError([{ kind: 'file-content', place, path: '', message }]);

/** Under which name the cell has the trace of the measured requests. */
const MEASURED = 'measured';

/** The tier that sends the measured requests: identical, patient, and without delay before the engine. */
const TIER: Cell['tiers'][number]['rule'] = {
  name: 'measured',
  priority: 0,
  weight: 1,
  tenants: 1,
  activity: { kind: 'equal' },
  arrivals: { kind: 'replay', file: MEASURED, format: 'csv', timeScale: 1, repeat: 1 },
  lengths: { prompt: { kind: 'constant', value: 1 }, output: { kind: 'constant', value: 1 }, cachedShare: 0 },
  model: 'measured',
};

const GATEWAY: Cell['gateway'] = {
  rateLimits: [],
  degradation: [],
  admission: { kind: 'unbounded' },
  discipline: { kind: 'fcfs' },
  routing: { kind: 'central' },
  telemetryInterval: 1,
};
