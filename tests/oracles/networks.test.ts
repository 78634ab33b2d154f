/**
 * Requests that pass several servers: an open network (H02), a central server with its users (H04), and parts that are
 * joined (H08).
 *
 * A session whose client thinks 0 s goes from server to server; which comes next is drawn, for each turn is plain or
 * asks for one of two features, each with a model of its own. So the next server does not depend on the last. In H02 it
 * does; but the numbers at the servers of a Jackson network depend on the arrivals at each alone (Jackson 1963), so the
 * engine runs a network with the arrivals of H02. In H04 each circuit passes each server once on average, with the same
 * product form (Baskett, Chandy, Muntz and Palacios 1975).
 */
import { describe, expect, test } from 'vitest';
import { replicate } from '../../src/experiments/replicate.ts';
import type { Cell } from '../../src/simulation/cell.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { mmc } from '../../src/stats/index.ts';
import { verdictOn } from '../helpers/accept.ts';
import { Estimates, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { estimateOf } from '../helpers/states.ts';
import { forkJoinOfTwo, trafficOf } from './batch-forms.ts';
import { REPLICATIONS } from './cases.ts';
import { closedNetwork } from './closed-forms.ts';

interface Node {
  /** Share of the turns that come here. */
  readonly share: number;
  readonly mean: number;
  readonly servers: number;
}

interface Network {
  readonly arrivals: string;
  readonly meanTurns: number;
  readonly nodes: readonly Node[];
  readonly warmUp: number;
  readonly duration: number;
}

/** Sessions of a geometric number of turns, each at a server that is drawn. */
const network = ({ arrivals, meanTurns, nodes, warmUp, duration }: Network) => `
fleetyield: 1
name: network
horizon: { warmUp: ${warmUp}s, duration: ${duration}s }
workload:
  tiers:
    - name: all
      model: node0
      arrivals: ${arrivals}
      lengths: { prompt: { kind: constant, value: 1 }, output: { kind: constant, value: 1 } }
      session: { turns: { kind: geometric, mean: ${meanTurns} }, think: { kind: constant, value: 0s } }
      features: [${nodes
        .slice(1)
        .map(({ share }, node) => `{ name: f${node + 1}, share: ${share}, model: node${node + 1} }`)
        .join(', ')}]
fleet:
  pools:
${nodes
  .map(
    ({ mean, servers }, node) =>
      `    - { name: node${node}, model: node${node}, replicas: 1, serving: { kind: slots, concurrency: ${servers}, serviceTime: { kind: exponential, mean: ${mean}s } } }`,
  )
  .join('\n')}
`;

const H02 = {
  outside: [1, 0.5, 0],
  sentOn: [
    [0, 0.6, 0.2],
    [0.1, 0, 0.5],
    [0.3, 0, 0],
  ],
  rates: [3, 2.5, 1.2],
  servers: [1, 1, 2],
} as const;
const SESSIONS = 1.5;
const traffic = trafficOf(H02.outside, H02.sentOn);
const visits = traffic.reduce((sum, rate) => sum + rate, 0);
const lengths = traffic.map((rate, node) => mmc(rate, H02.rates[node]!, H02.servers[node]!).systemSize);
const inNetwork = lengths.reduce((sum, length) => sum + length, 0);

const USERS = 15;
const DEMANDS = [0.05, 0.08, 0.04];
const h04 = closedNetwork(USERS, 1, DEMANDS);

interface Expected {
  readonly throughput: number;
  readonly busy: readonly number[];
  /** By node, the mean number there, and the mean time of a visit [s]. */
  readonly lengths: readonly number[];
  readonly visits: readonly number[];
  readonly within: { readonly throughput: number; readonly busy: number; readonly lengths: number };
}

/**
 * What speaks against a network; the times of visits are told by the rows of those that arrive in the window and are
 * served.
 */
function objectionsTo(text: string, seed: string, { throughput, busy, lengths, visits, within }: Expected) {
  const scenario = scenarioOf(text);
  const times = visits.map((): number[] => []);
  const results = Array.from({ length: REPLICATIONS }, (_, index) => {
    const [counts, sums] = [visits.map(() => 0), visits.map(() => 0)];
    const result = replicate(scenario, seed, index, {
      byHour: false,
      onClosed: ({ granted, progress }, row, outcome) => {
        const arrivedAt = progress.arrivedAt[row]!;
        if (outcome !== 'served' || arrivedAt < scenario.cell.window.from) return;
        counts[granted.model[row]!]! += 1;
        sums[granted.model[row]!]! += progress.lastTokenAt[row]! - arrivedAt;
      },
    });
    times.forEach((node, at) => node.push(sums[at]! / counts[at]!));
    return result;
  });
  const estimates = new Estimates(results);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return [
    verdictOn(estimates.of('throughput.requests'), throughput, within.throughput),
    verdictOn(estimates.of('system.size'), total, within.lengths),
    ...busy.map((share, node) =>
      verdictOn(estimates.of('utilisation.busy', `pool:node${node}`), share, within.busy),
    ),
    ...visits.map((time, node) =>
      verdictOn(estimateOf(`time at node${node}`, times[node]!), time, within.lengths),
    ),
  ].flatMap(({ objection }) => objection ?? []);
}

describe('sessions that go from server to server', () => {
  test('are an open network with the traffic of three nodes with feedback (H02)', () => {
    const text = network({
      arrivals: `{ kind: poisson, ratePerSecond: ${SESSIONS} }`,
      meanTurns: visits / SESSIONS,
      nodes: traffic.map((rate, node) => ({
        share: rate / visits,
        mean: 1 / H02.rates[node]!,
        servers: H02.servers[node]!,
      })),
      warmUp: 60,
      duration: 1_500,
    });
    const found = objectionsTo(text, 'oracle H02', {
      throughput: visits,
      busy: traffic.map((rate, node) => rate / H02.rates[node]! / H02.servers[node]!),
      lengths,
      visits: lengths.map((length, node) => length / traffic[node]!),
      within: { throughput: 0.015, busy: 0.025, lengths: 0.06 },
    });
    expect(found).toEqual([]);
  });

  test('are a central server with 15 users who think a second (H04)', () => {
    const text = network({
      arrivals: `{ kind: closed-loop, users: ${USERS}, think: { kind: exponential, mean: 1s } }`,
      meanTurns: 3,
      nodes: DEMANDS.map((mean) => ({ share: 1 / 3, mean, servers: 1 })),
      warmUp: 30,
      duration: 500,
    });
    const found = objectionsTo(text, 'oracle H04', {
      throughput: 3 * h04.throughput,
      busy: DEMANDS.map((demand) => demand * h04.throughput),
      lengths: h04.lengths,
      visits: h04.responses,
      within: { throughput: 0.01, busy: 0.015, lengths: 0.03 },
    });
    expect(found).toEqual([]);
  });
});

describe('requests that come two by two, one to each of two servers in turn', () => {
  const WARM_UP = 300;
  const DURATION = 4_000;
  const text = `
fleetyield: 1
name: fork and join
horizon: { warmUp: ${WARM_UP}s, duration: ${DURATION}s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: batch, ratePerSecond: 0.8, size: { kind: constant, value: 2 } } }] }
fleet: { pools: [{ name: main, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1s } } }] }
gateway: { routing: { kind: round-robin } }
`;
  /** Of pairs that arrive in the window: the mean time to the end of the later of the two, and of each by itself [s]. */
  const joined = (cell: Cell, replication: number) => {
    const ends = new Map<number, number>();
    let [pairs, later, each] = [0, 0, 0];
    simulate(cell, 'oracle H08', replication, {
      onClosed: ({ declared, progress }, row, outcome) => {
        if (outcome !== 'served' || progress.arrivedAt[row]! < WARM_UP) return;
        const pair = Math.floor(declared.id[row]! / 2);
        const sojourn = progress.lastTokenAt[row]! - progress.arrivedAt[row]!;
        const other = ends.get(pair);
        if (other === undefined) return void ends.set(pair, sojourn);
        ends.delete(pair);
        pairs += 1;
        later += Math.max(sojourn, other);
        each += sojourn + other;
      },
    });
    return { joined: later / pairs, alone: each / pairs / 2 };
  };

  test('are a fork, and joined by their rows (H08)', () => {
    const { cell } = scenarioOf(text);
    const found = Array.from({ length: REPLICATIONS }, (_, index) => joined(cell, index));
    expect(
      verdictOn(
        estimateOf(
          'joined',
          found.map((one) => one.joined),
        ),
        forkJoinOfTwo(0.8, 1),
        0.05,
      ).objection,
    ).toBeNull();
    // Each server by itself is M/M/1: 1 ÷ (1 − 0.8).
    expect(
      verdictOn(
        estimateOf(
          'alone',
          found.map(({ alone }) => alone),
        ),
        5,
        0.05,
      ).objection,
    ).toBeNull();
  });
});

describe.skipIf(NO_ORACLES !== null)(`the exact values of these tests ${NO_ORACLES ?? ''}`, () => {
  test('are those of oracle H02', () => {
    const { params, metrics } = oracle('H02');
    expect(params).toEqual({ gamma: H02.outside, P: H02.sentOn, mu: H02.rates, servers: H02.servers });
    traffic.forEach((rate, node) => expect(near(rate, metrics[`lam${node + 1}`])).toBe(true));
    lengths.forEach((length, node) => expect(near(length, metrics[`L${node + 1}`])).toBe(true));
    expect(near(inNetwork, metrics.L)).toBe(true);
    expect(near(inNetwork / SESSIONS, metrics.W)).toBe(true);
  });

  test('are those of oracle H04', () => {
    const { params, metrics } = oracle('H04');
    expect(params).toEqual({ N: USERS, think: 1, demands: DEMANDS });
    expect(near(h04.throughput, metrics.X)).toBe(true);
    h04.lengths.forEach((length, node) => expect(near(length, metrics[`Q${node + 1}`])).toBe(true));
    DEMANDS.forEach((demand, node) =>
      expect(near(demand * h04.throughput, metrics[`U${node + 1}`])).toBe(true),
    );
  });

  test('are those of oracle H08', () => {
    const { params, metrics } = oracle('H08');
    expect(params).toEqual({ lam: 0.8, mu: 1 });
    expect(near(forkJoinOfTwo(0.8, 1), metrics.W)).toBe(true);
    expect(near(5, metrics.W_single)).toBe(true);
  });
});
