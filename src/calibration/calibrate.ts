/**
 * Calibration: from a measured run and the pool it was measured on to a step-time model, and to what that model is
 * worth. The run is fitted twice: whole, for the model to use, and its first part alone, to be tested on the rest. Both
 * times all requests are simulated, because the later ones queue behind the earlier; the search looks at its own only.
 */
import { ParameterError } from '../errors.ts';
import type { Cell, PoolPlan, ServingPool } from '../simulation/cell.ts';
import { alternatives } from '../input/suggest.ts';
import { compare, meanOf, TIMES, timesOf, type Comparison, type Time } from './comparison.ts';
import { doubtOf } from './doubts.ts';
import { EngineReplay, type BatchingPool, type ReplayedRun } from './engine-replay.ts';
import { fit } from './fit.ts';
import {
  choiceOf,
  FITTED_KINDS,
  FITTED_STEP_TIMES,
  yamlOf,
  type FittedKind,
  type FittedStepTime,
} from './fitted-step-times.ts';
import type { MeasuredRun } from './measured-run.ts';

export interface CalibrationOptions {
  /** The pool whose engine was measured; the only one when left out. */
  readonly pool?: string | undefined;
  /** The model to fit; the pool's own when left out. */
  readonly stepTime?: FittedKind | undefined;
  /** The share of the requests, by arrival, that is fitted to test the model on the rest; a half when left out. */
  readonly split?: number | undefined;
  /** Time of each request outside the engine [s]; fitted when left out. */
  readonly frontEnd?: number | undefined;
}

/** A model fitted to some of the requests. */
export interface FittedRun {
  readonly fittedRequests: number;
  /** The model's parameters [s]. */
  readonly coefficients: Readonly<Record<string, number>>;
  /** Time that every request spends outside the engine before its first token [s]. */
  readonly frontEnd: number;
  /** The model as a pool of a scenario has it. */
  readonly yaml: string;
  /** The loss that was minimised; its definition is in `fit.ts`. */
  readonly loss: number;
  readonly simulations: number;
  /** Pre-emptions of the whole simulated run. */
  readonly preemptions: number;
  /** What the simulated engine did with every request. */
  readonly replayed: ReplayedRun;
}

export interface Calibration {
  readonly pool: string;
  readonly stepTime: FittedKind;
  readonly requests: number;
  /** Fitted to the whole run, and compared with it. */
  readonly whole: FittedRun & {
    readonly comparison: Comparison;
    /** The error of the mean TTFT without the time outside the engine: what a scenario will show. */
    readonly engineTtftError: number;
    /** What to check where the model does not explain the run; `null` where it does. */
    readonly doubt: string | null;
    /**
     * How far the simulated means move, at most, when every coefficient is `STRETCH` larger or smaller, relative: where
     * that is much more than the stretch, chance decides which requests are preempted, and smaller errors are
     * meaningless.
     */
    readonly sensitivity: Readonly<Record<Time, number>>;
  };
  /** Fitted to the first requests, and compared with them and with the others. */
  readonly split: FittedRun & { readonly fitted: Comparison; readonly tested: Comparison };
}

/** By how much the coefficients are changed to measure sensitivity. */
export const STRETCH = 0.001;

/** Half of the requests to fit, half to test. */
const DEFAULT_SPLIT = 0.5;

/**
 * Calibrates a pool of a cell to a measured run of one replica of it. Throws `ParameterError` at the option that is
 * wrong, `InputError` for requests that the engine could not have served.
 */
export function calibrate(
  cell: Pick<Cell, 'pools' | 'named'>,
  run: MeasuredRun,
  options: CalibrationOptions = {},
): Calibration {
  const pool = poolNamed(cell.pools, options.pool);
  const kind = options.stepTime ?? kindFittedFor(pool);
  const stepTime = FITTED_STEP_TIMES[kind];
  const requests = run.arrivedAt.length;
  const all = Array.from(run.arrivedAt, (_, index) => index);
  const fitted = Math.round((options.split ?? DEFAULT_SPLIT) * requests);
  if (fitted < 1 || fitted >= requests)
    throw new ParameterError(
      'split',
      `of ${requests} requests ${fitted} would be fitted and ${requests - fitted} tested; each part needs at least one`,
    );
  const replay = new EngineReplay(run, pool, cell.named);
  const frontEnd = options.frontEnd ?? null;
  const compared = ({ replayed, frontEnd: outside }: FittedRun, indices: readonly number[]) =>
    compare(run, replayed, outside, indices);
  const whole = fittedRun(replay, stepTime, all, frontEnd);
  const split = fittedRun(replay, stepTime, all.slice(0, fitted), frontEnd);
  return {
    pool: pool.name,
    stepTime: kind,
    requests,
    whole: {
      ...whole,
      comparison: compared(whole, all),
      doubt: doubtOf(compared(whole, all), whole.preemptions, replay.kvCapacityTokens),
      engineTtftError: compare(run, whole.replayed, 0, all).metrics[0]!.error!,
      sensitivity: sensitivityOf(replay, stepTime, whole),
    },
    split: {
      ...split,
      fitted: compared(split, all.slice(0, fitted)),
      tested: compared(split, all.slice(fitted)),
    },
  };
}

function fittedRun(
  replay: EngineReplay,
  stepTime: FittedStepTime,
  indices: readonly number[],
  frontEnd: number | null,
): FittedRun {
  const found = fit(replay, stepTime, indices, frontEnd);
  return {
    fittedRequests: indices.length,
    coefficients: Object.fromEntries(
      stepTime.coefficients.map((name, at) => [name, found.coefficients[at]!]),
    ),
    frontEnd: found.frontEnd,
    yaml: yamlOf(stepTime, found.coefficients),
    loss: found.loss,
    simulations: found.simulations,
    preemptions: found.replayed.preemptions,
    replayed: found.replayed,
  };
}

function sensitivityOf(
  replay: EngineReplay,
  stepTime: FittedStepTime,
  { coefficients, replayed }: FittedRun,
): Record<Time, number> {
  const { run } = replay;
  const all = Array.from(run.arrivedAt, (_, index) => index);
  const meansOf = (replayedRun: ReplayedRun) => {
    const times = timesOf(run, replayedRun, 0, all);
    return TIMES.map((time) => meanOf(times[time])!);
  };
  const fitted = meansOf(replayed);
  const moved = [1 - STRETCH, 1 + STRETCH].map((factor) =>
    meansOf(
      replay.under(
        choiceOf(
          stepTime,
          Object.values(coefficients).map((seconds) => seconds * factor),
        ),
      ),
    ),
  );
  const largest = (at: number) => Math.max(...moved.map((means) => Math.abs(means[at]! / fitted[at]! - 1)));
  return { ttft: largest(0), tpot: largest(1), e2e: largest(2) };
}

function poolNamed(all: readonly PoolPlan[], name: string | undefined): BatchingPool {
  const pools = all.filter((pool): pool is ServingPool => pool.serving !== null);
  const names = pools.map((pool) => pool.name);
  if (name === undefined && pools.length > 1)
    throw new ParameterError('pool', `several pools; choose the one that was measured: ${names.join(', ')}`);
  const pool = name === undefined ? pools[0]! : pools.find((one) => one.name === name);
  if (pool === undefined)
    throw new ParameterError(
      'pool',
      `there is no pool "${name!}"; ${alternatives(name!, names)}`,
      'unknown-name',
    );
  if (pool.serving.kind !== 'continuous-batching')
    throw new ParameterError(
      'pool',
      `"${pool.name}" uses ${pool.serving.kind}, which has no steps; name a pool with continuous-batching`,
    );
  if (pool.phase !== 'both')
    throw new ParameterError(
      'pool',
      `"${pool.name}" serves only the phase ${pool.phase}; a measured run needs an engine that serves both phases`,
    );
  return pool as BatchingPool;
}

function kindFittedFor({ name, serving }: BatchingPool): FittedKind {
  const { kind } = serving.stepTime;
  if (isFitted(kind)) return kind;
  throw new ParameterError(
    'step-time',
    `pool ${name} has the step-time model ${kind}, which is not fitted; choose one of ${FITTED_KINDS.join(', ')}`,
  );
}

const isFitted = (kind: string): kind is FittedKind => Object.hasOwn(FITTED_STEP_TIMES, kind);
