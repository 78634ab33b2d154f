/**
 * Exact answers of queues that are Markov chains, or whose virtual wait has a density: clients who leave, come back or
 * are batched, and queues that have not forgotten how they began. Service has mean 1 unless told. Knows no engine.
 */
import { stationaryDistribution } from '../../src/stats/index.ts';
import { poissonShares, simpson } from './closed-forms.ts';

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/**
 * M/M/c with room for so many that wait and clients whose patience is exponential (Erlang A, Palm 1957): births and
 * deaths. Who finds k waiting goes through k + 1 stages, of which stage j ends at rate c + jθ; it outlives all of them
 * with probability c ÷ (c + (k + 1)θ) and, if so, stays 1 ÷ (c + jθ) in each on average.
 */
export function impatientQueue(arrivalRate: number, servers: number, patienceRate: number, room: number) {
  const weights = [1];
  for (let n = 1; n <= servers + room; n++) {
    const deaths = Math.min(n, servers) + Math.max(0, n - servers) * patienceRate;
    weights.push((weights[n - 1]! * arrivalRate) / deaths);
  }
  const total = sum(weights);
  const shares = weights.map((weight) => weight / total);
  const mean = (of: (n: number) => number) => sum(shares.map((share, n) => share * of(n)));
  const queueLength = mean((n) => Math.max(0, n - servers));
  const busy = mean((n) => Math.min(n, servers));
  const blocked = shares[servers + room]!;
  const entered = arrivalRate * (1 - blocked);
  let served = 0;
  let waitOfServed = 0;
  let stages = 0;
  for (let k = 0; k < room; k++) {
    stages += 1 / (servers + (k + 1) * patienceRate);
    waitOfServed += (shares[servers + k]! * servers * stages) / (servers + (k + 1) * patienceRate);
    served += (shares[servers + k]! * servers) / (servers + (k + 1) * patienceRate);
  }
  served += mean((n) => (n < servers ? 1 : 0));
  return {
    queueLength,
    systemSize: queueLength + busy,
    utilisation: busy / servers,
    throughput: busy,
    blocked,
    abandoned: (patienceRate * queueLength) / arrivalRate,
    waitProbability: mean((n) => (n >= servers && n < servers + room ? 1 : 0)) / (1 - blocked),
    waitOfAll: queueLength / entered,
    waitOfServed: waitOfServed / served,
  };
}

/**
 * M/M/c whose clients leave after waiting D (Gnedenko and Kovalenko 1968; for one server Barrer 1957). Below c in
 * system the shares are those of Erlang B, p_n = p₀ aⁿ ÷ n!. What an arrival would wait has the density λ p_(c−1)
 * e^((λ − c) x) up to D and, as nobody joins beyond, λ p_(c−1) e^(λD − c x) from there; together they are 1.
 */
export function timedOutQueue(arrivalRate: number, servers: number, patience: number) {
  const free = [1];
  for (let n = 1; n < servers; n++) free.push((free[n - 1]! * arrivalRate) / n);
  const density = (x: number) => arrivalRate * free[servers - 1]! * Math.exp((arrivalRate - servers) * x);
  const within = simpson(density, 0, patience);
  const beyond = density(patience) / servers;
  const total = sum(free) + within + beyond;
  const abandoned = beyond / total;
  const waited = simpson((x) => x * density(x), 0, patience) / total;
  return {
    abandoned,
    waitProbability: (within + beyond) / total,
    waitOfServed: waited / (1 - abandoned),
    waitOfAll: waited + patience * abandoned,
    throughput: arrivalRate * (1 - abandoned),
    utilisation: (arrivalRate * (1 - abandoned)) / servers,
  };
}

/** The stationary law of a chain whose states have names: `moves` gives the rates from a state, by the name reached. */
function stepTimeOf<State>(
  states: readonly State[],
  nameOf: (state: State) => string,
  moves: (state: State) => readonly (readonly [State, number])[],
): readonly (readonly [State, number])[] {
  const places = new Map(states.map((state, place) => [nameOf(state), place]));
  const rates = states.map(() => new Array<number>(states.length).fill(0));
  states.forEach((state, from) => {
    for (const [to, rate] of moves(state)) {
      const place = places.get(nameOf(to));
      if (place !== undefined) rates[from]![place]! += rate;
    }
  });
  const law = stationaryDistribution(rates)!;
  return states.map((state, place) => [state, law[place]!]);
}

/**
 * M/H₂/2 with service of mean 1 and balanced means: the chain of (number in system, of those in service how many are
 * short ones), cut off at so many in system.
 */
export function hyperexponentialPair(arrivalRate: number, scv: number, most: number) {
  const short = (1 + Math.sqrt((scv - 1) / (scv + 1))) / 2;
  const [quick, slow] = [2 * short, 2 * (1 - short)];
  const states: (readonly [number, number])[] = [];
  for (let n = 0; n <= most; n++) for (let s = 0; s <= Math.min(n, 2); s++) states.push([n, s]);
  type Move = readonly [readonly [number, number], number];
  const law = stepTimeOf(states, String, ([n, s]): readonly Move[] => {
    const long = Math.min(n, 2) - s;
    const next = (left: number, rate: number): readonly Move[] =>
      n > 2
        ? [
            [[n - 1, left + 1], rate * short],
            [[n - 1, left], rate * (1 - short)],
          ]
        : [[[n - 1, left], rate]];
    const arrival: readonly Move[] =
      n >= 2
        ? [[[n + 1, s], arrivalRate]]
        : [
            [[n + 1, s + 1], arrivalRate * short],
            [[n + 1, s], arrivalRate * (1 - short)],
          ];
    return [...arrival, ...next(s - 1, s * quick), ...next(s, long * slow)];
  });
  const queueLength = sum(law.map(([[n], share]) => Math.max(0, n - 2) * share));
  const waitProbability = sum(law.map(([[n], share]) => (n >= 2 ? share : 0)));
  return { queueLength, waitProbability, wait: queueLength / arrivalRate };
}

/**
 * M/M/c without a line, whose refused clients come back after an exponential time of rate ν with probability H: the
 * chain of (busy servers, clients who will come back), cut off at so many of them (Falin and Templeton 1997).
 */
export function retrialQueue(
  arrivalRate: number,
  servers: number,
  retryRate: number,
  persistence: number,
  most: number,
) {
  const states: (readonly [number, number])[] = [];
  for (let orbit = 0; orbit <= most; orbit++)
    for (let busy = 0; busy <= servers; busy++) states.push([busy, orbit]);
  type Move = readonly [readonly [number, number], number];
  const law = stepTimeOf(states, String, ([busy, orbit]): readonly Move[] => {
    const ends: Move = [[busy - 1, orbit], busy];
    return busy < servers
      ? [ends, [[busy + 1, orbit], arrivalRate], [[busy + 1, orbit - 1], orbit * retryRate]]
      : [
          ends,
          [[busy, orbit + 1], arrivalRate * persistence],
          [[busy, orbit - 1], orbit * retryRate * (1 - persistence)],
        ];
  });
  const mean = (of: (busy: number, orbit: number) => number) =>
    sum(law.map(([[busy, orbit], share]) => share * of(busy, orbit)));
  const busy = mean((n) => n);
  const orbit = mean((_, m) => m);
  const attempts = arrivalRate + retryRate * orbit;
  return {
    busy,
    orbit,
    firstBlocked: mean((n) => (n === servers ? 1 : 0)),
    retryRate: retryRate * orbit,
    attemptsPerRequest: attempts / arrivalRate,
    /** Every attempt that does not begin service is refused. */
    refusedAttempts: 1 - busy / attempts,
    lost: 1 - busy / arrivalRate,
  };
}

export interface BatchingEngine {
  /** Poisson arrivals a second. */
  readonly arrivalRate: number;
  /** Seconds of a step: base, for each sequence in it, and for each prompt read in it. */
  readonly base: number;
  readonly perSequence: number;
  readonly perPrompt: number;
  /** Answers have a geometric number of tokens, from 1, of this mean. */
  readonly meanOutput: number;
  readonly maxSequences: number;
}

/** A step as it begins: sequences in it, how many of them are new, and requests left in line. */
interface Step {
  readonly n: number;
  readonly m: number;
  readonly left: number;
}

/** Chances below this, and longer lines than this, are left out: what they weigh is below the digits of the answers. */
const NEGLIGIBLE = 1e-18;
const MOST_WAITING = 80;

/**
 * Continuous batching of answers of geometric length. What is left of the batch and of the line when a step has begun
 * with n sequences, m of them new, is a Markov chain: n − 1 … 0 go on by a binomial law, a Poisson number of a step's
 * length arrives, and the next step begins with as many of these as fit, or with the first arrival after an idle time.
 * Rewards of a step of length τ that leaves l in line are (n + l)τ + λτ² ÷ 2 for those in the system and lτ + λτ² ÷ 2
 * for those in line; what they add up to is divided by the time of steps and idle times.
 */
export function continuousBatching(engine: BatchingEngine) {
  const { arrivalRate, base, perSequence, perPrompt, meanOutput, maxSequences } = engine;
  const ends = 1 / meanOutput;
  // How many of a step are new decides its length only where prompts take time.
  const newOnes = (m: number) => (perPrompt === 0 ? 0 : m);
  const timeOf = ({ n, m }: Step) => base + perSequence * n + perPrompt * m;
  const survivors = Array.from({ length: maxSequences + 1 }, (_, n) => binomialShares(n, 1 - ends));
  const arrivals = new Map<number, readonly number[]>();
  const arrivalsIn = (seconds: number) => {
    const known = arrivals.get(seconds) ?? poissonShares(arrivalRate * seconds, 60);
    arrivals.set(seconds, known);
    return known;
  };
  // States are found as they are reached from the first step of an empty engine.
  const states: Step[] = [{ n: 1, m: newOnes(1), left: 0 }];
  const places = new Map<string, number>([[`1 ${newOnes(1)} 0`, 0]]);
  const placeOf = (step: Step) => {
    const name = `${step.n} ${step.m} ${step.left}`;
    const place = places.get(name) ?? states.push(step) - 1;
    places.set(name, place);
    return place;
  };
  /** What may follow each state: the chances of the next, of an idle time, and means over the new ones of the next. */
  const moves: { to: number[]; chance: number[]; idle: number; admitted: number; admittedTime: number }[] =
    [];
  for (let place = 0; place < states.length; place++) {
    const state = states[place]!;
    const move = { to: [] as number[], chance: [] as number[], idle: 0, admitted: 0, admittedTime: 0 };
    const further = arrivalsIn(timeOf(state));
    survivors[state.n]!.forEach((stay, s) =>
      further.forEach((come, count) => {
        const chance = stay * come;
        const waiting = state.left + count;
        if (chance < NEGLIGIBLE || waiting > MOST_WAITING) return;
        const m = s + waiting === 0 ? 1 : Math.min(waiting, maxSequences - s);
        const next = { n: s + m, m: newOnes(m), left: Math.max(0, waiting - m) };
        if (s + waiting === 0) move.idle += chance;
        move.admitted += chance * m;
        move.admittedTime += chance * m * timeOf(next);
        move.to.push(placeOf(next));
        move.chance.push(chance);
      }),
    );
    moves.push(move);
  }
  let law = new Float64Array(states.length);
  law[0] = 1;
  for (let change = 1; change > 1e-15;) {
    const next = new Float64Array(states.length);
    law.forEach((share, from) => {
      const { to, chance } = moves[from]!;
      for (let k = 0; k < to.length; k++) next[to[k]!]! += share * chance[k]!;
    });
    const total = sum(next);
    next.forEach((share, place) => (next[place] = share / total));
    change = Math.max(...next.map((share, place) => Math.abs(share - law[place]!)));
    law = next;
  }
  const mean = (of: (step: Step, time: number) => number) =>
    sum(states.map((step, place) => law[place]! * of(step, timeOf(step))));
  const next = (of: (move: (typeof moves)[number]) => number) =>
    sum(moves.map((move, place) => law[place]! * of(move)));
  const stepTime = mean((_, time) => time);
  const cycle = stepTime + next(({ idle }) => idle) / arrivalRate;
  const waiting = mean(({ left }, time) => left * time + (arrivalRate * time * time) / 2) / cycle;
  const inSystem = mean(({ n, left }, time) => (n + left) * time + (arrivalRate * time * time) / 2) / cycle;
  const wait = waiting / arrivalRate;
  const ttft = wait + next(({ admittedTime }) => admittedTime) / next(({ admitted }) => admitted);
  return {
    queueLength: waiting,
    systemSize: inSystem,
    wait,
    ttft,
    e2e: inSystem / arrivalRate,
    /** From the first token to the last, over the tokens after the first. */
    perToken: (inSystem / arrivalRate - ttft) / (meanOutput - 1),
    batch: mean(({ n }) => n),
    stepTime,
    utilisation: stepTime / cycle,
    tokensPerSecond: mean(({ n }) => n) / cycle,
  };
}

function binomialShares(n: number, p: number): readonly number[] {
  const shares = [(1 - p) ** n];
  for (let k = 1; k <= n; k++) shares.push((((shares[k - 1]! * (n - k + 1)) / k) * p) / (1 - p));
  return shares;
}

/** Means at an instant of a queue on its way. */
export interface StateMeans {
  readonly inSystem: number;
  readonly waiting: number;
  /** Probabilities that nobody is in the system, and that all servers are busy. */
  readonly empty: number;
  readonly allBusy: number;
}

/**
 * The law of the number in M(t)/M/c, from an empty system at time 0, at the times given in rising order: Kolmogorov's
 * forward equations by the classical Runge and Kutta step of fourth order, on so many states.
 */
export function queueOverTime(
  rateAt: (t: number) => number,
  servers: number,
  times: readonly number[],
  { most, step }: { readonly most: number; readonly step: number },
): StateMeans[] {
  let law = new Float64Array(most + 1);
  law[0] = 1;
  const flow = (of: Float64Array, rate: number) => {
    const change = new Float64Array(most + 1);
    for (let n = 0; n < most; n++) {
      const up = rate * of[n]! - Math.min(n + 1, servers) * of[n + 1]!;
      change[n]! -= up;
      change[n + 1]! += up;
    }
    return change;
  };
  const along = (change: Float64Array, by: number) => law.map((share, n) => share + by * change[n]!);
  let now = 0;
  return times.map((time) => {
    const steps = Math.round((time - now) / step);
    for (let k = 0; k < steps; k++) {
      const [begin, middle, end] = [rateAt(now), rateAt(now + step / 2), rateAt(now + step)];
      const a = flow(law, begin);
      const b = flow(along(a, step / 2), middle);
      const c = flow(along(b, step / 2), middle);
      const d = flow(along(c, step), end);
      law = law.map((share, n) => share + (step / 6) * (a[n]! + 2 * b[n]! + 2 * c[n]! + d[n]!));
      now += step;
    }
    now = time;
    const mean = (of: (n: number) => number) => sum(law.map((share, n) => share * of(n)));
    return {
      inSystem: mean((n) => n),
      waiting: mean((n) => Math.max(0, n - servers)),
      empty: law[0]!,
      allBusy: mean((n) => (n >= servers ? 1 : 0)),
    };
  });
}

/**
 * The mean number in M(t)/G/∞ at an instant (Eick, Massey and Whitt 1993): those who came u ago and are still there,
 * ∫ λ(t − u) P(service > u) du, over ages up to `oldest`.
 */
export function occupancyAt(
  t: number,
  rateAt: (t: number) => number,
  outlasts: (u: number) => number,
  oldest: number,
): number {
  let total = 0;
  // Piece by piece, so that Simpson's rule meets no more of the wave than it can follow.
  const pieces = Math.ceil(oldest);
  for (let k = 0; k < pieces; k++) {
    const [from, to] = [(oldest * k) / pieces, (oldest * (k + 1)) / pieces];
    total += simpson((u) => rateAt(t - u) * outlasts(u), from, to);
  }
  return total;
}
