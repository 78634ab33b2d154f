/**
 * The scenarios of the contract, run as they are on disk. Their seed is the default, '1'. Of `peak-hours.yaml`, whose day
 * has twelve million requests, the first minutes are run.
 */
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { OUTCOMES } from '../../src/simulation/outcome.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';
import { Estimates, replications } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const FOLDER = 'contract';
const present = hasShared(`${FOLDER}/README.md`);
const catalog = readCatalog();
const load = (name: string, overrides: readonly string[] = []) =>
  loadScenario({ path: sharedPath(`${FOLDER}/${name}.yaml`), overrides }, catalog);
const SEED = '1';

describe.skipIf(!present)(`the contract ${present ? '' : `(${sharedPath(FOLDER)} is not there)`}`, () => {
  test('two-requests: R1 has its first token at 21 and its last at 50 ms, R2 at 38 and 50', () => {
    // Steps: 10 + 0.1 × 100 + 1 = 21 ms; 10 + 0.1 × 50 + 2 = 17 ms, to 38; 10 + 2 = 12 ms, to 50.
    const { stories, ledger } = runOf(load('two-requests'), SEED);
    const [r1, r2] = stories;
    expect(stories).toHaveLength(2);
    expect(r1!.firstTokenAt).toBeCloseTo(0.021, 12);
    expect(r1!.lastTokenAt).toBeCloseTo(0.05, 12);
    expect(r2!.firstTokenAt - r2!.arrivedAt).toBeCloseTo(0.033, 12);
    expect(r2!.lastTokenAt - r2!.arrivedAt).toBeCloseTo(0.045, 12);
    expect(ledger.shape.pools[0]!.steps).toBe(3);
    expect(ledger.shape.pools[0]!.busySeconds).toBeCloseTo(0.05, 12);
  });

  test('erlang-c: the 95 % intervals of 20 replications cover 0.6353160175 for wait.mean and wait.probability', () => {
    const estimates = new Estimates(replications(load('erlang-c'), 20, { seed: SEED }));
    for (const metric of ['wait.mean', 'wait.probability']) {
      const { mean, halfWidth } = estimates.of(metric);
      expect(Math.abs(mean! - 0.6353160175), metric).toBeLessThanOrEqual(halfWidth!);
      expect(halfWidth! / mean!, metric).toBeLessThan(0.02);
    }
  });

  test('azure-replay: 19,366 requests arrive and each has one outcome', () => {
    const results = replications(load('azure-replay'), 1, { seed: SEED });
    const estimates = new Estimates(results);
    expect(estimates.mean('requests.arrived')).toBe(19_366);
    const outcomes = OUTCOMES.map((outcome) => estimates.mean(`requests.${outcome}`));
    expect(outcomes.reduce((a, b) => a + b, 0)).toBe(19_366);
    // The trace lasts 58 minutes of the hour: four H100 that serve 8 billion parameters are far from full.
    expect(estimates.mean('requests.served')).toBeGreaterThan(19_000);
    expect(results[0]!.audit.every(({ passed }) => passed)).toBe(true);
    // Tokens × prices: what is reported as revenue is what was served.
    const input = estimates.mean('tokens.prompt') * 0.2e-6;
    const output = estimates.mean('tokens.output') * 0.6e-6;
    expect(estimates.mean('revenue')).toBeCloseTo(input + output, 9);
    expect(estimates.mean('cost')).toBeCloseTo(4 * 2.5, 9);
  });

  test('peak-hours: three tiers of a hundredth of the provider, each request with one outcome', () => {
    const minutes = ['horizon.warmUp=0s', 'horizon.duration=5min'];
    const [result] = replications(load('peak-hours', minutes), 1, { seed: SEED });
    const estimates = new Estimates([result!]);
    expect(result!.audit.every(({ passed }) => passed)).toBe(true);
    for (const tier of ['enterprise', 'free', 'batch']) {
      const scope = `tier:${tier}`;
      const outcomes = OUTCOMES.map((outcome) => estimates.mean(`requests.${outcome}`, scope));
      const arrived = estimates.mean('requests.arrived', scope);
      expect(
        outcomes.reduce((a, b) => a + b, 0),
        tier,
      ).toBe(arrived);
      expect(arrived, tier).toBeGreaterThan(0);
    }
    // A flat 15 batch requests a second in the cell: Poisson, 4,500 ± 5 standard deviations (six in ten million).
    expect(Math.abs(estimates.mean('requests.arrived', 'tier:batch') - 4_500)).toBeLessThan(
      5 * Math.sqrt(4_500),
    );
    // Nothing is late within minutes of a window of a day.
    expect(estimates.mean('requests.late', 'tier:batch')).toBe(0);
  });

  describe('priorities-patience-retries', () => {
    const name = 'priorities-patience-retries';

    test('balances: the outcomes of each tier are its arrivals', () => {
      const estimates = new Estimates(replications(load(name), 3, { seed: SEED }));
      for (const scope of ['total', 'tier:enterprise', 'tier:free']) {
        const outcomes = OUTCOMES.map((outcome) => estimates.mean(`requests.${outcome}`, scope));
        const arrived = estimates.mean('requests.arrived', scope);
        expect(outcomes.reduce((a, b) => a + b, 0)).toBeCloseTo(arrived, 6);
        expect(arrived).toBeGreaterThan(10_000);
      }
    });

    test('shows two tiers that share ten slots, the second rate-limited, impatient and coming back', () => {
      const estimates = new Estimates(replications(load(name), 3, { seed: SEED }));
      const free = (metric: string) => estimates.mean(metric, 'tier:free');
      const enterprise = (metric: string) => estimates.mean(metric, 'tier:enterprise');
      // No rule concerns the first tier and its clients wait for ever.
      for (const outcome of ['limited', 'abandoned', 'failed'])
        expect(enterprise(`requests.${outcome}`)).toBe(0);
      expect(enterprise('attempts')).toBe(enterprise('requests.arrived'));
      expect(free('requests.limited')).toBeGreaterThan(0);
      expect(free('share.attemptsRefused')).toBeGreaterThan(0);
      expect(free('attempts')).toBeGreaterThan(free('requests.arrived'));
      expect(enterprise('wait.mean')).toBeLessThan(free('wait.mean'));
      expect(enterprise('slo.attainment')).toBeGreaterThan(0.99);
    });

    test('lets clients give up where the fleet is short: with eight slots instead of ten some do', () => {
      const short = load(name, ['fleet.pools[0].serving.concurrency=8']);
      const estimates = new Estimates(replications(short, 1, { seed: SEED }));
      expect(estimates.mean('requests.abandoned', 'tier:free')).toBeGreaterThan(0);
    });
  });
});
