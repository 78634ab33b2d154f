/**
 * Closed forms of queueing theory, in steady state: what a simulation of the same queue must agree with, and a quick
 * answer where the model fits. Rates are per second, times in seconds. Knows nothing of the simulator.
 *
 * The *queue* is the requests that wait; the *system* is the queue and the requests in service.
 */

/** Steady-state means of a queue that loses no requests. */
export interface QueueMeans {
  /** Share of the servers' time in use. */
  readonly utilisation: number;
  /** Probability that an arrival waits at all. */
  readonly waitProbability: number;
  /** Mean number in queue and in system. */
  readonly queueLength: number;
  readonly systemSize: number;
  /** Mean time in queue and in system [s]. */
  readonly wait: number;
  readonly timeInSystem: number;
}

/**
 * Steady-state means of a queue with a bounded capacity; times and the probability of waiting cover admitted requests.
 */
export interface BoundedQueueMeans extends QueueMeans {
  /** Probability that an arrival finds the system full and is lost. */
  readonly blocking: number;
  /** Requests served [1/s]. */
  readonly throughput: number;
  /** Probability that the system is empty. */
  readonly emptyProbability: number;
}

/**
 * M/M/1: Poisson arrivals, exponential service, one server, unbounded queue.
 *
 * @throws RangeError unless 0 < arrivalRate < serviceRate: there is no steady state
 * @example mm1(0.8, 1).wait // => 4
 */
export function mm1(arrivalRate: number, serviceRate: number): QueueMeans {
  return mg1(arrivalRate, 1 / serviceRate, 1);
}

/**
 * M/G/1: Poisson arrivals, any service distribution given by its mean [s] and its squared coefficient of variation
 * (variance ÷ mean²), one server, unbounded queue. Pollaczek (1930) and Khinchine (1932).
 *
 * @throws RangeError unless 0 < arrivalRate × serviceMean < 1 and serviceScv ≥ 0
 * @example mg1(0.8, 1, 0).wait // => 2, half of what exponential service has
 */
export function mg1(arrivalRate: number, serviceMean: number, serviceScv: number): QueueMeans {
  if (!(serviceScv >= 0)) throw new RangeError(`squared coefficient of variation ${serviceScv} is below 0`);
  const utilisation = stableUtilisation(arrivalRate * serviceMean);
  const wait = (((utilisation / (1 - utilisation)) * (1 + serviceScv)) / 2) * serviceMean;
  return {
    utilisation,
    waitProbability: utilisation,
    queueLength: arrivalRate * wait,
    systemSize: arrivalRate * wait + utilisation,
    wait,
    timeInSystem: wait + serviceMean,
  };
}

/**
 * M/M/c, the Erlang C model: Poisson arrivals, exponential service, `servers` servers, unbounded queue.
 *
 * @throws RangeError unless 0 < arrivalRate < servers × serviceRate
 * @example mmc(1.6, 1, 2).wait // => 1.7778
 */
export function mmc(arrivalRate: number, serviceRate: number, servers: number): QueueMeans {
  const waitProbability = erlangC(arrivalRate / serviceRate, servers);
  const wait = waitProbability / (servers * serviceRate - arrivalRate);
  return {
    utilisation: arrivalRate / (servers * serviceRate),
    waitProbability,
    queueLength: arrivalRate * wait,
    systemSize: arrivalRate * (wait + 1 / serviceRate),
    wait,
    timeInSystem: wait + 1 / serviceRate,
  };
}

/**
 * Probability that a request waits longer than `time` [s] in M/M/c (M/M/1 with one server); arguments as `mmc`.
 *
 * @example waitTail(0.8, 1, 1, 5) // => 0.2943
 */
export function waitTail(arrivalRate: number, serviceRate: number, servers: number, time: number): number {
  if (!(time >= 0)) throw new RangeError(`time ${time}: zero or more seconds are needed`);
  return (
    erlangC(arrivalRate / serviceRate, servers) * Math.exp(-(servers * serviceRate - arrivalRate) * time)
  );
}

/**
 * The p-quantile of the wait [s] in M/M/c (M/M/1 with one server), 0 ≤ p < 1; other arguments as `mmc`.
 *
 * @example waitQuantile(0.8, 1, 1, 0.95) // => 13.8629
 */
export function waitQuantile(arrivalRate: number, serviceRate: number, servers: number, p: number): number {
  if (!(p >= 0 && p < 1)) throw new RangeError(`quantile ${p}: a number from 0 to below 1 is needed`);
  const waitProbability = erlangC(arrivalRate / serviceRate, servers);
  const decay = servers * serviceRate - arrivalRate;
  return Math.max(0, Math.log(waitProbability / (1 - p)) / decay);
}

/**
 * Erlang B: probability that all servers are busy when no request waits (M/G/c/c: any service distribution). `offered`
 * is the arrival rate times the mean service time.
 *
 * Source: Erlang (1917), by the recursion B(n) = aB(n−1) ÷ (n + aB(n−1)); insensitivity: Sevastyanov (1957).
 *
 * @example erlangB(15, 20) // => 0.045593
 */
export function erlangB(offered: number, servers: number): number {
  requireServers(servers);
  if (!(offered >= 0 && offered < Infinity))
    throw new RangeError(`offered load ${offered}: zero or more is needed`);
  let blocking = 1;
  for (let n = 1; n <= servers; n++) blocking = (offered * blocking) / (n + offered * blocking);
  return blocking;
}

/**
 * Erlang C: probability that an arrival waits when the queue is unbounded.
 *
 * @throws RangeError unless 0 < offered < servers
 * @example erlangC(1.6, 2) // => 0.7111
 */
export function erlangC(offered: number, servers: number): number {
  const utilisation = stableUtilisation(offered / servers);
  const blocking = erlangB(offered, servers);
  return blocking / (1 - utilisation * (1 - blocking));
}

/**
 * M/M/c/K: as M/M/c, with room for `capacity` requests in queue and in service together; a request that finds it full
 * is lost. The load may be any: a bounded system always has a steady state. Birth and death equations.
 *
 * @throws RangeError unless rates are above 0 and capacity ≥ servers ≥ 1 are whole numbers
 * @example mmck(1, 1, 1, 3).blocking // => 0.25
 */
export function mmck(
  arrivalRate: number,
  serviceRate: number,
  servers: number,
  capacity: number,
): BoundedQueueMeans {
  requireServers(servers);
  if (!(arrivalRate > 0 && arrivalRate < Infinity && serviceRate > 0 && serviceRate < Infinity)) {
    throw new RangeError(`arrival rate ${arrivalRate} and service rate ${serviceRate}: both must be above 0`);
  }
  if (!Number.isSafeInteger(capacity) || capacity < servers) {
    throw new RangeError(`capacity ${capacity}: a whole number of at least ${servers} servers is needed`);
  }
  const share = birthDeathShares(arrivalRate / serviceRate, servers, capacity);
  let systemSize = 0;
  let queueLength = 0;
  let waiting = 0;
  for (let n = 0; n <= capacity; n++) {
    systemSize += n * share[n]!;
    queueLength += Math.max(0, n - servers) * share[n]!;
    if (n >= servers && n < capacity) waiting += share[n]!;
  }
  const blocking = share[capacity]!;
  const throughput = arrivalRate * (1 - blocking);
  return {
    utilisation: throughput / (serviceRate * servers),
    waitProbability: waiting / (1 - blocking),
    queueLength,
    systemSize,
    wait: queueLength / throughput,
    timeInSystem: systemSize / throughput,
    blocking,
    throughput,
    emptyProbability: share[0]!,
  };
}

/** Shares of time with n = 0 … capacity in system; by logarithms, as the terms pass 1e308 for large rooms. */
function birthDeathShares(offered: number, servers: number, capacity: number): Float64Array {
  const logs = new Float64Array(capacity + 1);
  for (let n = 1; n <= capacity; n++) logs[n] = logs[n - 1]! + Math.log(offered / Math.min(n, servers));
  const largest = logs.reduce((a, b) => Math.max(a, b));
  const terms = logs.map((log) => Math.exp(log - largest));
  const total = terms.reduce((a, b) => a + b);
  return terms.map((term) => term / total);
}

function stableUtilisation(utilisation: number): number {
  if (!(utilisation > 0 && utilisation < 1)) {
    throw new RangeError(`utilisation ${utilisation}: there is a steady state only between 0 and 1`);
  }
  return utilisation;
}

function requireServers(servers: number): void {
  if (!Number.isSafeInteger(servers) || servers < 1) {
    throw new RangeError(`${servers} servers: a whole number of one or more is needed`);
  }
}
