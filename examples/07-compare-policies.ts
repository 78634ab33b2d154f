/**
 * Compares two policies under common random numbers. Concepts: a campaign, paired differences, which are far narrower
 * than the intervals of either policy.
 *
 * node --import tsx examples/07-compare-policies.ts
 */
import { campaigns, type ScenarioInput } from 'fleetyield';

const tier = (name: string, priority: number, ratePerSecond: number) => ({
  name,
  priority,
  model: 'm',
  arrivals: { kind: 'poisson' as const, ratePerSecond },
});

const under = (kind: 'fcfs' | 'strict-priority') =>
  ({
    fleetyield: 1,
    name: kind,
    horizon: { warmUp: '5min', duration: '30min' },
    workload: { tiers: [tier('paid', 0, 0.3), tier('free', 1, 0.55)] },
    fleet: {
      pools: [
        {
          name: 'servers',
          model: 'm',
          replicas: 1,
          serving: { kind: 'slots', concurrency: 1, serviceTime: { kind: 'exponential', mean: '1s' } },
        },
      ],
    },
    gateway: { discipline: { kind } },
  }) satisfies ScenarioInput;

const { baseline, differences } = await campaigns.compare([under('fcfs'), under('strict-priority')], {
  replications: 6,
});
for (const { scenario, scope, metric, baseline: before, mean, halfWidth } of differences) {
  if (scope.startsWith('tier:') && metric === 'wait.mean')
    console.log(
      `${scope}: ${before?.toFixed(2)} s under ${baseline}; ${scenario} changes that by ${mean?.toFixed(2)} ± ${halfWidth?.toFixed(2)} s`,
    );
}
