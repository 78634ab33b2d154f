/**
 * Markov-modulated Poisson arrivals: a world that is in one of several states, stays there for an exponential time, and
 * has a rate of arrivals in each. Interrupted Poisson, on and off, is the case of two states of which one is silent.
 *
 * Exact by competing exponentials: in a state the next thing happens at the sum of both rates, and is an arrival with the
 * arrivals' share of it. The first state is drawn from the stationary law, so that any window expects the mean rate.
 * A cell's arrivals are those of the same law at its share of every rate: the states are the world's, and each arrival
 * is the cell's by itself. Source: Fischer and Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook",
 * Performance Evaluation 18 (1993).
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Fields, NonNegative, PositiveDuration } from '../../schema.ts';
import { stationaryLaw, type UniformSource } from '../../stats/index.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';

const state = Fields({
  ratePerSecond: NonNegative({
    description: 'Arrivals of the provider while in this state [1/s]; zero is allowed.',
  }),
  holdingTime: PositiveDuration({ description: 'Mean of the exponential time spent in it.' }),
  next: Type.Optional(
    Type.Array(NonNegative({ description: 'Relative chance.' }), {
      description:
        'Relative chances of each state, in their order, to come next; zero for itself. Left out of two.',
    }),
  ),
});

interface State {
  readonly ratePerSecond: number;
  readonly holdingTime: number;
  readonly next?: readonly number[];
}

export const mmpp = arrivalStrategy({
  kind: 'mmpp',
  summary: 'Poisson arrivals at a rate that jumps between the states of a Markov chain: bursts and lulls.',
  parameters: {
    states: Type.Array(state, {
      minItems: 2,
      description: 'The states; the first is drawn by how common each is.',
    }),
  },
  example: {
    kind: 'mmpp',
    states: [
      { ratePerSecond: 20, holdingTime: '30s' },
      { ratePerSecond: 4, holdingTime: '2min' },
    ],
  },
  create: ({ states }, { source, share }) => {
    if (states.every(({ ratePerSecond }) => ratePerSecond === 0)) {
      throw new ParameterError(
        'states',
        'every rate is 0, so nothing would ever arrive; give some state a rate',
      );
    }
    const jumps = states.map((_, index) => jumpsFrom(states, index));
    const law = stationaryLaw(
      jumps.map((chances, from) => chances.map((chance) => chance / states[from]!.holdingTime)),
    );
    if (law === null) {
      throw new ParameterError(
        'states',
        'some state is never reached from some other, so no law says where to start; let next lead everywhere',
      );
    }
    return new ModulatedArrivals(states, jumps, law, share, source);
  },
});

/** The chances of each state to follow one. */
function jumpsFrom(states: readonly State[], from: number): number[] {
  const path = `states[${from}].next`;
  const { next } = states[from]!;
  if (next === undefined) {
    if (states.length === 2) return from === 0 ? [0, 1] : [1, 0];
    throw new ParameterError(
      path,
      `is missing: of ${states.length} states, give the relative chance of each to come next`,
    );
  }
  if (next.length !== states.length)
    throw new ParameterError(
      path,
      `has ${next.length} chances for ${states.length} states; give one for each`,
    );
  if (next[from] !== 0)
    throw new ParameterError(`${path}[${from}]`, `${next[from]} is the chance to follow itself; write 0`);
  const total = next.reduce((a, b) => a + b, 0);
  if (total === 0) throw new ParameterError(path, 'every chance is 0; give some state a chance');
  return next.map((chance) => chance / total);
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
  readonly index = -1;
  private readonly count: number;
  /** By state: arrivals and everything that happens [1/s]. */
  private readonly arriving: Float64Array;
  private readonly happening: Float64Array;
  /** Row after row, the chances of each state to follow one. */
  private readonly jumps: Float64Array;
  private readonly source: UniformSource;
  private state: number;
  private at = 0;

  constructor(
    states: readonly State[],
    jumps: readonly (readonly number[])[],
    stationary: readonly number[],
    share: number,
    source: UniformSource,
  ) {
    this.count = states.length;
    this.arriving = Float64Array.from(states, ({ ratePerSecond }) => ratePerSecond * share);
    this.happening = this.arriving.map((rate, index) => rate + 1 / states[index]!.holdingTime);
    this.jumps = Float64Array.from(jumps.flat());
    this.source = source;
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
}
