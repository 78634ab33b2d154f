/**
 * Markov-modulated Poisson arrivals: a world that is in one of several states, stays there for an exponential time, and
 * has a rate of arrivals in each. Interrupted Poisson, on and off, is the case of two states of which one is silent.
 *
 * Exact by competing exponentials: in a state the next thing happens at the sum of both rates, and is an arrival with
 * the arrivals' share of it. The first state is drawn from the stationary distribution, so that any window expects the
 * mean rate. A cell's arrivals are those of the same distribution at its share of every rate: the states are the
 * world's, and each arrival is the cell's by itself. Source: Fischer and Meier-Hellstern, "The Markov-modulated Poisson
 * process (MMPP) cookbook", Performance Evaluation 18 (1993).
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { NonNegative, PositiveDuration } from '../../input/schema.ts';
import { stationaryDistribution, sumOf, type UniformSource } from '../../stats/index.ts';
import { arrivalStrategy, type ArrivalProcess, type ExpectedJumps } from './arrival-process.ts';

export const mmpp = arrivalStrategy({
  kind: 'mmpp',
  summary: 'Poisson arrivals at a rate that jumps between the states of a Markov chain: bursts and lulls.',
  parameters: {
    ratesPerSecond: Type.Array(
      NonNegative({ description: 'Arrivals of the provider while in this state [1/s]; zero is allowed.' }),
      { minItems: 2, description: 'The rate in each state; the first state is drawn by how common each is.' },
    ),
    meanStay: Type.Array(PositiveDuration({ description: 'Mean of the exponential time spent in it.' }), {
      minItems: 2,
      description: 'How long each state lasts in the mean.',
    }),
    jumps: Type.Optional(
      Type.Array(Type.Array(NonNegative({ description: 'Relative chance; zero for the state itself.' })), {
        description: 'For each state, the relative chances of every state to come next. Left out of two.',
        examples: [
          [
            [0, 1, 1],
            [1, 0, 1],
            [2, 1, 0],
          ],
        ],
      }),
    ),
  },
  example: { kind: 'mmpp', ratesPerSecond: [20, 4], meanStay: ['30s', '2min'] },
  declares: { isStationary: true, replays: null, users: null },
  create: ({ ratesPerSecond, meanStay, jumps: written }, { source, share, load }) => {
    if (ratesPerSecond.every((rate) => rate === 0)) {
      throw new ParameterError(
        'ratesPerSecond',
        'every rate is 0, so nothing would ever arrive; give some state a rate',
      );
    }
    const states = ratesPerSecond.length;
    if (meanStay.length !== states)
      throw new ParameterError(
        'meanStay',
        `has ${meanStay.length} times for ${states} rates; give one for each`,
      );
    const jumps = chancesOf(written, states);
    const distribution = stationaryDistribution(
      jumps.map((chances, from) => chances.map((chance) => chance / meanStay[from]!)),
    );
    if (distribution === null) {
      throw new ParameterError(
        'jumps',
        'some state is never reached from some other, so no distribution says where to start; let jumps lead everywhere',
      );
    }
    return new ModulatedArrivals(
      ratesPerSecond.map((rate) => rate * share * load),
      meanStay,
      jumps,
      distribution,
      source,
    );
  },
});

/** Of two states the other always follows. */
const ALWAYS_FIRST = [1, 0];
const ALWAYS_SECOND = [0, 1];

/** The chances of every state to follow each. */
function chancesOf(written: readonly (readonly number[])[] | undefined, states: number): number[][] {
  if (written === undefined) {
    if (states === 2) return [ALWAYS_SECOND, ALWAYS_FIRST];
    throw new ParameterError(
      'jumps',
      `is missing: of ${states} states, give for each the relative chances of the others to come next`,
    );
  }
  if (written.length !== states)
    throw new ParameterError('jumps', `has ${written.length} rows for ${states} states; give one for each`);
  return written.map((next, from) => {
    const path = `jumps[${from}]`;
    if (next.length !== states)
      throw new ParameterError(path, `has ${next.length} chances for ${states} states; give one for each`);
    if (next[from] !== 0)
      throw new ParameterError(`${path}[${from}]`, `${next[from]} is the chance to follow itself; write 0`);
    const total = next.reduce((a, b) => a + b, 0);
    if (total === 0) throw new ParameterError(path, 'every chance is 0; give some state a chance');
    return next.map((chance) => chance / total);
  });
}

/** The index at which a uniform number falls into the chances. */
function indexIn(chances: Float64Array, start: number, count: number, u: number): number {
  let rest = u;
  let last = 0;
  for (let index = 0; index < count; index++) {
    const chance = chances[start + index]!;
    if (chance === 0) continue;
    if (rest < chance) return index;
    rest -= chance;
    last = index;
  }
  // The chances add up to one but for rounding.
  return last;
}

class ModulatedArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  private readonly count: number;
  /** By state: arrivals and everything that happens [1/s]. */
  private readonly arriving: Float64Array;
  private readonly happening: Float64Array;
  /** Row after row, the chances of each state to follow one. */
  private readonly jumps: Float64Array;
  private readonly source: UniformSource;
  /** In the long run: arrivals, and jumps between states [1/s]. */
  private readonly meanRate: number;
  private readonly meanJumps: number;
  private state: number;
  private at = 0;

  constructor(
    rates: readonly number[],
    meanStay: readonly number[],
    jumps: readonly (readonly number[])[],
    stationary: readonly number[],
    source: UniformSource,
  ) {
    this.count = rates.length;
    this.arriving = Float64Array.from(rates);
    this.happening = this.arriving.map((rate, index) => rate + 1 / meanStay[index]!);
    this.jumps = Float64Array.from(jumps.flat());
    this.source = source;
    this.meanRate = sumOf(stationary.map((chance, state) => chance * this.arriving[state]!));
    this.meanJumps = sumOf(stationary.map((chance, state) => chance / meanStay[state]!));
    this.state = indexIn(Float64Array.from(stationary), 0, this.count, source.next());
  }

  next(): number {
    const { source, count } = this;
    for (;;) {
      const happening = this.happening[this.state]!;
      this.at -= Math.log(1 - source.next()) / happening;
      if (source.next() * happening < this.arriving[this.state]!) return this.at;
      this.state = indexIn(this.jumps, this.state * count, count, source.next());
    }
  }

  expectedBy(instant: number): number {
    return this.meanRate * instant;
  }

  jumpsBy(instant: number): readonly ExpectedJumps[] {
    return [{ path: 'meanStay', count: this.meanJumps * instant }];
  }
}
