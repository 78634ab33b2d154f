/** The cost models of a GPU-hour, in the order in which `fleetyield list` shows them. */
import { Family } from '../../input/strategy.ts';
import { owned } from './owned.ts';
import { rented } from './rented.ts';
import { spot } from './spot.ts';

export type { GpuHourCost, GpuHourEnvironment, GpuHourLines } from './gpu-hour-cost.ts';
export { NO_LINES, totalPerGpuHour } from './gpu-hour-cost.ts';

export const gpuHours = new Family('GPU-hour cost', 'What a GPU costs for an hour, busy or idle.', [
  rented,
  spot,
  owned,
]);
