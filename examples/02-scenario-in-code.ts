/**
 * A scenario as an object, checked by the compiler, and run at several loads. Concepts: `ScenarioInput`, common random
 * numbers (the same seed gives every load the same draws).
 *
 * node --import tsx examples/02-scenario-in-code.ts
 */
import { run, type ScenarioInput } from 'fleetyield';

const chat = (ratePerSecond: number) =>
  ({
    fleetyield: 1,
    name: `chat at ${ratePerSecond}/s`,
    horizon: { warmUp: '1min', duration: '5min' },
    workload: {
      tiers: [
        {
          name: 'chat',
          model: 'llama-3.1-8b',
          arrivals: { kind: 'poisson', ratePerSecond },
          lengths: {
            prompt: { kind: 'lognormal', mean: 700, cv: 1.2 },
            output: { kind: 'geometric', mean: 200 },
          },
          slo: { ttft: '1s' },
        },
      ],
    },
    fleet: {
      pools: [
        {
          name: 'engine',
          model: 'llama-3.1-8b',
          replicas: 1,
          serving: {
            kind: 'continuous-batching',
            maxSequences: 64,
            kv: { capacityTokens: 200_000 },
            stepTime: { kind: 'affine', base: '8ms', perPrefillToken: '0.02ms', perSequence: '0.1ms' },
          },
        },
      ],
    },
  }) satisfies ScenarioInput;

for (const rate of [4, 8, 16]) {
  const { estimates } = await run(chat(rate), { replications: 2 });
  const p99 = estimates.find(({ scope, metric }) => scope === 'total' && metric === 'ttft.p99');
  console.log(`${rate} requests/s: 99 % have their first token within ${p99?.mean?.toFixed(2)} s`);
}
