/** Holds the request at the gateway. */
import { limitActionStrategy } from './limit-action.ts';

export const hold = limitActionStrategy({
  kind: 'hold',
  summary:
    'Holds the request at the gateway until it conforms, in order of arrival; its patience runs meanwhile.',
  parameters: {},
  example: { kind: 'hold' },
  create: () => ({ holds: true, degradation: null }),
});
