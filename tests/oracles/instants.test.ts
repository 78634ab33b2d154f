/**
 * The state at instants of the clock (A02, B08 to B11): queues that have not forgotten how they began, and queues whose
 * arrivals follow a wave. One replication gives one number for each instant; the law of the numbers is known.
 *
 * A wave of 24 hours is stretched over the 168 steps of a week, so that an hour of the oracle is seven of the engine's.
 * A step has the mean of the sine over it; what is lost is ω² h² ÷ 24 of the wave's height, 6e-5 at h = 1 ÷ 7.
 */
import jStat from 'jstat';
import { describe, expect, test } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { estimateOf, statesAt } from '../helpers/states.ts';
import { REPLICATIONS } from './cases.ts';
import { occupancyAt, queueOverTime } from './chains.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Objections to the means over replications of a number, by its exact value and precision. */
function objectionsTo(
  found: readonly (readonly number[])[],
  expected: readonly { readonly what: string; readonly exact: number; readonly within: number }[],
): string[] {
  return expected.flatMap(({ what, exact, within }, k) => {
    const values = found.map((one) => one[k]!);
    return verdictOn(estimateOf(what, values), exact, within).objection ?? [];
  });
}

describe('an M/M/1 queue that begins empty (A02)', () => {
  const TIMES = [2, 10, 50];
  /** Poisson arrivals that are drawn between replicas are independent Poisson arrivals at each. */
  const QUEUES = FULL_PRECISION ? 4_000 : 400;
  const exact = queueOverTime(() => 0.5, 1, TIMES, { most: 100, step: 0.02 });

  test('has the mean number in system, and is empty as often, as Kolmogorov’s equations say', () => {
    const scenario = scenarioOf(
      queueText({
        tiers: [poissonTier(0.5 * QUEUES)],
        slots: 1,
        replicas: QUEUES,
        service: '{ kind: exponential, mean: 1s }',
        warmUp: 0,
        duration: 50,
        gateway: '{ routing: { kind: random } }',
      }),
    );
    const found = numbers(REPLICATIONS).map((replication) => {
      const { inSystem, waiting } = statesAt(scenario, TIMES, 'oracle A02', replication);
      // With one server each, who is in service tells how many queues are not empty.
      return TIMES.flatMap((_, k) => [inSystem[k]! / QUEUES, 1 - (inSystem[k]! - waiting[k]!) / QUEUES]);
    });
    const within = FULL_PRECISION ? 0.01 : 0.03;
    const expected = exact.flatMap(({ inSystem, empty }) => [
      { what: 'in system', exact: inSystem, within },
      { what: 'empty', exact: empty, within },
    ]);
    expect(objectionsTo(found, expected)).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('A02');
    TIMES.forEach((t, k) => {
      expect(near(exact[k]!.inSystem, metrics[`EN_t${t}`], 1e-8)).toBe(true);
      expect(near(exact[k]!.empty, metrics[`p0_t${t}`], 1e-8)).toBe(true);
    });
  });
});

describe('M/G/∞ with lognormal service of mean 2 and squared coefficient of variation 4 (B08)', () => {
  const [mean, scv] = [2, 4];
  const sigma = Math.sqrt(Math.log(1 + scv));
  const mu = Math.log(mean) - (sigma * sigma) / 2;
  const normal = (z: number) => jStat.normal.cdf(z, 0, 1);
  /** λ E[min(S, t)]: who came u ago is there with probability P(S > u), and the partial mean of S up to t is a normal one. */
  const fromEmpty = (t: number) => {
    const z = (Math.log(t) - mu) / sigma;
    return 10 * (mean * normal(z - sigma) + t * (1 - normal(z)));
  };
  /** P(N > 30) of a Poisson number of mean 20. */
  const above30 = 1 - numbers(31).reduce((sum, n) => sum + poisson(20, n), 0);
  const text = (rate: number, warmUp: number, duration: number) =>
    queueText({
      tiers: [poissonTier(rate)],
      slots: 100_000,
      service: '{ kind: lognormal, mean: 2s, cv: 2 }',
      warmUp,
      duration,
    });

  test('has a Poisson number in system', () => {
    const WARM_UP = 400;
    const DURATION = FULL_PRECISION ? 30_000 : 1_200;
    const scenario = scenarioOf(text(10, WARM_UP, DURATION));
    const instants = numbers(DURATION / 4).map((k) => WARM_UP + 4 * k);
    const found = numbers(REPLICATIONS).map((replication) => {
      const { inSystem } = statesAt(scenario, instants, 'oracle B08', replication);
      const meanOf = (of: (n: number) => number) =>
        inSystem.reduce((sum, n) => sum + of(n), 0) / instants.length;
      return [meanOf((n) => n), meanOf((n) => (n - 20) ** 2), meanOf((n) => (n > 30 ? 1 : 0))];
    });
    const expected = [
      { what: 'mean', exact: 20, within: 0.01 },
      { what: 'variance', exact: 20, within: FULL_PRECISION ? 0.015 : 0.05 },
      { what: 'above 30', exact: above30, within: FULL_PRECISION ? 0.05 : 0.25 },
    ];
    expect(objectionsTo(found, expected)).toEqual([]);
  });

  test('fills from empty as the partial mean of its service', () => {
    // A hundred such systems in one: arrivals of all and service without limit add up.
    const scenario = scenarioOf(text(1_000, 0, 5));
    const found = numbers(REPLICATIONS).map((replication) => {
      const { inSystem } = statesAt(scenario, [1, 5], 'oracle B08 from empty', replication);
      return [inSystem[0]! / 100, inSystem[1]! / 100];
    });
    const expected = [1, 5].map((t) => ({ what: `at ${t} s`, exact: fromEmpty(t), within: 0.02 }));
    expect(objectionsTo(found, expected)).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('B08');
    expect([metrics.L, metrics.var_L]).toEqual([20, 20]);
    expect(near(above30, metrics.p_L_gt_30)).toBe(true);
    expect(near(fromEmpty(1), metrics.L_t1_from_empty, 1e-9)).toBe(true);
    expect(near(fromEmpty(5), metrics.L_t5_from_empty, 1e-9)).toBe(true);
  });
});

function poisson(mean: number, n: number): number {
  let share = Math.exp(-mean);
  for (let k = 1; k <= n; k++) share *= mean / k;
  return share;
}

const STEPS = 168;
const PERIOD = 24;
const SECONDS_PER_ORACLE_HOUR = (STEPS / PERIOD) * 3_600;

const sine = (level: number, height: number) => (t: number) =>
  level + height * Math.sin((2 * Math.PI * t) / PERIOD);

/** A queue that is served by the hour of the oracle and whose arrivals follow the wave, for so many periods. */
function onTheWave(
  level: number,
  height: number,
  queue: { readonly slots: number; readonly service: string; readonly periods: number },
) {
  const hours = numbers(STEPS).map((k) => {
    const [from, to] = [(2 * Math.PI * k) / STEPS, (2 * Math.PI * (k + 1)) / STEPS];
    return 1 + ((height / level) * (Math.cos(from) - Math.cos(to))) / (to - from);
  });
  const wave = { name: 'wave', summary: 'A sine.', hours };
  const entry = {
    kind: 'week-profile',
    name: 'wave',
    summary: 'A sine.',
    value: wave,
    provenance: [],
  } as const;
  const rate = level / SECONDS_PER_ORACLE_HOUR;
  return scenarioOf(
    queueText({
      tiers: [`name: all, arrivals: { kind: nonhomogeneous, ratePerSecond: ${rate}, profile: wave }`],
      slots: queue.slots,
      service: queue.service,
      warmUp: PERIOD * SECONDS_PER_ORACLE_HOUR,
      duration: queue.periods * PERIOD * SECONDS_PER_ORACLE_HOUR,
    }),
    [],
    new Catalog([entry]),
  );
}

/** By replication, the mean over the periods after the first of the state at hours of the oracle. */
function meansOnTheWave(
  scenario: ReturnType<typeof scenarioOf>,
  hours: readonly number[],
  periods: number,
  seed: string,
): { readonly inSystem: readonly number[]; readonly waiting: readonly number[] }[] {
  const instants = numbers(periods).flatMap((period) =>
    hours.map((hour) => (PERIOD * (period + 1) + hour) * SECONDS_PER_ORACLE_HOUR),
  );
  return numbers(REPLICATIONS).map((replication) => {
    const states = statesAt(scenario, instants, seed, replication);
    const meanOf = (of: Float64Array) =>
      hours.map(
        (_, k) => numbers(periods).reduce((sum, period) => sum + of[period * hours.length + k]!, 0) / periods,
      );
    return { inSystem: meanOf(states.inSystem), waiting: meanOf(states.waiting) };
  });
}

describe.each([
  {
    id: 'B09',
    law: 'exponential',
    service: `{ kind: exponential, mean: ${2 * SECONDS_PER_ORACLE_HOUR}s }`,
    hours: [0, 6, 12, 18],
    // After 72 hours e⁻³⁶ of a service is left.
    exact: (t: number) => occupancyAt(t, sine(100, 60), (u) => Math.exp(-u / 2), 72),
  },
  {
    id: 'B10',
    law: 'constant',
    service: `{ kind: constant, value: ${2 * SECONDS_PER_ORACLE_HOUR}s }`,
    hours: [0, 6, 7, 12],
    exact: (t: number) => occupancyAt(t, sine(100, 60), () => 1, 2),
  },
])('service without limit on a wave of arrivals, $law ($id)', ({ id, service, hours, exact }) => {
  test('lags behind the wave by what of it is still there', () => {
    const periods = FULL_PRECISION ? 14 : 3;
    const scenario = onTheWave(100, 60, { slots: 10_000, service, periods });
    const found = meansOnTheWave(scenario, hours, periods, `oracle ${id}`);
    const expected = hours.map((hour) => ({
      what: `at ${hour} h`,
      exact: exact(hour),
      within: FULL_PRECISION ? 0.01 : 0.03,
    }));
    expect(
      objectionsTo(
        found.map(({ inSystem }) => inSystem),
        expected,
      ),
    ).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle(id);
    for (const hour of hours) expect(near(exact(hour), metrics[`m_t${hour}`])).toBe(true);
  });
});

describe('twelve servers on a wave that passes above their capacity (B11)', () => {
  const HOURS = [6, 9, 18];
  const rate = sine(9, 5);
  /** In the fifth period nothing is left of the empty start; by the hour and from there by half hours, the means are exact. */
  const SAMPLES = 48;
  const path = queueOverTime(
    rate,
    12,
    numbers(SAMPLES).map((k) => 4 * PERIOD + (k * PERIOD) / SAMPLES),
    { most: 150, step: 0.02 },
  );
  const meanOf = (of: (state: (typeof path)[number], t: number) => number) =>
    path.reduce((sum, state, k) => sum + of(state, (k * PERIOD) / SAMPLES), 0) / SAMPLES;
  const meanLength = meanOf(({ inSystem }) => inSystem);
  const meanLine = meanOf(({ waiting }) => waiting);
  const delayed = meanOf(({ allBusy }, t) => allBusy * rate(t)) / 9;
  const at = (hour: number) => path[(hour * SAMPLES) / PERIOD]!;
  const wait = meanLine / 9;

  const periods = FULL_PRECISION ? 320 : 40;
  const scenario = () =>
    onTheWave(9, 5, {
      slots: 12,
      service: `{ kind: exponential, mean: ${SECONDS_PER_ORACLE_HOUR}s }`,
      periods,
    });

  test('have the means over the period of Kolmogorov’s equations', () => {
    const estimates = new Estimates(replications(scenario(), REPLICATIONS, { seed: 'oracle B11' }));
    const within = FULL_PRECISION ? 0.02 : 0.06;
    const objections = [
      verdictOn(estimates.of('system.size'), meanLength, within),
      verdictOn(estimates.of('queue.length'), meanLine, within),
      verdictOn(estimates.of('utilisation.busy'), 9 / 12, 0.01),
      verdictOn(estimates.of('requests.arrived'), 216 * periods, 0.01),
      verdictOn(estimates.of('wait.probability'), delayed, within),
      verdictOn(estimates.of('wait.all.mean'), wait * SECONDS_PER_ORACLE_HOUR, within),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });

  test('have their longest line hours after the crest', () => {
    const found = meansOnTheWave(scenario(), HOURS, periods, 'oracle B11');
    const within = FULL_PRECISION ? 0.03 : 0.06;
    const expected = HOURS.flatMap((hour) => [
      { what: `in system at ${hour} h`, exact: at(hour).inSystem, within },
      { what: `waiting at ${hour} h`, exact: at(hour).waiting, within: hour === 18 ? 8 * within : within },
    ]);
    expect(
      objectionsTo(
        found.map(({ inSystem, waiting }) => HOURS.flatMap((_, k) => [inSystem[k]!, waiting[k]!])),
        expected,
      ),
    ).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`have the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('B11');
    const exact = {
      mean_L: meanLength,
      mean_Lq: meanLine,
      frac_arrivals_delayed_or_blocked: delayed,
      Wq_all: wait,
      ...Object.fromEntries(
        HOURS.flatMap((hour) => [
          [`EN_t${hour}`, at(hour).inSystem],
          [`EQ_t${hour}`, at(hour).waiting],
          [`p_delay_t${hour}`, at(hour).allBusy],
        ]),
      ),
    };
    // The steps in time, here and there, leave 4e-7.
    const wrong = Object.entries(exact).filter(([key, value]) => !near(value, metrics[key], 1e-6));
    expect(wrong).toEqual([]);
    expect([metrics.mean_busy, metrics.arrivals_per_period]).toEqual([9, 216]);
  });
});
