/** A window over midnight wherever weekly windows are written: the run is that of its two parts, request for request. */
import { expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const PLACES = {
  degradation: (windows: string) => [
    '',
    '',
    `degradation: [{ trigger: { kind: clock, windows: ${windows} }, tiers: [all], action: { kind: cap-output, tokens: 5 } }]`,
  ],
  maintenance: (windows: string) => [`, maintenance: [{ windows: ${windows}, replicas: 1 }]`, '', ''],
  reallocation: (windows: string) => [
    '',
    `, training: [{ name: training }], reallocation: [{ trigger: { kind: clock, windows: ${windows} }, from: main, to: training, gpus: 1, switching: 10min }]`,
    '',
  ],
} as const;

/** Three days from Sunday noon on, in which two replicas are busy for 60 % of the time. */
function storiesOf(place: keyof typeof PLACES, windows: readonly string[]) {
  const [pool, fleet, gateway] = PLACES[place](JSON.stringify(windows));
  const { stories } = runOf(
    scenarioOf(`
fleetyield: 1
name: night
horizon: { start: Sun 12:00, duration: 3d }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: poisson, ratePerSecond: 0.002 }, lengths: { output: { kind: constant, value: 20 } } }] }
fleet: { pools: [{ name: main, model: m, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 10min } }${pool} }]${fleet} }
gateway: { ${gateway} }
`),
  );
  return stories;
}

test.each(['degradation', 'maintenance', 'reallocation'] as const)(
  'a night of %s from 22:00 to 06:00 is an evening and a morning',
  (place) => {
    const night = storiesOf(place, ['Sun-Mon 22:00-06:00']);
    expect(night.length).toBeGreaterThan(300);
    expect(night).toEqual(storiesOf(place, ['Sun-Mon 22:00-24:00', 'Mon-Tue 00:00-06:00']));
    // And it is not the evening alone.
    expect(night).not.toEqual(storiesOf(place, ['Sun-Mon 22:00-24:00']));
  },
);
