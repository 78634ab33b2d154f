/** Refuses the request. */
import { limitActionStrategy } from './limit-action.ts';

export const refuse = limitActionStrategy({
  kind: 'refuse',
  summary: 'Refuses the request (429), with Retry-After where the time is known.',
  parameters: {},
  example: { kind: 'refuse' },
  create: () => ({ holds: false, degradation: null }),
});
