import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { planSizes, type SizeOptions } from '../../src/experiments/fleet-sizes.ts';
import type { Cell } from '../../src/simulation/cell.ts';
import { scenarioOf } from '../helpers/scenario.ts';

interface Pool {
  readonly name: string;
  readonly replicas: number;
  readonly gpus?: number;
}

/** A provider with these pools, of which the cell has a share. */
function cellOf(pools: readonly Pool[], share = 1, more = ''): Cell {
  return scenarioOf(`
fleetyield: 1
name: sizes
horizon: { duration: 1min }
cell: { share: ${share} }
workload: { tiers: [{ name: all, tenants: 1000, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet:
  pools:
${pools.map(({ name, replicas, gpus = 1 }) => `    - { name: ${name}, model: any, replicas: ${replicas}, gpusPerReplica: ${gpus}, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }`).join('\n')}
${more}
`).cell;
}

const plan = (cell: Cell, options: Partial<SizeOptions> = {}) =>
  planSizes(cell, { factors: [1], step: 0.02, pool: null, ...options });

function refusalOf(work: () => unknown): { path: string; message: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof ParameterError) return { path: error.path, message: error.message };
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the sizes of a fleet', () => {
  it('are multiples of every pool, rising, with their GPUs: 8 × 10 + 4 = 84 and half and twice of it', () => {
    const cell = cellOf([
      { name: 'big', replicas: 10, gpus: 8 },
      { name: 'small', replicas: 4 },
    ]);
    const { base, points } = plan(cell, { factors: [2, 0.5, 1] });
    expect(base).toEqual({ replicas: [10, 4], gpus: 84 });
    expect(points).toMatchObject([
      { factor: 0.5, replicas: [5, 2], gpus: 42 },
      { factor: 1, replicas: [10, 4], gpus: 84 },
      { factor: 2, replicas: [20, 8], gpus: 168 },
    ]);
  });

  it('are rounded to whole replicas of the cell: of 8 in a cell of 1 ÷ 500, 3 ÷ 10 are 2, the provider’s 1,000', () => {
    const { points } = plan(cellOf([{ name: 'main', replicas: 4_000 }], 0.002), { factors: [0.3] });
    expect(points[0]).toMatchObject({ factor: 0.3, replicas: [1_000], gpus: 1_000 });
  });

  it('go by as many replicas as come out whole on both sides: by threes where the share is 0.3', () => {
    // 20 of the provider are 6 in the cell; 7 would be 23.3 of the provider, 9 are 30.
    const { points } = plan(cellOf([{ name: 'main', replicas: 20 }], 0.3), { factors: [1.3, 1] });
    expect(points.map(({ replicas }) => replicas)).toEqual([[20], [30]]);
  });

  it('leave what trains as it is', () => {
    const cell = cellOf([{ name: 'main', replicas: 10 }], 1, '  training: [{ name: lab, gpus: 100 }]');
    expect(plan(cell, { factors: [2] }).points[0]).toMatchObject({ factor: 2, replicas: [20], gpus: 20 });
  });

  it('of one pool alone leave the others, and count its GPUs', () => {
    const cell = cellOf([
      { name: 'big', replicas: 10, gpus: 8 },
      { name: 'small', replicas: 4 },
    ]);
    const { base, fewer, more, points } = plan(cell, { factors: [2], pool: 'small' });
    expect(base).toEqual({ replicas: [10, 4], gpus: 4 });
    expect(points[0]).toMatchObject({ factor: 2, replicas: [10, 8], gpus: 8 });
    expect([fewer.replicas, more.replicas]).toEqual([
      [10, 3],
      [10, 5],
    ]);
  });

  it('are refused where a pool would have no replica, with the least factor that leaves one', () => {
    expect(refusalOf(() => plan(cellOf([{ name: 'main', replicas: 4 }]), { factors: [0.1] }))).toEqual({
      path: 'gpus',
      message:
        '0.1 of the 4 replicas of main in the cell leaves none; choose 0.125 or more, or write the pool as more and smaller replicas',
    });
    expect(plan(cellOf([{ name: 'main', replicas: 4 }]), { factors: [0.125] }).points[0]!.replicas).toEqual([
      1,
    ]);
  });

  it('are one where they come to the same whole replicas, called by the nearest factor', () => {
    // Of 2 replicas 0.6 and 0.75 come to 1.2 and 1.5, which round to 1 and 2; 0.75 is called 1 then.
    const { points } = plan(cellOf([{ name: 'main', replicas: 2 }]), { factors: [0.5, 0.6, 0.75, 1, 1, 2] });
    expect(points).toEqual([
      { factor: 0.5, also: [0.6], replicas: [1], gpus: 1 },
      { factor: 1, also: [0.75], replicas: [2], gpus: 2 },
      { factor: 2, also: [], replicas: [4], gpus: 4 },
    ]);
    // Of 4, 1.1 and 1.2 come to 4.4 and 4.8, so that 1.2 is five and not four.
    const four = plan(cellOf([{ name: 'main', replicas: 4 }]), { factors: [1.2, 1.1] });
    expect(four.points.map(({ factor, replicas }) => [factor, ...replicas])).toEqual([
      [1.1, 4],
      [1.2, 5],
    ]);
  });

  it('are refused in a cell that is a share of the provider with the advice to make it larger', () => {
    const cell = cellOf([{ name: 'main', replicas: 4_000 }], 0.001);
    expect(refusalOf(() => plan(cell, { factors: [0.1] })).message).toMatch(
      /leaves none; .* or raise cell.share$/,
    );
  });

  it('are refused for a pool that is not there', () => {
    expect(refusalOf(() => plan(cellOf([{ name: 'main', replicas: 4 }]), { pool: 'mian' }))).toEqual({
      path: 'pool',
      message: 'no pool that serves is called "mian"; known: main',
    });
  });
});

describe('a step to fewer and more GPUs', () => {
  const stepsOf = (pools: readonly Pool[], step = 0.02) => {
    const { base, fewer, more, alone } = plan(cellOf(pools), { step });
    const up = more.replicas.map((count, index) => count - base.replicas[index]!);
    const down = base.replicas.map((count, index) => count - fewer.replicas[index]!);
    expect(up).toEqual(down);
    return { up, alone };
  };
  const two = (a: number, b: number) => [
    { name: 'a', replicas: a },
    { name: 'b', replicas: b },
  ];

  it('is the share asked for, and one replica at least', () => {
    expect(stepsOf([{ name: 'a', replicas: 200 }])).toEqual({ up: [4], alone: null });
    expect(stepsOf([{ name: 'a', replicas: 200 }], 0.1)).toEqual({ up: [20], alone: null });
    expect(stepsOf([{ name: 'a', replicas: 20 }])).toEqual({ up: [1], alone: null });
  });

  it('is the same share of all pools: 4 of 200 with 1 of 50', () => {
    expect(stepsOf(two(200, 50))).toEqual({ up: [4, 1], alone: null });
  });

  it('is larger than asked for where that gives a share in common: 2 of 20 with 1 of 10', () => {
    expect(stepsOf(two(20, 10))).toEqual({ up: [2, 1], alone: null });
  });

  it('may differ by a tenth between pools: 3 of 100 with 1 of 37, where 1.11 would be even', () => {
    expect(stepsOf(two(100, 37))).toEqual({ up: [3, 1], alone: null });
  });

  it('is of the pool with the most GPUs alone where there is none below a tenth: 1 of 8 beside 2, 1 of 3 beside 7', () => {
    expect(stepsOf(two(8, 2))).toEqual({ up: [1, 0], alone: 'a' });
    const few = [
      { name: 'a', replicas: 7 },
      { name: 'b', replicas: 3, gpus: 8 },
    ];
    expect(stepsOf(few)).toEqual({ up: [0, 1], alone: 'b' });
  });

  it('is refused where a pool has one replica, of which none can be spared', () => {
    expect(refusalOf(() => plan(cellOf([{ name: 'main', replicas: 1 }])))).toEqual({
      path: 'pool',
      message:
        'main has one replica in the cell and none can be spared to see what it is worth; write the pool as more and smaller replicas',
    });
  });
});
