/** What a GPU-hour costs, in the order in which `fleetyield list` shows the ways. */
import { Family } from '../../strategy.ts';
import { owned } from './owned.ts';
import { rented } from './rented.ts';

export type { GpuHourCost, GpuHourEnvironment, GpuHourLines } from './gpu-hour-cost.ts';
export { totalPerGpuHour } from './gpu-hour-cost.ts';

export const gpuHours = new Family('GPU-hour cost', 'What a GPU costs for an hour, busy or idle.', [
  rented,
  owned,
]);
