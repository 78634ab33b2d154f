/** The arrival processes a tier can choose. */
import { Family } from '../../strategy.ts';
import { nonhomogeneous } from './nonhomogeneous.ts';
import { poisson } from './poisson.ts';
import { replay } from './replay.ts';

export const arrivals = new Family('arrival process', 'When the requests of a tier arrive.', [
  poisson,
  nonhomogeneous,
  replay,
]);

export type { ArrivalEnvironment, ArrivalProcess } from './arrival-process.ts';
