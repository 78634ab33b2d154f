/** Bid-price control: admits only requests worth at least the current price of capacity. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Fields, NonNegative, Probability } from '../../input/schema.ts';
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from '../../units.ts';
import { admissionStrategy, NEVER } from './admission.ts';

/**
 * The expected revenue of a request per GPU-second (`../worth.ts`) is compared with the current price of a GPU-second,
 * as airlines do for the last seat (Talluri and van Ryzin, "An analysis of bid-price controls for network revenue
 * management", Management Science 44 (1998)). The price is a constant, or one for each hour of the day, or rises in
 * steps with the share of the model's room in use. Places that a request would take by pre-empting do not count as in
 * use: a price by load counts only the load that is in its way. A price by hour applies to requests that pre-empt as to
 * all others.
 */
export const bidPrice = admissionStrategy({
  kind: 'bid-price',
  summary: 'Sheds a request whose expected revenue per GPU-second is below the current price of one.',
  parameters: {
    usdPerGpuHour: Type.Optional(
      NonNegative({ description: 'The price, at all times [USD/GPU-hour].', examples: [2] }),
    ),
    byHour: Type.Optional(
      Type.Array(NonNegative({ description: 'Price of an hour [USD/GPU-hour].' }), {
        minItems: 24,
        maxItems: 24,
        description: 'The price by hour of the day, 24 numbers from midnight on.',
        examples: [[1, 1, 1, 1, 1, 1, 1, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 1, 1, 1]],
      }),
    ),
    steps: Type.Optional(
      Type.Array(
        Fields({
          busy: Probability({
            description:
              'In force when at least this share of the room (servers or sequence slots) is in use. Places that the request would take by pre-empting do not count as in use.',
          }),
          usdPerGpuHour: NonNegative({ description: 'The price then [USD/GPU-hour].' }),
        }),
        { minItems: 1, description: 'The price by load, rising; below the first step it is 0.' },
      ),
    ),
  },
  example: {
    kind: 'bid-price',
    steps: [
      { busy: 0.8, usdPerGpuHour: 1 },
      { busy: 0.95, usdPerGpuHour: 4 },
    ],
  },
  declares: { isStationary: ({ byHour }) => byHour === undefined, looksAtPrices: true },
  create: ({ usdPerGpuHour, byHour, steps }, { worth, startOfWeek }) => {
    if ([usdPerGpuHour, byHour, steps].filter((one) => one !== undefined).length !== 1)
      throw new ParameterError('', 'needs exactly one of usdPerGpuHour, byHour and steps');
    steps?.forEach((step, at) => {
      const before = steps[at - 1];
      if (before !== undefined && !(step.busy > before.busy && step.usdPerGpuHour >= before.usdPerGpuHour))
        throw new ParameterError(
          `steps[${at}]`,
          'does not rise; give steps with rising busy and prices that do not fall',
        );
    });
    const atLoad = (busy: number) =>
      steps!.reduce((price, step) => (busy >= step.busy ? step.usdPerGpuHour : price), 0);
    const priceAt = (now: number, busy: number) => {
      if (usdPerGpuHour !== undefined) return usdPerGpuHour;
      if (byHour === undefined) return atLoad(busy);
      return byHour[Math.floor(((startOfWeek + now) % SECONDS_PER_DAY) / SECONDS_PER_HOUR)]!;
    };
    return {
      admits: (row, queue, now) => {
        // Where no replica is in service, all room is in use.
        const price = (room: number) => priceAt(now, queue.capacity === 0 ? 1 : 1 - room / queue.capacity);
        const usdPerHour = worth(row) * SECONDS_PER_HOUR;
        return (
          usdPerHour >= price(queue.room) ||
          (steps !== undefined && usdPerHour >= price(queue.roomFor(row, now)))
        );
      },
      displaces: 'none',
      entersBeyondBound: NEVER,
      readsRoom: steps !== undefined,
      readsGaps: false,
    };
  },
});
