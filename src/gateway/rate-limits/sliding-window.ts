/** The sliding window: usage never exceeds the limit in any window, wherever it begins. */
import { PositiveDuration } from '../../input/schema.ts';
import { clockSteps, Limit, rateLimitStrategy, scaledLimit, settlement } from './rate-limit.ts';
import { UseLog } from './use-log.ts';

export const slidingWindow = rateLimitStrategy({
  kind: 'sliding-window',
  summary:
    'A bound on every window, wherever it begins: a log of uses, each of which expires a window later.',
  parameters: {
    limit: Limit('The most in any window.'),
    window: PositiveDuration({ description: 'Length of the windows.' }),
    ...settlement,
  },
  example: { kind: 'sliding-window', limit: 60, window: '1min' },
  create: ({ limit, window }, environment) => {
    clockSteps('window', window);
    return new UseLog(environment.keys, scaledLimit(limit, environment), window);
  },
});
