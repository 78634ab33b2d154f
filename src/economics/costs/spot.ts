/** GPUs rented at spot prices, which the landlord takes back when others pay more. The fleet defines how often. */
import { NonNegative } from '../../input/schema.ts';
import { checkBusyShare, gpuHourCost, NO_LINES } from './gpu-hour-cost.ts';

/** The `failures` of the pool define how often GPUs are taken back and when replacements arrive. */
export const spot = gpuHourCost({
  kind: 'spot',
  summary: 'A price per GPU-hour that the GPU is there, busy or idle; failed it costs nothing.',
  parameters: { usdPerGpuHour: NonNegative({ description: 'Mean spot price of one GPU [USD/hour].' }) },
  example: { kind: 'spot', usdPerGpuHour: 1.7 },
  create: ({ usdPerGpuHour }) => ({
    perGpuHour(busyShare) {
      checkBusyShare(busyShare);
      return { ...NO_LINES, rent: usdPerGpuHour };
    },
    freeWhileFailed: true,
  }),
});
