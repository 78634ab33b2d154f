/**
 * Owned GPUs: capital over its life, cost of capital, operating cost, and electricity by GPU activity, at a tariff that
 * may vary with the hour of the week.
 */
import { Type } from 'typebox';
import type { OwnedGpuHour } from '../../catalog/prices.ts';
import { ParameterError } from '../../errors.ts';
import { Fields, NonNegative, Positive, Probability } from '../../input/schema.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_YEAR } from '../../units.ts';
import { weeklyShape, type HourlyShape } from '../../workload/hourly-shape.ts';
import { checkBusyShare, gpuHourCost, type GpuHourCost, type GpuHourEnvironment } from './gpu-hour-cost.ts';

const HOURS_PER_YEAR = SECONDS_PER_YEAR / SECONDS_PER_HOUR;
const WATTS_PER_KILOWATT = 1_000;

const relative = NonNegative({ description: 'Relative tariff.' });

/** Prices of a GPU, from whatever source. */
type Prices = Omit<OwnedGpuHour, 'name' | 'summary'>;

/** The prices that are required for an owned GPU without a preset. */
const PRICE_KEYS = [
  'acceleratorUsd',
  'acceleratorLifeYears',
  'infrastructureUsd',
  'infrastructureLifeYears',
  'costOfCapitalPerYear',
  'opexUsdPerGpuHour',
  'electricityUsdPerKwh',
  'powerUsageEffectiveness',
] as const satisfies readonly (keyof Prices)[];

/**
 * Owned GPUs with straight-line depreciation. Numbers given beside a preset override the preset's; without a preset all
 * eight prices are required. Capital costs interest on half the purchase price, which is the average capital employed
 * over a straight-line life. Power comes from the pool's accelerator unless given. With `wearShare`, part of the
 * depreciation is by use: the life is then that of a GPU that always computes; no source for such a part is known.
 */
export const owned = gpuHourCost({
  kind: 'owned',
  summary: 'Capital over its life, cost of capital, opex, and electricity by what the GPU does.',
  parameters: {
    preset: Type.Optional(Type.String({ description: 'A catalogue entry with the prices below.' })),
    acceleratorUsd: Type.Optional(
      NonNegative({ description: 'Purchase of one GPU with its share of host [USD].', examples: [64_000] }),
    ),
    acceleratorLifeYears: Type.Optional(
      Positive({ description: 'Time over which it is written off [years].', examples: [5] }),
    ),
    infrastructureUsd: Type.Optional(
      NonNegative({ description: 'Building and plant for one GPU [USD].', examples: [24_000] }),
    ),
    infrastructureLifeYears: Type.Optional(
      Positive({ description: 'Time over which they are written off [years].', examples: [15] }),
    ),
    costOfCapitalPerYear: Type.Optional(
      Probability({ description: 'Yearly cost of a dollar bound, as a share.', examples: [0.1] }),
    ),
    opexUsdPerGpuHour: Type.Optional(
      NonNegative({ description: 'Other running cost [USD/GPU-hour].', examples: [0.25] }),
    ),
    electricityUsdPerKwh: Type.Optional(NonNegative({ description: 'Tariff [USD/kWh].', examples: [0.09] })),
    powerUsageEffectiveness: Type.Optional(
      Type.Number({
        minimum: 1,
        description: 'PUE: power of the building over power of the machines.',
        examples: [1.2],
      }),
    ),
    idleWatts: Type.Optional(
      NonNegative({
        description: "Power of an idle GPU and host, for the accelerator's [W].",
        examples: [300],
      }),
    ),
    busyWatts: Type.Optional(
      NonNegative({
        description: "Power of a busy GPU and host, for the accelerator's [W].",
        examples: [1300],
      }),
    ),
    tariff: Type.Optional(
      Fields(
        {
          hourOfDay: Type.Array(relative, {
            minItems: 24,
            maxItems: 24,
            description: 'Relative tariff of the hours 0 to 23.',
            examples: [[3, 2, 2, 2, 2, 3, 4, 6, 8, 10, 11, 11, 10, 11, 11, 11, 10, 9, 8, 7, 6, 5, 4, 3]],
          }),
          dayOfWeek: Type.Optional(
            Type.Array(relative, {
              minItems: 7,
              maxItems: 7,
              description: 'Relative tariff of Monday to Sunday; all alike when left out.',
              examples: [[1, 1, 1, 1, 0.9, 0.5, 0.4]],
            }),
          ),
        },
        {
          description:
            'How the tariff moves through the week, around electricityUsdPerKwh as its mean over the hours; it does not when left out.',
        },
      ),
    ),
    wearShare: Type.Optional(
      Probability({
        description:
          'Share of the write-off of the GPU that computing wears off and standing idle does not; 0 when left out.',
        examples: [0.3],
      }),
    ),
  },
  example: { kind: 'owned', preset: 'h100-2025' },
  create: (given, environment) => {
    const preset = given.preset === undefined ? null : findPreset(given.preset, environment);
    const missing = PRICE_KEYS.filter((key) => given[key] === undefined && preset === null);
    if (missing.length > 0) {
      throw new ParameterError(
        '',
        `${missing.join(', ')} missing; give them, or name a preset such as h100-2025`,
      );
    }
    const price = (key: keyof Prices): number => given[key] ?? preset![key];
    const idlePower = given.idleWatts ?? environment.accelerator?.idlePower;
    const busyPower = given.busyWatts ?? environment.accelerator?.busyPower;
    if (idlePower === undefined || busyPower === undefined) {
      throw new ParameterError(
        '',
        'the power of the GPU is unknown; name an accelerator in the pool, or give idleWatts and busyWatts',
      );
    }
    const { tariff, wearShare = 0 } = given;
    const cost = ownedGpuHour(
      {
        acceleratorUsd: price('acceleratorUsd'),
        acceleratorLifeYears: price('acceleratorLifeYears'),
        infrastructureUsd: price('infrastructureUsd'),
        infrastructureLifeYears: price('infrastructureLifeYears'),
        costOfCapitalPerYear: price('costOfCapitalPerYear'),
        opexUsdPerGpuHour: price('opexUsdPerGpuHour'),
        electricityUsdPerKwh: price('electricityUsdPerKwh'),
        powerUsageEffectiveness: price('powerUsageEffectiveness'),
      },
      idlePower,
      busyPower,
      wearShare,
    );
    return tariff === undefined ? cost : { ...cost, tariff: tariffOf(tariff) };
  },
});

function tariffOf(tariff: {
  readonly hourOfDay: readonly number[];
  readonly dayOfWeek?: readonly number[];
}): HourlyShape {
  for (const key of ['hourOfDay', 'dayOfWeek'] as const) {
    if (tariff[key]?.every((value) => value === 0) === true)
      throw new ParameterError(
        `tariff.${key}`,
        'is 0 throughout, which has no mean; write electricityUsdPerKwh: 0 for power that is free',
      );
  }
  return weeklyShape(tariff.hourOfDay, tariff.dayOfWeek ?? Array<number>(7).fill(1));
}

function findPreset(name: string, environment: GpuHourEnvironment): OwnedGpuHour {
  const preset = environment.ownedGpuHour(name);
  if (preset === null) {
    throw new ParameterError(
      'preset',
      `"${name}" is not in the catalogue; \`fleetyield list\` shows what is`,
    );
  }
  return preset;
}

function ownedGpuHour(prices: Prices, idlePower: number, busyPower: number, wearShare: number): GpuHourCost {
  const averageBound = (prices.acceleratorUsd + prices.infrastructureUsd) / 2;
  const fixed = {
    rent: 0,
    accelerator: prices.acceleratorUsd / (prices.acceleratorLifeYears * HOURS_PER_YEAR),
    infrastructure: prices.infrastructureUsd / (prices.infrastructureLifeYears * HOURS_PER_YEAR),
    costOfCapital: (prices.costOfCapitalPerYear * averageBound) / HOURS_PER_YEAR,
    opex: prices.opexUsdPerGpuHour,
  };
  return {
    perGpuHour(busyShare) {
      checkBusyShare(busyShare);
      const power = idlePower + (busyPower - idlePower) * busyShare;
      const electricity = (power / WATTS_PER_KILOWATT) * prices.electricityUsdPerKwh;
      const accelerator = fixed.accelerator * (1 - wearShare * (1 - busyShare));
      return {
        ...fixed,
        accelerator,
        electricity,
        cooling: (prices.powerUsageEffectiveness - 1) * electricity,
      };
    },
  };
}
