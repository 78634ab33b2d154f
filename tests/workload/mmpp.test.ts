import { describe, expect, test } from 'vitest';
import { Streams } from '../../src/stats/index.ts';
import { arrivalsOf, arrivalsUntil, gapsOf, uniforms, type ArrivalChoice } from '../helpers/arrivals.ts';
import { chiSquareAlarm, CHI_SQUARE_ALARM, objections } from '../stats/goodness.ts';

const mmpp = (ratesPerSecond: number[], meanStay: number[], jumps?: number[][]): ArrivalChoice => ({
  kind: 'mmpp',
  ratesPerSecond,
  meanStay,
  ...(jumps === undefined ? {} : { jumps }),
});

/** The uniform number whose exponential −ln(1 − u) is this. */
const unit = (exponential: number) => 1 - Math.exp(-exponential);

/** On at 2 a second for 2 s, off for 4 s: oracle F01. */
const IPP = mmpp([2, 0], [2, 4]);

describe('Markov-modulated arrivals', () => {
  test('come by competing exponentials, in the state that the chain is in', () => {
    // Stationary distribution (⅓, ⅔). In the first state 2 arrivals a second and half a jump: 2.5; in the second a
    // quarter.
    const source = uniforms(
      0.3,
      unit(5),
      0.79, // the first state; after 5 ÷ 2.5 = 2 s, below 2 ÷ 2.5: an arrival
      unit(2.5),
      0.81,
      0.5, // 1 s later a jump
      unit(1),
      0,
      0.5, // 4 s in silence, and back
      unit(2.5),
      0, // 1 s later an arrival
    );
    const process = arrivalsOf(IPP, { source });
    expect(process.next()).toBeCloseTo(2, 12);
    expect(process.next()).toBeCloseTo(8, 12);
  });

  test('that are interrupted have hyperexponential gaps (Kuczura 1973; mean, variance and KS: six in a million)', () => {
    // With λ = 2, off at ½ and on at ¼: phases r = (2.75 ± √(2.75² − 2)) ÷ 2, the first with p = (λ − r₂) ÷ (r₁ − r₂).
    const root = Math.sqrt(2.75 ** 2 - 4 * 2 * 0.25);
    const [fast, slow] = [(2.75 + root) / 2, (2.75 - root) / 2];
    const p = (2 - slow) / (fast - slow);
    const cdf = (x: number) => p * (1 - Math.exp(-fast * x)) + (1 - p) * (1 - Math.exp(-slow * x));
    const moment = (n: number, factorial: number) => factorial * (p / fast ** n + (1 - p) / slow ** n);
    const [m1, m2, m3, m4] = [moment(1, 1), moment(2, 2), moment(3, 6), moment(4, 24)];
    expect(m1).toBeCloseTo(1.5, 12);
    expect(m2 / m1 ** 2 - 1).toBeCloseTo(4.555555556, 8);
    const variance = m2 - m1 ** 2;
    const kurtosis = (m4 - 4 * m3 * m1 + 6 * m2 * m1 ** 2 - 3 * m1 ** 4) / variance ** 2;
    // Gaps after an arrival: the first, from the start, is of another distribution.
    const gaps = gapsOf(arrivalsUntil(60_000, IPP, { name: 'interrupted' })).slice(1);
    expect(objections(gaps, { cdf, mean: m1, variance, kurtosis })).toEqual([]);
  });

  test('start in the stationary distribution of three states (χ²: two in a million)', () => {
    // Round and round with holding times in the ratio 1 : 2 : 5, so the distribution is (1, 2, 5) ÷ 8. They are long
    // beside the first arrival, whose delay tells the state: about 1e-12, 1e-6 or 1 s.
    const states = mmpp(
      [1e12, 1e6, 1],
      [1e9, 2e9, 5e9],
      [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
    );
    const source = new Streams('states', 0).stream('start');
    const counts = [0, 0, 0];
    const n = 20_000;
    for (let run = 0; run < n; run++) {
      const first = arrivalsOf(states, { source }).next();
      counts[first < 1e-9 ? 0 : first < 1e-4 ? 1 : 2]! += 1;
    }
    expect(chiSquareAlarm(counts, [n / 8, n / 4, (5 * n) / 8])).toBeGreaterThan(CHI_SQUARE_ALARM);
  });

  test('go where the chances of their state lead', () => {
    // From the first always to the third, whose arrivals come next, never to the second.
    const states = mmpp(
      [0, 0, 1],
      [1, 1, 1],
      [
        [0, 0, 3],
        [1, 0, 0],
        [0, 1, 0],
      ],
    );
    const source = uniforms(0.1, unit(3), 0.2, 0.999, unit(1), 0.4);
    // The first for 3 s; then an arrival at 2 a second: ½ s later.
    expect(arrivalsOf(states, { source }).next()).toBeCloseTo(3.5, 12);
  });

  test('of a cell have its share of every rate, in the same states', () => {
    const half = arrivalsUntil(200, IPP, { name: 'share', share: 0.5 });
    const own = mmpp([1, 0], [2, 4]);
    expect(half).toEqual(arrivalsUntil(200, own, { name: 'share' }));
  });

  test.each([
    ['silence in every state', mmpp([0, 0], [1, 1]), 'ratesPerSecond', /every rate is 0/],
    ['a state without a stay', mmpp([1, 1], [1, 1, 1]), 'meanStay', /has 3 times for 2 rates/],
    [
      'three states that do not say what comes next',
      mmpp([1, 1, 1], [1, 1, 1]),
      'jumps',
      /of 3 states, give for each the relative chances/,
    ],
    [
      'chances for other states than there are',
      mmpp([1, 1], [1, 1], [[0, 1], [1]]),
      'jumps[1]',
      /has 1 chances for 2 states/,
    ],
    [
      'a state that follows itself',
      mmpp(
        [1, 1],
        [1, 1],
        [
          [1, 1],
          [1, 0],
        ],
      ),
      'jumps[0][0]',
      /write 0/,
    ],
    [
      'a state that nothing follows',
      mmpp(
        [1, 1],
        [1, 1],
        [
          [0, 0],
          [1, 0],
        ],
      ),
      'jumps[0]',
      /every chance is 0/,
    ],
    [
      'states that never meet',
      mmpp(
        [1, 1, 1, 1],
        [1, 1, 1, 1],
        [
          [0, 1, 0, 0],
          [1, 0, 0, 0],
          [0, 0, 0, 1],
          [0, 0, 1, 0],
        ],
      ),
      'jumps',
      /never reached/,
    ],
  ] as const)('refuse %s', (_, choice, path, says) => {
    expect(() => arrivalsOf(choice)).toThrow(
      expect.objectContaining({ path, message: expect.stringMatching(says) as string }),
    );
  });
});
