/**
 * What strategies declare of themselves, and that shared code asks for it and for no kind: a new strategy that leaves an
 * answer out, or that says it has a steady state and has none, fails here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withPilotWarmUp } from '../../src/campaigns/pilot-warm-up.ts';
import { revenuePlans } from '../../src/economics/revenue/index.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { admissions } from '../../src/gateway/admission/index.ts';
import { triggers } from '../../src/gateway/degradation/index.ts';
import { disciplines } from '../../src/gateway/disciplines/index.ts';
import type { AnyStrategy } from '../../src/input/strategy.ts';
import { services } from '../../src/serving/index.ts';
import { activities } from '../../src/workload/activity/index.ts';
import { arrivals } from '../../src/workload/arrivals/index.ts';
import { traceOf } from '../../src/workload/traces/trace.ts';
import { arrivalsOf, type ArrivalChoice } from '../helpers/arrivals.ts';
import { readExample } from '../helpers/example.ts';
import { scenarioOf } from '../helpers/scenario.ts';

/** A family of any strategies, with what all of them declare. */
interface Declaring {
  readonly noun: string;
  readonly strategies: readonly (AnyStrategy & { readonly declares: object })[];
}

const FAMILIES: readonly (readonly [Declaring, readonly string[]])[] = [
  [arrivals, ['isStationary', 'replays', 'users']],
  [activities, ['file', 'isEven']],
  [triggers, ['follows']],
  [services, ['preemption', 'unboundedBy', 'canResume', 'precision']],
  [revenuePlans, ['needs', 'billsTokens']],
  [disciplines, ['ranks', 'looksAtPrices']],
  [admissions, ['isStationary', 'looksAtPrices']],
];

const undeclared = ({ strategies }: Declaring, keys: readonly string[]) =>
  strategies.flatMap(({ kind, declares }) =>
    keys
      .filter((key) => (declares as Readonly<Record<string, unknown>> | undefined)?.[key] === undefined)
      .map((key) => `${kind}: ${key}`),
  );

describe.each(FAMILIES.map(([family, keys]) => [family.noun, family, keys] as const))(
  'each %s',
  (_noun, family, keys) => {
    it('declares all that shared code asks of it', () => {
      expect(undeclared(family, keys)).toEqual([]);
    });

    it('is found out where it declares nothing', () => {
      const silent = { ...family.strategies[0]!, kind: 'silent', declares: {} };
      expect(undeclared({ ...family, strategies: [silent] }, keys)).toHaveLength(keys.length);
    });
  },
);

const HOUR = 3_600;
const PROFILE = Float64Array.from({ length: 168 }, (_, hour) => 1 + (hour % 24) / 12);
const TRACE = traceOf([{ at: 0 }, { at: 1 }, { at: 7 * HOUR }]);

/** Whether as many arrivals are expected in every hour of the first two days. */
function expectsTheSameAlways(choice: ArrivalChoice): boolean {
  const process = arrivalsOf(choice, { profiles: { 'azure-2024-code': PROFILE }, trace: TRACE });
  const first = process.expectedBy(HOUR);
  return Array.from({ length: 48 }, (_, hour) => process.expectedBy((hour + 1) * HOUR)).every(
    (expected, hour) => Math.abs(expected - first * (hour + 1)) <= 1e-9 * expected,
  );
}

describe('an arrival process that declares a steady state', () => {
  const hourOfDay = Array.from({ length: 24 }, (_, hour) => hour);
  const example = (kind: string) => readExample(arrivals, kind);
  const VARIANTS: readonly (readonly [string, ArrivalChoice])[] = [
    ...arrivals.strategies.map(({ kind }) => [kind, example(kind)] as const),
    ['tenants by the hour', { ...example('tenants'), hourOfDay } as ArrivalChoice],
    ['tenants that grow', { ...example('tenants'), growthPerWeek: 0.5 } as ArrivalChoice],
    [
      'a superposition with a source by the hour',
      {
        kind: 'superposition',
        sources: [
          { kind: 'poisson', ratePerSecond: 1 },
          { kind: 'nonhomogeneous', ratePerSecond: 1, hourOfDay },
        ],
      },
    ],
  ];

  it.each(VARIANTS)('expects as many in every hour, and one that declares none does not: %s', (_, choice) => {
    expect(expectsTheSameAlways(choice)).toBe(arrivals.declared(choice, 'isStationary'));
  });

  it('is what the pilot warm-up asks for: tenants who follow the hour are refused', () => {
    const arrivals = {
      kind: 'tenants',
      ratePerSecond: 1,
      gaps: [{ share: 1, gap: { kind: 'exponential' } }],
      hourOfDay,
    };
    const serving = { kind: 'slots', concurrency: 4, serviceTime: { kind: 'exponential', mean: '1s' } };
    const scenario = scenarioOf(
      JSON.stringify({
        fleetyield: 1,
        name: 'by the hour',
        horizon: { duration: '2min' },
        workload: { tiers: [{ name: 'all', model: 'any', arrivals }] },
        fleet: { pools: [{ name: 'main', model: 'any', replicas: 1, serving }] },
      }),
    );
    const request = { path: 'here.yaml', overrides: [] };
    expect(() => withPilotWarmUp({ request, scenario }, '1', readCatalog())).toThrow(
      'what is tenants follows the clock and never settles',
    );
  });
});

describe('shared code', () => {
  /** A kind compared with a text, as in `kind === 'replay'`. */
  const ASKS = /\bkind\s*[!=]==?\s*'/;

  it('asks no strategy which kind it is', () => {
    const folder = new URL('../../src/scenario/', import.meta.url);
    const files = [
      ...readdirSync(folder).map((name) => new URL(name, folder)),
      new URL('../../src/campaigns/pilot-warm-up.ts', import.meta.url),
    ];
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => ASKS.test(readFileSync(file, 'utf8'))).map(String)).toEqual([]);
    expect(ASKS.test("if (arrivals.kind !== 'replay') return;")).toBe(true);
  });
});
