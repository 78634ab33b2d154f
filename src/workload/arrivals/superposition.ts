/**
 * Superposition: several sources of one tier, independent of each other, each with a stream and one pending arrival of its
 * own. Among arrivals of one instant the source above comes first. The cell has its share of each source.
 */
import { Type } from 'typebox';
import { within } from '../../errors.ts';
import { sumOf } from '../../stats/index.ts';
import { Family } from '../../input/strategy.ts';
import { arrivalStrategy, type ArrivalProcess, type ExpectedJumps } from './arrival-process.ts';
import { batch } from './batch.ts';
import { mmpp } from './mmpp.ts';
import { nonhomogeneous } from './nonhomogeneous.ts';
import { poisson } from './poisson.ts';
import { renewal } from './renewal.ts';

/**
 * What can be superposed. Not a trace, whose requests bring their own lengths, nor a closed loop, whose users send by
 * themselves: each has a tier of its own.
 */
const sources = new Family('arrival process of a source', 'When the requests of one source arrive.', [
  poisson,
  nonhomogeneous,
  renewal,
  mmpp,
  batch,
]);

export const superposition = arrivalStrategy({
  kind: 'superposition',
  summary: 'Several independent sources together, such as a steady base and a bursty customer.',
  parameters: {
    sources: Type.Array(sources.schema, {
      minItems: 1,
      description: 'The sources: arrival processes of any kind but superposition, replay and closed-loop.',
    }),
  },
  example: {
    kind: 'superposition',
    sources: [
      { kind: 'poisson', ratePerSecond: 5 },
      { kind: 'renewal', ratePerSecond: 1, gap: { kind: 'weibull', cv: 6 } },
    ],
  },
  declares: {
    isStationary: (parameters) =>
      parameters.sources.every((source) => sources.declared(source, 'isStationary')),
    replays: null,
    users: null,
  },
  create: (parameters, environment) =>
    new SuperposedArrivals(
      parameters.sources.map((choice, index) =>
        within(`sources[${index}]`, () =>
          sources.create(choice, {
            ...environment,
            source: environment.stream(String(index)),
            stream: (part) => environment.stream(`${index}/${part}`),
          }),
        ),
      ),
    ),
});

/** Pending arrivals that are compared in the time of a draw, about. */
const COMPARED_A_DRAW = 30;

class SuperposedArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  private readonly sources: readonly ArrivalProcess[];
  /** By source: its pending arrival [s]; `null` before the first is asked for. */
  private pending: Float64Array | null = null;

  constructor(sources: readonly ArrivalProcess[]) {
    this.sources = sources;
  }

  /** A scan: sources are written one by one, so they are few. */
  next(): number {
    const pending = (this.pending ??= Float64Array.from(this.sources, (source) => source.next()));
    let first = 0;
    for (let source = 1; source < pending.length; source++) {
      if (pending[source]! < pending[first]!) first = source;
    }
    const at = pending[first]!;
    pending[first] = this.sources[first]!.next();
    return at;
  }

  expectedBy(instant: number): number {
    return sumOf(this.sources.map((source) => source.expectedBy(instant)));
  }

  drawsBy(instant: number): number {
    const { sources } = this;
    const drawn = sumOf(sources.map((source) => source.drawsBy?.(instant) ?? source.expectedBy(instant)));
    return drawn + (this.expectedBy(instant) * sources.length) / COMPARED_A_DRAW;
  }

  jumpsBy(instant: number): readonly ExpectedJumps[] {
    return this.sources.flatMap((source, index) =>
      (source.jumpsBy?.(instant) ?? []).map(({ path, count }) => ({
        path: `sources[${index}].${path}`,
        count,
      })),
    );
  }

  get together(): number {
    return this.sources.reduce((most, { together = 1 }) => Math.max(most, together), 1);
  }
}
