/** Rented GPUs: one price per hour, busy or not. Power and building are included in the landlord's price. */
import { NonNegative } from '../../input/schema.ts';
import { checkBusyShare, gpuHourCost, NO_LINES } from './gpu-hour-cost.ts';

export const rented = gpuHourCost({
  kind: 'rented',
  summary: 'A price per GPU-hour, busy or idle.',
  parameters: { usdPerGpuHour: NonNegative({ description: 'Rent of one GPU [USD/hour].' }) },
  example: { kind: 'rented', usdPerGpuHour: 2.5 },
  create: ({ usdPerGpuHour }) => ({
    perGpuHour(busyShare) {
      checkBusyShare(busyShare);
      return { ...NO_LINES, rent: usdPerGpuHour };
    },
  }),
});
