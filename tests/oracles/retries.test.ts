/**
 * Clients who come back, request by request (D04, D05) and against refusals that are drawn (D06): how many attempts are
 * made, and how long clients are away. What the engine averages of the same queues is in `chains.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { ratioInterval } from '../../src/stats/index.ts';
import { FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { estimateOf } from '../helpers/states.ts';
import { REPLICATIONS } from './cases.ts';
import { retrialQueue } from './chains.ts';

const indices = Array.from({ length: REPLICATIONS }, (_, index) => index);
const WARM_UP = 500;

/** By replication: of the requests that arrive in the window, the share refused at first, and the mean time away [s]. */
function awayOf(scenario: Scenario, seed: string) {
  return indices.map((index) => {
    let requests = 0;
    let refusedAtFirst = 0;
    let away = 0;
    simulate(scenario.cell, seed, index, {
      onClosed: ({ progress, declared }, row, outcome) => {
        if (outcome === 'unfinished' || progress.arrivedAt[row]! < WARM_UP) return;
        requests += 1;
        if (progress.refusals[row]! > 0) refusedAtFirst += 1;
        away += declared.attemptAt[row]! - progress.arrivedAt[row]!;
      },
    });
    return { refusedAtFirst: refusedAtFirst / requests, away: away / requests };
  });
}

const comingBack = (rate: number, slots: number, mean: string, persistence: number, duration: number) =>
  scenarioOf(
    queueText({
      tiers: [
        poissonTier(
          rate,
          `retries: { maxAttempts: 1000000, persistence: ${persistence}, backoff: { base: ${mean}, factor: 1, jitter: exponential } }`,
        ),
      ],
      slots,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: WARM_UP,
      duration: duration * (FULL_PRECISION ? 8 : 1),
      gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
    }),
  );

describe.each([
  { id: 'D04', of: [0.7, 1, 0.5, 1] as const, mean: '2s', duration: 10_000, cutOff: 150, within: 0.05 },
  { id: 'D05', of: [4, 5, 2, 0.8] as const, mean: '500ms', duration: 3_000, cutOff: 40, within: 0.02 },
])('clients who come back ($id)', ({ id, of, mean, duration, cutOff, within }) => {
  const [rate, servers, retryRate, persistence] = of;
  const exact = retrialQueue(rate, servers, retryRate, persistence, cutOff);

  test('find all servers busy as often, and are away as long, as the chain says', () => {
    const found = awayOf(comingBack(rate, servers, mean, persistence, duration), `oracle ${id}`);
    const blocked = estimateOf(
      'refused at first',
      found.map(({ refusedAtFirst }) => refusedAtFirst),
    );
    const away = estimateOf(
      'away',
      found.map((one) => one.away),
    );
    // By Little's law the mean time away is their mean number ÷ λ.
    const objections = [
      verdictOn(blocked, exact.firstBlocked, 0.02),
      verdictOn(away, exact.orbit / rate, within),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`have the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle(id);
    expect(near(exact.orbit, metrics.mean_orbit)).toBe(true);
    expect(near(exact.firstBlocked, metrics.p_block ?? metrics.p_first_attempt_blocked)).toBe(true);
    if (id === 'D04') return expect(near(exact.orbit / rate, metrics.mean_orbit_time)).toBe(true);
    expect(near(exact.retryRate, metrics.retry_rate)).toBe(true);
    expect(near(exact.attemptsPerRequest, metrics.attempts_per_request)).toBe(true);
  });
});

describe('four retries after 1, 2, 4 and 8 s against refusals with probability 0.3 (D06)', () => {
  const REFUSED = 0.3;
  const BACKOFFS = [1, 2, 4, 8];
  const attempts = [0, 1, 2, 3, 4].reduce((sum, n) => sum + REFUSED ** n, 0);
  const served = 1 - REFUSED ** 5;
  /** The n-th wait happens after n refusals. */
  const backoff = BACKOFFS.reduce((sum, wait, n) => sum + REFUSED ** (n + 1) * wait, 0);
  /** Who gives up has waited all of 15 s. */
  const backoffOfServed = (backoff - REFUSED ** 5 * 15) / served;

  /**
   * Refusals by chance: one server that others keep busy 30 % of the time. It forgets an attempt at a rate of λ + μ =
   * 143 a second and is asked again a second later, so attempts of a client are independent. Of the offered load of 0.3
   * ÷ 0.7 the clients watched bring 1 ÷ 150, so that they hardly meet each other.
   */
  const SERVICE = 0.01;
  const WATCHED = 0.2;
  const others = REFUSED / (1 - REFUSED) / SERVICE - attempts * WATCHED;
  const scenario = () =>
    scenarioOf(
      queueText({
        tiers: [
          poissonTier(others, '', 'others'),
          poissonTier(
            WATCHED,
            'retries: { maxAttempts: 5, backoff: { base: 1s, factor: 2, jitter: none } }',
            'watched',
          ),
        ],
        slots: 1,
        service: `{ kind: exponential, mean: ${SERVICE * 1_000}ms }`,
        warmUp: 20,
        duration: FULL_PRECISION ? 5_000 : 1_000,
        gateway: '{ admission: { kind: bounded, maxWaiting: 0, displace: false } }',
      }),
    );

  test('make a geometric number of attempts, and wait as long as these say', () => {
    const { cell } = scenario();
    const found = indices.map((index) => {
      const sums = { requests: 0, attempts: 0, away: 0, served: 0, awayServed: 0 };
      simulate(cell, 'oracle D06', index, {
        onClosed: ({ progress, declared }, row, outcome) => {
          if (declared.tier[row] === 0 || outcome === 'unfinished') return;
          const away = declared.attemptAt[row]! - progress.arrivedAt[row]!;
          sums.requests += 1;
          sums.attempts += progress.attempts[row]!;
          sums.away += away;
          if (outcome !== 'served') return;
          sums.served += 1;
          sums.awayServed += away;
        },
      });
      return sums;
    });
    const ratio = (above: keyof (typeof found)[number], below: keyof (typeof found)[number]) => ({
      scope: 'total',
      metric: `${above} ÷ ${below}`,
      unit: '1',
      ...ratioInterval(
        found.map((one) => one[above]),
        found.map((one) => one[below]),
        0.95,
      ),
    });
    const [fine, coarse] = FULL_PRECISION ? [0.01, 0.04] : [0.02, 0.1];
    const objections = [
      verdictOn(ratio('attempts', 'requests'), attempts, fine),
      verdictOn(ratio('served', 'requests'), served, 0.01),
      verdictOn(ratio('away', 'requests'), backoff, coarse),
      verdictOn(ratio('awayServed', 'served'), backoffOfServed, coarse),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`have the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('D06');
    expect(near(served, metrics.p_success)).toBe(true);
    expect(near(attempts, metrics.mean_attempts)).toBe(true);
    expect(near(attempts, metrics.amplification)).toBe(true);
    expect(near(backoff, metrics.mean_total_backoff)).toBe(true);
    expect(near(backoffOfServed, metrics.mean_backoff_given_success)).toBe(true);
  });
});
