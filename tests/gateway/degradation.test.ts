import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { Degrader } from '../../src/gateway/degrader.ts';
import { actions, triggers, type DegradationRule } from '../../src/gateway/degradation/index.ts';
import { parseClockWindow } from '../../src/units.ts';
import { RequestTable } from '../../src/workload/request-table.ts';

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
      trigger.observe({ longestWait });
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

  test('ends when nobody waits even with a lower bound of zero', () => {
    expect(after([2, 0.001, 0], 1, 0)).toEqual([true, true, false]);
  });

  test('is off before it saw anything, and refuses bounds that are crossed', () => {
    expect(make(1, 1).isOn(0)).toBe(false);
    expect(() => make(1, 1.1)).toThrow(ParameterError);
  });
});

const MODELS = ['large', 'small'];

function degraderOf(rules: readonly DegradationRule[], lottery = () => 0.5) {
  const table = new RequestTable();
  const degrader = new Degrader(
    rules,
    {
      startOfWeek: 0,
      tiers: [
        { name: 'paid', model: 'large' },
        { name: 'free', model: 'small' },
      ],
      model: (name) => MODELS.indexOf(name),
      modelNames: MODELS,
    },
    lottery,
  );
  const grant = (tier: number, now = 0) => {
    const row = table.open();
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

  test('watches the models that its tiers ask for and no others', () => {
    const { degrader, grant } = degraderOf([
      { trigger: PRESSED, tiers: ['free'], fraction: 1, action: cap(5, 1) },
      { trigger: PRESSED, tiers: ['paid', 'free'], fraction: 1, action: cap(7, 1) },
    ]);
    expect(degrader.observes).toBe(true);
    degrader.observe([{ longestWait: 2 }, { longestWait: 0 }]);
    expect([grant(0).cap, grant(1).cap]).toEqual([7, 7]);
    degrader.observe([{ longestWait: 0 }, { longestWait: 2 }]);
    expect([grant(0).cap, grant(1).cap]).toEqual([7, 5]);
    degrader.observe([{ longestWait: 0 }, { longestWait: 0 }]);
    expect([grant(0).degraded, grant(1).degraded]).toEqual([0, 0]);
  });

  test('wants no telemetry when all its rules go by the clock', () => {
    expect(
      degraderOf([{ trigger: ALWAYS, tiers: ['free'], fraction: 1, action: cap(5, 1) }]).degrader.observes,
    ).toBe(false);
  });

  test('refuses a model that nobody serves', () => {
    expect(() =>
      actions.create(
        { kind: 'smaller-model', model: 'tiny', quality: 1 },
        { model: (name) => MODELS.indexOf(name), modelNames: MODELS },
      ),
    ).toThrow(/"tiny"; served: large, small/);
  });
});
