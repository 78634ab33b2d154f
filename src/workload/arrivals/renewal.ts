/**
 * Renewal arrivals: independent gaps of one distribution, more regular or more bursty than Poisson. With a shape of the
 * week the gaps are of operational time, so that the rate follows the hour and the distribution stays.
 *
 * The process is in equilibrium: it has been running since long before the start, so its first gap is what is left of
 * the gap that covers the start, and any window expects the integral of the rate.
 */
import { ParameterError, within } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../../stats/index.ts';
import { described } from '../../input/strategy.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';
import { gapDistributions, type Gaps } from './gap-distributions.ts';
import { FLAT, OperationalTime, shapeOf, shapeParameters } from './operational-time.ts';

export const renewal = arrivalStrategy({
  kind: 'renewal',
  summary:
    'Independent gaps of one distribution, more regular or more bursty than Poisson; the rate may follow the hour.',
  parameters: {
    ratePerSecond: Positive({ description: 'Arrivals of the provider, the mean over the week [1/s].' }),
    gap: described(gapDistributions, 'The distribution of the gaps between arrivals, without its mean.'),
    ...shapeParameters,
  },
  example: { kind: 'renewal', ratePerSecond: 7, gap: { kind: 'gamma', cv: 2 } },
  declares: { isStationary: true, replays: null, users: null },
  create: (parameters, environment) => {
    const { ratePerSecond, gap } = parameters;
    if (environment.share !== 1) {
      throw new ParameterError(
        'kind',
        'a share of a renewal process has gaps of another distribution, so cell.share must be 1; poisson, mmpp and batch have shares',
      );
    }
    const shape = shapeOf(parameters, environment) ?? FLAT;
    return new RenewalArrivals(
      within('gap', () => gapDistributions.create(gap, null)),
      new OperationalTime(ratePerSecond * environment.load, shape, environment.startOfWeek, parameters),
      environment.source,
    );
  },
});

class RenewalArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  private readonly gaps: Gaps;
  private readonly clock: OperationalTime;
  private readonly source: UniformSource;
  private started = false;

  constructor(gaps: Gaps, clock: OperationalTime, source: UniformSource) {
    this.gaps = gaps;
    this.clock = clock;
    this.source = source;
  }

  next(): number {
    if (this.started) return this.clock.advance(this.gaps.distribution.sample(this.source));
    this.started = true;
    return this.clock.advance(this.gaps.first(this.source));
  }

  expectedBy(instant: number): number {
    return this.clock.expectedBy(instant);
  }
}
