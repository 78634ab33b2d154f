/** Exact answers for servers that are shared, taken away or broken, which the library of the program does not have. */
import { mmc } from '../../src/stats/index.ts';

/** A class of customers: arrivals per second, and the first two moments of service [s, s²]. */
export interface CustomerClass {
  readonly rate: number;
  readonly mean: number;
  readonly square: number;
}

/**
 * Mean time in system of each class in M/G/1 with pre-emptive-resume priority, the most important first (White and
 * Christie 1958): E[S] ÷ (1 − σ′) + Σ λ E[S²] ÷ 2 ÷ ((1 − σ′)(1 − σ)), sums over the class and those above it, σ′ the
 * load of those above and σ that with the class.
 */
export function preemptiveResumeTimes(classes: readonly CustomerClass[]): readonly number[] {
  let above = 0;
  let residual = 0;
  return classes.map(({ rate, mean, square }) => {
    const upTo = above + rate * mean;
    residual += (rate * square) / 2;
    const time = mean / (1 - above) + residual / ((1 - above) * (1 - upTo));
    above = upTo;
    return time;
  });
}

/**
 * Mean times in system of two classes on c servers with service of mean 1 s and pre-emptive priority: the first sees
 * M/M/c without the second, and both together are M/M/c.
 */
export function preemptiveClasses(rates: readonly [number, number], servers: number) {
  const [first, both] = [mmc(rates[0], 1, servers), mmc(rates[0] + rates[1], 1, servers)];
  const inSystem = both.systemSize - first.systemSize;
  return {
    first: { number: first.systemSize, time: first.systemSize / rates[0] },
    second: { number: inSystem, time: inSystem / rates[1] },
  };
}

/**
 * A job of fixed length that is begun anew after each more important arrival (rate λ, mean busy period b of those): it
 * is interrupted e^(λd) − 1 times; each time costs what was done and a busy period, so it takes (e^(λd) − 1)(1 ÷ λ +
 * b).
 */
export function restartedJob(rate: number, meanService: number, length: number) {
  const interruptions = Math.exp(rate * length) - 1;
  const busyPeriod = meanService / (1 - rate * meanService);
  const completion = interruptions * (1 / rate + busyPeriod);
  return {
    interruptions,
    completion,
    /** What is not the last, whole attempt or a busy period. */
    wasted: completion - length - interruptions * busyPeriod,
    completionIfResumed: length * (1 + rate * busyPeriod),
  };
}

/**
 * Mean times in system of two exponential classes under discriminatory processor sharing (Fayolle, Mitrani and
 * Iasnogorodski 1980): 1 ÷ (μᵢ (1 − ρ)) × (1 + μᵢ ρⱼ (gⱼ − gᵢ) ÷ D), D = Σ μ g (1 − own load).
 */
export function discriminatorySharing(
  classes: readonly [SharedClass, SharedClass],
): readonly [number, number] {
  const [a, b] = classes;
  const load = (one: SharedClass) => one.rate / one.speed;
  const weights = a.speed * a.weight * (1 - load(a)) + b.speed * b.weight * (1 - load(b));
  const time = (one: SharedClass, other: SharedClass) =>
    (1 + (one.speed * load(other) * (other.weight - one.weight)) / weights) /
    (one.speed * (1 - load(a) - load(b)));
  return [time(a, b), time(b, a)];
}

/** Arrivals and services per second, and the weight. */
export interface SharedClass {
  readonly rate: number;
  readonly speed: number;
  readonly weight: number;
}

/**
 * M/G/1 with exponential service whose server fails at a rate while it serves, with exponential repairs and no work
 * lost (Avi-Itzhak and Naor 1963): each service is as long as a completion time C = S + repairs, M/G/1 with those; E[C]
 * = E[S] (1 + f r), E[C²] = E[S²] (1 + f r)² + E[S] f E[R²].
 */
export function failsWhileServing(
  rate: number,
  meanService: number,
  failureRate: number,
  meanRepair: number,
) {
  const stretch = 1 + failureRate * meanRepair;
  const completion = meanService * stretch;
  const square = 2 * (meanService * stretch) ** 2 + meanService * failureRate * 2 * meanRepair ** 2;
  const load = rate * completion;
  const wait = (rate * square) / (2 * (1 - load));
  return {
    load,
    completion,
    wait,
    timeInSystem: wait + completion,
    systemSize: rate * (wait + completion),
  };
}

/**
 * M/M/1 whose server is up and down by turns for exponential times, busy or not, with no work lost (White and Christie
 * 1958): the chain of (number in system, up or down), whose empty and up state has the share A − ρ.
 */
export function failsAtAnyTime(rate: number, serviceRate: number, failureRate: number, repairRate: number) {
  const availability = repairRate / (failureRate + repairRate);
  // Cuts between n and n + 1 customers: λ (up(n) + down(n)) = μ up(n + 1); balance of (n, down):
  // (λ + s) down(n) = f up(n) + λ down(n − 1). Both follow from up(0) = A − ρ.
  let up = availability - rate / serviceRate;
  let down = (failureRate * up) / (rate + repairRate);
  let systemSize = 0;
  for (let n = 1; n < 2_000; n++) {
    up = (rate * (up + down)) / serviceRate;
    down = (failureRate * up + rate * down) / (rate + repairRate);
    systemSize += n * (up + down);
  }
  return {
    availability,
    load: rate / serviceRate / availability,
    systemSize,
    timeInSystem: systemSize / rate,
  };
}

/**
 * N machines that fail at a rate each and R crews, all times exponential: the number down is a birth and death chain
 * (machine interference).
 */
export function machineRepair(machines: number, crews: number, failureRate: number, repairRate: number) {
  const shares = [1];
  for (let down = 1; down <= machines; down++)
    shares.push(
      (shares[down - 1]! * (machines - down + 1) * failureRate) / (Math.min(down, crews) * repairRate),
    );
  const total = shares.reduce((sum, share) => sum + share, 0);
  const mean = (of: (down: number) => number) =>
    shares.reduce((sum, share, down) => sum + share * of(down), 0) / total;
  const down = mean((n) => n);
  const throughput = mean((n) => (machines - n) * failureRate);
  return {
    down,
    availability: 1 - down / machines,
    throughput,
    downTime: down / throughput,
    crewUtilisation: mean((n) => Math.min(n, crews)) / crews,
  };
}
