/** What is said of requested fleet sizes that are the same fleet. */
import type { AskedSize } from '../experiments/fleet-sizes.ts';

/** The message that several requested sizes are the same fleet; none where all differ. */
export const mergedText = (points: readonly Pick<AskedSize, 'factor' | 'also'>[]): string[] =>
  points.flatMap(({ factor, also }) =>
    also.length === 0
      ? []
      : [
          `${also.map((one) => `×${one}`).join(' and ')} ${also.length === 1 ? 'comes' : 'come'} to the same fleet as ×${factor} in whole replicas, and ${also.length === 1 ? 'is' : 'are'} shown as that`,
        ],
  );
