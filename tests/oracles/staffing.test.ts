/**
 * What a server more is worth and how many there should be (K03 to K07, K12, K13): the engine's answers to questions of
 * money whose exact answers follow from Erlang's formulas. Alternatives share their random numbers, and differences are
 * taken replication by replication.
 */
import { describe, expect, test } from 'vitest';
import { replicate } from '../../src/experiments/replicate.ts';
import { erlangB, mm1, mmc, pairedDifference, waitTail } from '../../src/stats/index.ts';
import { FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText, type QueueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { estimateOf, statesAt } from '../helpers/states.ts';
import { runOf } from '../helpers/story.ts';
import { REPLICATIONS } from './cases.ts';

const indices = Array.from({ length: REPLICATIONS }, (_, index) => index);
const exponential = '{ kind: exponential, mean: 1s }';

/** By replication, the values of metrics that are values or ratios. */
function valuesOf(queue: QueueText, seed: string, metrics: readonly string[]): readonly number[][] {
  const scenario = scenarioOf(queueText(queue));
  const runs = indices.map((index) => replicate(scenario, seed, index, { byHour: false }).measurements);
  return metrics.map((metric) =>
    runs.map((measurements) => {
      const { observation } = measurements.find((one) => one.metric === metric && one.scope === 'total')!;
      if (observation.kind === 'value') return observation.value!;
      if (observation.kind === 'ratio') return observation.numerator / observation.denominator;
      throw new Error(`${metric} is neither a value nor a ratio`);
    }),
  );
}

/** What speaks against the mean of the differences. */
const objectionTo = (
  metric: string,
  [one, other]: readonly [readonly number[], readonly number[]],
  exact: number,
  within: number,
) =>
  verdictOn({ scope: 'total', metric, unit: '1', ...pairedDifference(one, other, 0.95) }, exact, within)
    .objection;

describe('a request more at an engine that runs anyway (K03)', () => {
  const [PROMPT, OUTPUT, OTHERS] = [100, 50, 7];
  const USD_PER_GPU_HOUR = 2.5;
  const engine = (requests: readonly string[]) =>
    scenarioOf(`
fleetyield: 1
name: engine
horizon: { duration: 60s }
workload:
  tiers:
    - { name: all, model: any, arrivals: { kind: replay, requests: [${requests.join(', ')}] } }
fleet:
  pools:
    - name: main
      model: any
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: 16
        kv: { capacityTokens: 100000 }
        stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms, perKvToken: 0.01ms }
economics: { gpuHour: { kind: rented, usdPerGpuHour: ${USD_PER_GPU_HOUR} } }
`);
  const busy = (requests: readonly string[]) =>
    runOf(engine(requests)).ledger.shape.pools[0]!.busySeconds * 1_000;
  /** What of the GPU-hours is used [USD], as a run measures it. */
  const used = (requests: readonly string[]) =>
    new Estimates(replications(engine(requests), 1)).mean('cost.serving.used');
  // They decode from before it arrives until after it has left: every step would be there without it.
  const others = Array<string>(OTHERS).fill('{ at: 0s, prompt: 10, output: 400 }');
  const more = `{ at: 1s, prompt: ${PROMPT}, output: ${OUTPUT} }`;
  /** 0.1 ms a prompt token, 1 ms a step, 0.01 ms a token of KV: 100 and j more at the step of token j + 2. */
  const marginal =
    0.1 * PROMPT +
    OUTPUT +
    0.01 * Array.from({ length: OUTPUT - 1 }, (_, j) => PROMPT + j).reduce((a, b) => a + b);
  const alone = marginal + 10 * OUTPUT;

  test('costs the time that it adds to the steps, and alone the steps too', () => {
    expect(busy([...others, more]) - busy(others)).toBeCloseTo(marginal, 8);
    expect(busy([more])).toBeCloseTo(alone, 8);
  });

  const dollars = (milliseconds: number) => (milliseconds / 3_600_000) * USD_PER_GPU_HOUR;

  test('costs the dollars of that time', () => {
    expect(used([...others, more]) - used(others)).toBeCloseTo(dollars(marginal), 14);
    expect(used([more])).toBeCloseTo(dollars(alone), 14);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('K03');
    const share = marginal + (10 * OUTPUT) / (OTHERS + 1);
    expect(near(marginal, metrics.incremental_ms) && near(dollars(marginal), metrics.incremental_cost)).toBe(
      true,
    );
    expect(near(alone, metrics.standalone_ms) && near(dollars(alone), metrics.standalone_cost)).toBe(true);
    expect(near(share, metrics.allocated_share_ms) && near(dollars(share), metrics.allocated_cost)).toBe(
      true,
    );
  });
});

describe('the congestion that a client more brings to M/M/1 at load 0.8 (K04)', () => {
  const DELAY_COST = 3;
  const congestion = (rate: number) => DELAY_COST * mm1(rate, 1).systemSize;
  const [below, above] = [0.76, 0.84];

  test('is what the number in system rises by between loads of 0.76 and 0.84', () => {
    const run = (rate: number) =>
      valuesOf(
        {
          tiers: [poissonTier(rate)],
          slots: 1,
          service: exponential,
          warmUp: 1_000,
          duration: FULL_PRECISION ? 200_000 : 10_000,
        },
        'oracle K04',
        ['system.size'],
      )[0]!;
    const exact = (congestion(above) - congestion(below)) / DELAY_COST;
    expect(objectionTo('L', [run(above), run(below)], exact, FULL_PRECISION ? 0.03 : 0.15)).toBeNull();
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle in the limit ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('K04');
    const step = 1e-5;
    const slope = (congestion(0.8 + step) - congestion(0.8 - step)) / (2 * step);
    expect(near(congestion(0.8) / 0.8, metrics.average_delay_cost_per_job)).toBe(true);
    expect(near(slope, metrics.marginal_delay_cost_per_job, 1e-7)).toBe(true);
    expect(near(slope - congestion(0.8) / 0.8, metrics.externality, 1e-7)).toBe(true);
  });
});

describe('the revenue of a pool without a line', () => {
  const REWARD = 2;
  const SERVERS = 20;
  const revenue = (load: number, servers: number) => REWARD * load * (1 - erlangB(load, servers));
  const run = (load: number, servers: number, duration: number) =>
    valuesOf(
      {
        tiers: [
          poissonTier(load, `revenue: { kind: advertising, usdPerThousandRequests: ${REWARD * 1_000} }`),
        ],
        slots: servers,
        service: exponential,
        warmUp: 20,
        duration,
        gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
      },
      `oracle K13 ${load >= 30 ? 40 : load >= 12 ? 18 : 8}`,
      ['revenue'],
    )[0]!.map((dollars) => dollars / duration);

  const supplyArc = (load: number) =>
    Math.log(revenue(load, SERVERS + 1) / revenue(load, SERVERS - 1)) /
    Math.log((SERVERS + 1) / (SERVERS - 1));
  const demandArc = (load: number) =>
    Math.log(revenue(1.05 * load, SERVERS) / revenue(0.95 * load, SERVERS)) / Math.log(1.05 / 0.95);

  test('grows by a server at load 18 as Erlang’s formula says (K05)', () => {
    const duration = FULL_PRECISION ? 6_000 : 300;
    const [fewer, now, more] = [19, 20, 21].map((servers) => run(18, servers, duration)) as [
      number[],
      number[],
      number[],
    ];
    const within = FULL_PRECISION ? 0.02 : 0.06;
    const objections = [
      verdictOn(estimateOf('revenue', now), revenue(18, 20), 0.01).objection,
      objectionTo('forward', [more, now], revenue(18, 21) - revenue(18, 20), within),
      objectionTo('backward', [now, fewer], revenue(18, 20) - revenue(18, 19), within),
      objectionTo('both', [more, fewer], revenue(18, 21) - revenue(18, 19), within),
    ].flatMap((objection) => objection ?? []);
    expect(objections).toEqual([]);
  });

  // Where hardly anyone is refused the servers' share is small, and where most are the clients': that share is told to
  // about 0.06 in itself.
  test.each([
    { load: 8, duration: 1_000, factor: 24, supply: [0.45, 0.08], demand: [0.03, 0.005] },
    { load: 18, duration: 400, factor: 8, supply: [0.06, 0.02], demand: [0.06, 0.02] },
    { load: 40, duration: 200, factor: 20, supply: [0.03, 0.01], demand: [0.9, 0.2] },
  ])('divides what is earned at load $load between servers and clients (K13)', (one) => {
    const scale = FULL_PRECISION ? 1 : 0;
    const duration = one.duration * (FULL_PRECISION ? one.factor : 1);
    const arcs = (above: readonly number[], below: readonly number[], distance: number) =>
      above.map((dollars, index) => Math.log(dollars / below[index]!) / Math.log(distance));
    const supply = arcs(run(one.load, 21, duration), run(one.load, 19, duration), 21 / 19);
    const demand = arcs(run(1.05 * one.load, 20, duration), run(0.95 * one.load, 20, duration), 1.05 / 0.95);
    const objections = [
      verdictOn(estimateOf('supply', supply), supplyArc(one.load), one.supply[scale]!),
      verdictOn(estimateOf('demand', demand), demandArc(one.load), one.demand[scale]!),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of oracles K05 and K13 ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('K05');
    const [forward, backward] = [revenue(18, 21) - revenue(18, 20), revenue(18, 20) - revenue(18, 19)];
    expect(near(revenue(18, 20), metrics.revenue_rate)).toBe(true);
    expect(near(forward, metrics.forward_diff, 1e-8)).toBe(true);
    expect(near(backward, metrics.backward_diff, 1e-8)).toBe(true);
    expect(near((forward + backward) / 2, metrics.central_diff, 1e-8)).toBe(true);
    expect(near(supplyArc(18), metrics.arc_elasticity_central)).toBe(true);
    expect(near((forward * 20) / revenue(18, 20), metrics.point_elasticity_forward, 1e-8)).toBe(true);
    for (const load of [8, 18, 40]) {
      const { eS, eD, supply_share } = oracle('K13').metrics[`a${load}`];
      const [supply, demand] = [supplyArc(load), demandArc(load)];
      expect(near(supply, eS, 1e-8) && near(demand, eD, 1e-8)).toBe(true);
      expect(near(supply / (supply + demand), supply_share, 1e-8)).toBe(true);
    }
  });
});

describe('how many servers for 45 requests a second', () => {
  const RATE = 45;
  const PROMISE = 0.1;
  const [SERVER_COST, DELAY_COST] = [4, 10];
  const costOf = (servers: number, queueLength: number) => SERVER_COST * servers + DELAY_COST * queueLength;
  const exactCost = (servers: number) => costOf(servers, mmc(RATE, 1, servers).queueLength);
  const attained = (servers: number) => 1 - waitTail(RATE, 1, servers, PROMISE);

  test('the engine finds the costs and the promises kept that Erlang C does (K06, K07)', () => {
    const servers = [52, 53, 54, 55];
    const found = servers.map((slots) => {
      const [lengths, kept] = valuesOf(
        {
          tiers: [poissonTier(RATE, 'slo: { ttft: 100ms }')],
          slots,
          service: exponential,
          warmUp: 40,
          duration: FULL_PRECISION ? 7_000 : 200,
        },
        'oracle K06',
        ['queue.length', 'slo.attainment'],
      );
      return { costs: lengths!.map((length) => costOf(slots, length)), kept: kept! };
    });
    const at = (count: number) => found[count - 52]!;
    const within = FULL_PRECISION ? 0.03 : 0.2;
    const objections = [
      verdictOn(estimateOf('cost 53', at(53).costs), exactCost(53), 0.01).objection,
      // Of a difference of costs the servers are certain: what is estimated is what the delay adds or saves.
      ...[52, 54].map((count) =>
        objectionTo(
          `delay ${count}`,
          [
            at(count).costs.map((cost) => cost - SERVER_COST * count),
            at(53).costs.map((cost) => cost - SERVER_COST * 53),
          ],
          exactCost(count) - exactCost(53) - SERVER_COST * (count - 53),
          within,
        ),
      ),
      ...[54, 55].map(
        (count) => verdictOn(estimateOf(`kept ${count}`, at(count).kept), attained(count), 0.01).objection,
      ),
    ].flatMap((objection) => objection ?? []);
    expect(objections).toEqual([]);
    if (!FULL_PRECISION) return;
    // The optimum itself, six standard errors clear: three times the half-width.
    for (const count of [52, 54]) {
      const { mean, halfWidth } = pairedDifference(at(count).costs, at(53).costs, 0.95);
      expect(mean! - 3 * halfWidth!).toBeGreaterThan(0);
    }
    const margin = (count: number) => estimateOf('kept', at(count).kept);
    expect(margin(54).mean! + 3 * margin(54).halfWidth!).toBeLessThan(0.95);
    expect(margin(55).mean! - 3 * margin(55).halfWidth!).toBeGreaterThan(0.95);
  });

  test.skipIf(NO_ORACLES !== null)(`are those of oracles K06 and K07 ${NO_ORACLES ?? ''}`, () => {
    const costs = oracle('K06').metrics;
    const cheapest = [50, 51, 52, 53, 54, 55].reduce((best, c) =>
      exactCost(c) < exactCost(best) ? c : best,
    );
    expect(cheapest).toBe(costs.c_star);
    expect(near(exactCost(53), costs.cost_star)).toBe(true);
    expect(near(exactCost(52), costs.cost_minus1) && near(exactCost(54), costs.cost_plus1)).toBe(true);
    const promise = oracle('K07').metrics;
    expect([50, 51, 52, 53, 54, 55, 56].find((c) => attained(c) >= 0.95)).toBe(promise.c_star);
    expect(near(attained(55), promise.attained) && near(attained(54), promise.attained_minus1)).toBe(true);
  });
});

describe('how much to reserve for a demand of 60 in the mean (K12)', () => {
  const [MEAN, RESERVED, ON_DEMAND] = [60, 2, 5];
  /** E[(N − q)⁺] of a Poisson number. */
  const shortage = (reserve: number) => {
    let share = Math.exp(-MEAN);
    let total = 0;
    for (let n = 1; n < 300; n++) {
      share *= MEAN / n;
      total += Math.max(0, n - reserve) * share;
    }
    return total;
  };
  const cost = (reserve: number) => RESERVED * reserve + ON_DEMAND * shortage(reserve);
  const RESERVES = [61, 62, 63];

  test('is told by how many are in service at once, who never wait', () => {
    // Service of one second: at whole seconds those in service are the arrivals of the last, each time others.
    const seconds = FULL_PRECISION ? 4_000 : 150;
    const scenario = scenarioOf(
      queueText({
        tiers: [poissonTier(MEAN)],
        slots: 1_000,
        service: '{ kind: constant, value: 1s }',
        warmUp: 1,
        duration: seconds,
      }),
    );
    const instants = Array.from({ length: seconds }, (_, n) => n + 1);
    const found = indices.map((index) => {
      const { inSystem } = statesAt(scenario, instants, 'oracle K12', index);
      return RESERVES.map(
        (reserve) => inSystem.reduce((sum, n) => sum + Math.max(0, n - reserve), 0) / seconds,
      );
    });
    const objections = RESERVES.flatMap((reserve, k) => {
      const short = estimateOf(
        `short of ${reserve}`,
        found.map((one) => one[k]!),
      );
      return verdictOn(short, shortage(reserve), FULL_PRECISION ? 0.02 : 0.06).objection ?? [];
    });
    expect(objections).toEqual([]);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('K12');
    const exact = [metrics.cost_minus1, metrics.cost_star, metrics.cost_plus1];
    expect(RESERVES.every((reserve, k) => near(cost(reserve), exact[k]))).toBe(true);
    expect(metrics.q_star).toBe(62);
  });
});
