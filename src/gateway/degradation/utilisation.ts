/** In force while utilisation of servers or KV memory is high, with hysteresis. */
import { OneOf, Probability, Share } from '../../input/schema.ts';
import { HystereticTrigger } from './hysteresis.ts';
import { triggerStrategy } from './trigger.ts';

export const utilisation = triggerStrategy({
  kind: 'utilisation',
  summary:
    'In force from the moment a share of the fleet in use rises above a bound until it falls below another.',
  parameters: {
    signal: OneOf(['busy', 'kv'] as const, {
      description:
        'busy: busy servers, or replicas in a step, ÷ all of them; kv: KV tokens held ÷ those that fit. Of the pools of the model asked for.',
    }),
    above: Share({ description: 'Comes into force when the signal is above this.' }),
    below: Probability({ description: 'Ends when the signal is below this; at most `above`.' }),
  },
  example: { kind: 'utilisation', signal: 'kv', above: 0.9, below: 0.7 },
  declares: { follows: 'load' },
  create: ({ signal, above, below }) => new HystereticTrigger((view) => view[signal], above, below),
});
