/** The routings a gateway can choose. */
import { Family } from '../../input/strategy.ts';
import { central } from './central.ts';
import { leastLoaded } from './least-loaded.ts';
import { powerOfTwo } from './power-of-two.ts';
import { prefixAffinity } from './prefix-affinity.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';

export const routings = new Family('routing', 'Which replica of its model a request is sent to.', [
  central,
  leastLoaded,
  powerOfTwo,
  roundRobin,
  random,
  prefixAffinity,
]);

export { ReplicaLoads } from './replica-loads.ts';
export { drawAmong } from './routing.ts';
export type { RoutedRequest, Router, Routing } from './routing.ts';
