import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { Degrader } from '../../src/gateway/degrader.ts';
import { actions, triggers, type DegradationRule } from '../../src/gateway/degradation/index.ts';
import { parseClockWindow } from '../../src/units.ts';
import { RequestTable } from '../../src/workload/request-table.ts';
import { readExample } from '../helpers/example.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

function clockOf(windows: readonly string[], startOfWeek = 0) {
  return triggers.create(
    { kind: 'clock', windows: windows.map((text) => parseClockWindow(text)!) },
    { startOfWeek },
  );
}

describe('a clock trigger', () => {
  test('comes on at the first second of its window and is off at the last', () => {
    const trigger = clockOf(['Mon-Fri 13:00-21:00']);
    const edges: [number, boolean][] = [
      [13 * HOUR - 1e-6, false],
      [13 * HOUR, true],
      [21 * HOUR - 1e-6, true],
      [21 * HOUR, false],
      [4 * DAY + 13 * HOUR, true],
      [5 * DAY + 13 * HOUR, false],
      [6 * DAY + 20 * HOUR, false],
      [WEEK + 13 * HOUR, true],
    ];
    for (const [now, on] of edges) expect(trigger.isOn(now), String(now)).toBe(on);
  });

  test('reads the clock of the week in which the run starts', () => {
    // From Fri 20:00 on: on for the first hour, then not before Monday 13:00, 2 days and 17 hours later.
    const trigger = clockOf(['Mon-Fri 13:00-21:00'], 4 * DAY + 20 * HOUR);
    expect(trigger.isOn(0)).toBe(true);
    expect(trigger.isOn(HOUR)).toBe(false);
    expect(trigger.isOn(2 * DAY + 17 * HOUR - 1)).toBe(false);
    expect(trigger.isOn(2 * DAY + 17 * HOUR)).toBe(true);
  });

  test('is on in any of its windows, to midnight and across the weekend', () => {
    const trigger = clockOf(['Sat 22:00-24:00', 'Sun-Mon 00:00-01:00']);
    const on = [5 * DAY + 23 * HOUR, 6 * DAY, 6 * DAY + HOUR - 1, 0, HOUR - 1];
    const off = [5 * DAY + 22 * HOUR - 1, 6 * DAY + HOUR, HOUR, DAY];
    expect(on.map((now) => trigger.isOn(now))).toEqual(on.map(() => true));
    expect(off.map((now) => trigger.isOn(now))).toEqual(off.map(() => false));
  });
});

describe('a load trigger', () => {
  const make = (above: number, below: number) =>
    triggers.create({ kind: 'load', signal: 'waiting', above, below }, { startOfWeek: 0 });
  /** Whether it is on after each of a series of waits. */
  const after = (waits: readonly number[], above = 1, below = 0.2) => {
    const trigger = make(above, below);
    return waits.map((longestWait) => {
      trigger.observe({ longestWait, busy: 0, kv: 0 });
      return trigger.isOn(0);
    });
  };

  test('comes on above the upper bound and ends below the lower: in between it stays as it is', () => {
    expect(after([0, 0.9, 1, 1.01, 0.9, 0.2, 0.19, 0.9, 1.5])).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  test('ends when no request waits even with a lower bound of zero', () => {
    expect(after([2, 0.001, 0], 1, 0)).toEqual([true, true, false]);
  });

  test('is off before it saw anything, and refuses bounds that are crossed', () => {
    expect(make(1, 1).isOn(0)).toBe(false);
    expect(() => make(1, 1.1)).toThrow(ParameterError);
  });
});

describe.each(['busy', 'kv'] as const)('a trigger of %s', (signal) => {
  test('comes on above the upper share and ends below the lower, and sees no other signal', () => {
    const trigger = triggers.create(
      { kind: 'utilisation', signal, above: 0.9, below: 0.7 },
      { startOfWeek: 0 },
    );
    const views = [0.5, 0.9, 0.91, 0.7, 0.69, 0.8].map((share) => ({
      longestWait: 99,
      busy: 0,
      kv: 0,
      [signal]: share,
    }));
    expect(
      views.map((view) => {
        trigger.observe(view);
        return trigger.isOn(0);
      }),
    ).toEqual([false, false, true, true, false, false]);
  });

  test('refuses bounds that are crossed', () => {
    expect(() =>
      triggers.create({ kind: 'utilisation', signal, above: 0.7, below: 0.9 }, { startOfWeek: 0 }),
    ).toThrow('0.9 is more than above (0.7)');
  });
});

const MODELS = ['large', 'small'];
const POOLS = [
  { name: 'first', model: 0 },
  { name: 'second', model: 0 },
  { name: 'fp8', model: 1 },
];
const ENVIRONMENT = {
  model: (name: string) => MODELS.indexOf(name),
  modelNames: MODELS,
  pools: POOLS,
  offers: [
    { model: 0, features: ['research', 'long'] },
    { model: 1, features: ['long'] },
  ],
};
const waits = (longestWait: number) => ({ longestWait, busy: 0, kv: 0 });

function degraderOf(rules: readonly DegradationRule[], lottery = () => 0.5) {
  const table = new RequestTable();
  const degrader = new Degrader(rules, { startOfWeek: 0, tiers: ['paid', 'free'], ...ENVIRONMENT }, lottery);
  const grant = (tier: number, now = 0, promptTokens = 1) => {
    const row = table.open();
    Object.assign(table.declared.promptTokens, { [row]: promptTokens });
    Object.assign(table.declared.tier, { [row]: tier });
    Object.assign(table.declared.model, { [row]: tier });
    // What an attempt comes with: the model it asks for, whole.
    Object.assign(table.granted.model, { [row]: tier });
    Object.assign(table.granted.quality, { [row]: 1 });
    degrader.grant(row, table.declared, table.granted, now);
    const { model, outputCap, quality, degraded } = table.granted;
    return { model: model[row], cap: outputCap[row], quality: quality[row], degraded: degraded[row] };
  };
  return { degrader, grant };
}

const ALWAYS: DegradationRule['trigger'] = { kind: 'clock', windows: [parseClockWindow('00:00-24:00')!] };
const cap = (tokens: number, quality: number) => ({ kind: 'cap-output', tokens, quality }) as const;
const PRESSED = { kind: 'load', signal: 'waiting', above: 1, below: 0.5 } as const;

describe('the degrader', () => {
  test('grants what is asked where no rule concerns the tier', () => {
    const { grant } = degraderOf([{ trigger: ALWAYS, tiers: ['free'], fraction: 1, action: cap(5, 0.9) }]);
    expect(grant(0)).toEqual({ model: 0, cap: 0, quality: 1, degraded: 0 });
    expect(grant(1)).toEqual({ model: 1, cap: 5, quality: 0.9, degraded: 1 });
  });

  test('applies several rules in turn: the smallest cap, the product of qualities 0.8 × 0.5 × 0.9 = 0.36', () => {
    const smaller = { kind: 'smaller-model', model: 'small', quality: 0.5 } as const;
    const { grant } = degraderOf(
      [cap(40, 0.8), smaller, cap(70, 0.9)].map((action) => ({
        trigger: ALWAYS,
        tiers: ['paid'],
        fraction: 1,
        action,
      })),
    );
    const { model, cap: bound, quality } = grant(0);
    expect([model, bound]).toEqual([1, 40]);
    expect(quality).toBeCloseTo(0.36, 12);
  });

  test('degrades the fraction whose lot is below it', () => {
    for (const [lot, degraded] of [
      [0, 1],
      [0.299, 1],
      [0.3, 0],
      [0.999, 0],
    ] as const) {
      const { grant } = degraderOf(
        [{ trigger: ALWAYS, tiers: ['free'], fraction: 0.3, action: cap(5, 1) }],
        () => lot,
      );
      expect(grant(1).degraded, String(lot)).toBe(degraded);
    }
  });

  test('degrades requests whose prompts are as long as it says, both bounds included', () => {
    const degradedOf = (promptTokens: NonNullable<DegradationRule['promptTokens']>) => {
      const { grant } = degraderOf([
        { trigger: ALWAYS, tiers: ['free'], fraction: 1, promptTokens, action: cap(5, 1) },
      ]);
      return [99, 100, 101, 500, 501].map((prompt) => grant(1, 0, prompt).degraded);
    };
    expect(degradedOf({ atMost: 100 })).toEqual([1, 1, 0, 0, 0]);
    expect(degradedOf({ atLeast: 101 })).toEqual([0, 0, 1, 1, 1]);
    expect(degradedOf({ atLeast: 101, atMost: 500 })).toEqual([0, 0, 1, 1, 0]);
  });

  test('watches the models that its tiers ask for and no others', () => {
    const { degrader, grant } = degraderOf([
      { trigger: PRESSED, tiers: ['free'], fraction: 1, action: cap(5, 1) },
      { trigger: PRESSED, tiers: ['paid', 'free'], fraction: 1, action: cap(7, 1) },
    ]);
    expect(degrader.observes).toBe(true);
    degrader.observe([waits(2), waits(0)]);
    expect([grant(0).cap, grant(1).cap]).toEqual([7, 7]);
    degrader.observe([waits(0), waits(2)]);
    expect([grant(0).cap, grant(1).cap]).toEqual([7, 5]);
    degrader.observe([waits(0), waits(0)]);
    expect([grant(0).degraded, grant(1).degraded]).toEqual([0, 0]);
  });

  test('wants no telemetry when all its rules go by the clock', () => {
    expect(
      degraderOf([{ trigger: ALWAYS, tiers: ['free'], fraction: 1, action: cap(5, 1) }]).degrader.observes,
    ).toBe(false);
  });

  test('refuses a model that no pool serves', () => {
    expect(() => actions.create({ kind: 'smaller-model', model: 'tiny', quality: 1 }, ENVIRONMENT)).toThrow(
      /"tiny"; served: large, small/,
    );
  });
});

describe('an action that lowers effort', () => {
  const sent = (action: string) =>
    runOf(
      scenarioOf(`
fleetyield: 1
name: effort
horizon: { duration: 60s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 5, output: 100 }, { at: 0s, prompt: 5, output: 1 }] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 9, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { degradation: [${action}] }
`),
    ).stories;
  const always = (action: string) =>
    `{ trigger: { kind: clock, windows: ["00:00-24:00"] }, tiers: [all], action: ${action} }`;
  const EFFORT = always('{ kind: lower-effort, reasoningShare: 0.7, kept: 0.4, quality: 0.9 }');

  test('keeps what is shown and a share of the rest: 30 + 0.4 × 70 = 58 of 100, and one of one', () => {
    const [long, short] = sent(EFFORT);
    expect([long!.outputDone, long!.wanted, long!.degraded, long!.quality]).toEqual([58, 100, true, 0.9]);
    // From one token nothing was taken: it is not degraded.
    expect([short!.outputDone, short!.degraded, short!.quality]).toEqual([1, false, 1]);
  });

  test('twice takes from what is left, and under a cap is bounded: 0.58 × 0.58 of 100 in whole tokens is 34', () => {
    expect(sent(`${EFFORT}, ${EFFORT}`)[0]!.outputDone).toBe(34);
    expect(sent(`${EFFORT}, ${always('{ kind: cap-output, tokens: 20 }')}`)[0]!.outputDone).toBe(20);
  });
});

describe('an action that names a pool', () => {
  const create = (pool: string) =>
    actions.create({ kind: 'quantised-pool', pool, quality: 0.98 }, ENVIRONMENT);

  test('grants the model that the pool serves alone', () => {
    const table = new RequestTable();
    const row = table.open();
    Object.assign(table.granted.quality, { [row]: 1 });
    create('fp8').apply(table.granted, row, table.declared);
    expect([table.granted.model[row], table.granted.quality[row]]).toEqual([1, 0.98]);
  });

  test('refuses a pool that is not there, and one that shares its model', () => {
    expect(() => create('int4')).toThrow(/no pool is called "int4"; there are first, second, fp8/);
    expect(() => create('first')).toThrow(/"first" and "second" serve one model/);
  });
});

describe.each(actions.strategies.map(({ kind }) => kind))('the action %s, by its example', (kind) => {
  test('writes what is granted, takes no more quality than it says, and leaves what was declared', () => {
    const table = new RequestTable();
    const forbidden = new Proxy({}, { get: (_, column) => expect.fail(`reads ${String(column)}`) });
    const declared = structuredClone(table.declared);
    Object.assign(table, { latent: forbidden, progress: forbidden });
    const row = table.open();
    Object.assign(table.granted.quality, { [row]: 1 });
    const action = actions.create(readExample(actions, kind), {
      model: () => 1,
      modelNames: ['large', 'mini'],
      pools: [{ name: 'main', model: 1 }],
      offers: [{ model: 1, features: ['long'] }],
    });
    action.apply(table.granted, row, table.declared);
    expect(table.declared).toEqual(declared);
    const { quality, model, outputCap, outputCut, featureOff } = table.granted;
    expect(quality[row]).toBeLessThanOrEqual(1);
    expect(quality[row]).toBeGreaterThan(0);
    expect([model[row], outputCap[row], outputCut[row], featureOff[row]]).not.toEqual([0, 0, 0, 0]);
  });
});

describe.each(triggers.strategies.map(({ kind }) => kind))('the trigger %s, by its example', (kind) => {
  test('is on at the same instants when it sees the same again', () => {
    const answers = () => {
      const trigger = triggers.create(readExample(triggers, kind), { startOfWeek: 0 });
      return Array.from({ length: 200 }, (_, hour) => {
        const share = ((hour * 37) % 101) / 100;
        if (trigger.observes) trigger.observe({ longestWait: 2 * share, busy: share, kv: share });
        return trigger.isOn(hour * HOUR);
      });
    };
    expect(answers()).toEqual(answers());
    expect(new Set(answers()).size).toBe(2);
  });
});

describe('a load trigger in a run', () => {
  const fleet = (serving: string) =>
    `fleet: { pools: [{ name: main, model: any, replicas: 1, serving: ${serving} }] }`;
  const run = (requests: string, serving: string, trigger: string) =>
    runOf(
      scenarioOf(`
fleetyield: 1
name: hysteresis
horizon: { duration: 60s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [${requests}] } }] }
${fleet(serving)}
gateway: { telemetryInterval: 1s, degradation: [{ trigger: ${trigger}, tiers: [all], action: { kind: cap-output, tokens: 2 } }] }
`),
    ).stories.map(({ degraded }) => degraded);
  const at = (...instants: readonly number[]) => instants.map((s) => `{ at: ${s}s, output: 9 }`).join(', ');

  test('of busy servers is on from above 0.7 until below 0.4: four slots of 3 s', () => {
    // Seen at each whole second. Three from 0.5 to 3.5 s: 0.75 at 1 s, on. The fourth is degraded, to 4.5 s; the fifth
    // waits until 3.5 s and is served to 6.5 s: at 4 s two are, 0.5, and it stays on for the sixth.
    const slots = '{ kind: slots, concurrency: 4, serviceTime: { kind: constant, value: 3s } }';
    const trigger = '{ kind: utilisation, signal: busy, above: 0.7, below: 0.4 }';
    expect(run(at(0.5, 0.5, 0.5, 1.5, 3.4, 4.2), slots, trigger)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    // Without the fifth one is left at 4 s, 0.25: off.
    expect(run(at(0.5, 0.5, 0.5, 1.5, 4.2), slots, trigger)).toEqual([false, false, false, true, false]);
  });

  test('of KV is on while more than half of 100 tokens is held, in the middle of a run of steps', () => {
    // A prompt of 30 and 40 tokens of output, a second each: in the step that ends at n s 29 + n tokens are held. At 21 s
    // the next step begins, and 51 are: on until all is freed at 40 s.
    const engine =
      '{ kind: continuous-batching, maxSequences: 9, kv: { capacityTokens: 100, blockSize: 1 }, stepTime: { kind: affine, base: 1s } }';
    const trigger = '{ kind: utilisation, signal: kv, above: 0.5, below: 0.2 }';
    // No request arrives before, so that the steps until then are one run.
    const degradedAt = (s: number) =>
      run(`{ at: 0s, prompt: 30, output: 40 }, { at: ${s}s, prompt: 1, output: 5 }`, engine, trigger)[1];
    expect([20.5, 21.5, 39.5, 41.5].map(degradedAt)).toEqual([false, true, true, false]);
  });
});
