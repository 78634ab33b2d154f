/** The routings a gateway can choose. */
import { Family } from '../../strategy.ts';
import { central } from './central.ts';
import { leastLoaded } from './least-loaded.ts';

export const routings = new Family('routing', 'Which replica of its model a request goes to.', [
  central,
  leastLoaded,
]);

export type { Routing } from './routing.ts';
