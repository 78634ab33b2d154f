import { describe, expect, test } from 'vitest';
import { erlangB, erlangC, mg1, mm1, mmc, mmck, waitQuantile, waitTail } from '../../src/stats/index.ts';
import { NO_ORACLES, oracle } from '../helpers/shared.ts';

/** Pairs of what was computed and the oracle's key, which must agree to the oracle's ten digits. */
function expectMetrics(id: string, computed: Record<string, number>): void {
  const { metrics } = oracle(id);
  for (const [key, actual] of Object.entries(computed)) {
    expect(Math.abs(actual / metrics[key] - 1), `${id} ${key}: ${actual} for ${metrics[key]}`).toBeLessThan(
      2e-9,
    );
  }
}

describe.skipIf(NO_ORACLES !== null)(`the closed forms agree with the oracles ${NO_ORACLES ?? ''}`, () => {
  test('of M/M/1 (A01)', () => {
    const queue = mm1(0.8, 1);
    expectMetrics('A01', {
      rho: queue.utilisation,
      L: queue.systemSize,
      Lq: queue.queueLength,
      W: queue.timeInSystem,
      Wq: queue.wait,
      p_wait: queue.waitProbability,
      Wq_p99: waitQuantile(0.8, 1, 1, 0.99),
    });
  });

  test.each([
    ['A03', 7, 8],
    ['A04', 95, 100],
  ])('of M/M/c (%s)', (id, arrivalRate, servers) => {
    const queue = mmc(arrivalRate, 1, servers);
    expectMetrics(id, {
      rho: queue.utilisation,
      p_wait: queue.waitProbability,
      Wq: queue.wait,
      Lq: queue.queueLength,
      W: queue.timeInSystem,
      L: queue.systemSize,
      Wq_p95: waitQuantile(arrivalRate, 1, servers, 0.95),
      Wq_p99: waitQuantile(arrivalRate, 1, servers, 0.99),
    });
  });

  test('of the service level of M/M/c (A03)', () => {
    expectMetrics('A03', { service_level_0_5: 1 - waitTail(7, 1, 8, 0.5) });
  });

  test('of M/M/c/K under overload (A05)', () => {
    const queue = mmck(5, 1, 4, 10);
    expectMetrics('A05', {
      p_block: queue.blocking,
      L: queue.systemSize,
      Lq: queue.queueLength,
      W_accepted: queue.timeInSystem,
      Wq_accepted: queue.wait,
      throughput: queue.throughput,
      utilization: queue.utilisation,
      p_wait_accepted: queue.waitProbability,
      p0: queue.emptyProbability,
    });
  });

  test('of M/G/c/c, Erlang B (A06)', () => {
    const blocking = erlangB(15, 20);
    expectMetrics('A06', { p_block: blocking, mean_busy: 15 * (1 - blocking) });
    const room = mmck(3, 1 / 5, 20, 20);
    expectMetrics('A06', {
      p_block: room.blocking,
      mean_busy: room.systemSize,
      throughput: room.throughput,
    });
  });

  test.each([
    ['B01', 0.7, 0],
    ['B02', 0.5, 4],
    ['B03', 0.8, 1 / 2],
    ['B04', 0.6, 4],
  ])('of M/G/1 (%s)', (id, arrivalRate, scv) => {
    const queue = mg1(arrivalRate, 1, scv);
    expectMetrics(id, {
      rho: queue.utilisation,
      Wq: queue.wait,
      W: queue.timeInSystem,
      Lq: queue.queueLength,
      L: queue.systemSize,
      p_wait: queue.waitProbability,
    });
  });
});

describe('the closed forms agree with each other', () => {
  test('Erlang B is its sum, in exact arithmetic: a = 2, c = 3 gives (8/6) ÷ (1 + 2 + 2 + 8/6) = 4/19', () => {
    expect(erlangB(2, 3)).toBeCloseTo(4 / 19, 15);
  });

  test('one server waits as M/M/1 does, in other units of time too', () => {
    expect(erlangC(0.8, 1)).toBeCloseTo(0.8, 15);
    // Rates of 80 and 100 a second: a hundredth of the wait of 4.
    expect(mm1(80, 100).wait).toBeCloseTo(0.04, 14);
    expect(mmc(80, 100, 1).wait).toBeCloseTo(0.04, 14);
  });

  test('a room that is large enough is no room at all', () => {
    const bounded = mmck(7, 1, 8, 600);
    const unbounded = mmc(7, 1, 8);
    expect(bounded.wait).toBeCloseTo(unbounded.wait, 10);
    expect(bounded.waitProbability).toBeCloseTo(unbounded.waitProbability, 10);
    expect(bounded.blocking).toBeLessThan(1e-30);
  });

  test('they hold for thousands of servers, where powers and factorials overflow', () => {
    expect(mmck(5_000, 1, 4_900, 4_900).blocking).toBeCloseTo(erlangB(5_000, 4_900), 12);
    expect(mmc(4_990, 1, 5_000).waitProbability).toBeGreaterThan(0.5);
  });

  test('a wait quantile is where the tail falls to what is left, and zero for those that do not wait', () => {
    const p99 = waitQuantile(7, 1, 8, 0.99);
    expect(waitTail(7, 1, 8, p99)).toBeCloseTo(0.01, 14);
    expect(waitQuantile(7, 1, 8, 0.3)).toBe(0);
  });
});

describe('the closed forms refuse', () => {
  test.each<[string, () => unknown]>([
    ['M/M/1 at full load', () => mm1(1, 1)],
    ['M/M/c beyond full load', () => mmc(9, 1, 8)],
    ['no arrivals', () => mm1(0, 1)],
    ['rates that are not numbers', () => mm1(Number.NaN, 1)],
    ['a negative variance', () => mg1(0.5, 1, -1)],
    ['half a server', () => mmc(0.1, 1, 0.5)],
    ['less room than servers', () => mmck(1, 1, 3, 2)],
    ['a negative load', () => erlangB(-1, 2)],
    ['a certain quantile, which is infinite', () => waitQuantile(7, 1, 8, 1)],
    ['a negative time', () => waitTail(7, 1, 8, -1)],
  ])('%s', (_name, compute) => {
    expect(compute).toThrow(RangeError);
  });
});
