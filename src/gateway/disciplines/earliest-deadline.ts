/** Who must be served soonest is served first. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { PositiveDuration } from '../../schema.ts';
import { disciplineStrategy } from './discipline.ts';
import { KeyedQueue } from './keyed-queue.ts';

/**
 * The deadline of a request is the arrival of its attempt and the bound on TTFT that its tier was promised: a gateway
 * that takes an attempt for a new request cannot date it from the first. Who misses it is served all the same.
 */
export const earliestDeadline = disciplineStrategy({
  kind: 'earliest-deadline',
  summary: 'The earliest arrival + bound on TTFT promised to the tier first.',
  parameters: {
    otherwise: Type.Optional(
      PositiveDuration({
        description: 'The bound for tiers that are promised no TTFT; needed when there are such.',
      }),
    ),
  },
  example: { kind: 'earliest-deadline', otherwise: '60s' },
  create: ({ otherwise }, environment) => {
    const { declared, tiers } = environment;
    const bounds = Float64Array.from(tiers, ({ name, ttft }) => {
      if (ttft === null && otherwise === undefined) {
        throw new ParameterError(
          'otherwise',
          `is missing, and tier "${name}" is promised no TTFT; give it, or slo.ttft to the tier`,
        );
      }
      return ttft ?? otherwise!;
    });
    return new KeyedQueue(environment, (row) => declared.attemptAt[row]! + bounds[declared.tier[row]!]!);
  },
});
