import { describe, expect, it } from 'vitest';
import { gpuHours, totalPerGpuHour } from '../../../src/economics/costs/index.ts';
import { InvariantError, ParameterError } from '../../../src/errors.ts';
import { readCatalog } from '../../../src/files/catalog-files.ts';

const catalog = readCatalog();
const h100 = catalog.accelerator('h100-sxm')!;
const environment = { accelerator: h100, ownedGpuHour: (name: string) => catalog.ownedGpuHour(name) };
const HOURS = 8_765.82;

describe('an owned GPU-hour', () => {
  it('is made up as in ECONOMICS section 5: 1.46 + 0.18 + 0.13 + 0.25 = 2.02 USD at 75 % load', () => {
    // 2.0 kW all-in at PUE 1.2 is 1,667 W of machines, in proportion to load: 1.667 x 0.75 x 0.0861 x 1.2 = 0.129.
    const cost = gpuHours.create(
      { kind: 'owned', preset: 'h100-2025', idleWatts: 0, busyWatts: 2000 / 1.2 },
      environment,
    );
    const lines = cost.perGpuHour(0.75);
    expect(lines.accelerator).toBeCloseTo(64_000 / (5 * HOURS), 10);
    expect(lines.accelerator).toBeCloseTo(1.46, 2);
    expect(lines.infrastructure).toBeCloseTo(24_000 / (15 * HOURS), 10);
    expect(lines.infrastructure).toBeCloseTo(0.18, 2);
    expect(lines.electricity + lines.cooling).toBeCloseTo(2.0 * 0.75 * 0.0861, 10);
    expect(lines.electricity + lines.cooling).toBeCloseTo(0.13, 2);
    expect(lines.opex).toBe(0.25);
    expect(lines.rent).toBe(0);
    expect(totalPerGpuHour(lines)).toBeCloseTo(2.02, 2);
  });

  it.each([
    { years: 4, total: 2.39 },
    { years: 6, total: 1.78 },
  ])('costs $total USD when hardware serves $years years', ({ years, total }) => {
    const cost = gpuHours.create(
      {
        kind: 'owned',
        preset: 'h100-2025',
        acceleratorLifeYears: years,
        idleWatts: 0,
        busyWatts: 2000 / 1.2,
      },
      environment,
    );
    expect(totalPerGpuHour(cost.perGpuHour(0.75))).toBeCloseTo(total, 2);
  });

  it('is 75 to 85 % depreciation and 5 to 8 % electricity and cooling on the H100 (statement 7 of ECONOMICS)', () => {
    const lines = gpuHours.create({ kind: 'owned', preset: 'h100-2025' }, environment).perGpuHour(0.75);
    const total = totalPerGpuHour(lines);
    const depreciation = (lines.accelerator + lines.infrastructure) / total;
    const power = (lines.electricity + lines.cooling) / total;
    expect(total).toBeGreaterThan(1.8);
    expect(total).toBeLessThan(2.4);
    expect(depreciation).toBeGreaterThan(0.75);
    expect(depreciation).toBeLessThan(0.85);
    expect(power).toBeGreaterThan(0.05);
    expect(power).toBeLessThan(0.08);
  });

  it('draws by state: 360 W idle is 0.031 USD, 1,275 W busy 0.110, and the PUE of 1.2 adds a fifth for cooling', () => {
    const cost = gpuHours.create({ kind: 'owned', preset: 'h100-2025' }, environment);
    const [idle, busy] = [cost.perGpuHour(0), cost.perGpuHour(1)];
    expect(idle.electricity).toBeCloseTo(0.36 * 0.0861, 10);
    expect(busy.electricity).toBeCloseTo(1.275 * 0.0861, 10);
    expect(idle.electricity).toBeLessThan(busy.electricity);
    expect(busy.cooling).toBeCloseTo(0.2 * busy.electricity, 10);
    expect(cost.perGpuHour(0.5).electricity).toBeCloseTo((idle.electricity + busy.electricity) / 2, 10);
  });

  it('costs the same capital, busy or idle', () => {
    const cost = gpuHours.create({ kind: 'owned', preset: 'h100-2025' }, environment);
    expect(cost.perGpuHour(0).accelerator).toBe(cost.perGpuHour(1).accelerator);
  });

  it('pays for capital on half the purchase: 10 % x 88,000 / 2 over a year is 0.50 USD an hour', () => {
    const cost = gpuHours.create(
      { kind: 'owned', preset: 'h100-2025', costOfCapitalPerYear: 0.1 },
      environment,
    );
    expect(cost.perGpuHour(1).costOfCapital).toBeCloseTo(4_400 / HOURS, 10);
    expect(cost.perGpuHour(1).costOfCapital).toBeCloseTo(0.5, 2);
  });

  it('is refused without its numbers, without its power, and under an unknown preset', () => {
    const nothing = { accelerator: null, ownedGpuHour: () => null };
    expect(() => gpuHours.create({ kind: 'owned' }, environment)).toThrow(
      /acceleratorUsd, .* missing; give them, or name a preset/,
    );
    expect(() => gpuHours.create({ kind: 'owned', preset: 'h100-1925' }, environment)).toThrow(
      /"h100-1925" is not in the catalogue/,
    );
    expect(() =>
      gpuHours.create({ kind: 'owned', preset: 'h100-2025' }, { ...environment, accelerator: null }),
    ).toThrow(/power of the GPU is unknown/);
    expect(() => gpuHours.create({ kind: 'owned' }, nothing)).toThrow(ParameterError);
  });

  it('is never priced for a share of time that cannot be', () => {
    const cost = gpuHours.create({ kind: 'owned', preset: 'h100-2025' }, environment);
    for (const share of [-0.1, 1.1, NaN]) expect(() => cost.perGpuHour(share)).toThrow(InvariantError);
  });
});

describe('a rented GPU-hour', () => {
  it('costs its rent and nothing else, busy or idle', () => {
    const cost = gpuHours.create(
      { kind: 'rented', usdPerGpuHour: 2.5 },
      { accelerator: null, ownedGpuHour: () => null },
    );
    for (const share of [0, 0.4, 1]) {
      expect(cost.perGpuHour(share).rent).toBe(2.5);
      expect(totalPerGpuHour(cost.perGpuHour(share))).toBe(2.5);
    }
  });
});
