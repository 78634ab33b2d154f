/** The rules of the engine (docs/model.md), one by one, and against a second, plain version of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KvBlocks } from '../../src/serving/kv-blocks.ts';
import { InputError, InvariantError } from '../../src/errors.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';
import { referenceEngine, type EngineConfig, type EngineRequest } from './engine.ts';

interface Sent extends EngineRequest {
  readonly cached?: number;
}

/** A scenario with a tier for each request. Times in milliseconds. */
function textOf(
  requests: readonly Sent[],
  settings: string,
  stepTime: string,
  discipline = 'strict-priority',
): string {
  const tiers = requests.map(
    ({ t, p, o, prio, patience, cached }, n) =>
      `    - { name: r${n}, priority: ${prio}, model: toy, arrivals: { kind: replay, requests: [{ at: ${t}ms, prompt: ${p}, output: ${o}${patience === undefined ? '' : `, patience: ${patience}ms`}${cached === undefined ? '' : `, cached: ${cached}`} }] } }`,
  );
  return `
fleetyield: 1
name: engine
horizon: { duration: 1h }
gateway: { discipline: { kind: ${discipline} } }
workload:
  tiers:
${tiers.join('\n')}
fleet:
  pools:
    - { name: main, model: toy, replicas: 1, serving: { kind: continuous-batching, ${settings}, stepTime: { kind: affine, ${stepTime} } } }
`;
}

const WIDE = 'kv: { capacityTokens: 1000000, blockSize: 1 }, maxBatchedTokens: 1000000';
const TENS = 'base: 10ms';

/** Requests of one token of prompt and one of output at 0 s, but for what is said of them. */
const full = (requests: readonly Partial<Sent>[]) =>
  requests.map((request) => ({ t: 0, p: 1, o: 1, prio: 0, ...request }));

const run = (requests: readonly Partial<Sent>[], settings = WIDE, stepTime = TENS, discipline?: string) =>
  runOf(scenarioOf(textOf(full(requests), settings, stepTime, discipline)));

const ms = (seconds: number) => Number((seconds * 1_000).toFixed(6));
const ends = (stories: readonly Story[]) => stories.map(({ lastTokenAt }) => ms(lastTokenAt));
const firsts = (stories: readonly Story[]) => stories.map(({ firstTokenAt }) => ms(firstTokenAt));

describe('an engine', () => {
  test('is, step by step, what a second version of its rules is', () => {
    const request = fc.record({
      // Whole nanoseconds, as every instant of the program, and stretched, so that no boundary falls on an arrival in the
      // program and beside it in the doubles of the other version.
      t: fc.integer({ min: 0, max: 150 }).map((whole) => Number((whole * 1.0007001).toFixed(6))),
      p: fc.integer({ min: 1, max: 40 }),
      o: fc.integer({ min: 1, max: 12 }),
      prio: fc.integer({ min: 0, max: 2 }),
      // Not a sum of step times, so that no client leaves at the instant at which it might be served.
      patience: fc.option(
        fc.integer({ min: 1, max: 60 }).map((whole) => whole + 0.0137),
        { nil: undefined },
      ),
    });
    const config = fc.record({
      budget: fc.integer({ min: 1, max: 60 }),
      seats: fc.integer({ min: 1, max: 5 }),
      chunked: fc.boolean(),
      kv: fc.integer({ min: 20, max: 90 }),
      prioPreempt: fc.boolean(),
      a: fc.constant(10),
      b: fc.constantFrom(0, 0.1),
      c: fc.constantFrom(0, 1),
      d: fc.constantFrom(0, 0.01),
    });
    const met = { preempted: 0, abandoned: 0, failed: 0 };
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 9 }),
        config,
        (requests, engine: EngineConfig) => {
          const sent = requests.map(({ patience, ...rest }) => ({
            ...rest,
            ...(patience === undefined ? {} : { patience }),
          }));
          const { answers, steps, busy } = referenceEngine(sent, engine);
          const { stories, ledger } = runOf(
            scenarioOf(
              textOf(
                sent,
                `maxSequences: ${engine.seats}, maxBatchedTokens: ${engine.budget}, chunkedPrefill: ${engine.chunked}, priorityPreemption: ${engine.prioPreempt}, kv: { capacityTokens: ${engine.kv}, blockSize: 1 }`,
                `base: ${engine.a}ms, perPrefillToken: ${engine.b}ms, perSequence: ${engine.c}ms, perKvToken: ${engine.d}ms`,
              ),
            ),
          );
          answers.forEach(({ outcome, tokens, preempts }, n) => {
            const story = stories.find(({ tier }) => tier === n)!;
            expect(story.outcome).toBe(outcome);
            expect(story.preemptions).toBe(preempts);
            if (preempts > 0) met.preempted += 1;
            if (outcome !== 'served') {
              met[outcome] += 1;
              return;
            }
            expect(story.firstTokenAt * 1_000).toBeCloseTo(tokens[0]!, 6);
            expect(story.lastTokenAt * 1_000).toBeCloseTo(tokens[tokens.length - 1]!, 6);
            // Σ of gaps squared over the tokens in between: what is kept of single tokens.
            const { moments } = ledger.latencies.itl[n]!;
            const gaps = tokens.slice(1).map((at, k) => at - tokens[k]!);
            expect(moments.count).toBe(gaps.length);
            const squares =
              (moments.variance ?? 0) * Math.max(0, moments.count - 1) +
              (moments.count > 0 ? moments.sum ** 2 / moments.count : 0);
            expect(squares * 1e6).toBeCloseTo(
              gaps.reduce((sum, gap) => sum + gap * gap, 0),
              5,
            );
          });
          expect(ledger.shape.pools[0]!.steps).toBe(steps);
          expect(ledger.shape.pools[0]!.busySeconds * 1_000).toBeCloseTo(busy, 6);
        },
      ),
      { seed: 42, numRuns: 400 },
    );
    for (const [name, times] of Object.entries(met)) expect(times, name).toBeGreaterThan(40);
  });

  test('considers at a boundary requests that arrived by then, and in the next step those that arrived a moment later', () => {
    const { stories } = run([{ o: 5 }, { t: 10 }, { t: 10.001 }]);
    expect(firsts(stories)).toEqual([10, 20, 30]);
  });

  test('starts one step for all that arrive at an instant while it is idle', () => {
    const { stories, ledger } = run([{ t: 5 }, { t: 5 }, { t: 5 }]);
    expect(firsts(stories)).toEqual([15, 15, 15]);
    expect(ledger.shape.pools[0]!.steps).toBe(1);
  });

  test('with whole prompts lets the first that does not fit block a smaller one behind it', () => {
    const settings =
      'kv: { capacityTokens: 1000, blockSize: 1 }, maxBatchedTokens: 64, chunkedPrefill: false';
    // 40 fit in 64; the next 40 do not, and 10 would, but wait behind.
    expect(firsts(run([{ p: 40 }, { p: 40 }, { p: 10 }], settings).stories)).toEqual([10, 20, 20]);
    // In chunks the second is read 24 + 16, and the third joins the second step.
    const chunks = settings.replace('false', 'true');
    expect(firsts(run([{ p: 40 }, { p: 40 }, { p: 10 }], chunks).stories)).toEqual([10, 20, 20]);
    expect(run([{ p: 40 }, { p: 40 }, { p: 10 }], chunks).stories[1]!.admittedAt).toBe(0);
    expect(ms(run([{ p: 40 }, { p: 40 }, { p: 10 }], settings).stories[1]!.admittedAt)).toBe(10);
  });

  test('counts prefill context: 60 × 30 for the first chunk of 100, 40 × (60 + 20) for the second', () => {
    const settings = 'kv: { capacityTokens: 1000, blockSize: 1 }, maxBatchedTokens: 60';
    const { stories } = run([{ p: 100, o: 2 }], settings, 'base: 10ms, perPrefillContext: 0.01ms');
    // 10 + 18, then 10 + 32, then a decode of 10.
    expect([...firsts(stories), ...ends(stories)]).toEqual([70, 80]);
  });

  test('does not read what the prefix cache holds, and counts it as resident KV and as context', () => {
    const { stories } = run(
      [{ p: 100, cached: 60, o: 1 }],
      WIDE,
      'base: 10ms, perPrefillToken: 1ms, perKvToken: 0.1ms, perPrefillContext: 0.01ms',
    );
    // 10 + 40 × 1 + 60 × 0.1 + 40 × (60 + 20) × 0.01.
    expect(firsts(stories)).toEqual([10 + 40 + 6 + 32]);
  });

  test('gives with speculation the tokens of a verification at its pace: two drafted and both accepted, three a step', () => {
    const settings = `${WIDE}, speculation: { draftTokens: 2, acceptance: 1, draftTime: 1ms }`;
    // A prompt in 10 + 1 ms; then 4 tokens in (10 + 3 x 1 + 2 x 1) / 3 = 5 ms each.
    const { stories } = run([{ o: 5 }], settings, 'base: 10ms, perSequence: 1ms');
    expect([...firsts(stories), ...ends(stories)]).toEqual([11, 31]);
  });

  test('times its steps by the model as it holds it, over the stages it has', () => {
    // Two prompts of a token: the fp8 weights of Llama 3.1 8B and the head twice, in two stages, with one hand-over.
    const text = `
fleetyield: 1
name: precision
horizon: { duration: 1h }
workload:
  tiers:
    - { name: only, model: llama-3.1-8b, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 1, output: 1 }, { at: 0s, prompt: 1, output: 1 }] } }
fleet:
  pools:
    - name: main
      model: llama-3.1-8b
      accelerator: h100-sxm
      gpusPerReplica: 2
      replicas: 1
      serving: { kind: continuous-batching, precision: { weights: fp8 }, pipelineStages: 2, stepTime: { kind: roofline } }
`;
    const head = 128_256 * 4096;
    const weights = (0.973 * (8_030_261_248 - head + head)) / 3.35e12;
    const handOver = 3.2e-6 + (2 * 4096) / (450e9 * 0.8);
    const attention = (4 * 32 * 4096 * (0.5 + 0.5)) / 2 / (989.4e12 * 0.5);
    const expected = weights + 75.3e-6 * 32 + 2 * 22.6e-6 + handOver + attention;
    for (const { firstTokenAt } of runOf(scenarioOf(text)).stories)
      expect(firstTokenAt).toBeCloseTo(expected, 9);
  });

  test('refuses at arrival a request that could never fit, and serves one that just does', () => {
    const settings = 'kv: { capacityTokens: 48, blockSize: 16 }, maxBatchedTokens: 64';
    // The last token needs no KV: 40 + 9 − 1 = 48 fit, 40 + 10 − 1 = 49 need a fourth block.
    const { stories } = run([{ p: 40, o: 9 }, { p: 40, o: 10 }, { p: 1 }], settings);
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'failed', 'served']);
  });

  test('refuses with whole prompts one that no step can hold, unless the cache holds enough of it', () => {
    const settings =
      'kv: { capacityTokens: 1000, blockSize: 1 }, maxBatchedTokens: 64, chunkedPrefill: false';
    const { stories } = run([{ p: 65 }, { p: 64 }, { p: 100, cached: 36 }], settings);
    expect(stories.map(({ outcome }) => outcome)).toEqual(['failed', 'served', 'served']);
  });

  test('gives KV in whole blocks: two prompts of 17 take four blocks of 16', () => {
    const settings = (tokens: number) =>
      `kv: { capacityTokens: ${tokens}, blockSize: 16 }, maxBatchedTokens: 100`;
    expect(firsts(run([{ p: 17 }, { p: 17 }], settings(64)).stories)).toEqual([10, 10]);
    expect(firsts(run([{ p: 17 }, { p: 17 }], settings(63)).stories)).toEqual([10, 20]);
  });

  test('lets a client go at the instant its patience ends, and none that has been admitted', () => {
    const settings = `${WIDE}, maxSequences: 1`;
    const { stories, ledger } = run([{ o: 10, patience: 15 }, { patience: 25 }, { patience: 101 }], settings);
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned', 'served']);
    expect(ms(ledger.timeInQueue[1]!.sum)).toBe(25);
    expect(ends(stories)).toEqual([100, NaN, 110]);
  });

  test('keeps a client that was pre-empted, whatever its patience', () => {
    // J04: R2 is pre-empted at 45.62 and resumes at 79.91; its patience of 50 ms ends between.
    const { stories } = run(
      [
        { p: 40, o: 6 },
        { p: 40, o: 5, patience: 50 },
      ],
      'maxBatchedTokens: 1000000, kv: { capacityTokens: 84, blockSize: 1 }',
      'base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms, perKvToken: 0.01ms',
    );
    expect(stories[1]).toMatchObject({ outcome: 'served', preemptions: 1, outputDone: 5 });
    expect(ms(stories[1]!.lastTokenAt)).toBe(106.64);
  });

  test('admits no request in a step that pre-empted one for KV', () => {
    const settings = 'maxBatchedTokens: 1000, kv: { capacityTokens: 20, blockSize: 1 }';
    // Two of 9 fill 20 after two steps. At 20 ms the second is pre-empted (11 + 1 and 11 + 1 need 24 …): the third, of one
    // token, would fit beside the first and still waits for the next step.
    const { stories } = run(
      [
        { p: 9, o: 9 },
        { p: 9, o: 4 },
        { p: 1, t: 15, prio: 0 },
      ],
      settings,
      TENS,
      'fcfs',
    );
    // KV after steps: 18, 20; at 20 ms the first needs a token and none is free.
    expect(stories[1]!.preemptions).toBeGreaterThan(0);
    expect(ms(stories[2]!.admittedAt)).toBeGreaterThan(20);
  });

  test('has an arrival at a boundary in time, where decimals are equal and doubles are not', () => {
    // 20 ms and six steps of 11 ms end at 86 ms; as doubles, added one after another, they end before.
    const steps = 'base: 10ms, perPrefillToken: 1ms, perSequence: 1ms';
    const { stories } = run(
      [
        { p: 9, o: 9 },
        { t: 86, p: 1, o: 1 },
      ],
      WIDE,
      steps,
    );
    expect([1, 2, 3, 4, 5, 6].reduce((sum) => sum + 0.011, 0.02)).toBeLessThan(0.086);
    expect(ms(stories[1]!.admittedAt)).toBe(86);
    // The seventh step has both: 10 + 1 + 2 ms.
    expect(ms(stories[1]!.lastTokenAt)).toBe(99);
  });

  test('has the request join for which room was made, and no other', () => {
    const settings = `${WIDE}, maxSequences: 1, priorityPreemption: true`;
    const both = [
      { prio: 1, o: 8 },
      { prio: 0, t: 5, o: 2 },
    ];
    const strict = run(both, settings).stories;
    // Admitted at the boundary at 10 ms; two tokens; the first then reads its prompt and one token again.
    expect(ends(strict)).toEqual([100, 30]);
    expect(strict.map(({ preemptions }) => preemptions)).toEqual([1, 0]);
  });

  test.each(['fcfs', 'weighted-fair', 'ageing-priority, slopes: [1, 1]'])(
    'preempts nothing under %s, which holds no request to be more important than another, and is warned of it',
    (discipline) => {
      const both = [
        { prio: 1, o: 8 },
        { prio: 0, t: 5, o: 2 },
      ];
      const settings = `${WIDE}, maxSequences: 1, priorityPreemption: true`;
      const { stories } = run(both, settings, TENS, discipline);
      // One after the other: 8 and 2 tokens of 10 ms.
      expect(ends(stories)).toEqual([80, 100]);
      const { notes } = scenarioOf(textOf(full(both), settings, TENS, discipline));
      expect(notes.map(({ path }) => path)).toEqual(['fleet.pools[0].serving.priorityPreemption']);
      expect(notes[0]!.message).toMatch(/has no effect.*gateway\.discipline: { kind: strict-priority }/);
    },
  );

  test('is not warned where the discipline ranks requests', () => {
    const settings = `${WIDE}, priorityPreemption: true`;
    expect(scenarioOf(textOf(full([{}]), settings, TENS, 'strict-priority')).notes).toEqual([]);
  });

  test('is refused a KV capacity from memory without a model and an accelerator', () => {
    expect(() => run([{}], 'maxBatchedTokens: 100')).toThrow(InputError);
    expect(() => run([{}], 'maxBatchedTokens: 100')).toThrow(/kv\.capacityTokens/);
    expect(() => run([{}], 'kv: { capacityTokens: 15, blockSize: 16 }')).toThrow(/block of 16 tokens/);
  });
});

describe('KV blocks', () => {
  test('are missing when a holder passes its last block: 2 of 16 hold 17 to 32 tokens', () => {
    const kv = new KvBlocks(3, 16);
    expect([0, 1, 16, 17, 32, 33].map((tokens) => kv.missing(0, tokens))).toEqual([0, 1, 1, 2, 2, 3]);
    expect([17, 32, 33].map((tokens) => kv.missing(2, tokens))).toEqual([0, 0, 1]);
  });

  test('are counted twice: what is held and what is free make the capacity', () => {
    const kv = new KvBlocks(3, 16);
    kv.take(2, 17);
    kv.take(0, 15);
    expect([kv.free, kv.tokens]).toEqual([1, 32]);
    kv.release(2, 32);
    expect([kv.free, kv.tokens]).toEqual([3, 0]);
  });

  test('break the run when more is taken than there is, or given back than was held', () => {
    expect(() => new KvBlocks(1, 4).take(2, 5)).toThrow(InvariantError);
    expect(() => new KvBlocks(1, 4).release(1, 1)).toThrow(InvariantError);
    expect(() => new KvBlocks(1, 4).release(0, 1)).toThrow(InvariantError);
  });
});
