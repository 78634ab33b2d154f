/** Exact answers for servers that take requests in batches, and for requests that are served in several places. */
import { poissonShares } from './closed-forms.ts';

/** The root below 1 of µ r^(b + 1) − (λ + µ) r + λ = 0, iterated from 0. */
function batchRoot(arrivalRate: number, batchRate: number, most: number): number {
  let root = 0;
  for (let round = 0; round < 10_000; round++)
    root = (arrivalRate + batchRate * root ** (most + 1)) / (arrivalRate + batchRate);
  return root;
}

/**
 * Batches of up to b that last an exponential time, whoever they are, and that arrivals may join (Gross and Harris,
 * §3.2): λ p(n − 1) + µ p(n + b) = (λ + µ) p(n), so that the number in system is geometric, p(n) = (1 − r) rⁿ. The
 * first b are served.
 */
export function joinedBatches(arrivalRate: number, batchRate: number, most: number) {
  const root = batchRoot(arrivalRate, batchRate, most);
  return {
    root,
    empty: 1 - root,
    systemSize: root / (1 - root),
    // Those beyond the first b: Σ (n − b) p(n) over n > b.
    queueLength: root ** (most + 1) / (1 - root),
  };
}

/**
 * The same batches where none may join: with q(n) the probability that a batch is under way and n wait, the balance of
 * n ≥ 1 is that above, so q(n) = q(0) rⁿ; an idle server is left at rate λ and come to at rate µ q(0).
 */
export function closedBatches(arrivalRate: number, batchRate: number, most: number) {
  const root = batchRoot(arrivalRate, batchRate, most);
  const utilisation = 1 / (1 + (batchRate / arrivalRate) * (1 - root));
  const queueLength = (utilisation * root) / (1 - root);
  return {
    utilisation,
    queueLength,
    systemSize: queueLength + arrivalRate / batchRate,
    meanBatch: arrivalRate / (batchRate * utilisation),
  };
}

/**
 * Batches of n ≤ b that last α + β n, and that none may join: the chain of those who are left at the end of a batch. An
 * idle server takes the next arrival alone. Averages over time are those over a cycle, in which s² λ ÷ 2 is waited by
 * those who come during a batch of s.
 */
export function timedBatches(arrivalRate: number, alpha: number, beta: number, most: number) {
  const size = 400;
  const batchOf = (left: number) => Math.min(Math.max(left, 1), most);
  const lasts = (left: number) => alpha + beta * batchOf(left);
  const during = Array.from({ length: most + 1 }, (_, batch) =>
    poissonShares(arrivalRate * lasts(batch), 60),
  );
  let shares = new Float64Array(size);
  shares[0] = 1;
  for (let round = 0; round < 3_000; round++) {
    const next = new Float64Array(size);
    shares.forEach((share, left) => {
      if (share < 1e-18) return;
      const waiting = Math.max(0, left - most);
      during[batchOf(left)]!.forEach((chance, more) => {
        if (waiting + more < size) next[waiting + more]! += share * chance;
      });
    });
    shares = next;
  }
  const mean = (of: (left: number) => number) =>
    shares.reduce((total, share, left) => total + share * of(left), 0);
  const cycle = mean((left) => lasts(left) + (left === 0 ? 1 / arrivalRate : 0));
  const waited = mean(
    (left) => Math.max(0, left - most) * lasts(left) + (arrivalRate * lasts(left) ** 2) / 2,
  );
  const served = mean((left) => batchOf(left) * lasts(left));
  return {
    queueLength: waited / cycle,
    wait: waited / cycle / arrivalRate,
    sojourn: (waited + served) / cycle / arrivalRate,
    systemSize: (waited + served) / cycle,
    meanBatch: mean(batchOf),
    utilisation: mean(lasts) / cycle,
  };
}

/** Arrivals at each node of an open network, those from outside and those sent on: the traffic equations, iterated. */
export function trafficOf(outside: readonly number[], sentOn: readonly (readonly number[])[]): number[] {
  let rates = [...outside];
  for (let round = 0; round < 1_000; round++)
    rates = outside.map((rate, to) =>
      rates.reduce((sum, from, node) => sum + from * sentOn[node]![to]!, rate),
    );
  return rates;
}

/**
 * Two M/M/1 queues to which each arrival sends a part, until both parts are done (Flatto and Hahn 1984; Nelson and
 * Tantawi 1988): (12 − ρ) ÷ 8 of the time of one of them.
 */
export const forkJoinOfTwo = (arrivalRate: number, serviceRate: number): number =>
  (12 - arrivalRate / serviceRate) / (8 * (serviceRate - arrivalRate));
