/**
 * Users who think and wait for their answers, against closed queueing networks: one server (oracle H03), and two in a
 * row, prefill and decode. The central server of H04 is in `networks.test.ts`.
 *
 * The law of the number at the servers is a product form, so mean value analysis is exact; that of H03 also follows from
 * the machine repairman.
 *
 * All users think when a run begins. The network forgets that within a few circuits of 20 s and 1.2 s; the warm-ups are
 * more than twenty.
 */
import { describe, expect, test } from 'vitest';
import { verdictOn } from '../helpers/accept.ts';
import { queueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { closedNetwork, machineRepairman } from './closed-forms.ts';

const h03 = machineRepairman(20, 10);
const [first, second] = [0.05, 0.08];
const USERS = 15;
const tandem = closedNetwork(USERS, 1, [first, second]);

const loop = (users: number, think: number) =>
  `name: all, arrivals: { kind: closed-loop, users: ${users}, think: { kind: exponential, mean: ${think}s } }`;
const slot = (mean: number) =>
  `{ kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: ${mean}s } }`;

describe('a closed loop', () => {
  test('is the machine repairman: 20 users who think 10 s and one server of 1 s (H03)', () => {
    const text = queueText({
      tiers: [loop(20, 10)],
      slots: 1,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 500,
      duration: 10_000,
    });
    const estimates = new Estimates(replications(scenarioOf(text), 32, { seed: 'oracle H03' }));
    const objections = [
      verdictOn(estimates.of('throughput.requests'), h03.throughput, 0.01),
      verdictOn(estimates.of('utilisation.busy'), h03.throughput, 0.01),
      verdictOn(estimates.of('e2e.mean'), h03.response, 0.01),
      verdictOn(estimates.of('system.size'), h03.systemSize, 0.01),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });

  test('is a closed network with two servers in a row', () => {
    const text = `
fleetyield: 1
name: tandem
horizon: { warmUp: 60s, duration: 1500s }
workload: { tiers: [{ model: any, lengths: { output: { kind: constant, value: 2 } }, ${loop(USERS, 1)} }] }
fleet:
  pools:
    - { name: prefill, model: any, replicas: 1, phase: prefill, link: { latency: 0s }, serving: ${slot(first)} }
    - { name: decode, model: any, replicas: 1, phase: decode, serving: ${slot(second)} }
`;
    const estimates = new Estimates(replications(scenarioOf(text), 32, { seed: 'closed tandem' }));
    // An answer of two tokens shows both sojourns: the first token ends the first.
    const objections = [
      verdictOn(estimates.of('throughput.requests'), tandem.throughput, 0.01),
      verdictOn(estimates.of('ttft.mean'), tandem.responses[0]!, 0.02),
      verdictOn(estimates.of('tpot.mean'), tandem.responses[1]!, 0.02),
      verdictOn(estimates.of('system.size'), tandem.lengths[0]! + tandem.lengths[1]!, 0.01),
      verdictOn(estimates.of('utilisation.busy', 'pool:decode'), second * tandem.throughput, 0.01),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });
});

describe.skipIf(NO_ORACLES !== null)(`the exact values of these tests ${NO_ORACLES ?? ''}`, () => {
  test('are those of oracle H03', () => {
    const { params, metrics } = oracle('H03');
    expect(params).toEqual({ N: 20, think: 10, mean: 1 });
    expect(near(h03.throughput, metrics.X)).toBe(true);
    expect(near(h03.throughput, metrics.U1)).toBe(true);
    expect(near(h03.response, metrics.R)).toBe(true);
    expect(near(h03.systemSize, metrics.Q1)).toBe(true);
    expect(near(closedNetwork(20, 10, [1]).throughput, metrics.X)).toBe(true);
  });
});
