/** In force while waiting times are long, with hysteresis. */
import { Duration, OneOf, PositiveDuration } from '../../input/schema.ts';
import { HystereticTrigger } from './hysteresis.ts';
import { triggerStrategy } from './trigger.ts';

export const load = triggerStrategy({
  kind: 'load',
  summary: 'In force from the moment a load signal rises above a bound until it falls below another.',
  parameters: {
    signal: OneOf(['waiting'] as const, {
      description: 'waiting: how long the longest waiting request has waited.',
    }),
    above: PositiveDuration({ description: 'Comes into force when the signal is above this.' }),
    below: Duration({ description: 'Ends when the signal is below this; at most `above`.' }),
  },
  example: { kind: 'load', signal: 'waiting', above: '1s', below: '200ms' },
  declares: { follows: 'load' },
  create: ({ above, below }) => new HystereticTrigger(({ longestWait }) => longestWait, above, below, ' s'),
});
