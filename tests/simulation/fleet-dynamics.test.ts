/** Fleets that change while they serve, in scenarios small enough to be worked by hand. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const SLOT = (seconds: number, more = '') =>
  `{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: ${seconds}s }${more} }`;
/** Steps of 10 ms, prompts of one token a millisecond, KV for all. */
const ENGINE =
  '{ kind: continuous-batching, kv: { capacityTokens: 4096, blockSize: 16 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 1ms } }';

interface Parts {
  readonly requests: string;
  readonly tier?: string;
  /** More tiers, beginning with a comma. */
  readonly tiers?: string;
  readonly pools: readonly string[];
  readonly fleet?: string;
  readonly gateway?: string;
  readonly start?: string;
  readonly duration?: string;
}

const scenario = ({
  requests,
  tier = '',
  tiers = '',
  pools,
  fleet = '',
  gateway = '{}',
  start = 'Mon 00:00',
  duration = '1h',
}: Parts) =>
  scenarioOf(`
fleetyield: 1
name: fleet
horizon: { start: ${start}, duration: ${duration} }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: replay, requests: [${requests}] }${tier} }${tiers}] }
fleet: { pools: [${pools.join(', ')}]${fleet} }
gateway: ${gateway}
`);
const run = (parts: Parts) => runOf(scenario(parts));
const pool = (replicas: number, serving: string, more = '', name = 'main') =>
  `{ name: ${name}, model: m, replicas: ${replicas}, serving: ${serving}${more} }`;
const at = (...seconds: readonly number[]) => seconds.map((second) => `{ at: ${second}s }`).join(', ');

/** Fails 10 s after it came into service, is repaired in 5 s. */
const FAILS = (more = '') =>
  `, failures: { mtbf: { kind: constant, value: 10s }, mttr: { kind: constant, value: 5s }${more} }`;

describe('a replica that fails', () => {
  // In service until 10 s, from 15 to 25 s, from 30 to 40 s.
  test('gives what it serves back to its queue, to be done again from its beginning', () => {
    const { stories } = run({ requests: at(0, 8), pools: [pool(1, SLOT(4), FAILS())] });
    // The second is served from 8 to 10 s, and again from 15 to 19 s.
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([4, 19]);
    expect(stories[1]).toMatchObject({ outcome: 'served', admittedAt: 8, firstTokenAt: 8, preemptions: 0 });
  });

  test('or with what was done of it', () => {
    const { stories } = run({ requests: at(8), pools: [pool(1, SLOT(4), FAILS(', onFailure: resume'))] });
    // Two seconds until 10 s, two more from 15 s.
    expect(stories[0]!.lastTokenAt).toBe(17);
  });

  test('or fails it, which the client may try again', () => {
    const parts = { requests: at(8), pools: [pool(1, SLOT(4), FAILS(', onFailure: fail'))] };
    expect(run(parts).stories[0]).toMatchObject({ outcome: 'failed', attempts: 1, refusals: 0 });
    const again = run({
      ...parts,
      tier: ', retries: { maxAttempts: 2, backoff: { base: 1s, jitter: none } }',
    });
    // Back at 11 s, it waits for the repair at 15 s.
    expect(again.stories[0]).toMatchObject({
      outcome: 'served',
      attempts: 2,
      attemptAt: 11,
      admittedAt: 15,
      lastTokenAt: 19,
    });
  });

  test('starts cold after its repair', () => {
    const { stories } = run({ requests: at(12), pools: [pool(1, SLOT(4), `${FAILS()}, coldStart: 3s`)] });
    expect(stories[0]!.admittedAt).toBe(18);
  });

  test('fails by the time it serves, where it is said to', () => {
    const { stories, ledger } = run({
      requests: at(0, 20, 40),
      pools: [pool(1, SLOT(4), FAILS(', while: busy'))],
    });
    // Ten seconds of service are over at 42 s, in the middle of the third.
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([4, 24, 51]);
    // Then 4 s of service are left to 51 s and nothing comes: one failure.
    expect(ledger.shape.pools[0]!.failures).toBe(1);
  });

  test('waits for a crew, first come, first served', () => {
    const { ledger } = run({
      requests: at(0),
      pools: [pool(2, SLOT(1), FAILS(', crews: 1'))],
      duration: '20s',
    });
    // Both fail at 10 s; the first is back at 15 s, the second at 20 s: 5 + 10 of 40 s failed.
    const [record] = ledger.shape.pools;
    expect(record!.gpuSecondsByUse.failed).toBeCloseTo(15, 9);
    expect(record!.crewSeconds).toBeCloseTo(10, 9);
  });

  test('fails with its group, and what it serves is not sent to another of it', () => {
    const { stories } = run({
      requests: at(9, 9, 9, 9),
      pools: [pool(2, SLOT(4), FAILS(', group: 2')), pool(2, SLOT(4), '', 'spare')],
      gateway: '{ routing: { kind: least-loaded } }',
    });
    // Two are sent to each pool; those of the rack go to the spare replicas, after those there.
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([17, 17, 13, 13]);
  });

  test('is not seen by routers, and requests that wait for it are sent to others', () => {
    for (const routing of ['least-loaded', 'round-robin', 'power-of-two', 'random']) {
      const { stories } = run({
        requests: at(7, 7, 11, 11),
        pools: [pool(1, SLOT(2), FAILS()), pool(1, SLOT(2), '', 'spare')],
        gateway: `{ routing: { kind: ${routing} } }`,
      });
      for (const { outcome, arrivedAt, lastTokenAt } of stories) {
        expect(outcome).toBe('served');
        // One server has done all four by 16 s, even if one of them had been begun elsewhere; the other is back at 15 s.
        expect(lastTokenAt - arrivedAt).toBeLessThanOrEqual(5);
      }
    }
  });

  test('when all have failed keeps arrivals waiting, and the first to return takes them', () => {
    for (const routing of ['central', 'least-loaded', 'round-robin', 'random']) {
      const { stories } = run({
        requests: at(12, 12),
        pools: [
          pool(1, SLOT(1), FAILS(), 'first'),
          pool(
            1,
            SLOT(1),
            ', failures: { mtbf: { kind: constant, value: 10s }, mttr: { kind: constant, value: 100s } }',
            'second',
          ),
        ],
        gateway: `{ routing: { kind: ${routing} } }`,
      });
      expect(stories.map(({ lastTokenAt }) => lastTokenAt).sort()).toEqual([16, 17]);
    }
  });

  test('gives deferrable work back to the backlog', () => {
    const { stories } = run({
      requests: at(100),
      tiers:
        ', { name: late, model: m, priority: 1, deferrable: { window: 1h, reserve: 0 }, arrivals: { kind: replay, requests: [{ at: 8s }] } }',
      pools: [pool(1, SLOT(4), FAILS())],
    });
    // From 8 to 10 s, and again from the repair at 15 s on.
    expect(stories[0]).toMatchObject({ tier: 1, outcome: 'served', admittedAt: 8, lastTokenAt: 19 });
  });

  test('with its rack does not start before the repair, if it was starting then', () => {
    const { stories } = run({
      requests: at(140),
      pools: [
        pool(
          2,
          SLOT(1),
          ', coldStart: 30s, failures: { mtbf: { kind: constant, value: 130s }, mttr: { kind: constant, value: 100s }, group: 2 }, maintenance: [{ windows: ["Mon 00:01-00:02"], replicas: 1 }]',
        ),
      ],
    });
    // One would have started from 120 to 150 s; the rack is down from 130 to 230 s, and starts for 30 s then.
    expect(stories[0]!.admittedAt).toBe(260);
  });

  test('leaves no room for bids: where none is in service all room is in use', () => {
    const { stories } = run({
      requests: at(5, 12),
      tier: ', revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1 }',
      pools: [pool(1, SLOT(1), FAILS())],
      gateway: '{ admission: { kind: bid-price, steps: [{ busy: 1, usdPerGpuHour: 1000 }] } }',
    });
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'shed']);
  });

  test('lets impatient clients leave while they wait for its repair', () => {
    const { stories } = run({
      requests: '{ at: 12s, patience: 1s }',
      pools: [pool(1, SLOT(1), FAILS())],
      gateway: '{ routing: { kind: least-loaded } }',
    });
    expect(stories[0]!.outcome).toBe('abandoned');
  });
});

describe('an engine that fails', () => {
  const failing = (mtbf: string) =>
    `, failures: { mtbf: { kind: constant, value: ${mtbf} }, mttr: { kind: constant, value: 1s } }`;

  test('loses its KV and the step in progress; what clients have received they keep', () => {
    // 10 tokens read in 20 ms, then 10 ms a token: three tokens at 20, 30, 40 ms when it fails at 45 ms.
    const { stories } = run({
      requests: '{ at: 0s, prompt: 10, output: 6 }',
      pools: [pool(1, ENGINE, failing('45ms'))],
    });
    // Back at 1.045 s it reads 10 + 3 tokens in 23 ms, which gives the fourth, and two more follow. It fails at 1.09 s.
    const { firstTokenAt, lastTokenAt, outputDone, admittedAt } = stories[0]!;
    expect([firstTokenAt, lastTokenAt, outputDone, admittedAt]).toEqual([0.02, 1.088, 6, 0]);
  });

  test('in a step that ends just then has done it', () => {
    const { stories } = run({
      requests: '{ at: 0s, prompt: 10, output: 6 }',
      pools: [pool(1, ENGINE, failing('40ms'))],
    });
    // Three tokens again; back at 1.04 s: 23 + 10 + 10 ms would end at 1.083 s, but it fails at 1.08 s with five done. Back
    // at 2.08 s it reads 15 tokens in 25 ms, which give the last.
    expect(stories[0]!.lastTokenAt).toBeCloseTo(2.105, 9);
  });

  test('reads a prompt again that it had read in part', () => {
    const { stories } = run({
      requests: '{ at: 0s, prompt: 100, output: 1 }',
      pools: [pool(1, ENGINE, failing('50ms'))],
      duration: '10s',
    });
    // 110 ms in one step never fit into 50 ms of service.
    expect(stories[0]).toMatchObject({ outcome: 'unfinished', outputDone: 0 });
  });

  test('may fail what it serves: a client that retries is sent its answer from the beginning', () => {
    const { stories, ledger } = run({
      requests: '{ at: 0s, prompt: 10, output: 6 }',
      tier: ', retries: { maxAttempts: 2, backoff: { base: 2s, jitter: none } }',
      pools: [
        pool(
          1,
          ENGINE,
          ', failures: { mtbf: { kind: constant, value: 45ms }, mttr: { kind: constant, value: 10h }, onFailure: fail }',
        ),
        pool(1, ENGINE, '', 'spare'),
      ],
      gateway: '{ routing: { kind: least-loaded } }',
    });
    // Three tokens by 45 ms come to nothing; the other engine gives all six, 20 ms and five times 10 ms after 2.045 s.
    expect(stories[0]).toMatchObject({ outcome: 'served', attempts: 2, outputDone: 6, firstTokenAt: 2.065 });
    expect(stories[0]!.lastTokenAt).toBeCloseTo(2.115, 9);
    expect(ledger.cohortTotal('interruptions', null)).toBe(1);
  });

  test('forgets the sessions whose prefixes it kept', () => {
    const requests =
      '{ at: 0s, prompt: 64, output: 2, session: a }, { at: 2s, prompt: 96, output: 1, session: a }';
    const alone = run({ requests, pools: [pool(1, ENGINE)] }).stories[1]!;
    const failed = run({ requests, pools: [pool(1, ENGINE, failing('500ms'))] }).stories[1]!;
    expect(alone.cachedTokens).toBe(64);
    expect(failed.cachedTokens).toBe(0);
  });
});

describe('maintenance', () => {
  const monday = (windows: string, more = '') =>
    `, maintenance: [{ windows: ["${windows}"], replicas: 1${more} }]`;

  test('lets a replica finish what it serves and take nothing new', () => {
    const { stories, ledger } = run({
      requests: at(59, 61),
      pools: [pool(1, SLOT(3), monday('Mon 00:01-00:02'))],
    });
    // Served from 59 to 62 s, and from 120 s on.
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([62, 123]);
    // From 62 to 120 s.
    expect(ledger.shape.pools[0]!.gpuSecondsByUse.maintenance).toBeCloseTo(58, 9);
  });

  test('without draining gives it back at once', () => {
    const { stories } = run({
      requests: at(59),
      pools: [pool(1, SLOT(3), monday('Mon 00:01-00:02', ', drain: false'))],
    });
    expect(stories[0]!.lastTokenAt).toBe(123);
  });

  test('begins when the last that a draining replica serves is given up', () => {
    const { stories, ledger } = run({
      requests: at(59),
      tier: ', deadline: { kind: constant, value: 6s }',
      pools: [pool(1, SLOT(30), monday('Mon 00:01-00:02'))],
    });
    expect(stories[0]).toMatchObject({ outcome: 'abandoned', admittedAt: 59 });
    // From 65 to 120 s.
    expect(ledger.shape.pools[0]!.gpuSecondsByUse.maintenance).toBeCloseTo(55, 9);
  });

  test('takes the replicas in turn, from one window to the next', () => {
    const { ledger } = run({
      requests: at(0),
      pools: [pool(3, SLOT(1), ', maintenance: [{ windows: ["00:01-00:02", "00:03-00:04"], replicas: 2 }]')],
      duration: '10min',
    });
    expect(ledger.shape.pools[0]!.gpuSecondsByUse.maintenance).toBeCloseTo(4 * 60, 9);
  });

  test('of a replica that is still draining when the window closes comes to nothing', () => {
    const { stories, ledger } = run({
      requests: at(59, 121),
      pools: [pool(1, SLOT(70), monday('Mon 00:01-00:02'))],
    });
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([129, 199]);
    expect(ledger.shape.pools[0]!.gpuSecondsByUse.maintenance).toBe(0);
  });
});

describe('reallocation', () => {
  const rule = (windows: string, from: string, to: string, gpus: number, more = '') =>
    `{ trigger: { kind: clock, windows: ["${windows}"] }, from: ${from}, to: ${to}, gpus: ${gpus}, switching: 10s${more} }`;

  test('moves GPUs to training and back, which take the switching time each way', () => {
    const { ledger, stories } = run({
      requests: at(58, 100, 121),
      pools: [pool(2, SLOT(3), ', coldStart: 5s')],
      fleet: `, training: [{ name: training }], reallocation: [${rule('00:01-00:02', 'main', 'training', 2)}]`,
      duration: '200s',
    });
    // Both end by 61 s; their GPUs train from 70 and 71 s to 120 s, and serve again from 135 s on.
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([61, 138, 138]);
    const [main, training] = ledger.shape.pools;
    expect(training!.gpuSecondsByUse.training).toBeCloseTo(50 + 49, 9);
    expect(training!.gpuSecondsByUse.switching).toBeCloseTo(20, 9);
    expect(main!.gpuSecondsByUse.switching).toBeCloseTo(2 * 15, 9);
    expect(main!.gpuSecondsByUse.up).toBeCloseTo(60 + 61 + 2 * 65, 9);
    expect(main!.gpuSeconds + training!.gpuSeconds).toBeCloseTo(2 * 200, 9);
  });

  test('between pools of other sizes waits until the GPUs of a lot are together', () => {
    const { ledger, stories } = run({
      requests: at(0, 59),
      pools: [
        pool(4, SLOT(3), ''),
        `{ name: large, model: big, gpusPerReplica: 4, replicas: 1, serving: ${SLOT(1)} }`,
      ],
      fleet: `, reallocation: [${rule('00:01-00:05', 'main', 'large', 4)}]`,
      duration: '200s',
    });
    // One replica ends at 62 s, the others wait for it with their GPUs: 4 × 10 s and 3 × 2 s.
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([3, 62]);
    const [main, large] = ledger.shape.pools;
    expect(main!.gpuSecondsByUse.switching).toBeCloseTo(6, 9);
    expect(large!.gpuSecondsByUse.switching).toBeCloseTo(40, 9);
    expect(large!.gpuSecondsByUse.up).toBeCloseTo(4 * 200 + 4 * (200 - 72), 9);
    // Two replicas of one server from 72 s on.
    expect(large!.capacitySeconds).toBeCloseTo(200 + 128, 9);
  });

  test('by load follows the waiting of the pool that is to have the GPUs', () => {
    const { stories, ledger } = run({
      requests: at(...Array.from({ length: 20 }, (_, n) => n)),
      pools: [pool(1, SLOT(10))],
      fleet:
        ', training: [{ name: training, gpus: 1 }], reallocation: [{ trigger: { kind: load, signal: waiting, above: 5s, below: 1s }, from: training, to: main, gpus: 1, switching: 2s }]',
      duration: '400s',
    });
    // The second has waited for more than 5 s at 7 s (telemetry every second); a second server from 9 s on.
    expect(stories[1]!.admittedAt).toBe(9);
    expect(stories.every(({ outcome }) => outcome === 'served')).toBe(true);
    expect(ledger.shape.pools[1]!.gpuSecondsByUse.training).toBeGreaterThan(200);
  });

  test('that ends while replicas drain leaves them where they are', () => {
    const { ledger, stories } = run({
      requests: at(59, 121),
      pools: [pool(1, SLOT(70))],
      fleet: `, training: [{ name: training }], reallocation: [${rule('00:01-00:02', 'main', 'training', 1)}]`,
      duration: '300s',
    });
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([129, 199]);
    expect(ledger.shape.pools[1]!.gpuSeconds).toBe(0);
  });

  test('that ends while GPUs are on their way turns them when they arrive', () => {
    const { ledger } = run({
      requests: at(0),
      pools: [pool(1, SLOT(1))],
      fleet:
        ', training: [{ name: training }], reallocation: [{ trigger: { kind: clock, windows: ["00:01-00:02"] }, from: main, to: training, gpus: 1, switching: 90s }]',
      duration: '300s',
    });
    // On the way from 60 to 150 s, and back to 240 s.
    const [main, training] = ledger.shape.pools;
    expect(training!.gpuSecondsByUse).toMatchObject({ switching: 90, training: 0 });
    expect(main!.gpuSecondsByUse).toMatchObject({ switching: 90, up: 120 });
  });

  test('of a replica that has failed waits for its repair', () => {
    const { ledger } = run({
      requests: at(0),
      pools: [
        pool(
          1,
          SLOT(1),
          ', failures: { mtbf: { kind: constant, value: 50s }, mttr: { kind: constant, value: 20s } }',
        ),
      ],
      fleet: `, training: [{ name: training }], reallocation: [${rule('00:01-00:02', 'main', 'training', 1)}]`,
      duration: '120s',
    });
    // Failed from 50 to 70 s, on the way to 80 s, and called back at 120 s.
    const [main, training] = ledger.shape.pools;
    expect(main!.gpuSecondsByUse).toMatchObject({ up: 50, failed: 20 });
    expect(training!.gpuSecondsByUse).toMatchObject({ switching: 10, training: 40 });
  });
});

describe('a fleet in which nothing happens for long', () => {
  test('gives the same answers as one in which nothing can', () => {
    const never =
      ', failures: { mtbf: { kind: constant, value: 400d }, mttr: { kind: constant, value: 1s } }';
    for (const serving of [
      '{ kind: slots, concurrency: 2, serviceTime: { kind: lognormal, mean: 1s, cv: 1 } }',
      ENGINE,
    ]) {
      for (const routing of ['central', 'least-loaded', 'power-of-two']) {
        const estimates = (more: string) =>
          new Estimates(
            replications(
              scenarioOf(`
fleetyield: 1
name: quiet
horizon: { warmUp: 10s, duration: 200s }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: poisson, ratePerSecond: 5 }, lengths: { prompt: { kind: constant, value: 100 }, output: { kind: geometric, mean: 30 } } }] }
fleet: { pools: [${pool(3, serving, more)}] }
gateway: { routing: { kind: ${routing} } }
`),
              2,
            ),
          ).all;
        expect(estimates(never)).toEqual(estimates(''));
      }
    }
  });
});

describe('fleets that make no sense', () => {
  const faultOf = (more: string, fleet = '', serving = SLOT(1)) => {
    try {
      scenario({ requests: at(0), pools: [pool(4, serving, more)], fleet });
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message;
    }
    return 'nothing is wrong';
  };

  test('are refused with what would do', () => {
    expect(faultOf(FAILS(', onFailure: resume'), '', ENGINE)).toMatch(/failures.onFailure.*KV.*use retry/);
    expect(faultOf(FAILS(', while: busy, group: 2'))).toMatch(/failures.group.*while: always/);
    expect(faultOf(', coldStart: 5s')).toMatch(/coldStart.*has no effect/);
    expect(faultOf(', maintenance: [{ windows: ["Mon 00:00-01:00"], replicas: 5 }]')).toMatch(
      /5 of 4 replicas/,
    );
    const move = (from: string, to: string, gpus: number, trigger = 'clock, windows: ["00:00-01:00"]') =>
      `, training: [{ name: training, gpus: 2 }], reallocation: [{ trigger: { kind: ${trigger} }, from: ${from}, to: ${to}, gpus: ${gpus}, switching: 1s }]`;
    expect(faultOf('', move('main', 'trainin', 1))).toMatch(/no pool is called "trainin".*training/);
    expect(faultOf('', move('main', 'main', 1))).toMatch(/is the pool the GPUs come from/);
    expect(faultOf('', move('main', 'training', 5))).toMatch(
      /5 GPUs cannot leave main, which has 4 to give; write 4$/,
    );
    expect(faultOf('', move('main', 'training', 1, 'load, signal: waiting, above: 1s, below: 0s'))).toMatch(
      /never fires for training/,
    );
    expect(faultOf(', gpusPerReplica: 2', move('main', 'training', 3))).toMatch(
      /multiples of 2 in the cell; write 2 or 4$/,
    );
    expect(faultOf(', accelerator: h100-sxm', move('main', 'training', 1))).toMatch(
      /of the same accelerator/,
    );
    expect(faultOf('', ', training: [{ name: main }]')).toMatch(/name of another pool/);
  });

  test('name numbers of GPUs that can move: whole replicas of both pools, in a cell that has a share, of what there is', () => {
    const MOVE = (gpus: number) =>
      `reallocation: [{ trigger: { kind: clock, windows: ["00:00-01:00"] }, from: a, to: b, gpus: ${gpus}, switching: 1s }]`;
    const told = (gpus: number, share: number, of: readonly [number, number], replicas = 8) => {
      try {
        scenarioOf(`
fleetyield: 1
name: lots
horizon: { duration: 1min }
cell: { share: ${share} }
workload: { tiers: [{ name: t, model: a, tenants: 40, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet:
  pools:
    - { name: a, model: a, replicas: ${replicas}, gpusPerReplica: ${of[0]}, serving: ${SLOT(1)} }
    - { name: b, model: b, replicas: ${replicas}, gpusPerReplica: ${of[1]}, serving: ${SLOT(1)} }
  ${MOVE(gpus)}
`);
        return null;
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return (error as InputError).message;
      }
    };
    let offered = 0;
    for (const share of [1, 0.5, 0.25]) {
      for (const of of [
        [1, 1],
        [2, 1],
        [4, 6],
        [8, 3],
        [5, 8],
      ] as const) {
        for (const gpus of [1, 2, 3, 5, 7, 8, 12, 24, 31, 48, 64, 100]) {
          const message = told(gpus, share, of);
          const [, list] = message?.match(/write (\d+(?: or \d+)*)$/) ?? [];
          for (const other of list?.split(' or ') ?? []) {
            offered += 1;
            expect(told(Number(other), share, of), `${message!}: ${other}`).toBeNull();
          }
          if (message !== null && list === undefined) expect(message).toMatch(/drop the move/);
        }
      }
    }
    expect(offered).toBeGreaterThan(100);
    // Lots of 8 in a half of the fleet are 16 of the provider's: 8 is a multiple of 8 and moves nothing whole.
    expect(told(8, 0.5, [8, 8])).toMatch(/multiples of 8 in the cell; write 16$/);
  });
});
