/**
 * Owned GPUs: capital over its life, the cost of capital, running cost, and electricity by what the GPU does. It knows
 * one tariff; a tariff that moves with the hour is not modelled.
 */
import { Type } from 'typebox';
import type { OwnedGpuHour } from '../../catalog/prices.ts';
import { ParameterError } from '../../errors.ts';
import { NonNegative, Positive, Probability } from '../../schema.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_YEAR } from '../../units.ts';
import { checkBusyShare, gpuHourCost, type GpuHourCost, type GpuHourEnvironment } from './gpu-hour-cost.ts';

const HOURS_PER_YEAR = SECONDS_PER_YEAR / SECONDS_PER_HOUR;
const WATTS_PER_KILOWATT = 1_000;

/** Prices of a GPU, wherever they came from. */
type Prices = Omit<OwnedGpuHour, 'name' | 'summary'>;

/** What must be known of an owned GPU when no preset says it. */
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
 * Own GPUs, written off in a straight line. Numbers given beside a preset take the place of the preset's; without a
 * preset all eight prices are needed. Capital costs interest on half the purchase, which is what is bound on average
 * over a straight-line life. Power comes from the pool's accelerator unless given.
 */
export const owned = gpuHourCost({
  kind: 'owned',
  summary: 'Capital over its life, cost of capital, opex, and electricity by what the GPU does.',
  parameters: {
    preset: Type.Optional(Type.String({ description: 'A catalogue entry with the prices below.' })),
    acceleratorUsd: Type.Optional(
      NonNegative({ description: 'Purchase of one GPU with its share of host [USD].' }),
    ),
    acceleratorLifeYears: Type.Optional(Positive({ description: 'Years over which it is written off.' })),
    infrastructureUsd: Type.Optional(NonNegative({ description: 'Building and plant for one GPU [USD].' })),
    infrastructureLifeYears: Type.Optional(
      Positive({ description: 'Years over which they are written off.' }),
    ),
    costOfCapitalPerYear: Type.Optional(
      Probability({ description: 'Yearly cost of a dollar bound, as a share.' }),
    ),
    opexUsdPerGpuHour: Type.Optional(NonNegative({ description: 'Other running cost [USD/GPU-hour].' })),
    electricityUsdPerKwh: Type.Optional(NonNegative({ description: 'Tariff [USD/kWh].' })),
    powerUsageEffectiveness: Type.Optional(
      Type.Number({ minimum: 1, description: 'PUE: power of the building over power of the machines.' }),
    ),
    idleWatts: Type.Optional(
      NonNegative({ description: "Power of an idle GPU and host, for the accelerator's [W]." }),
    ),
    busyWatts: Type.Optional(
      NonNegative({ description: "Power of a busy GPU and host, for the accelerator's [W]." }),
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
    return ownedGpuHour(
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
    );
  },
});

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

function ownedGpuHour(prices: Prices, idlePower: number, busyPower: number): GpuHourCost {
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
      return { ...fixed, electricity, cooling: (prices.powerUsageEffectiveness - 1) * electricity };
    },
  };
}
