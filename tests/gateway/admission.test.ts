import { describe, expect, test } from 'vitest';
import { admissions } from '../../src/gateway/admission/index.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

describe('bounded admission', () => {
  test('lets in as many as can be served at once and as may wait', () => {
    const rule = admissions.create({ kind: 'bounded', maxWaiting: 2, displace: false }, null);
    const admits = (waiting: number, room: number) => rule.admits({ waiting, room });
    expect([admits(0, 0), admits(1, 0), admits(2, 0)]).toEqual([true, true, false]);
    // Three wait to be put into three free servers: two more may come.
    expect([admits(4, 3), admits(5, 3)]).toEqual([true, false]);
  });

  test('with no place to wait serves who finds a server and sheds the others, at one instant too', () => {
    const { stories } = runOf(
      scenarioOf(`
fleetyield: 1
name: loss
horizon: { duration: 60s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [{ at: 0s }, { at: 0s }, { at: 0s }, { at: 1s }, { at: 2s }] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1500ms } } }] }
gateway: { admission: { kind: bounded, maxWaiting: 0 } }
`),
    );
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'served', 'shed', 'shed', 'served']);
  });

  /** One server until 1 s and one place to wait, for which five requests of two tiers come. */
  const outcomesWith = (admission: string, discipline: string) =>
    runOf(
      scenarioOf(`
fleetyield: 1
name: displace
horizon: { duration: 60s }
workload:
  tiers:
    - { name: a, priority: 0, model: any, arrivals: { kind: replay, requests: [{ at: 0s }, { at: 200ms }, { at: 300ms }] } }
    - { name: b, priority: 1, model: any, arrivals: { kind: replay, requests: [{ at: 100ms }, { at: 400ms }] } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { admission: { kind: bounded, maxWaiting: 1${admission} }, discipline: { kind: ${discipline} } }
`),
    ).stories.map(({ tier, outcome }) => [tier, outcome]);

  test('sheds the last in line for a strictly more important request, and for no other', () => {
    // `b` waits from 0.1 s; `a` takes its place at 0.2 s, and nobody takes a's.
    expect(outcomesWith('', 'strict-priority')).toEqual([
      [0, 'served'],
      [1, 'shed'],
      [0, 'served'],
      [0, 'shed'],
      [1, 'shed'],
    ]);
  });

  test.each([
    [', displace: false', 'strict-priority'],
    ['', 'fcfs'],
  ])(
    'sheds who comes last where nobody is to be displaced, or nobody overtakes (%s %s)',
    (admission, discipline) => {
      expect(outcomesWith(admission, discipline)).toEqual([
        [0, 'served'],
        [1, 'served'],
        [0, 'shed'],
        [0, 'shed'],
        [1, 'shed'],
      ]);
    },
  );

  test('is no bound without a rule', () => {
    expect(admissions.create({ kind: 'unbounded' }, null).admits({ waiting: 1e9, room: 0 })).toBe(true);
  });
});
