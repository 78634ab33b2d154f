/** Exact answers for orders of service and for reserved servers, which the library of the program does not have. */

/** A class of Poisson arrivals with the first two moments of its service. */
export interface ServiceClass {
  readonly rate: number;
  readonly mean: number;
  readonly square: number;
}

/** A class with exponential service. */
export const exponentialClass = (rate: number, mean: number): ServiceClass => ({
  rate,
  mean,
  square: 2 * mean ** 2,
});

const loadOf = (classes: readonly ServiceClass[]) =>
  classes.reduce((sum, { rate, mean }) => sum + rate * mean, 0);

/** What an arrival finds left of the service in progress: Σ λ E[S²] ÷ 2. */
const residual = (classes: readonly ServiceClass[]) =>
  classes.reduce((sum, { rate, square }) => sum + (rate * square) / 2, 0);

/**
 * Mean waits of M/G/1 with strict priority that does not pre-empt, the most important first: R ÷ ((1 − σ before)(1 − σ)),
 * σ the load of the classes up to it (Cobham 1954).
 */
export function priorityWaits(classes: readonly ServiceClass[]): number[] {
  return classes.map(
    (_, k) => residual(classes) / ((1 - loadOf(classes.slice(0, k))) * (1 - loadOf(classes.slice(0, k + 1)))),
  );
}

/**
 * Mean waits under priorities that grow with slope b (Kleinrock 1964): W = (R ÷ (1 − ρ) − Σ over smaller slopes of
 * ρ W (1 − b below ÷ b)) ÷ (1 − Σ over larger slopes of ρ (1 − b ÷ b above)), from the smallest slope up.
 */
export function ageingWaits(classes: readonly (ServiceClass & { readonly slope: number })[]): number[] {
  const waits = new Map<object, number>();
  for (const one of classes.toSorted((a, b) => a.slope - b.slope)) {
    let above = residual(classes) / (1 - loadOf(classes));
    let below = 1;
    for (const other of classes) {
      const load = other.rate * other.mean;
      if (other.slope < one.slope) above -= load * waits.get(other)! * (1 - other.slope / one.slope);
      if (other.slope > one.slope) below -= load * (1 - one.slope / other.slope);
    }
    waits.set(one, above / below);
  }
  return classes.map((one) => waits.get(one)!);
}

/**
 * The mean wait of M/M/1 with service of 1 s when the shortest job is next (Phipps 1956): a job of size x waits
 * λ ÷ (1 − ρ(x))², ρ(x) = λ (1 − e^(−x)(1 + x)) being the load of those no longer than it. By Simpson's rule to 60 s.
 */
export function shortestFirstWait(arrivalRate: number): number {
  const waitOf = (x: number) =>
    (Math.exp(-x) * arrivalRate) / (1 - arrivalRate * (1 - Math.exp(-x) * (1 + x))) ** 2;
  const intervals = 60_000;
  const step = 60 / intervals;
  let sum = waitOf(0) + waitOf(60);
  for (let n = 1; n < intervals; n++) sum += (n % 2 === 0 ? 2 : 4) * waitOf(n * step);
  return (sum * step) / 3;
}

/**
 * The mean time in M/M/1 with service of 1 s when who has least left is served, and gives way to whoever has less
 * (Schrage and Miller 1966). A job of size x waits λ (∫₀ˣ t² f(t) dt + x² (1 − F(x))) ÷ (2 (1 − ρ(x))²) and is then
 * under way for ∫₀ˣ dt ÷ (1 − ρ(t)), ρ(x) = λ (1 − e^(−x)(1 + x)). ∫₀ˣ t² e^(−t) dt = 2 − e^(−x)(x² + 2x + 2). By
 * Simpson's rule to 60 s, the inner integral by the midpoint of each step.
 */
export function shortestRemainingTime(arrivalRate: number): number {
  const free = (x: number) => 1 - arrivalRate * (1 - Math.exp(-x) * (1 + x));
  const intervals = 60_000;
  const step = 60 / intervals;
  let underWay = 0;
  let sum = 0;
  for (let n = 0; n <= intervals; n++) {
    const x = n * step;
    if (n > 0) underWay += step / free(x - step / 2);
    // The terms in x² of the two parts of the square cancel.
    const square = 2 - Math.exp(-x) * (2 * x + 2);
    const time = (arrivalRate * square) / (2 * free(x) ** 2) + underWay;
    const weight = n === 0 || n === intervals ? 1 : n % 2 === 0 ? 2 : 4;
    sum += weight * Math.exp(-x) * time;
  }
  return (sum * step) / 3;
}

/**
 * A loss system of `servers` with service of mean 1 s of which `reserve` are kept for the first of two classes: a
 * birth-death chain in which the second joins while more than those are free.
 */
export function reservedServers(rates: readonly [number, number], servers: number, reserve: number) {
  const shares = [1];
  for (let n = 0; n < servers; n++) {
    const births = servers - n > reserve ? rates[0] + rates[1] : rates[0];
    shares.push((shares[n]! * births) / (n + 1));
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  const between = (from: number, to: number) =>
    shares.slice(from, to).reduce((sum, share) => sum + share, 0) / total;
  return {
    refused: [between(servers, servers + 1), between(servers - reserve, servers + 1)] as const,
    busy: shares.reduce((sum, share, n) => sum + n * share, 0) / total,
  };
}

/**
 * A loss system of so many units in which a request of class k takes `units[k]` of them for its stay, of any law of mean
 * 1 s (Kaufman 1981, Roberts 1981): n q(n) = Σ ρ_k u_k q(n − u_k), a class being refused when fewer than its units are
 * free.
 */
export function sharedUnits(loads: readonly number[], units: readonly number[], capacity: number) {
  const weights = [1];
  for (let n = 1; n <= capacity; n++) {
    const sum = loads.reduce((total, load, k) => total + load * units[k]! * (weights[n - units[k]!] ?? 0), 0);
    weights.push(sum / n);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const refused = units.map((own) =>
    weights.slice(capacity - own + 1).reduce((sum, weight) => sum + weight / total, 0),
  );
  return {
    refused,
    /** Requests in service, by class; PASTA and Little: what is let in stays 1 s. */
    inService: loads.map((load, k) => load * (1 - refused[k]!)),
  };
}

/** What those served pay in a second, at these rewards for a request of either class. */
export function rewardOfReserve(
  rates: readonly [number, number],
  rewards: readonly [number, number],
  servers: number,
  reserve: number,
): number {
  const [first, second] = reservedServers(rates, servers, reserve).refused;
  return rates[0] * rewards[0] * (1 - first) + rates[1] * rewards[1] * (1 - second);
}
