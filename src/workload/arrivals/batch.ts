/**
 * Batches: Poisson instants at each of which several requests come at once (compound Poisson). A batch is one
 * customer's, in the cell as a whole or not at all, so the cell has its share of the batches and their sizes stay.
 */
import { within } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import { sampledMean, wholeTokens, type Distribution, type UniformSource } from '../../stats/index.ts';
import { described } from '../../input/strategy.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';
import { batchSizes } from './batch-sizes.ts';

export const batch = arrivalStrategy({
  kind: 'batch',
  summary: 'Several requests at once, at independent instants of a constant rate.',
  parameters: {
    ratePerSecond: Positive({
      description: 'Mean batches of the provider [1/s]; requests come at this × the mean size.',
    }),
    size: described(batchSizes, 'Requests of a batch.'),
  },
  example: { kind: 'batch', ratePerSecond: 0.5, size: { kind: 'geometric', mean: 8 } },
  declares: { isStationary: true, replays: null, users: null },
  create: ({ ratePerSecond, size }, environment) =>
    new BatchArrivals(
      ratePerSecond * environment.share * environment.load,
      within('size', () => batchSizes.create(size, environment)),
      environment.source,
      environment.stream('sizes'),
    ),
});

class BatchArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  private readonly rate: number;
  private readonly size: Distribution;
  private readonly source: UniformSource;
  /** Apart from the instants, so that another distribution of sizes moves none. */
  private readonly sizeSource: UniformSource;
  private at = 0;
  /** Requests of the batch of this instant that are still to be given. */
  private left = 0;
  private meanSize: number | null = null;

  constructor(rate: number, size: Distribution, source: UniformSource, sizeSource: UniformSource) {
    this.rate = rate;
    this.size = size;
    this.source = source;
    this.sizeSource = sizeSource;
  }

  next(): number {
    if (this.left === 0) {
      this.at -= Math.log(1 - this.source.next()) / this.rate;
      this.left = wholeTokens(this.size.sample(this.sizeSource), this.sizeSource);
    }
    this.left -= 1;
    return this.at;
  }

  get together(): number {
    this.meanSize ??= Math.max(1, sampledMean(this.size));
    return this.meanSize;
  }

  expectedBy(instant: number): number {
    return this.rate * instant * this.together;
  }
}
