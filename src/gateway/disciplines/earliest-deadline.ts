/** Earliest deadline first, by the SLO bound on TTFT. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { PositiveDuration } from '../../input/schema.ts';
import { disciplineStrategy } from './discipline.ts';
import { KeyedQueue } from './keyed-queue.ts';

/**
 * The deadline of a request is the arrival of its attempt plus its tier's SLO bound on TTFT: a gateway that sees a
 * retry as a new request cannot date it from the first attempt. A request that misses its deadline is still served.
 */
export const earliestDeadline = disciplineStrategy({
  kind: 'earliest-deadline',
  summary: 'The earliest arrival + SLO bound on TTFT of the tier first.',
  parameters: {
    otherwise: Type.Optional(
      PositiveDuration({
        description: 'The bound for tiers without slo.ttft; required when there are any.',
      }),
    ),
  },
  example: { kind: 'earliest-deadline', otherwise: '60s' },
  declares: { ranks: 'sequences', looksAtPrices: false },
  create: ({ otherwise }, environment) => {
    const { declared, tiers } = environment;
    const bounds = Float64Array.from(tiers, ({ name, ttft }) => {
      if (ttft === null && otherwise === undefined) {
        throw new ParameterError(
          'otherwise',
          `is missing, and tier "${name}" has no slo.ttft; give otherwise, or slo.ttft to the tier`,
        );
      }
      return ttft ?? otherwise!;
    });
    return new KeyedQueue(environment, (row) => declared.attemptAt[row]! + bounds[declared.tier[row]!]!);
  },
});
