/**
 * Prices: the parts of the cost of an owned GPU-hour, and what providers charge for tokens. Lists of numbers; the sums
 * are made in `economics`.
 */
import { Type, type Static } from 'typebox';
import { Fields } from '../input/schema.ts';
import { ENTRY_FIELDS, optionalValueOf, PositiveQuantity, Quantity, valueOf } from './provenance.ts';

/** What an owned GPU costs, its watts apart: those are the accelerator's. */
export interface OwnedGpuHour {
  readonly name: string;
  readonly summary: string;
  /** Purchase of one GPU with its share of host and network [USD], and how long it serves [years]. */
  readonly acceleratorUsd: number;
  readonly acceleratorLifeYears: number;
  /** Building, power and cooling plant for one GPU [USD], and how long they serve [years]. */
  readonly infrastructureUsd: number;
  readonly infrastructureLifeYears: number;
  /** What a dollar bound in either costs a year, as a share of it. */
  readonly costOfCapitalPerYear: number;
  /** Staff, repairs, rent of land, insurance [USD/GPU-hour]. */
  readonly opexUsdPerGpuHour: number;
  readonly electricityUsdPerKwh: number;
  /** Power drawn by the building over power drawn by the machines; 1 or more. */
  readonly powerUsageEffectiveness: number;
}

/** A provider's list of token prices [USD per million tokens]. */
export interface TokenPrices {
  readonly name: string;
  readonly summary: string;
  readonly inputPerMillion: number;
  /** Input found in the provider's cache; `null` where it has no price of its own. */
  readonly cachedInputPerMillion: number | null;
  readonly outputPerMillion: number;
  /** Factors on all three; `null` where there is no such service. */
  readonly batchMultiplier: number | null;
  readonly priorityMultiplier: number | null;
}

export const OwnedGpuHourEntry = Fields(
  {
    kind: Type.Literal('owned-gpu-hour'),
    ...ENTRY_FIELDS,
    values: Fields({
      acceleratorUsd: PositiveQuantity('Purchase of one GPU with its share of host and network [USD].'),
      acceleratorLifeYears: PositiveQuantity('Years over which it is written off.'),
      infrastructureUsd: Quantity({
        description: 'Building, power and cooling plant for one GPU [USD].',
        minimum: 0,
      }),
      infrastructureLifeYears: PositiveQuantity('Years over which they are written off.'),
      costOfCapitalPerYear: Quantity({
        description: 'Yearly cost of a dollar bound, as a share.',
        minimum: 0,
        maximum: 1,
      }),
      opexUsdPerGpuHour: Quantity({ description: 'Other running cost [USD/GPU-hour].', minimum: 0 }),
      electricityUsdPerKwh: Quantity({ description: 'Tariff [USD/kWh].', minimum: 0 }),
      powerUsageEffectiveness: Quantity({ description: 'PUE: building over machines.', minimum: 1 }),
    }),
  },
  { description: 'The cost of an owned GPU-hour.' },
);

export const TokenPricesEntry = Fields(
  {
    kind: Type.Literal('token-prices'),
    ...ENTRY_FIELDS,
    values: Fields({
      inputUsdPerMillion: PositiveQuantity('Input [USD per million tokens].'),
      cachedInputUsdPerMillion: Type.Optional(PositiveQuantity('Cached input [USD per million tokens].')),
      outputUsdPerMillion: PositiveQuantity('Output [USD per million tokens].'),
      batchMultiplier: Type.Optional(PositiveQuantity('Factor for batch or flexible service.')),
      priorityMultiplier: Type.Optional(PositiveQuantity('Factor for priority service.')),
    }),
  },
  { description: 'A list of token prices.' },
);

export function readOwnedGpuHour(entry: Static<typeof OwnedGpuHourEntry>): OwnedGpuHour {
  const { values } = entry;
  return {
    name: entry.name,
    summary: entry.summary,
    acceleratorUsd: valueOf(values.acceleratorUsd),
    acceleratorLifeYears: valueOf(values.acceleratorLifeYears),
    infrastructureUsd: valueOf(values.infrastructureUsd),
    infrastructureLifeYears: valueOf(values.infrastructureLifeYears),
    costOfCapitalPerYear: valueOf(values.costOfCapitalPerYear),
    opexUsdPerGpuHour: valueOf(values.opexUsdPerGpuHour),
    electricityUsdPerKwh: valueOf(values.electricityUsdPerKwh),
    powerUsageEffectiveness: valueOf(values.powerUsageEffectiveness),
  };
}

export function readTokenPrices(entry: Static<typeof TokenPricesEntry>): TokenPrices {
  const { values } = entry;
  return {
    name: entry.name,
    summary: entry.summary,
    inputPerMillion: valueOf(values.inputUsdPerMillion),
    cachedInputPerMillion: optionalValueOf(values.cachedInputUsdPerMillion),
    outputPerMillion: valueOf(values.outputUsdPerMillion),
    batchMultiplier: optionalValueOf(values.batchMultiplier),
    priorityMultiplier: optionalValueOf(values.priorityMultiplier),
  };
}
