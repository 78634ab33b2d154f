/** Poisson arrivals at a constant rate. */
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../../stats/index.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';

export const poisson = arrivalStrategy({
  kind: 'poisson',
  summary: 'Independent arrivals at a constant rate.',
  parameters: { ratePerSecond: Positive({ description: 'Mean arrivals of the provider [1/s].' }) },
  example: { kind: 'poisson', ratePerSecond: 7 },
  declares: { isStationary: true, replays: null, users: null },
  create: ({ ratePerSecond }, { source, share, load }) =>
    new PoissonArrivals(ratePerSecond * share * load, source),
});

class PoissonArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  private readonly rate: number;
  private readonly source: UniformSource;
  private at = 0;

  constructor(rate: number, source: UniformSource) {
    this.rate = rate;
    this.source = source;
  }

  next(): number {
    this.at -= Math.log(1 - this.source.next()) / this.rate;
    return this.at;
  }

  expectedBy(instant: number): number {
    return this.rate * instant;
  }
}
