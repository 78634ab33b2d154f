/** `subscribers` through the real command: subscribers go from month to month as their plan says, and load goes with them. */
import { afterAll, describe, expect, it } from 'vitest';
import type { SubscribersDocument } from '../../src/campaigns/subscribers-document.ts';
import { fleetyield, Folder } from '../helpers/command.ts';

const folder = new Folder({
  // Forty slots of ten seconds are offered 2.5 times their work, and whoever finds none free is turned away.
  'months.yaml': `
fleetyield: 1
name: months
horizon: { warmUp: 60s, duration: 600s }
workload:
  tiers: [{ name: plus, model: any, tenants: 10000, arrivals: { kind: poisson, ratePerSecond: 10 }, revenue: { kind: subscription, usdPerMonth: 20, churn: { base: 0.05, slope: 0.3 }, signUps: { base: 10, perSubscriber: 0.1, slope: 1 } } }]
fleet: { pools: [{ name: main, model: any, replicas: 4, serving: { kind: slots, concurrency: 10, serviceTime: { kind: constant, value: 10s } } }] }
gateway: { admission: { kind: bounded, maxWaiting: 0 } }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`,
});
afterAll(() => {
  folder.remove();
});

const months = (file: string, ...options: string[]) =>
  fleetyield(['subscribers', file, '--replications', '2', '--no-store', '--quiet', ...options]);

describe('subscribers', () => {
  it('begin with whom the service of the month before left, who pay and send alike', async () => {
    const { code, stdout } = await months(
      folder.of('months.yaml'),
      '--months',
      '3',
      '--gpus',
      '0.5,1',
      '--json',
    );
    expect(code).toBe(0);
    const { months: told } = JSON.parse(stdout) as SubscribersDocument;
    expect(told.map(({ month }) => month)).toEqual([1, 2, 3]);
    for (const size of [0, 1])
      for (const [before, after] of [
        [told[0]!, told[1]!],
        [told[1]!, told[2]!],
      ] as const) {
        const { subscribers, servedWell, churn } = before.sizes[size]!.tiers[0]!;
        expect(churn).toBeCloseTo(0.05 + 0.3 * (1 - servedWell), 9);
        const expected = subscribers * (1 - churn!) + (10 + 0.1 * subscribers) * servedWell;
        expect(after.sizes[size]!.tiers[0]!.subscribers).toBeCloseTo(expected, 6);
        // Tenants are whole.
        expect(Math.abs(after.sizes[size]!.revenue.mean! - 20 * expected)).toBeLessThanOrEqual(10);
      }
    const [first, , third] = told.map(({ sizes }) => sizes[1]!) as [
      SubscribersDocument['months'][number]['sizes'][number],
      unknown,
      SubscribersDocument['months'][number]['sizes'][number],
    ];
    // What all slots serve is the same, so fewer subscribers are served a larger share, but for what chance leaves idle.
    const served = (one: typeof first) => one.tiers[0]!.servedWell * one.tiers[0]!.subscribers;
    expect(third.tiers[0]!.subscribers).toBeLessThan(0.8 * first.tiers[0]!.subscribers);
    expect(Math.abs(served(third) / served(first) - 1)).toBeLessThan(0.05);
    expect(told[2]!.elasticity[0]!.mean).toBeGreaterThan(told[0]!.elasticity[0]!.mean!);
  });

  it('print a table for each size', async () => {
    const { stdout } = await months(folder.of('months.yaml'), '--months', '1');
    expect(stdout).toMatch(
      /4 GPUs\nmonth +subscribers plus +served well +all served +revenue a month +cost +result\n1 +10 k/,
    );
  });

  it('need subscribers that join or leave', async () => {
    const { code, stderr } = await months('erlang-c');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no tier has subscribers that join or leave/);
  });
});
