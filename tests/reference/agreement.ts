/**
 * The fast replica against its slow twin, on random small cases with every option drawn. Costs and instants of half of
 * them are multiples of powers of two, so that sums do not round and arrivals fall on step boundaries: there every
 * instant must be equal to the bit. The others have costs and instants of many digits and agree to 1e-9.
 */
import fc from 'fast-check';
import { PHASES } from '../../src/serving/replica.ts';
import { SpeculativeStepTime, stepTimes, type StepTime } from '../../src/serving/step-time/index.ts';
import { promptTreeOf, type Prompt } from '../../src/workload/prompt-tree.ts';
import { BARE } from '../serving/step-time/step-time-of.ts';
import {
  answerOf,
  DISCIPLINES,
  type Answer,
  type Arrival,
  type Case,
  type ReplicaClass,
} from './single-replica.ts';
import { StepByStepReplica } from './step-by-step-replica.ts';

const UNIT = 2 ** -10;

/** `base` plus `more` per KV token beyond `corner` of them: a step-time model that is piecewise linear in KV tokens. */
const steeperBeyond = (corner: number, more: number, base: StepTime): StepTime => ({
  duration: (work) => base.duration(work) + more * Math.max(0, work.kvTokens - corner),
  perKvToken: (work) => base.perKvToken(work) + (work.kvTokens < corner ? 0 : more),
  kvLinearUntil: ({ kvTokens }) => (kvTokens < corner ? corner : Infinity),
});

interface Costs {
  readonly base: number;
  readonly perPrefillToken: number;
  readonly perSequence: number;
  readonly perKvToken: number;
  readonly perPrefillContext: number;
}

/** A step-time model of each kind with these costs, and with a corner in KV tokens where it can have one. */
function stepTimeOf(kind: 'affine' | 'smooth-roofline' | 'table', costs: Costs, corner: number): StepTime {
  const { base, perPrefillToken, perSequence, perKvToken, perPrefillContext } = costs;
  const environment = { ...BARE, maxDecodeTokens: 32, maxPrefillTokens: 1_000 };
  if (kind === 'affine') {
    return steeperBeyond(corner, perKvToken, stepTimes.create({ kind, ...costs }, environment));
  }
  if (kind === 'smooth-roofline') {
    const { perPrefillToken: perToken, ...others } = costs;
    return stepTimes.create({ kind, weightStreaming: UNIT, perToken, ...others }, environment);
  }
  const sequences = [1, 3, 32];
  const contexts = [4, 8, 20];
  const tokens = [1, 20, 1_000];
  const before = [0, 16];
  return stepTimes.create(
    {
      kind,
      decode: {
        sequences,
        context: contexts,
        times: sequences.map((n) =>
          contexts.map(
            (context) => base + n * (perSequence + perKvToken * Math.max(context, 3 * context - 16)),
          ),
        ),
      },
      prefill: {
        tokens,
        context: before,
        times: tokens.map((n) =>
          before.map(
            (behind) => base + perSequence + n * (perPrefillToken + perPrefillContext * (behind + n / 2)),
          ),
        ),
      },
    },
    environment,
  );
}

/** How large cases are: the least and the most of each, and KV that is always enough [tokens]. */
export interface Size {
  readonly cases: number;
  readonly requests: readonly [number, number];
  readonly sequences: readonly [number, number];
  readonly budget: readonly [number, number];
  readonly capacity: readonly [number, number];
  readonly ample: number;
}

export const SMALL: Size = {
  cases: 10_000,
  requests: [1, 12],
  sequences: [1, 8],
  budget: [1, 50],
  capacity: [20, 120],
  ample: 5_000,
};

/** Batches that outgrow what is made room for at first, and orders in which many change places. */
export const LARGE: Size = {
  cases: 1_000,
  requests: [40, 120],
  sequences: [20, 100],
  budget: [20, 200],
  capacity: [400, 4_000],
  ample: 50_000,
};

const within = ([min, max]: readonly [number, number]) => fc.integer({ min, max });

/**
 * A case whose durations are multiples of `UNIT` [s], or near them: stretched each by a factor of its own, so that no
 * boundary meets an arrival but for the rounding of a sum.
 */
const caseOf = (exact: boolean, size: Size): fc.Arbitrary<Case> => {
  const [least, most] = size.requests;
  const stretch = exact ? fc.constant(1) : fc.double({ min: 1, max: 1.5, noNaN: true });
  const multiple = (most: number) =>
    fc.tuple(fc.integer({ min: 0, max: most }), stretch).map(([count, factor]) => count * factor * UNIT);
  const arrival = fc
    .record({
      // A few factors only, so that some arrive together.
      at: fc
        .tuple(
          fc.integer({ min: 0, max: 400 }),
          exact ? fc.constant(1) : fc.constantFrom(1.0371893, 1.2113077),
        )
        .map(([count, factor]) => count * factor * UNIT),
      prompt: fc.integer({ min: 1, max: 40 }),
      cachedShare: fc.constantFrom(0, 0, 0, 0.5, 0.9),
      session: fc.constantFrom(null, null, null, 0, 0, 1),
      output: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
      priority: fc.integer({ min: 0, max: 2 }),
      patience: fc.option(multiple(200), { nil: null }),
      deferrable: fc.constantFrom(false, false, false, true),
      deadline: fc.oneof(fc.constant(null), fc.constant(null), multiple(600)),
    })
    .map(({ cachedShare, ...rest }) => ({
      ...rest,
      cached: rest.session === null ? Math.min(Math.floor(cachedShare * rest.prompt), rest.prompt - 1) : 0,
    }));
  return fc
    .record({
      arrivals: fc.array(arrival, { minLength: least, maxLength: most }),
      blockSize: fc.constantFrom(1, 2, 4, 16),
      capacity: fc.oneof(within(size.capacity), fc.constant(size.ample)),
      maxSequences: within(size.sequences),
      maxBatchedTokens: fc.oneof(within(size.budget), fc.constant(1_000)),
      chunkedPrefill: fc.boolean(),
      priorityPreemption: fc.boolean(),
      prefixCache: fc.constantFrom(true, true, false),
      reserveFullPrompt: fc.boolean(),
      /** Of each arrival: which one before it has a prompt that begins alike, and for how many blocks. */
      alike: fc.option(
        fc.array(fc.tuple(fc.integer({ min: 0, max: most - 1 }), fc.integer({ min: 0, max: 20 })), {
          minLength: most,
          maxLength: most,
        }),
        { nil: null },
      ),
      phase: fc.constantFrom('both' as const, 'both' as const, ...PHASES),
      discipline: fc.constantFrom(...(Object.keys(DISCIPLINES) as (keyof typeof DISCIPLINES)[])),
      // Step times, in units: base, a prompt token, a sequence, a KV token, prefill context.
      costs: fc.tuple(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        fc.constantFrom(0, 0, 0.125, 0.5),
        fc.constantFrom(0, 0.0625),
      ),
      kind: exact
        ? fc.constant('affine' as const)
        : fc.constantFrom('affine' as const, 'smooth-roofline' as const, 'table' as const),
      corner: fc.constantFrom(0, 10, 32.5, 100),
      // With every draft accepted, 2 or 4 tokens a verification: a division that does not round.
      speculation: fc.option(
        fc.record({
          draftTokens: fc.constantFrom(1, 3),
          acceptance: exact ? fc.constant(1) : fc.double({ min: 0, max: 1, noNaN: true }),
          draftTime: multiple(2),
        }),
        { nil: null },
      ),
      evictedAt: fc.option(multiple(300), { nil: null, freq: 2 }),
      reserve: fc.constantFrom(0, 0.2, 0.5, 0.75),
      opensAt: multiple(300),
      length: fc.integer({ min: 1, max: 2_000 }),
      stretches: fc.tuple(stretch, stretch, stretch, stretch, stretch, stretch),
    })
    .map(
      ({
        costs,
        kind,
        corner,
        speculation,
        arrivals: drawn,
        alike,
        blockSize,
        capacity,
        phase,
        discipline,
        evictedAt,
        reserve,
        opensAt,
        length,
        stretches,
        ...engine
      }) => {
        const [base, perPrefillToken, perSequence, perKvToken, perPrefillContext] = costs.map(
          (cost, index) => cost * stretches[index]! * UNIT,
        );
        const stepTime = stepTimeOf(
          kind,
          {
            base: base!,
            perPrefillToken: perPrefillToken!,
            perSequence: perSequence!,
            perKvToken: perKvToken!,
            perPrefillContext: perPrefillContext!,
          },
          corner,
        );
        const arrivals = withPrefixes(drawn.toSorted((a, b) => a.at - b.at)).filter(
          // A decoding sequence has at least one token to go.
          ({ output }) => phase !== 'decode' || output > 1,
        );
        return {
          arrivals,
          settings: {
            ...engine,
            blocks: Math.max(1, Math.floor(capacity / blockSize)),
            blockSize,
            stepTime: speculation === null ? stepTime : new SpeculativeStepTime(stepTime, speculation),
            // Those that never fit are turned away before.
            fits: () => true,
            prompts: alike === null ? null : promptTreeOf(promptsOf(arrivals, alike, blockSize), blockSize),
          },
          phase,
          discipline,
          evictedAt,
          reserve,
          opensAt,
          endsAt: opensAt + length * stretches[5] * UNIT,
        };
      },
    );
};

/** Each prompt of a session repeats the request before it, prompt and output, as far as it is long enough. */
function withPrefixes(arrivals: readonly Omit<Arrival, 'prefix'>[]): Arrival[] {
  return arrivals.map((arrival, n) => {
    const before = arrivals.slice(0, n).findLast(({ session }) => session === arrival.session);
    const shared = arrival.session === null || before === undefined ? 0 : before.prompt + before.output;
    return { ...arrival, prefix: Math.min(shared, arrival.prompt - 1) };
  });
}

/** Prompts of no session that begin with as many blocks of one before as they have in common, and then go their own way. */
function promptsOf(
  arrivals: readonly Arrival[],
  alike: readonly (readonly [number, number])[],
  blockSize: number,
): Prompt[] {
  let fresh = 0;
  const prompts: Prompt[] = [];
  arrivals.forEach(({ prompt, session }, n) => {
    const [like, blocks] = alike[n]!;
    const before = session === null && arrivals[like]?.session === null ? prompts[like] : undefined;
    const whole = Math.floor(prompt / blockSize);
    const ids = (before?.ids ?? []).slice(0, Math.min(blocks, whole));
    prompts.push({
      tokens: prompt,
      ids: [...ids, ...Array.from({ length: whole - ids.length }, () => fresh++)],
    });
  });
  return prompts;
}

const near = (a: number, b: number) =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

/** Where two answers differ, in words; `null` where they agree. */
function difference(fast: Answer, slow: Answer, exact: boolean): string | null {
  const same = exact ? Object.is : near;
  for (const [n, request] of slow.requests.entries()) {
    for (const [key, value] of Object.entries(request)) {
      const other = fast.requests[n]![key as keyof typeof request];
      const agrees = typeof value === 'number' ? same(other as number, value) : other === value;
      if (!agrees) return `request ${n}: ${key} is ${String(other)}, and ${String(value)} of the twin`;
    }
  }
  const counts = slow.counts.findIndex((count, place) => fast.counts[place] !== count);
  if (counts >= 0)
    return `count ${counts} is ${fast.counts[counts]!}, and ${slow.counts[counts]!} of the twin`;
  const sums = slow.sums.findIndex((sum, place) => !near(fast.sums[place]!, sum));
  return sums < 0 ? null : `sum ${sums} is ${fast.sums[sums]!}, and ${slow.sums[sums]!} of the twin`;
}

/** What was met in the cases on which two replicas agreed. */
export interface Met {
  served: number;
  abandoned: number;
  cancelled: number;
  deferred: number;
  failed: number;
  unfinished: number;
  preempted: number;
  oneToken: number;
  together: number;
  prefixFound: number;
  beginningFound: number;
  evicted: number;
}

export interface Comparison {
  readonly met: Met;
  /** The first case in which they differ, counted from one; `null` when there is none. */
  readonly apartAt: number | null;
  /** Where they differ, with the smallest case found that shows it. */
  readonly report: string | null;
}

/** Sets a replica beside the twin on cases of a size; a smaller case is sought for a difference where `shrink` is set. */
export function compare(Kind: ReplicaClass, exact: boolean, size: Size, shrink: boolean): Comparison {
  const met: Met = {
    served: 0,
    abandoned: 0,
    cancelled: 0,
    deferred: 0,
    failed: 0,
    unfinished: 0,
    preempted: 0,
    oneToken: 0,
    together: 0,
    prefixFound: 0,
    beginningFound: 0,
    evicted: 0,
  };
  const details = fc.check(
    fc.property(caseOf(exact, size), (drawn) => {
      const slow = answerOf(StepByStepReplica, drawn);
      const found = difference(answerOf(Kind, drawn), slow, exact);
      if (found !== null) throw new Error(found);
      const { evictedAt = null } = drawn;
      slow.requests.forEach(({ outcome, preemptions, cachedTokens, admittedAt, lastTokenAt }, n) => {
        met[outcome] += 1;
        if (evictedAt !== null && admittedAt < evictedAt && lastTokenAt > evictedAt) met.evicted += 1;
        if (drawn.arrivals[n]!.session !== null && cachedTokens > 0) met.prefixFound += 1;
        else if (
          drawn.settings.prompts !== null &&
          drawn.settings.prefixCache &&
          cachedTokens > 0 &&
          drawn.phase !== 'decode'
        )
          met.beginningFound += 1;
        if (drawn.arrivals[n]!.deferrable && outcome === 'served') met.deferred += 1;
        if (preemptions > 0) met.preempted += 1;
        if (drawn.arrivals[n]!.output === 1) met.oneToken += 1;
        if (n > 0 && drawn.arrivals[n]!.at === drawn.arrivals[n - 1]!.at) met.together += 1;
      });
    }),
    { numRuns: size.cases, seed: 7, endOnFailure: !shrink },
  );
  return {
    met,
    apartAt: details.failed ? details.numRuns : null,
    report: fc.defaultReportMessage(details) ?? null,
  };
}
