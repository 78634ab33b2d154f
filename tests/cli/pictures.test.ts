/** Every picture and every figure of a page: axes that a person reads, with their units, and names that are visible. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../src/calibration/calibrate.ts';
import type { MeasuredRun } from '../../src/calibration/measured-run.ts';
import { axisOf, changeAxisOf, logTicks } from '../../src/cli/shared/axes.ts';
import { calibrationPicture } from '../../src/cli/calibrate/picture.ts';
import { dayPicture } from '../../src/cli/shared/day-picture.ts';
import { reportPage } from '../../src/cli/report/page.ts';
import type { BatchReport } from '../../src/cli/report/batch-report.ts';
import { lookup } from '../../src/cli/shared/result-table.ts';
import type { ScalingDocument } from '../../src/campaigns/scaling-document.ts';
import type { TornadoOfMetric } from '../../src/campaigns/sensitivity.ts';
import type { SweepDocument } from '../../src/campaigns/sweep.ts';
import { scalingPage, scalingPicture } from '../../src/cli/scaling/picture.ts';
import { tornadoPicture } from '../../src/cli/sensitivity/picture.ts';
import { sweepPicture } from '../../src/cli/sweep/picture.ts';
import { workloadPicture } from '../../src/cli/fit-workload/picture.ts';
import { estimate } from '../../src/experiments/estimate.ts';
import { hourlyEstimates } from '../../src/experiments/hourly-estimates.ts';
import { meanSeries } from '../../src/experiments/hourly-series.ts';
import type { WorkloadFit } from '../../src/fitting/fit-workload.ts';
import { metrics } from '../../src/metrics/index.ts';
import { outlineOf } from '../../src/store/batch-identity.ts';
import { titleOf } from '../../src/store/changes.ts';
import { isShare } from '../../src/units.ts';
import { replications, scenarioOf } from '../helpers/scenario.ts';

/** A bell, a line turned round, and a break. */
const EVIL = 'a\u0007b\u202ec\nd';
const SHOWN = 'a\\u0007b\\u202ec\\u000ad';

/** A share that moves by tenths of a percent, a time of milliseconds, dollars of millions: by what ticks are tested. */
const VALUES: readonly (readonly [metric: string, unit: string, values: readonly number[], tick: RegExp])[] =
  [
    ['share.served', '1', [0.995, 0.9972], /^−?\d+(\.\d+)? %$/],
    ['churn', '1/month', [0.02, 0.08], /^−?\d+(\.\d+)? %$/],
    ['ttft.p99', 's', [0.012, 0.089], /^−?\d+(\.\d+)? ms$/],
    ['itl.mean', 's', [0.000_12, 0.000_89], /^−?\d+(\.\d+)? µs$/],
    ['e2e.mean', 's', [12, 89], /^−?\d+ s$/],
    ['revenue.perYear', 'USD/year', [3e9, 24e9], /^−?\$\d+(\.\d+)?( [kMB])?$/],
    ['cost.perRequest', 'USD/request', [0.001, 0.004], /^−?\$\d(\.\d+)?$/],
    ['requests.arrived', 'requests', [120_000, 480_000], /^−?\d+( k)?$/],
    ['throughput.requests', 'requests/s', [3, 18], /^−?\d+(\.\d+)?$/],
  ];

const PATHS = ['fleet.pools[0].kv.capacityTokens', 'tier.patience'] as const;

function sweepOf(metric: string, unit: string, means: readonly number[], varied: number): SweepDocument {
  const texts = [
    ['1000000', '2000000'],
    ['1.5s', '2.5s'],
  ].slice(0, varied);
  return {
    fleetyield: '0',
    scenario: EVIL,
    changes: [],
    design: varied === 1 ? 'grid' : 'sobol',
    seed: '1',
    replications: 6,
    confidence: 0.95,
    varied: PATHS.slice(0, varied).map((path, index) => ({ path, values: texts[index]! })),
    points: means.map((mean, point) => ({
      values: Object.fromEntries(texts.map((values, index) => [PATHS[index], values[point]!])),
      estimates: [{ scope: 'total', metric, unit, mean, halfWidth: mean / 1e4, n: 6 }],
    })),
  };
}

const heatMapOf = (metric: string, unit: string, means: readonly number[]): SweepDocument => ({
  ...sweepOf(metric, unit, means, 2),
  design: 'grid',
});

function tornadoOf(metric: string, unit: string, [least, most]: readonly number[]): TornadoOfMetric {
  const end = (value: string, mean: number) => ({
    value,
    difference: { mean, halfWidth: Math.abs(mean) / 9, n: 6 },
  });
  const bar = { path: EVIL, low: end('1', least! - most!), high: end('2', most! - least!) };
  return { scope: 'total', metric, unit, base: most!, bars: [bar] } as unknown as TornadoOfMetric;
}

const bounds = (mean: number, halfWidth = Math.abs(mean) / 20) => ({ mean, halfWidth, n: 6 });
const SIZES = [256_000, 512_000, 1_024_000];
const scaling = {
  scenario: { name: EVIL, hash: 'abc', changes: [] },
  seed: '1',
  replications: 6,
  confidence: 0.95,
  cell: { share: 0.001 },
  fleet: { pool: null, gpus: SIZES[1], replicas: [{ pool: 'main', replicas: 512 }] },
  step: { gpus: [500_000, 524_000], alone: null, load: [0.98, 1.02], loadRefused: null },
  points: SIZES.map((gpus, at) => ({
    gpus,
    factor: gpus / SIZES[1]!,
    also: [],
    present: at === 1,
    replicas: [],
    estimates: (['revenue', 'cost', 'margin'] as const).map((name) => ({
      scope: 'total',
      metric: `${name}.perYear`,
      unit: 'USD/year',
      ...bounds((at + 1) * 6e9),
    })),
  })),
  elasticity: Object.fromEntries(
    ['revenue', 'tokens', 'requests'].map((name) => [name, { supply: bounds(0.7), demand: bounds(0.2) }]),
  ),
  eulerGap: null,
  shadowPrice: {
    unit: 'USD/GPU-hour',
    of: 'contribution',
    forward: bounds(4),
    backward: bounds(5),
    cost: 2,
    idleCost: 1,
    advice: 'buy',
  },
  regime: {
    verdict: 'balanced',
    measure: 'revenue',
    rule: 'by s',
    fixedRevenueShare: 0,
    byTier: [],
    changes: [],
    supply: bounds(0.7),
    demand: bounds(0.2),
    supplyShare: bounds(0.7),
    byHour: [9, 10, 11].map((hourOfDay) => ({ hourOfDay, verdict: 'balanced', supplyShare: bounds(0.5) })),
    arcs: [0, 1].map((at) => ({
      fromGpus: SIZES[at],
      toGpus: SIZES[at + 1],
      supply: bounds(0.6),
      verdict: 'balanced',
    })),
  },
} as unknown as ScalingDocument;

const workload = {
  resamples: 39,
  arrivals: { name: 'Poisson' },
  curves: {
    rate: { stretch: 60, measured: [20_000, 30_000], simulated: [21_000, 28_000] },
    dispersion: [1, 10, 60].map((window) => ({
      window,
      measured: window + 1,
      mean: window,
      low: 0.8 * window,
      high: 1.5 * window,
    })),
    lengths: {
      prompt: { measured: [10, 800, 12_000], simulated: [9, 900, 20_000] },
      output: null,
    },
  },
} as unknown as WorkloadFit;

const instants = (first: number, last: number) => ({
  firstTokenAt: Float64Array.of(first, 1 + first, 2 + first),
  lastTokenAt: Float64Array.of(last, 1 + last, 2 + last),
});
const measured = {
  arrivedAt: Float64Array.of(0, 1, 2),
  outputTokens: Float64Array.of(10, 20, 30),
  ...instants(0.05, 0.9),
} as unknown as MeasuredRun;
const fitted = { replayed: instants(0.06, 0.8), frontEnd: 0, fittedRequests: 2 };
const calibration = { stepTime: 'affine', whole: fitted, split: fitted } as unknown as Calibration;

/** Three hours of two tiers with prices, promises and a limit: every figure that a page of a batch has. */
const SCENARIO = scenarioOf(`
fleetyield: 1
name: ${JSON.stringify(EVIL)}
horizon: { start: Tue 09:00, duration: 3h }
workload:
  tiers:
    - { name: paid, model: any, arrivals: { kind: poisson, ratePerSecond: 0.05 }, slo: { ttft: 2s, target: 0.95 }, revenue: { kind: per-token, inputPerMillion: 10, outputPerMillion: 20 }, lengths: { prompt: { kind: constant, value: 100 }, output: { kind: constant, value: 50 } } }
    - { name: free, model: any, tenants: 3, arrivals: { kind: poisson, ratePerSecond: 0.1 } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 5s } } }] }
gateway: { rateLimits: [{ scope: tenant, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perMinute: 1, burst: 2 } }] }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`);
const runs = replications(SCENARIO, 3, { byHour: true });
const series = runs.map(({ hourly }) => hourly);
const outline = outlineOf(SCENARIO);

function page(): string {
  const estimates = estimate(
    runs.map(({ measurements }) => measurements),
    0.95,
  );
  const batch = {
    name: titleOf(outline),
    outline,
    text: 'name: x',
    overrides: [],
    failures: [],
    estimates,
    audit: [],
    summary: { id: 'abcdef', done: 3, planned: 3, confidence: 0.95, seed: '1', status: 'finished' },
    origin: { firstFinishedAt: '2026-11-30T10:00', lastFinishedAt: '2026-11-30T10:00', machines: [] },
    of: lookup(estimates),
    hours: hourlyEstimates(series, 0.95),
    outcomes: meanSeries(series),
  } as unknown as BatchReport;
  return reportPage({ batches: [batch], comparison: null, scaling: scaling as never });
}

const PICTURES: readonly (readonly [string, () => string])[] = [
  ...VALUES.flatMap(([metric, unit, values]): [string, () => string][] => [
    [
      `a sweep of ${metric}`,
      () => sweepPicture(sweepOf(metric, unit, values, 1), { scope: 'total', metric }),
    ],
    [
      `a sweep of two values by ${metric}`,
      () => sweepPicture(sweepOf(metric, unit, values, 2), { scope: 'total', metric }),
    ],
    [
      `a heat map of ${metric}`,
      () => sweepPicture(heatMapOf(metric, unit, values), { scope: 'total', metric }),
    ],
    [`a tornado of ${metric}`, () => tornadoPicture(EVIL, tornadoOf(metric, unit, values))],
  ]),
  ['scaling', () => scalingPicture(scaling)],
  ['the page of scaling', () => scalingPage(scaling)],
  ['a fitted workload', () => workloadPicture(EVIL, workload)],
  ['a calibration', () => calibrationPicture(EVIL, measured, calibration)],
  ['a day', () => dayPicture(outline, meanSeries(series))],
  ['a report', page],
];

interface Scale {
  readonly label: string;
  readonly ticks: readonly string[];
}

/** Axes of a picture whose ticks are numbers: names in place of numbers have no unit. */
function axesOf(svg: string): Scale[] {
  const { document } = parseHTML(`<!doctype html><html><body>${svg}</body></html>`);
  return [...document.querySelectorAll('svg svg, figure > svg')].flatMap((drawing) =>
    ['x', 'y'].flatMap((axis): Scale[] => {
      const texts = (part: string) =>
        [...drawing.querySelectorAll(`[aria-label="${axis}-axis ${part}"] text`)].map(
          ({ textContent }) => textContent,
        );
      const ticks = texts('tick label');
      return ticks.length > 0 && ticks.every((tick) => /\d/.test(tick) && !tick.includes('u0007'))
        ? [{ label: texts('label').join(''), ticks }]
        : [];
    }),
  );
}

describe.each(PICTURES)('the axes of %s', (_, draw) => {
  const svg = draw();

  it('have labels with units, and no tick ends in a letter of the SI', () => {
    const axes = axesOf(svg);
    expect(axes.length).toBeGreaterThan(0);
    for (const { label, ticks } of axes) {
      // A value that is varied is called as its key, whose name bears the unit.
      expect(label).toMatch(/\[[^\]]+\]( [→↑])?$|fleet\.pools\[0\]\.kv\.capacityTokens/);
      for (const tick of ticks) expect(tick).not.toMatch(/\d[mµunpkKMGT]\b/);
      expect(new Set(ticks).size).toBe(ticks.length);
      if (label.includes('[%]')) for (const tick of ticks) expect(tick).toMatch(/^−?[\d.]+ %$/);
    }
  });

  it('show names on one line, each character visible', () => {
    expect(svg).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
    expect(svg).not.toContain('c\nd');
    expect(svg).toContain(SHOWN);
  });
});

it.each(VALUES)('the ticks of %s [%s] are written as people read them', (metric, unit, values, tick) => {
  const [swept] = axesOf(sweepPicture(sweepOf(metric, unit, values, 1), { scope: 'total', metric })).filter(
    ({ label }) => label.includes(metric),
  );
  expect(swept!.ticks.length).toBeGreaterThan(2);
  for (const text of swept!.ticks.filter((one) => !/^\$?0/.test(one))) expect(text).toMatch(tick);
  const [change] = axesOf(tornadoPicture('x', tornadoOf(metric, unit, values)));
  expect(change!.label).toContain(isShare(unit) ? 'points]' : '[');
  if (isShare(unit)) for (const text of change!.ticks) expect(text).toMatch(tick);
});

describe('an axis', () => {
  it('tells values apart that three digits do not', () => {
    // 0.99515 and 0.9952 of one: both were 0.995.
    const { tickFormat } = axisOf('share.served', '1');
    expect([0.99515, 0.9952, 0.1 + 0.2, -0.05].map(tickFormat)).toEqual([
      '99.515 %',
      '99.52 %',
      '30 %',
      '−5 %',
    ]);
  });

  it('has a time in the unit that fits the longest', () => {
    expect(axisOf('wait', 's', [0, 0.25]).label).toBe('wait [ms]');
    expect(axisOf('wait', 's', [0, 0.25]).tickFormat(0.05)).toBe('50 ms');
    expect(axisOf('wait', 's', [0, 2]).tickFormat(0.5)).toBe('0.5 s');
    expect(axisOf('wait', 's', []).tickFormat(3)).toBe('3 s');
  });

  it('has the changes of a share in percentage points', () => {
    expect(changeAxisOf('change of share.shed', '1', [0.02]).label).toBe('change of share.shed [% points]');
  });

  it('has logarithmic ticks at powers of ten, or between them where those are few', () => {
    expect(logTicks(0.5, 2_000)).toEqual([1, 10, 100, 1_000]);
    expect(logTicks(3, 60)).toEqual([5, 10, 20, 50]);
  });
});

it('a share is told from a count by the unit of its metric', () => {
  const shares = metrics.filter(({ unit }) => isShare(unit)).map(({ name }) => name);
  expect(
    shares.every((name) => /^(share|slo|utilisation)\.|^availability$|^wait\.probability$/.test(name)),
  ).toBe(true);
  expect(shares).toContain('share.served');
});
