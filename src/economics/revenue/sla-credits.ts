/** SLA credits: the part of a tier's bill that is credited when its SLO is missed. Negative revenue. */
import { Type, type Static } from 'typebox';
import { Fields, Probability, Share } from '../../input/schema.ts';

/** Bands of attainment over arrivals, measured in the window, whereas contracts usually use a month. */
export const slaCreditsSchema = Type.Array(
  Fields({
    below: Share({
      description: 'The band of attainment below this share of arrivals within their SLO.',
      examples: [0.95],
    }),
    credit: Probability({ description: 'Share of the bill that is given back in it.', examples: [0.1] }),
  }),
  { minItems: 1, description: 'What is given back when less than a share of arrivals is within the SLO.' },
);

export type SlaCredits = Static<typeof slaCreditsSchema>;

/** The share of the bill that is credited: that of the lowest band reached, 0 where none is. */
export function creditOf(bands: SlaCredits, attainment: number): number {
  const reached = bands.filter(({ below }) => attainment < below);
  const lowest = reached.reduce((least, { below }) => Math.min(least, below), Infinity);
  return reached.find(({ below }) => below === lowest)?.credit ?? 0;
}
