/** Exact answers for queues with service of mean 1 s, which the library of the program does not have. */

/**
 * P(wait ≤ t) in M/D/1 with service of 1 s: (1 − ρ) Σ over k ≤ t of (λ(k − t))^k e^(−λ(k − t)) ÷ k! (Erlang 1909).
 */
export function deterministicWaits(arrivalRate: number, t: number): number {
  let sum = 0;
  let factorial = 1;
  for (let k = 0; k <= t; k++) {
    if (k > 0) factorial *= k;
    const x = arrivalRate * (k - t);
    sum += (x ** k * Math.exp(-x)) / factorial;
  }
  return (1 - arrivalRate) * sum;
}

/**
 * Means of M/D/c with service of 1 s (Crommelin 1932): those in the system one service later are those left of now,
 * max(0, N − c), and a Poisson number of new ones; iterated to its fixed point.
 */
export function losslessDeterministic(
  arrivalRate: number,
  servers: number,
): { readonly queueLength: number; readonly wait: number; readonly waitProbability: number } {
  const size = 400;
  const poisson = new Float64Array(size);
  poisson[0] = Math.exp(-arrivalRate);
  for (let n = 1; n < size; n++) poisson[n] = (poisson[n - 1]! * arrivalRate) / n;
  let shares = new Float64Array(size);
  shares[0] = 1;
  for (let round = 0; round < 2_000; round++) {
    const left = new Float64Array(size);
    shares.forEach((share, n) => (left[Math.max(0, n - servers)]! += share));
    const next = new Float64Array(size);
    for (let n = 0; n < size; n++) {
      if (left[n]! < 1e-18) continue;
      for (let more = 0; n + more < size && more < 60; more++) next[n + more]! += left[n]! * poisson[more]!;
    }
    shares = next;
  }
  let queueLength = 0;
  let waitProbability = 0;
  shares.forEach((share, n) => {
    queueLength += Math.max(0, n - servers) * share;
    if (n >= servers) waitProbability += share;
  });
  return { queueLength, wait: queueLength / arrivalRate, waitProbability };
}

/**
 * The share lost in M/D/1 with room for K, which is the share a token bucket with burst K refuses (its deficit is the
 * work in that queue): 1 − b ÷ (1 + ρ b) with b = Σ over k < K of (−ρ(n − k))^k e^(ρ(n − k)) ÷ k!, n = K − 1 (Brun and
 * Garcia, "Analytical solution of finite capacity M/D/1 queues", J. Appl. Prob. 37 (2000)).
 */
export function lossOfDeterministic(load: number, room: number): number {
  const n = room - 1;
  let b = 0;
  let factorial = 1;
  for (let k = 0; k <= n; k++) {
    if (k > 0) factorial *= k;
    b += ((-load * (n - k)) ** k * Math.exp(load * (n - k))) / factorial;
  }
  return 1 - b / (1 + load * b);
}

/**
 * The probability of waiting in GI/M/1 with service of mean 1 s where arrivals are so many exponential phases apart: the
 * root below 1 of σ = (r ÷ (r + 1 − σ))^phases, r the rate of a phase (Takács 1962). The mean time in system is
 * 1 ÷ (1 − σ).
 */
export function waitProbabilityOfErlangArrivals(phaseRate: number, phases: number): number {
  let share = 0;
  for (let round = 0; round < 1_000; round++) share = (phaseRate / (phaseRate + 1 - share)) ** phases;
  return share;
}

/**
 * The mean number in system of two servers with exponential service of mean 1 s when arrivals join the shorter line: the
 * stationary law of the two lengths, iterated on 60 × 60 states (beyond them is 0.64⁶⁰ = 2e-12 at load 0.8).
 */
export function meanInShorterOfTwo(arrivalRate: number): number {
  const size = 60;
  const total = arrivalRate + 2;
  let law = new Float64Array(size * size);
  law[0] = 1;
  for (let round = 0; round < 10_000; round++) {
    const next = new Float64Array(size * size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        const share = law[a * size + b]! / total;
        if (a <= b) next[Math.min(a + 1, size - 1) * size + b]! += share * arrivalRate;
        else next[a * size + b + 1]! += share * arrivalRate;
        next[Math.max(a - 1, 0) * size + b]! += share;
        next[a * size + Math.max(b - 1, 0)]! += share;
      }
    }
    law = next;
  }
  return law.reduce((sum, share, state) => sum + share * (Math.floor(state / size) + (state % size)), 0);
}

/**
 * N users with exponential thinking and one exponential server of mean 1 s, the machine repairman (Scherr 1967): with k
 * users at the server the weight of a state is N! ÷ (N − k)! ÷ think^k. `X` [1/s] and the response R = N ÷ X − think.
 */
export function machineRepairman(users: number, think: number) {
  let total = 0;
  let atServer = 0;
  for (let k = 0, weight = 1; k <= users; weight *= (users - k) / think, k++) {
    total += weight;
    atServer += k * weight;
  }
  const throughput = 1 - 1 / total;
  return {
    throughput,
    response: users / throughput - think,
    systemSize: atServer / total,
  };
}

/**
 * N users who think and visit each exponential server once: mean value analysis (Reiser and Lavenberg 1980). With one
 * user more an arrival finds what there was with one fewer, so the n-th sees a response of demand × (1 + length) at
 * each.
 */
export function closedNetwork(users: number, think: number, demands: readonly number[]) {
  let lengths = demands.map(() => 0);
  let responses = demands.map(() => 0);
  let throughput = 0;
  for (let n = 1; n <= users; n++) {
    responses = demands.map((demand, at) => demand * (1 + lengths[at]!));
    throughput = n / (think + responses.reduce((sum, response) => sum + response, 0));
    lengths = responses.map((response) => throughput * response);
  }
  return { throughput, responses, lengths };
}

/**
 * The share that a bucket refilled by 1 each second at ticks refuses of unit requests: the stationary law of the level
 * after a tick, in which a tick's Poisson arrivals take what is there, iterated; what they lack is refused.
 */
export function refusedByTicks(arrivalRate: number, burst: number): number {
  const arrivals = poissonShares(arrivalRate, 100);
  let law: readonly number[] = Array.from({ length: burst + 1 }, (_, level) => (level === burst ? 1 : 0));
  let refused = 0;
  for (let round = 0; round < 1_000; round++) {
    const next = law.map(() => 0);
    refused = 0;
    law.forEach((share, level) =>
      arrivals.forEach((chance, count) => {
        next[Math.min(burst, Math.max(0, level - count) + 1)]! += share * chance;
        refused += share * chance * Math.max(0, count - level);
      }),
    );
    law = next;
  }
  return refused / arrivalRate;
}

/** The share that a window refuses: of a Poisson number of arrivals those above the limit, E[(A − limit)⁺] ÷ E[A]. */
export function refusedByWindow(meanArrivals: number, limit: number): number {
  return (
    poissonShares(meanArrivals, 1_000).reduce(
      (sum, chance, count) => sum + chance * Math.max(0, count - limit),
      0,
    ) / meanArrivals
  );
}

/**
 * Waiting for a token of a bucket refilled by 1 a second: the deficit is the work V of M/D/1 with service of 1 s, and a
 * request waits (V − (burst − 1))⁺. P(V ≤ x) = (1 − ρ) Σ over k ≤ x of (−ρ(x − k))^k e^(ρ(x − k)) ÷ k! (Erlang 1909),
 * E[V] = ρ ÷ (2(1 − ρ)), and E[(V − b)⁺] = E[V] − ∫ from 0 to b of P(V > x).
 */
export function shapedWaits(load: number, burst: number) {
  const cdf = (x: number, last = Math.floor(x)) => {
    let sum = 0;
    let factorial = 1;
    for (let k = 0; k <= last; k++) {
      if (k > 0) factorial *= k;
      sum += ((-load * (x - k)) ** k * Math.exp(load * (x - k))) / factorial;
    }
    return (1 - load) * sum;
  };
  let within = 0;
  for (let k = 0; k < burst - 1; k++) within += simpson((x) => 1 - cdf(x, k), k, k + 1);
  return { waitProbability: 1 - cdf(burst - 1), wait: load / (2 * (1 - load)) - within };
}

/**
 * A bucket that refills its burst in D seconds and is debited costs that refill in an exponential time of rate μ. The
 * deficit W in seconds has, below D, a density found by counting up- and down-crossings of each level.
 *
 * Debited after, admitting while W < D: f(x) = λ p₀ e^((λ − μ)x) below D and e^(−μ(x − D)) of it above; refused is the
 * share above. Debited before, admitting when W + cost ≤ D: with h(x) = e^(−μ(D − x)), f(x) = λ p₀ e^(−μx) (1 − h(x))
 * e^(λx − (λ ÷ μ)(h(x) − h(0))); refused is the mean of h(W). Either way p₀, the share of time at a full bucket, makes
 * the whole 1, and what is admitted is what the bucket refills in the rest of the time.
 */
export function refusedByTokens(arrivalRate: number, costRate: number, fillTime: number) {
  const [a, m, D] = [arrivalRate, costRate, fillTime];
  const after = (x: number) => a * Math.exp((a - m) * x);
  const above = after(D) / m;
  const fullAfter = 1 / (1 + simpson(after, 0, D) + above);
  const h = (x: number) => Math.exp(-m * (D - x));
  const before = (x: number) => a * Math.exp(-m * x) * (1 - h(x)) * Math.exp(a * x - (a / m) * (h(x) - h(0)));
  const fullBefore = 1 / (1 + simpson(before, 0, D));
  return {
    after: { full: fullAfter, refused: fullAfter * above },
    before: {
      full: fullBefore,
      refused: fullBefore * (h(0) + simpson((x) => before(x) * h(x), 0, D)),
    },
  };
}

export function poissonShares(mean: number, count: number): number[] {
  const shares: number[] = [];
  for (let n = 0, share = Math.exp(-mean); n < count; n++, share *= mean / n) shares.push(share);
  return shares;
}

/** Simpson's rule on 2,000 intervals. */
export function simpson(f: (x: number) => number, from: number, to: number): number {
  const intervals = 2_000;
  const step = (to - from) / intervals;
  let sum = f(from) + f(to);
  for (let n = 1; n < intervals; n++) sum += (n % 2 === 0 ? 2 : 4) * f(from + n * step);
  return (sum * step) / 3;
}

/**
 * The probability of waiting in GI/M/1: the root below 1 of σ = A(µ (1 − σ)), A the Laplace transform of the gaps
 * (Takács 1962), iterated from 0. An arrival waits σ ÷ (µ (1 − σ)) on average, and longer than t with σ e^(−µ(1 − σ)t).
 */
export function waitProbabilityOfRenewals(transform: (s: number) => number, serviceRate: number): number {
  let share = 0;
  for (let round = 0; round < 10_000; round++) share = transform(serviceRate * (1 - share));
  return share;
}

/**
 * Arrivals of two states, on and silent, are renewals whose gaps have the transform λ (s + on) ÷ ((s + λ + off)(s + on)
 * − off × on), by the first thing that happens in either state (Kuczura 1973).
 */
export const interruptedPoisson =
  (rate: number, off: number, on: number) =>
  (s: number): number =>
    (rate * (s + on)) / ((s + rate + off) * (s + on) - off * on);

type Matrix = readonly [readonly [number, number], readonly [number, number]];

/**
 * Means of MMPP/M/1 with two states of rates λ, left at the rates `leaving` (Neuts 1981): the law of the number in
 * system is π_n = π_0 Rⁿ, with R the least root of Λ + R (Q − Λ − µ) + µ R² = 0, iterated from 0.
 */
export function modulatedQueue(
  rates: readonly [number, number],
  leaving: readonly [number, number],
  serviceRate: number,
): { readonly systemSize: number; readonly waitProbability: number; readonly meanRate: number } {
  const [a, b] = rates;
  const [p, q] = leaving;
  // (Λ + µ − Q)⁻¹ of a 2 × 2 matrix.
  const [x, y] = [a + serviceRate + p, b + serviceRate + q];
  const det = x * y - p * q;
  const inverse: Matrix = [
    [y / det, p / det],
    [q / det, x / det],
  ];
  let r: Matrix = [
    [0, 0],
    [0, 0],
  ];
  for (let round = 0; round < 20_000; round++) {
    const square = product(r, r);
    r = product(
      [
        [a + serviceRate * square[0][0], serviceRate * square[0][1]],
        [serviceRate * square[1][0], b + serviceRate * square[1][1]],
      ],
      inverse,
    );
  }
  // The states have the law (q, p) ÷ (p + q) = π_0 (1 − R)⁻¹, so π_0 is that law × (1 − R).
  const law = [q / (p + q), p / (p + q)] as const;
  const empty = [
    law[0] * (1 - r[0][0]) - law[1] * r[1][0],
    law[1] * (1 - r[1][1]) - law[0] * r[0][1],
  ] as const;
  // The mean number is Σ n π_0 Rⁿ 1 = law × R (1 − R)⁻¹ 1.
  const rest = (1 - r[0][0]) * (1 - r[1][1]) - r[0][1] * r[1][0];
  const ones = [(1 - r[1][1] + r[0][1]) / rest, (1 - r[0][0] + r[1][0]) / rest] as const;
  const systemSize =
    law[0] * (r[0][0] * ones[0] + r[0][1] * ones[1]) + law[1] * (r[1][0] * ones[0] + r[1][1] * ones[1]);
  const meanRate = law[0] * a + law[1] * b;
  return { systemSize, waitProbability: 1 - (empty[0] * a + empty[1] * b) / meanRate, meanRate };
}

const product = (m: Matrix, n: Matrix): Matrix => [
  [m[0][0] * n[0][0] + m[0][1] * n[1][0], m[0][0] * n[0][1] + m[0][1] * n[1][1]],
  [m[1][0] * n[0][0] + m[1][1] * n[1][0], m[1][0] * n[0][1] + m[1][1] * n[1][1]],
];
