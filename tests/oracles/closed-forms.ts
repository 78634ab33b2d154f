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
): { readonly lineLength: number; readonly wait: number; readonly waitProbability: number } {
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
  let lineLength = 0;
  let waitProbability = 0;
  shares.forEach((share, n) => {
    lineLength += Math.max(0, n - servers) * share;
    if (n >= servers) waitProbability += share;
  });
  return { lineLength, wait: lineLength / arrivalRate, waitProbability };
}

/**
 * The share lost in M/D/1 with room for K, which is the share a token bucket with burst K refuses (its deficit is the work
 * in that queue): 1 − b ÷ (1 + ρ b) with b = Σ over k < K of (−ρ(n − k))^k e^(ρ(n − k)) ÷ k!, n = K − 1 (Brun and Garcia,
 * "Analytical solution of finite capacity M/D/1 queues", J. Appl. Prob. 37 (2000)).
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
