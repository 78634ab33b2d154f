/** Turns the request away. */
import { limitActionStrategy } from './limit-action.ts';

export const refuse = limitActionStrategy({
  kind: 'refuse',
  summary: 'Refuses the request (429), with Retry-After where the limit knows an instant.',
  parameters: {},
  example: { kind: 'refuse' },
  create: () => ({ holds: false, degradation: null }),
});
