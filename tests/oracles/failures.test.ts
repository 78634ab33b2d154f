/**
 * Servers that fail and are repaired, held against their exact answers (oracles D01, D02 and D03), run through the
 * engine. 32 replications a case; `FLEETYIELD_PRECISION=full` multiplies the horizons and asks for the oracles' own
 * precision.
 */
import { describe, expect, test } from 'vitest';
import { FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText, type QueueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { failsAtAnyTime, failsWhileServing, machineRepair } from './interruption-forms.ts';

const REPLICATIONS = 32;
const LONGER = 20;

const estimatesOf = (queue: QueueText) =>
  new Estimates(
    replications(
      scenarioOf(queueText({ ...queue, duration: queue.duration * (FULL_PRECISION ? LONGER : 1) })),
      REPLICATIONS,
    ),
  );
const agrees = (estimates: Estimates, metric: string, exact: number, within: number, full: number) =>
  expect(verdictOn(estimates.of(metric), exact, FULL_PRECISION ? full : within).objection).toBeNull();

const D01 = failsWhileServing(0.5, 1, 0.1, 2);
const D02 = failsAtAnyTime(0.3, 1, 0.1, 0.5);
const D03 = machineRepair(8, 2, 0.05, 0.5);
const SERVER = { slots: 1, service: '{ kind: exponential, mean: 1s }', warmUp: 400 };

describe('a server that fails', () => {
  test('while it serves makes a queue of completion times, repairs included', () => {
    const estimates = estimatesOf({
      ...SERVER,
      tiers: [poissonTier(0.5)],
      failures:
        '{ mtbf: { kind: exponential, mean: 10s }, mttr: { kind: exponential, mean: 2s }, while: busy, onFailure: resume }',
      duration: 8_000,
    });
    agrees(estimates, 'wait.mean', D01.wait, 0.08, 0.03);
    agrees(estimates, 'e2e.mean', D01.timeInSystem, 0.06, 0.03);
    agrees(estimates, 'system.size', D01.systemSize, 0.06, 0.03);
    // Busy 0.5 of all time, in service 1 − 0.5 × 0.1 × 2 of it.
    agrees(estimates, 'availability', 0.9, 0.005, 0.005);
    agrees(estimates, 'utilisation.busy', 0.5 / 0.9, 0.02, 0.02);
  });

  test('busy or not is an M/M/1 with a server that comes and goes', () => {
    const estimates = estimatesOf({
      ...SERVER,
      tiers: [poissonTier(0.3)],
      failures:
        '{ mtbf: { kind: exponential, mean: 10s }, mttr: { kind: exponential, mean: 2s }, onFailure: resume }',
      duration: 8_000,
    });
    agrees(estimates, 'availability', D02.availability, 0.005, 0.005);
    agrees(estimates, 'utilisation.busy', D02.load, 0.02, 0.02);
    agrees(estimates, 'system.size', D02.systemSize, 0.05, 0.03);
    agrees(estimates, 'e2e.mean', D02.timeInSystem, 0.05, 0.03);
  });

  test('among eight waits for one of two crews', () => {
    const duration = 6_000;
    const estimates = estimatesOf({
      ...SERVER,
      tiers: [poissonTier(0.01)],
      replicas: 8,
      failures: '{ mtbf: { kind: exponential, mean: 20s }, mttr: { kind: exponential, mean: 2s }, crews: 2 }',
      duration,
    });
    const inRun = duration * (FULL_PRECISION ? LONGER : 1);
    agrees(estimates, 'availability', D03.availability, 0.005, 0.005);
    agrees(estimates, 'failures', D03.throughput * inRun, 0.02, 0.01);
    agrees(estimates, 'utilisation.crews', D03.crewUtilisation, 0.03, 0.01);
    // GPU-hours failed = 8 (1 − availability) × hours.
    agrees(estimates, 'gpuHours.failed', (D03.down * inRun) / 3_600, 0.04, 0.01);
  });

  test.skipIf(NO_ORACLES !== null)('is held against the formulas that the oracles state', () => {
    const d01 = oracle('D01').metrics;
    expect(
      [D01.load, D01.wait, D01.timeInSystem, D01.systemSize, D01.completion].map((x, n) =>
        near(x, [d01.eff_rho, d01.Wq, d01.W, d01.L, d01.mean_completion][n]),
      ),
    ).toEqual([true, true, true, true, true]);
    const d02 = oracle('D02').metrics;
    expect(
      [D02.availability, D02.load, D02.systemSize, D02.timeInSystem].map((x, n) =>
        near(x, [d02.availability, d02.eff_rho, d02.L, d02.W][n]),
      ),
    ).toEqual([true, true, true, true]);
    const d03 = oracle('D03').metrics;
    expect(
      [D03.down, D03.availability, D03.throughput, D03.downTime, D03.crewUtilisation].map((x, n) =>
        near(x, [d03.mean_down, d03.availability, d03.throughput, d03.mean_down_time, d03.repair_util][n]),
      ),
    ).toEqual([true, true, true, true, true]);
  });
});
