/**
 * Fitting traces whose process is known. A figure of the right process is reported as missed with probability 2 ÷
 * (resamples + 1), so a right process is sometimes passed over: what is tested is how often over many traces, and the
 * estimates' means.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ParameterError } from '../../src/errors.ts';
import { fitWorkload, type FitOptions, type WorkloadFit } from '../../src/fitting/fit-workload.ts';
import { notesOf } from '../../src/fitting/notes.ts';
import { workloadYaml } from '../../src/fitting/workload-yaml.ts';
import { readGivenText } from '../../src/files/text-file.ts';
import { Moments, Streams, tokenDistributions, tQuantile, wholeTokens } from '../../src/stats/index.ts';
import { TRACE_FORMATS, type Trace, type TraceFormat } from '../../src/workload/traces/index.ts';
import { traceOf, type RecordedRequest } from '../../src/workload/traces/trace.ts';
import { ALARM } from '../helpers/accept.ts';
import { arrivalsUntil, type ArrivalChoice } from '../helpers/arrivals.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

const OPTIONS: FitOptions = {
  windows: [1, 10, 60],
  startOfWeek: 0,
  resamples: 99,
  seed: 'fit',
  tenants: false,
};

const traceAt = (
  times: readonly number[],
  more: (index: number) => Partial<RecordedRequest> = () => ({}),
): Trace => traceOf(times.map((at, index) => ({ at, ...more(index) })));

const TRACES = 20;

/** Fits of so many traces of a process. */
const fitsOf = (choice: ArrivalChoice, length: number, options: Partial<FitOptions> = {}): WorkloadFit[] =>
  Array.from({ length: TRACES }, (_, index) =>
    fitWorkload(traceAt(arrivalsUntil(length, choice, { name: `${choice.kind} ${index}` })), {
      ...OPTIONS,
      ...options,
      seed: `fit ${index}`,
    }),
  );

const named = (fits: readonly WorkloadFit[], name: string) =>
  fits.filter(({ arrivals }) => arrivals.name === name).length;

/** Whether the mean of the estimates is the true value, within t(19) standard errors at the suite's false-alarm rate. */
function expectMean(estimates: readonly number[], truth: number): void {
  const moments = new Moments();
  for (const estimate of estimates) moments.add(estimate);
  const allowed =
    (tQuantile(1 - ALARM / 2, estimates.length - 1) * moments.sd!) / Math.sqrt(estimates.length);
  expect(Math.abs(moments.mean! - truth)).toBeLessThan(allowed);
}

// A right process is passed over with a chance of 8 % at most: four figures, 2 % each with 99 resamples. That this
// happens to 10 or more of 20 traces has a chance below 1e-6 (binomial: 184,756 × 0.08¹⁰ = 2e-6 × 0.92¹⁰). Batches have
// five figures: 10 % at most, and a chance of 7e-6.
const LEAST_RIGHT = 11;

describe('a fit to a trace of known process', () => {
  test('calls Poisson arrivals Poisson, at their rate', () => {
    const fits = fitsOf({ kind: 'poisson', ratePerSecond: 2 }, 1_000);
    expect(named(fits, 'Poisson')).toBeGreaterThanOrEqual(LEAST_RIGHT);
    expectMean(
      fits.map(({ requests, seconds }) => requests / seconds),
      2,
    );
  });

  test('calls gamma gaps of variation 2 a renewal, and finds the 2', () => {
    const fits = fitsOf({ kind: 'renewal', ratePerSecond: 2, gap: { kind: 'gamma', cv: 2 } }, 1_000);
    expect(named(fits, 'renewal')).toBeGreaterThanOrEqual(LEAST_RIGHT);
    const found = fits.flatMap(({ arrivals: { choice } }) =>
      choice.kind === 'renewal' && choice.gap.kind === 'gamma' ? [choice.gap.cv] : [],
    );
    expectMean(found, 2);
  });

  test('calls a two-state rate one, and finds its states', () => {
    // Rates 10 and 2, stays 20 and 40 s: 50 stays in each state in 3,000 s. With 39 resamples a right process is passed
    // over with a chance of 20 % at most (four figures, 5 % each), which happens to 15 of 20 with a chance below 1e-6.
    const choice = { kind: 'mmpp', ratesPerSecond: [10, 2], meanStay: [20, 40] } as const;
    const fits = fitsOf(choice as unknown as ArrivalChoice, 3_000, { resamples: 39 });
    const right = fits.flatMap(({ arrivals: { choice: found, name } }) =>
      name === 'modulated Poisson, two states' && found.kind === 'mmpp' ? [found] : [],
    );
    expect(right.length).toBeGreaterThanOrEqual(6);
    const meanOf = (of: (found: (typeof right)[number]) => number) =>
      right.reduce((sum, found) => sum + of(found) / right.length, 0);
    // A rate is estimated from thousands of arrivals, a stay from 50: its mean alone strays by 1 ÷ √50 = 14 %, the mean
    // of six or more by 6 %, and moments of a nonlinear process by more and with a bias, stated here: 5 % and 25 %.
    for (const state of [0, 1]) {
      const rate = meanOf((found) => found.ratesPerSecond[state]!) / choice.ratesPerSecond[state]!;
      const stay = meanOf((found) => found.meanStay[state]!) / choice.meanStay[state]!;
      expect(Math.abs(rate - 1), `rate ${state}`).toBeLessThan(0.05);
      expect(Math.abs(stay - 1), `stay ${state}`).toBeLessThan(0.25);
    }
  });

  test('finds batches where requests come together', () => {
    const size = { kind: 'weights' as const, weights: [0.5, 0.3, 0.2] };
    const fits = fitsOf({ kind: 'batch', ratePerSecond: 1, size }, 1_000);
    expect(named(fits, 'batches')).toBeGreaterThanOrEqual(LEAST_RIGHT);
    const weights = fits.flatMap(({ arrivals: { choice } }) =>
      choice.kind === 'batch' && choice.size.kind === 'weights' ? [choice.size.weights] : [],
    );
    expectMean(
      weights.map(([one]) => one!),
      0.5,
    );
  });

  test('finds the shape of the day, at the hours of the trace', () => {
    // Two days, the second half of each at three times the rate of the first; the trace begins at six in the evening.
    const hourOfDay = Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 0.5 : 1.5));
    const startOfWeek = 18 * 3600;
    const choice: ArrivalChoice = { kind: 'nonhomogeneous', ratePerSecond: 0.1, hourOfDay };
    const times = arrivalsUntil(2 * 86_400, choice, { name: 'day', startOfWeek });
    const fit = fitWorkload(traceAt(times), { ...OPTIONS, windows: [60, 3600], startOfWeek });
    expect(fit.arrivals.name).toBe('Poisson by the hour');
    const found = fit.arrivals.choice as typeof choice;
    // An hour of two days has 360 or 1,080 requests in the mean: within 30 % is five standard deviations of the fewer.
    found.hourOfDay!.forEach((factor, hour) =>
      expect(Math.abs(factor / hourOfDay[hour]! - 1), `${hour}`).toBeLessThan(0.3),
    );
    expect(Math.abs(found.ratePerSecond / 0.1 - 1)).toBeLessThan(0.05);
  });

  test('reads a coarse clock as one: ticks are no batches', () => {
    const times = arrivalsUntil(3_000, { kind: 'poisson', ratePerSecond: 3 }, { name: 'ticks' });
    // Steps of three seconds, off by a millisecond now and then.
    const ticked = times.map((at) => Math.floor(at / 3) * 3 + (Math.floor(at / 3) % 3 === 1 ? 0.001 : 0));
    const fit = fitWorkload(traceAt(ticked), { ...OPTIONS, resamples: 199 });
    expect(fit.tick).toBe(3);
    expect(fit.arrivals.name).toBe('Poisson');
    // Ten seconds are three ticks, and a second is less than two.
    expect(fit.figures.map(({ name }) => name)).toEqual(['rate', 'dispersion.9s', 'dispersion.60s']);
    expect(notesOf(fit).join('\n')).toContain('recorded in steps of 3 s');
  });

  test('takes nobody together whom the clock put together: Poisson in steps of a twentieth of the mean gap', () => {
    const fits = Array.from({ length: TRACES }, (_, index) => {
      const times = arrivalsUntil(1_000, { kind: 'poisson', ratePerSecond: 2 }, { name: `fine ${index}` });
      // 2.5 % of requests come at the instant of the one before, where without a clock none does.
      return fitWorkload(traceAt(times.map((at) => Math.floor(at * 40) / 40)), {
        ...OPTIONS,
        seed: `${index}`,
      });
    });
    expect(fits[0]!.tick).toBe(0.025);
    expect(fits[0]!.figures.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['gapVariation', 'simultaneous']),
    );
    expect(named(fits, 'Poisson')).toBeGreaterThanOrEqual(LEAST_RIGHT);
  });

  test('takes even gaps for a regular process, not for a coarse clock', () => {
    const fit = fitWorkload(traceAt(Array.from({ length: 1_000 }, (_, index) => 2 * index)), OPTIONS);
    expect(fit.tick).toBe(0);
    expect(fit.arrivals.choice).toMatchObject({ kind: 'renewal', gap: { kind: 'constant' } });
  });
});

describe('lengths', () => {
  const source = new Streams('lengths', 0).stream('draws');
  const distribution = tokenDistributions.create(
    { kind: 'lognormal', mean: 400, cv: 1 },
    { quantileTable: () => null },
  );
  const times = arrivalsUntil(1_500, { kind: 'poisson', ratePerSecond: 2 }, { name: 'lengths' });
  const lengths = times.map(() => wholeTokens(distribution.sample(source), source));

  test('are tables that draw what was recorded', () => {
    const fit = fitWorkload(
      traceAt(times, (n) => ({ prompt: lengths[n]!, output: 7 })),
      { ...OPTIONS, resamples: 199 },
    );
    for (const { name, inside } of fit.figures.filter((one) => /^prompt|^output/.test(one.name)))
      expect(inside, name).toBe(true);
    // Two samples of n are further apart than 1.36 √(2 ÷ n) in one case of twenty; the mean of 199 is well below.
    expect(fit.lengths.prompt!.distance).toBeLessThan(1.36 * Math.sqrt(2 / times.length));
    expect(fit.lengths.output).toMatchObject({
      table: [
        [0, 7],
        [1, 7],
      ],
      distance: 0,
    });
  });

  test('that belong together are drawn together, by their rank correlation', () => {
    const [nearest, noise] = [lengths, lengths.slice(1).concat(lengths[0]!)];
    const fit = fitWorkload(
      traceAt(times, (n) => ({ prompt: nearest[n]!, output: 2 * nearest[n]! + noise[n]! })),
      OPTIONS,
    );
    const correlation = fit.figures.find(({ name }) => name === 'rankCorrelation')!;
    expect(correlation.measured).toBeGreaterThan(0.5);
    expect(correlation.inside).toBe(true);
    const written = parse(workloadYaml(fit, { tier: 'all', model: 'any' })) as {
      workload: { tiers: { lengths: { rankCorrelation: number } }[] };
    };
    expect(written.workload.tiers[0]!.lengths.rankCorrelation).toBeCloseTo(correlation.measured, 3);
  });

  test('that are not all recorded are left out, and that is said', () => {
    const fit = fitWorkload(
      traceAt(times, (n) => (n === 5 ? {} : { prompt: 9 })),
      OPTIONS,
    );
    expect(fit.lengths).toEqual({ prompt: null, output: null });
    expect(notesOf(fit).join('\n')).toContain('not every request has a recorded prompt');
  });

  test('and what else is recorded is named where the workload has nothing of it', () => {
    const fitted = (more: Partial<RecordedRequest>) =>
      fitWorkload(
        traceAt(times, (n) => ({ prompt: 9, output: 2, ...(n === 5 ? more : {}) })),
        OPTIONS,
      );
    const notes = notesOf(fitted({ cached: 3, patience: 0, priority: 0 })).join('\n');
    expect(notes).toContain(
      'records cached tokens, patience, priorities, which the workload does not include',
    );
    expect(notesOf(fitted({})).join('\n')).not.toContain('which the workload does not include');
  });
});

test('tenants: their number, the tenth that sends most, and what chance leaves of their variation', () => {
  // 20 tenants of 30 requests and 20 of 90: mean 60, variance 900 × 40 ÷ 39.
  const requests = Array.from({ length: 2_400 }, (_, index) => index);
  const tenant = (index: number) =>
    index % 4 === 0 ? `few ${index % 80}` : `many ${Math.floor(index / 4) % 20}`;
  const trace = traceAt(requests, (index) => ({ tenant: tenant(index) }));
  const fit = fitWorkload(trace, { ...OPTIONS, tenants: true });
  expect(fit.tenants!.count).toBe(40);
  expect(fit.tenants!.topTenth).toBeCloseTo((4 * 90) / 2_400, 12);
  expect(fit.tenants!.cv).toBeCloseTo(Math.sqrt((900 * 40) / 39 / 3_600 - 1 / 60), 4);
});

describe('what cannot be fitted', () => {
  const many = Array.from({ length: 200 }, (_, index) => index);
  test.each([
    ['a few requests', traceAt([0, 1, 2]), {}, '', 'holds 3 requests; at least 100 are needed'],
    ['one instant', traceAt(many.map(() => 5)), {}, '', 'all requests arrive at once'],
    [
      'windows longer than the trace',
      traceAt(many),
      { windows: [100] },
      'bins',
      'none of the windows fits the trace, which has 200 s',
    ],
    [
      'tenants that are not recorded',
      traceAt(many),
      { tenants: true },
      'tenants',
      'the trace does not record the tenant of each request',
    ],
  ])('is refused: %s', (_, trace, options, path, message) => {
    let caught: unknown = null;
    try {
      fitWorkload(trace, { ...OPTIONS, ...options });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ParameterError);
    expect((caught as ParameterError).path).toBe(path);
    expect((caught as ParameterError).message).toContain(message);
  });
});

describe('published traces', () => {
  const load = (file: string, format: TraceFormat) =>
    TRACE_FORMATS[format].read(readGivenText(sharedPath(file)), file);

  const AZURE = 'data/traces/azure2023_conv.csv.gz';
  test.skipIf(!hasShared(AZURE))(
    'Azure 2023, conversation: no renewal reaches its dispersion, two time scales do',
    () => {
      const fit = fitWorkload(load(AZURE, 'azure-llm-2023'), { ...OPTIONS, resamples: 39 });
      const measured = (name: string) => fit.figures.find((figure) => figure.name === name)!.measured;
      // facts/WORKLOADS.md: gap CV 1.09, IDC 1.4, 3.9 and 16.4 in windows of 1, 10 and 60 s.
      expect(measured('gapVariation')).toBeCloseTo(1.09, 2);
      expect(measured('dispersion.1s')).toBeCloseTo(1.4, 1);
      expect(measured('dispersion.10s')).toBeCloseTo(3.9, 1);
      expect(measured('dispersion.60s')).toBeCloseTo(16.4, 1);
      expect(fit.accepted).toBe(true);
      expect(fit.tried.find(({ name }) => name === 'renewal')!.missed).toContain('dispersion.60s');
      expect(fit.arrivals.choice.kind).toMatch(/^(mmpp|superposition)$/);
      for (const name of ['dispersion.1s', 'dispersion.10s', 'dispersion.60s']) {
        const { mean } = fit.figures.find((figure) => figure.name === name)!;
        expect(Math.abs(mean / measured(name) - 1), name).toBeLessThan(0.25);
      }
      expect(notesOf(fit).join('\n')).toContain('the rate beyond the trace is a guess');
    },
  );

  const MOONCAKE = 'data/traces/mooncake_conversation.jsonl.gz';
  test.skipIf(!hasShared(MOONCAKE))(
    'Mooncake, conversation: ticks of three seconds, and sessions that are lost',
    () => {
      const fit = fitWorkload(load(MOONCAKE, 'mooncake'), { ...OPTIONS, resamples: 39 });
      expect(fit.tick).toBe(3);
      const measured = (name: string) => fit.figures.find((figure) => figure.name === name)!.measured;
      // facts/WORKLOADS.md: IDC 3.0 in windows of 60 s.
      expect(Math.abs(measured('dispersion.60s') - 3)).toBeLessThan(0.2);
      expect(fit.tried.find(({ name }) => name === 'Poisson')!.missed).toContain('dispersion.60s');
      expect(fit.accepted).toBe(true);
      expect(notesOf(fit).join('\n')).toMatch(
        /sessions of \d\.\d\d requests, which repeat 32\.1 % of the prompt tokens/,
      );
    },
  );
});
