/** The ways in which requests spread over tenants. */
import { Family } from '../../input/strategy.ts';
import { equal } from './equal.ts';
import { lognormal } from './lognormal.ts';
import { weights } from './weights.ts';
import { zipf } from './zipf.ts';

export const activities = new Family('activity', 'How the requests of a tier spread over its tenants.', [
  equal,
  zipf,
  lognormal,
  weights,
]);

export type { TenantActivity } from './tenant-activity.ts';
export { readTenantWeights } from './weights.ts';
