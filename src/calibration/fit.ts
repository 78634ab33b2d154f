/**
 * The search for the coefficients under which the simulated engine does to the measured requests what the measured one
 * did. Deterministic: a search from the same run begins and ends in the same place.
 *
 * **Loss.** A request contributes three relative errors: of its TPOT, its E2E, and its TTFT, the last relative to TTFT
 * plus 20 steps, because a first token falls on the end of a step and being one step off says nothing. Beyond 5 % they
 * count linearly and not squared (Huber): where KV runs out, which request is pre-empted can turn on one block. To their
 * mean square are added the squares of the relative errors of the means of TTFT, TPOT and E2E, in which a fleet's
 * capacity shows and the luck of single requests does not.
 *
 * **Search.** Levenberg-Marquardt (`ml-levenberg-marquardt`) over the square roots of the coefficients, which keeps them
 * at zero or more, with differences for derivatives that shrink from round to round: a step boundary that moves past an
 * arrival is a jump, which a wide difference smooths over and a narrow one must.
 *
 * Where KV runs out, a model that is slightly wrong preempts other requests, and those still others: on the whole
 * run the loss is full of local minima. Over its beginning it is not, so every search begins with the first requests
 * and continues with more of them from its result, in the stages below; the worst are dropped. A
 * stage looks no further than twice its last token, so a trial that is much too slow is cut off.
 */
import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import type { EngineReplay, ReplayedRun } from './engine-replay.ts';
import { choiceOf, rounded, type FittedStepTime } from './fitted-step-times.ts';
import type { MeasuredRun } from './measured-run.ts';
import { e2eOf, tpotOf, ttftOf } from './request-times.ts';
import { typicalWorkOf } from './typical-work.ts';

export interface Fit {
  /** In the order of the model's coefficients, rounded to what a scenario file has [s]. */
  readonly coefficients: readonly number[];
  /** Time that every request spends outside the engine before its first token [s]. */
  readonly frontEnd: number;
  readonly loss: number;
  /** What the simulated engine did with the whole run. */
  readonly replayed: ReplayedRun;
  /** Runs simulated. */
  readonly simulations: number;
}

/** Steps that are added to a TTFT before an error in it is taken relative to it. */
const STEPS_OF_SLACK = 20;

/** Beyond this relative error a request counts linearly. */
const HUBER = 0.05;

/**
 * The longest plausible time outside the engine: a step that asynchronous scheduling adds, and 10 ms, the most
 * that the front end of a measured vLLM took.
 */
const LONGEST_FRONT_END = { steps: 1, seconds: 0.01 };

/** Where the search for it begins, as a share of the longest. */
const FRONT_END_SHARE = 0.25;

/**
 * The stages: the share of the requests that is used, by arrival; widths of the finite differences used for
 * derivatives, in roots of shares, one round each; and how many of the searches continue.
 */
const STAGES: readonly {
  readonly share: number;
  readonly widths: readonly number[];
  readonly kept: number;
}[] = [
  { share: 0.15, widths: [0.05, 0.02], kept: 4 },
  { share: 0.4, widths: [0.05, 0.02], kept: 3 },
  { share: 0.7, widths: [0.02, 0.005], kept: 2 },
  { share: 1, widths: [0.05, 0.02, 0.005, 0.001], kept: 1 },
];
/** A stage has as many requests at least, if there are as many. */
const FEWEST = 20;
/** What a stage simulates, in times to its last token. */
const LOOKS_AHEAD = 2;
/** Steps tried at a width, at most. */
const MOST_STEPS = 30;
/** A step is taken when it lowers the loss by this share. */
const LEAST_GAIN = 1e-3;
/** Damping of the first step at a width; steps that fail raise it up to the last, and then the width is done with. */
const FIRST_DAMPING = 1e-2;
const LAST_DAMPING = 2;
const LEAST_DAMPING = 1e-8;
const DAMPING_FACTOR = 6;
/** Errors of a hundred-thousandth: what is left to find is rounding. */
const NEGLIGIBLE = 1e-10;

/**
 * Fits a model to the requests at `indices`; the others are simulated with them and not looked at. `frontEnd` is a known
 * time outside the engine [s], `null` when it is to be fitted too.
 */
export function fit(
  replay: EngineReplay,
  stepTime: FittedStepTime,
  indices: readonly number[],
  frontEnd: number | null,
): Fit {
  const { step, wholeStep } = typicalWorkOf(replay.run, indices);
  const scales = stepTime.scales(wholeStep);
  const longest = LONGEST_FRONT_END.steps * step + LONGEST_FRONT_END.seconds;
  const coefficientsOf = (roots: readonly number[]) =>
    scales.map((scale, index) => scale * roots[index]! ** 2);
  const frontEndOf = (roots: readonly number[]) => frontEnd ?? longest * roots[scales.length]! ** 2;
  const trials = new Trials(replay, stepTime);
  const residualsOver = (part: readonly number[]) => {
    const until = LOOKS_AHEAD * part.reduce((end, index) => Math.max(end, replay.run.lastTokenAt[index]!), 0);
    return (roots: readonly number[]) =>
      residuals(replay.run, trials.under(coefficientsOf(roots), until), frontEndOf(roots), part, step);
  };

  const unbounded = scales.map(() => Infinity);
  // The root of a front end is 1 where it is the longest that is believed.
  const highest = frontEnd === null ? [...unbounded, 1] : unbounded;
  const begin = (shares: readonly number[]) =>
    (frontEnd === null ? [...shares, FRONT_END_SHARE] : shares).map(Math.sqrt);
  let found: (readonly number[])[] = stepTime.starts.map(begin);
  for (const { share, widths, kept } of STAGES) {
    const part = indices.slice(0, Math.max(FEWEST, Math.round(share * indices.length)));
    const residualsAt = residualsOver(part);
    found = found
      .map((start) => search(residualsAt, start, highest, widths))
      .sort((a, b) => a.loss - b.loss)
      .slice(0, kept)
      .map(({ roots }) => roots);
  }
  const best = found[0]!;
  const coefficients = rounded(coefficientsOf(best));
  const kept = frontEnd ?? Number(frontEndOf(best).toFixed(6));
  const replayed = trials.under(coefficients);
  return {
    coefficients,
    frontEnd: kept,
    loss: sumOfSquares(residuals(replay.run, replayed, kept, indices, step)),
    replayed,
    simulations: trials.count,
  };
}

interface Found {
  readonly roots: readonly number[];
  readonly loss: number;
}

/** Searches from `start`, with no root above `highest`, by finite differences of these widths, one after another. */
function search(
  residualsAt: (roots: readonly number[]) => Float64Array,
  start: readonly number[],
  highest: readonly number[],
  widths: readonly number[],
): Found {
  const zeros = new Float64Array(residualsAt(start).length);
  const rows = zeros.map((_, row) => row);
  let found: Found = { roots: start, loss: sumOfSquares(residualsAt(start)) };
  for (const width of widths) {
    let damping = FIRST_DAMPING;
    for (let tried = 0; tried < MOST_STEPS && damping < LAST_DAMPING && found.loss > NEGLIGIBLE; tried++) {
      const next = stepFrom(found.roots, width, damping);
      if (next.loss < (1 - LEAST_GAIN) * found.loss) {
        found = next;
        damping = Math.max(damping / DAMPING_FACTOR, LEAST_DAMPING);
      } else {
        damping *= DAMPING_FACTOR;
      }
    }
  }
  return found;

  /**
   * One step of the optimiser, accepted or not: it does not keep its best point, so steps are requested one at a time.
   */
  function stepFrom(roots: readonly number[], width: number, damping: number): Found {
    const { parameterValues, parameterError } = levenbergMarquardt(
      { x: rows, y: zeros },
      (trial) => {
        const values = residualsAt(trial);
        return (row) => values[row]!;
      },
      {
        initialValues: roots,
        minValues: highest.map((root) => -root),
        maxValues: highest,
        gradientDifference: width,
        centralDifference: true,
        maxIterations: 1,
        damping,
        errorTolerance: Number.MIN_VALUE,
      },
    );
    return { roots: parameterValues, loss: parameterError };
  }
}

/** Simulated runs by their coefficients; the last few are kept, for the optimiser asks again. */
class Trials {
  count = 0;
  private readonly replay: EngineReplay;
  private readonly stepTime: FittedStepTime;
  private readonly known = new Map<string, ReplayedRun>();

  constructor(replay: EngineReplay, stepTime: FittedStepTime) {
    this.replay = replay;
    this.stepTime = stepTime;
  }

  under(coefficients: readonly number[], until?: number): ReplayedRun {
    const key = [...coefficients, until].join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.known.keys();
    if (this.known.size >= MOST_KNOWN) this.known.delete(oldest!);
    const replayed = this.replay.under(choiceOf(this.stepTime, coefficients), until);
    this.known.set(key, replayed);
    this.count += 1;
    return replayed;
  }
}

const MOST_KNOWN = 24;

/** What the loss is the sum of squares of. */
function residuals(
  run: MeasuredRun,
  replayed: ReplayedRun,
  frontEnd: number,
  indices: readonly number[],
  step: number,
): Float64Array {
  const { arrivedAt, outputTokens } = run;
  const weight = 1 / Math.sqrt(indices.length);
  const values = new Float64Array(3 * indices.length + 3);
  const ttft = new Means();
  const tpot = new Means();
  const e2e = new Means();
  indices.forEach((index, place) => {
    const toFirst = ttft.add(ttftOf(arrivedAt, run, index), ttftOf(arrivedAt, replayed, index) + frontEnd);
    const toLast = e2e.add(e2eOf(arrivedAt, run, index), e2eOf(arrivedAt, replayed, index) + frontEnd);
    values[3 * place] = weight * huber(toFirst / (ttftOf(arrivedAt, run, index) + STEPS_OF_SLACK * step));
    values[3 * place + 1] = weight * huber(toLast / e2eOf(arrivedAt, run, index));
    const measured = tpotOf(outputTokens, run, index);
    if (measured === null) return;
    const perToken = tpot.add(measured, tpotOf(outputTokens, replayed, index)!);
    values[3 * place + 2] = weight * huber(perToken / measured);
  });
  values.set([ttft.error, tpot.error, e2e.error], 3 * indices.length);
  return values;
}

/** The relative error of a mean. */
class Means {
  private measured = 0;
  private simulated = 0;

  /** Takes one pair in, and gives their difference. */
  add(measured: number, simulated: number): number {
    this.measured += measured;
    this.simulated += simulated;
    return simulated - measured;
  }

  get error(): number {
    return this.simulated / this.measured - 1;
  }
}

/** The number whose square is Huber's loss of an error. */
function huber(error: number): number {
  const size = Math.abs(error);
  return size <= HUBER ? error : Math.sign(error) * Math.sqrt(HUBER * (2 * size - HUBER));
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
