/** The arrival processes a tier can choose. */
import { Family } from '../../input/strategy.ts';
import { batch } from './batch.ts';
import { closedLoop } from './closed-loop.ts';
import { mmpp } from './mmpp.ts';
import { nonhomogeneous } from './nonhomogeneous.ts';
import { poisson } from './poisson.ts';
import { renewal } from './renewal.ts';
import { replay } from './replay.ts';
import { superposition } from './superposition.ts';
import { tenants } from './tenants.ts';

export const arrivals = new Family('arrival process', 'When the requests of a tier arrive.', [
  poisson,
  nonhomogeneous,
  renewal,
  mmpp,
  batch,
  superposition,
  tenants,
  replay,
  closedLoop,
]);

export { batchSizes } from './batch-sizes.ts';
export { gapDistributions } from './gap-distributions.ts';
export { beginnings, type RecordedSessions } from './recorded-sessions.ts';
export type {
  ArrivalDeclarations,
  Replayed,
  ArrivalEnvironment,
  ArrivalProcess,
  ClosedLoop,
  ExpectedJumps,
} from './arrival-process.ts';
