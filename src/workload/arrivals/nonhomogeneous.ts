/**
 * Poisson arrivals whose rate follows the hours of the week and a trend. Exact: the next arrival is where the integral of the rate
 * has grown by a unit exponential (inversion of the cumulative rate; Çinlar 1975), hour by hour.
 */
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../../stats/index.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';
import { FLAT, OperationalTime, shapeOf, shapeParameters } from './operational-time.ts';

export const nonhomogeneous = arrivalStrategy({
  kind: 'nonhomogeneous',
  summary: 'Independent arrivals at a rate that follows the hour of the day and the day of the week.',
  parameters: {
    ratePerSecond: Positive({ description: 'Arrivals of the provider, the mean over the week [1/s].' }),
    ...shapeParameters,
  },
  example: { kind: 'nonhomogeneous', ratePerSecond: 8, profile: 'azure-2024-code' },
  declares: { isStationary: false, replays: null, users: null },
  create: (parameters, environment) => {
    const shape = shapeOf(parameters, environment);
    if (shape === null && parameters.growthPerWeek === undefined) {
      throw new ParameterError(
        '',
        'gives no shape; write profile, hourOfDay, dayOfWeek or growthPerWeek, or use kind: poisson',
      );
    }
    const rate = parameters.ratePerSecond * environment.share * environment.load;
    return new HourlyArrivals(
      new OperationalTime(rate, shape ?? FLAT, environment.startOfWeek, parameters),
      environment.source,
    );
  },
});

class HourlyArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  private readonly clock: OperationalTime;
  private readonly source: UniformSource;

  constructor(clock: OperationalTime, source: UniformSource) {
    this.clock = clock;
    this.source = source;
  }

  next(): number {
    return this.clock.advance(-Math.log(1 - this.source.next()));
  }

  expectedBy(instant: number): number {
    return this.clock.expectedBy(instant);
  }
}
