/** The refill of a bucket as written in a scenario, for every algorithm that has one. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import { SECONDS_PER_MINUTE } from '../../units.ts';
import type { RateLimitEnvironment } from './rate-limit.ts';

export const refill = {
  perMinute: Type.Optional(
    Positive({ description: 'Refill of the resource [1/min]. Give this or perSecond.' }),
  ),
  perSecond: Type.Optional(Positive({ description: 'Refill of the resource [1/s].', examples: [50] })),
  burst: Positive({ description: 'The largest allowance that can accumulate.' }),
};

interface Refill {
  readonly perMinute?: number;
  readonly perSecond?: number;
  readonly burst: number;
}

/**
 * Rate [1/s] and burst in the cell, in units. Throws `ParameterError` when there are two rates or none, or no request
 * could ever pass.
 */
export function scaledRefill({ perMinute, perSecond, burst }: Refill, environment: RateLimitEnvironment) {
  const { scale: share, units } = environment;
  const scale = share * units;
  if ((perMinute === undefined) === (perSecond === undefined)) {
    throw new ParameterError('', 'needs either perMinute or perSecond, and not both');
  }
  if (burst * scale < 1) {
    throw new ParameterError(
      'burst',
      `${burst} × cell.share ${share} is less than ${1 / units}, so nothing could ever pass; give at least ${1 / scale}, or a larger share`,
    );
  }
  const rate = perSecond ?? perMinute! / SECONDS_PER_MINUTE;
  return { rate: rate * scale, burst: burst * scale };
}
