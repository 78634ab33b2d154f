/** What GPU-hours, tokens and runs cost, by hand: who used what, tariffs by the hour, and where money comes out even. */
import { describe, expect, test } from 'vitest';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';

const estimatesOf = (text: string) => new Estimates(replications(scenarioOf(text), 1, { byHour: true }));

/** Three requests of 10 minutes on four slots of one GPU; two of tier a, in the first hour, one of b in the second. */
const text = (economics: string, pool = '') => `
fleetyield: 1
name: unit
horizon: { start: Tue 08:00, duration: 2h }
workload:
  tiers:
    - { name: a, model: any, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 600000, output: 400000 }, { at: 0s, prompt: 600000, output: 400000 }] }, revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1 } }
    - { name: b, model: any, arrivals: { kind: replay, requests: [{ at: 1h, prompt: 1000000, output: 1000000 }] }, revenue: { kind: per-token, inputPerMillion: 3, outputPerMillion: 3 } }
fleet: { pools: [{ name: main, model: any, replicas: 1, ${pool} serving: { kind: slots, concurrency: 4, serviceTime: { kind: constant, value: 10min } } }] }
economics: ${economics}
`;

/** A kilowatt more when it computes, half a one always; 0.10 a kilowatt-hour, PUE 1.2, and a dollar an hour of write-off. */
const owned = (more = '') =>
  `{ gpuHour: { kind: owned, acceleratorUsd: 8765.82, acceleratorLifeYears: 1, infrastructureUsd: 0, infrastructureLifeYears: 1, costOfCapitalPerYear: 0, opexUsdPerGpuHour: 0, electricityUsdPerKwh: 0.1, powerUsageEffectiveness: 1.2, idleWatts: 500, busyWatts: 1500 ${more} } }`;

describe('GPU-hours used', () => {
  const estimates = estimatesOf(text('{ gpuHour: { kind: rented, usdPerGpuHour: 8 } }'));

  test('are of who was served: 20 and 10 of 4 × 120 slot-minutes, at 16 dollars for all', () => {
    expect(estimates.mean('cost.serving')).toBeCloseTo(16, 9);
    expect(estimates.mean('cost.serving.used')).toBeCloseTo(1, 9);
    expect(estimates.mean('cost.serving.idle')).toBeCloseTo(15, 9);
    expect(estimates.mean('cost.serving.used', 'tier:a')).toBeCloseTo(2 / 3, 9);
    expect(estimates.mean('cost.serving.used', 'tier:b')).toBeCloseTo(1 / 3, 9);
  });

  test('are taken off what each tier pays: 2 − 2/3 and 6 − 1/3', () => {
    expect(estimates.mean('margin.used', 'tier:a')).toBeCloseTo(4 / 3, 9);
    expect(estimates.mean('margin.used', 'tier:b')).toBeCloseTo(17 / 3, 9);
    expect(estimates.mean('margin.used')).toBeCloseTo(7, 9);
  });

  test('cost by the token less than with idle time: 1 and 16 dollars over 4 million', () => {
    expect(estimates.mean('cost.used.perMillionTokens')).toBeCloseTo(1 / 4, 9);
    expect(estimates.mean('cost.perMillionTokens')).toBeCloseTo(16 / 4, 9);
    expect(estimates.mean('cost.used.perMillionOutputTokens', 'tier:a')).toBeCloseTo(2 / 3 / 0.8, 9);
    expect(estimates.mean('cost.used.perMillionTokens', 'tier:b')).toBeCloseTo(1 / 3 / 2, 9);
  });

  test('cost by the request: 1 dollar over three in all, 2/3 over two of tier a', () => {
    expect(estimates.mean('cost.used.perRequest')).toBeCloseTo(1 / 3, 9);
    expect(estimates.mean('cost.used.perRequest', 'tier:a')).toBeCloseTo(1 / 3, 9);
    expect(estimates.mean('cost.used.perRequest', 'tier:b')).toBeCloseTo(1 / 3, 9);
    expect(estimates.mean('cost.variable.perRequest')).toBe(0);
  });

  test('break even at twice the use, an eighth of the hours: 16 dollars of rent against 8 of revenue', () => {
    expect(estimates.mean('breakEven.use')).toBeCloseTo(2, 9);
    expect(estimates.mean('utilisation.breakEven')).toBeCloseTo(2 / 16, 9);
  });
});

describe('the variable cost', () => {
  test('is power and its cooling: half an hour of slots is an eighth of an hour of the GPU', () => {
    const estimates = estimatesOf(text(owned()));
    const variable = (30 / 60 / 4) * 1 * 0.1 * 1.2;
    expect(estimates.mean('cost.variable')).toBeCloseTo(variable, 9);
    expect(estimates.mean('cost.variable', 'tier:b')).toBeCloseTo(variable / 3, 9);
    expect(estimates.mean('contribution', 'tier:b')).toBeCloseTo(6 - variable / 3, 9);
    expect(estimates.mean('cost.variable.perMillionTokens')).toBeCloseTo(variable / 4, 9);
    expect(estimates.mean('cost.variable.perMillionOutputTokens', 'tier:a')).toBeCloseTo(
      ((2 / 3) * variable) / 0.8,
      9,
    );
    // What must be earned is all but the variable cost, and each use brings what it pays less its own.
    const fixed = 2 * (1 + 0.5 * 0.1 * 1.2);
    expect(estimates.mean('breakEven.use')).toBeCloseTo(fixed / (8 - variable), 9);
  });

  test('has wear in it where computing is said to wear GPUs off, which idle GPUs then do not cost', () => {
    const estimates = estimatesOf(text(owned(', wearShare: 0.4')));
    const busyHours = 30 / 60 / 4;
    expect(estimates.mean('cost.variable')).toBeCloseTo(busyHours * (0.12 + 0.4), 9);
    expect(estimates.mean('cost.accelerator')).toBeCloseTo(2 * 0.6 + busyHours * 0.4, 9);
  });

  test('does not come out even where use does not pay it', () => {
    const free = text(owned())
      .replaceAll('PerMillion: 1', 'PerMillion: 0')
      .replaceAll('PerMillion: 3', 'PerMillion: 0');
    expect(estimatesOf(free).of('breakEven.use').mean).toBeNull();
  });
});

describe('a tariff by the hour', () => {
  /** Dear from 9 to 10; the factors are divided by their mean, which is 2. */
  const hours = Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 25 : 1));

  test('prices the power of each hour at its own: 20 and 10 slot-minutes computed, at half and 12.5 times 0.10', () => {
    const estimates = estimatesOf(text(owned(`, tariff: { hourOfDay: [${hours.join(', ')}] }`)));
    const kwh = [0.5 + 20 / 60 / 4, 0.5 + 10 / 60 / 4];
    const electricity = 0.1 * (0.5 * kwh[0]! + 12.5 * kwh[1]!);
    expect(estimates.mean('cost.electricity')).toBeCloseTo(electricity, 9);
    expect(estimates.mean('cost.cooling')).toBeCloseTo(0.2 * electricity, 9);
    expect(estimates.mean('cost.accelerator')).toBeCloseTo(2, 9);
    expect(estimates.mean('cost.serving')).toBeCloseTo(2 + 1.2 * electricity, 9);
    const variable = 0.12 * (0.5 * (20 / 60 / 4) + 12.5 * (10 / 60 / 4));
    expect(estimates.mean('cost.variable')).toBeCloseTo(variable, 9);
  });

  test('that is the same in all hours changes nothing', () => {
    const even = estimatesOf(text(owned(`, tariff: { hourOfDay: [${hours.map(() => 3).join(', ')}] }`)));
    const plain = estimatesOf(text(owned()));
    for (const metric of ['cost.serving', 'cost.electricity', 'cost.variable', 'cost.serving.idle'])
      expect(even.mean(metric), metric).toBeCloseTo(plain.mean(metric), 12);
  });

  test('finds GPUs that serve and train in the hours in which they do', () => {
    const moving = `
fleetyield: 1
name: moving
horizon: { start: Tue 08:30, warmUp: 15min, duration: 2h }
workload: { tiers: [{ name: a, model: any, arrivals: { kind: replay, requests: [{ at: 30min }] } }] }
fleet:
  pools: [{ name: main, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 10min } } }]
  training: [{ name: training, gpus: 0 }]
  reallocation: [{ trigger: { kind: clock, windows: ["09:30-10:15"] }, from: main, to: training, gpus: 1, switching: 0s }]
economics: ${owned(`, tariff: { hourOfDay: [${hours.join(', ')}] }`)}
`;
    const estimates = estimatesOf(moving);
    // From 8:45: 15 min at half price, an hour at 12.5 times, 45 min at half. One GPU trains from 9:30 to 10:15.
    const training = 0.75 + 0.12 * 1.5 * (12.5 * 0.5 + 0.5 * 0.25);
    expect(estimates.mean('cost.training')).toBeCloseTo(training, 9);
    const served = 0.5 * (0.5 * 0.5 + 12.5 * 1.5 + 0.5 * 1.25) + 12.5 * (10 / 60);
    expect(estimates.mean('cost.electricity')).toBeCloseTo(0.1 * served, 9);
  });

  test('of nothing is refused', () => {
    const zero = hours.map(() => 0).join(', ');
    expect(() => scenarioOf(text(owned(`, tariff: { hourOfDay: [${zero}] }`)))).toThrow(
      /tariff\.hourOfDay: is 0 throughout/,
    );
  });
});

describe('GPUs at spot prices', () => {
  const failing =
    'failures: { mtbf: { kind: constant, value: 30min }, mttr: { kind: constant, value: 30min }, while: always },';

  test('cost nothing while they are taken back, and rented ones do', () => {
    const [spot, rented] = ['spot', 'rented'].map((kind) =>
      estimatesOf(text(`{ gpuHour: { kind: ${kind}, usdPerGpuHour: 8 } }`, failing)),
    ) as [Estimates, Estimates];
    const failed = spot.mean('gpuHours.failed');
    expect(failed).toBeGreaterThan(0.5);
    expect(rented.mean('cost.serving')).toBeCloseTo(16, 9);
    expect(spot.mean('cost.serving')).toBeCloseTo(8 * (2 - failed), 9);
  });

  test('may be one pool of several, each at its price', () => {
    const two = text(
      '{ gpuHour: { kind: rented, usdPerGpuHour: 8 }, pools: [{ pool: other, gpuHour: { kind: spot, usdPerGpuHour: 3 } }] }',
    ).replace(
      'pools: [{ name: main',
      'pools: [{ name: other, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }, { name: main',
    );
    expect(estimatesOf(two).mean('cost.serving')).toBeCloseTo(16 + 2 * 2 * 3, 9);
    expect(() => scenarioOf(two.replace('pool: other', 'pool: othr'))).toThrow(
      /economics\.pools\[0\]\.pool: no pool is called "othr"; did you mean "other"/,
    );
  });
});

describe('costs by a rule', () => {
  const costs = (rule: string) =>
    estimatesOf(text(`{ gpuHour: { kind: rented, usdPerGpuHour: 8 }, costs: { ${rule} } }`));

  test('are a share of revenue beside a yearly sum: 8 dollars × 0.5, and a dollar an hour', () => {
    const estimates = costs(
      'trainingShareOfRevenue: 0.5, postTrainingShareOfRevenue: 0.25, overheadUsdPerYear: 8765.82, overheadShareOfRevenue: 0.125',
    );
    expect(estimates.mean('cost.training')).toBeCloseTo(4, 9);
    expect(estimates.mean('cost.postTraining')).toBeCloseTo(2, 9);
    expect(estimates.mean('cost.overhead')).toBeCloseTo(2 + 1, 9);
    expect(estimates.mean('margin')).toBeCloseTo(8 - 16 - 9, 9);
  });

  test('follow revenue by an elasticity: with 0.5 and four times the revenue at which it is stated, twice as much', () => {
    // 8 dollars in two hours are 4 × 8,765.82 a year; overhead of a dollar an hour is stated at a quarter of them.
    const estimates = costs(
      'overheadUsdPerYear: 8765.82, overheadGrowth: { elasticity: 0.5, revenueUsdPerYear: 8765.82 }',
    );
    expect(estimates.mean('cost.overhead')).toBeCloseTo(2 * 2, 9);
  });
});

describe('an agent run', () => {
  test('costs what its tier used ÷ the runs that succeeded', () => {
    // Two runs of two calls of a minute; the second run’s deadline passes in its second call, which is cancelled.
    const estimates = estimatesOf(`
fleetyield: 1
name: runs
horizon: { duration: 1h }
workload:
  tiers:
    - { name: agents, model: any, arrivals: { kind: replay, requests: [{ at: 0s }, { at: 10min }] }, session: { turns: { kind: constant, value: 2 }, think: { kind: constant, value: 1s }, run: { deadline: 10min } }, revenue: { kind: per-outcome, usdPerOutcome: 3, of: run } }
    - { name: other, model: any, arrivals: { kind: replay, requests: [{ at: 20min }] } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1min } } }] }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 60 } }
`);
    expect(estimates.mean('revenue', 'tier:agents')).toBeCloseTo(6, 9);
    // Four minutes of calls at a dollar a minute, for two runs.
    expect(estimates.mean('cost.perRun')).toBeCloseTo(2, 9);
    expect(estimates.mean('cost.perRun', 'tier:agents')).toBeCloseTo(2, 9);
    expect(() => estimates.of('cost.perRun', 'tier:other')).toThrow();
  });
});
