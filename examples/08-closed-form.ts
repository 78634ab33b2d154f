/**
 * Checks a simulation against queueing theory. Concepts: closed forms (Erlang C), the interval of an estimate as the
 * measure of agreement.
 *
 * node --import tsx examples/08-closed-form.ts
 */
import { mmc, run, type ScenarioInput } from 'fleetyield';

const [arrivalsPerSecond, servers] = [3.2, 4];
const theory = mmc(arrivalsPerSecond, 1, servers);

const scenario = {
  fleetyield: 1,
  name: 'four servers',
  horizon: { warmUp: '10min', duration: '4h' },
  workload: {
    tiers: [{ name: 'all', model: 'm', arrivals: { kind: 'poisson', ratePerSecond: arrivalsPerSecond } }],
  },
  fleet: {
    pools: [
      {
        name: 'servers',
        model: 'm',
        replicas: 1,
        serving: { kind: 'slots', concurrency: servers, serviceTime: { kind: 'exponential', mean: '1s' } },
      },
    ],
  },
} satisfies ScenarioInput;

const { estimates } = await run(scenario, { replications: 8, confidence: 0.999 });
const wait = estimates.find(({ scope, metric }) => scope === 'total' && metric === 'wait.mean');
const { mean, halfWidth } = wait ?? {};
console.log(`Erlang C says a mean wait of ${theory.wait.toFixed(3)} s`);
console.log(`simulated: ${mean?.toFixed(3)} ± ${halfWidth?.toFixed(3)} s`);
if (!(Math.abs((mean ?? NaN) - theory.wait) <= (halfWidth ?? NaN))) throw new Error('they disagree');
