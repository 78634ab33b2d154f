/**
 * From dispersion to a modulated rate. A rate that wanders makes counts more dispersed the longer the window: that curve
 * shows how much it varies and how fast. It knows curves, and nothing of traces.
 *
 * Let the rate be a stationary process of mean λ whose covariance falls as σ² e^(−κu), as that of a two-state chain
 * does (κ is the sum of its two switching rates). Given the rate, counts are Poisson, so Var N(w) = λw + ∬ σ²
 * e^(−κ|s−t|), and
 *
 *   IDC(w) = 1 + a G(w), with a = σ² ÷ λ and G(w) = (2 ÷ κ) (1 − (1 − e^(−κw)) ÷ (κw)).
 *
 * It rises from 1 as 1 + a w to 1 + 2a ÷ κ. Independent rates add their terms. (Fischer and Meier-Hellstern, "The MMPP
 * cookbook", Performance Evaluation 18, 1993, has the same for two states.)
 *
 * A sample variance of m windows that are correlated is too small: it expects m ÷ (m − 1) times (Var N(w) − Var N(mw) ÷
 * m²). The curve is fitted as it is expected to be measured, so slow rates are not taken for steady ones.
 */

/** One point of a measured curve. */
export interface DispersionPoint {
  /** Length of a window [s], and how many were counted. */
  readonly window: number;
  readonly windows: number;
  readonly dispersion: number;
}

/** A wandering part of a rate. */
export interface Modulation {
  /** σ² ÷ λ [1/s]: how fast the dispersion rises at first. */
  readonly slope: number;
  /** How fast the rate forgets [1/s]. */
  readonly forgetting: number;
}

/** Time scales tried for one wandering part, and for each of two. */
const ONE_GRID = 200;
const TWO_GRID = 48;

/** IDC(w) of a rate with these parts. */
export const modulatedDispersion = (parts: readonly Modulation[], window: number): number =>
  1 + parts.reduce((sum, { slope, forgetting }) => sum + slope * growth(forgetting, window), 0);

/** G(w) [s]. */
function growth(forgetting: number, window: number): number {
  const x = forgetting * window;
  // 1 − (1 − e^−x) ÷ x loses its digits where x is small; there it is x ÷ 2 − x² ÷ 6.
  const share = x < 1e-4 ? x / 2 - (x * x) / 6 : 1 + Math.expm1(-x) / x;
  return (2 / forgetting) * share;
}

/** What a slope of one adds to the dispersion measured in a given number of windows. */
const measuredGrowth = (forgetting: number, { window, windows }: DispersionPoint): number =>
  (windows / (windows - 1)) * (growth(forgetting, window) - growth(forgetting, windows * window) / windows);

/**
 * The one or two wandering parts, of any time scale between the shortest window and three times the span, whose curve
 * is nearest: weighted least squares of relative errors, each weighing as the number of its windows, linear in the
 * slopes and over a grid in the time scales. Empty where the curve never rises above 1, `null` where two parts are
 * asked for and one does as well.
 */
export function fitModulation(curve: readonly DispersionPoint[], parts: 1 | 2): readonly Modulation[] | null {
  const shortest = Math.min(...curve.map(({ window }) => window));
  const span = Math.max(...curve.map(({ window, windows }) => window * windows));
  const grid = logGrid(1 / (3 * span), 1 / shortest, parts === 1 ? ONE_GRID : TWO_GRID);
  const weights = curve.map(({ windows, dispersion }) => windows / (dispersion * dispersion));
  const excess = curve.map(({ dispersion }) => dispersion - 1);
  const columns = grid.map((forgetting) => curve.map((point) => measuredGrowth(forgetting, point)));
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, index) => sum + weights[index]! * value * b[index]!, 0);
  const towards = columns.map((column) => dot(column, excess));
  let best: { readonly gain: number; readonly found: readonly Modulation[] } = { gain: 0, found: [] };
  columns.forEach((column, i) => {
    const own = dot(column, column);
    if (parts === 1) {
      const slope = towards[i]! / own;
      const gain = slope * towards[i]!;
      if (slope > 0 && gain > best.gain) best = { gain, found: [{ slope, forgetting: grid[i]! }] };
      return;
    }
    for (let j = i + 1; j < columns.length; j++) {
      const between = dot(column, columns[j]!);
      const other = dot(columns[j]!, columns[j]!);
      const determinant = own * other - between * between;
      const slow = (towards[i]! * other - towards[j]! * between) / determinant;
      const fast = (towards[j]! * own - towards[i]! * between) / determinant;
      const gain = slow * towards[i]! + fast * towards[j]!;
      if (!(slow > 0 && fast > 0) || gain <= best.gain) continue;
      const found = [
        { slope: slow, forgetting: grid[i]! },
        { slope: fast, forgetting: grid[j]! },
      ];
      best = { gain, found };
    }
  });
  return parts === 2 && best.found.length === 0 ? null : best.found;
}

/** `count` numbers from `low` to `high` in equal steps of their logarithm. */
export const logGrid = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, step) => low * (high / low) ** (step / (count - 1)));

/** A two-state chain: its rates [1/s] and how long each lasts in the mean [s]. */
export interface TwoStates {
  readonly rates: readonly [number, number];
  readonly stays: readonly [number, number];
}

/**
 * The two states with this mean rate, standard deviation and skewness of the rate, that forget at `forgetting`. A
 * skewness that would need a rate below 0 is not reached: the lower rate is then 0, on and off, with mean and standard
 * deviation kept.
 *
 * With p the share of time in the higher state, its rate is λ + σ √((1 − p) ÷ p) and the lower λ − σ √(p ÷ (1 − p)), and
 * the skewness is (1 − 2p) ÷ √(p (1 − p)).
 */
export function twoStates(mean: number, sd: number, skewness: number, forgetting: number): TwoStates {
  const wanted = (1 - skewness / Math.sqrt(skewness * skewness + 4)) / 2;
  const most = (mean * mean) / (mean * mean + sd * sd);
  const share = Math.min(wanted, most);
  const low = wanted < most ? mean - sd * Math.sqrt(share / (1 - share)) : 0;
  const high = mean + sd * Math.sqrt((1 - share) / share);
  return { rates: [high, low], stays: [1 / (forgetting * (1 - share)), 1 / (forgetting * share)] };
}

/**
 * The skewness of the rate behind counts of windows so short that it hardly changes in them: third ÷ second factorial
 * cumulant to the power 3 ÷ 2, in which the Poisson part of counts cancels. 0 where the second is not above 0.
 */
export function rateSkewness(counts: ArrayLike<number>): number {
  const n = counts.length;
  let mean = 0;
  for (let index = 0; index < n; index++) mean += counts[index]! / n;
  let second = 0;
  let third = 0;
  for (let index = 0; index < n; index++) {
    const distance = counts[index]! - mean;
    second += (distance * distance) / n;
    third += distance ** 3 / n;
  }
  const factorial = second - mean;
  return factorial > 0 ? (third - 3 * second + 2 * mean) / factorial ** 1.5 : 0;
}
