import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobCost, longJobText, possibleJobCost } from '../../src/batch/job-cost.ts';
import { costOfReplication } from '../../src/simulation/cost.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const cellOf = (ratePerSecond: string, duration = '100s') =>
  scenarioOf(`
fleetyield: 1
name: job
horizon: { duration: ${duration} }
workload: { tiers: [ { name: all, model: any, arrivals: { kind: poisson, ratePerSecond: ${ratePerSecond} } } ] }
fleet: { pools: [ { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 4, serviceTime: { kind: constant, value: 1s } } } ] }
`).cell;

const STORE = join(tmpdir(), 'job-cost', 'not', 'there', 'yet', 'store.db');

describe('what a job asks for', () => {
  it('is that of its replications, in rounds over the threads', () => {
    const cell = cellOf('2');
    const one = costOfReplication(cell);
    const cost = jobCost([{ name: 'job', cell, replications: 5 }], 2);
    expect(cost).toEqual({
      replications: 5,
      requests: 5 * one.requests,
      each: '200 requests',
      threads: 2,
      // Five over two threads are three rounds.
      seconds: 3 * one.seconds,
      bytes: 2 * one.bytes,
      keptBytes: 5 * one.keptBytes,
    });
  });

  it('leaves out what is there already', () => {
    const done = { name: 'done', cell: cellOf('3'), replications: 0 };
    const cost = jobCost([done, { name: 'job', cell: cellOf('2'), replications: 5 }], 2);
    expect(cost.requests).toBeCloseTo(5 * 200, 6);
  });

  it('is told from a minute on', () => {
    const cost = jobCost([{ name: 'job', cell: cellOf('2'), replications: 5 }], 2);
    expect(longJobText(cost)).toBeNull();
    expect(longJobText({ ...cost, seconds: 240, keptBytes: 2.2e6 })).toBe(
      'about 4 min for 5 replications of 200 requests on 2 threads, and 2.2 MB in the store',
    );
  });

  it('is told with what takes the time, where that is not the requests', () => {
    // Every 1e-6 s for 100 s: 1e8 jumps beside 200 requests of slots.
    const cell = scenarioOf(`
fleetyield: 1
name: jumps
horizon: { duration: 100s }
workload: { tiers: [ { name: all, model: any, arrivals: { kind: mmpp, ratesPerSecond: [2, 2], meanStay: [1e-6s, 1e-6s] } } ] }
fleet: { pools: [ { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 4, serviceTime: { kind: constant, value: 1s } } } ] }
`).cell;
    const cost = jobCost([{ name: 'jumps', cell, replications: 100 }], 2);
    expect(longJobText(cost)).toMatch(
      /^about \d+ min for 100 replications of 200 requests and 100 million jumps between the states of the modulating chain on 2 threads/,
    );
  });

  it('lets five replications of ten million requests pass within an hour', () => {
    const cost = possibleJobCost(
      [{ name: 'job', cell: cellOf('1', '10000000s'), replications: 5 }],
      2,
      STORE,
    );
    expect(cost.requests).toBeCloseTo(5e7, -2);
    expect(cost.seconds).toBeLessThan(3_600);
  });
});

describe('what cannot be done', () => {
  const jobOf = (cell: ReturnType<typeof cellOf>, replications: number) => () =>
    possibleJobCost([{ name: 'job.yaml', cell, replications }], 2, STORE);

  it('is refused before it starts: more memory than the machine has', () => {
    // All but 400 wait to the end, some hundred bytes each at the least.
    const rate = totalmem() / 100 / 100;
    expect(jobOf(cellOf(String(rate)), 1)).toThrow(
      /^job\.yaml workload\.tiers\[0\]\.arrivals: asks for .* of memory in each of 1 threads, and this machine has/,
    );
  });

  it.each([1e9, 9_007_199_254_740_992])('%d replications', (replications) => {
    expect(jobOf(cellOf('2'), replications)).toThrow(
      /^--replications .* more than the 10000000 that a batch can have/,
    );
  });

  it('more time than a year', () => {
    expect(jobOf(cellOf('3', '100000000s'), 10_000_000)).toThrow(
      /^--replications .* take about .* years on 2 threads/,
    );
  });

  it('more of the disk than is free, where the folder of the store is not there yet either', () => {
    const part = { name: 'job.yaml', cell: cellOf('2'), replications: 10_000_000 };
    // A hundred scenarios with ten million replications of some 50 kB each are 50 TB.
    const job = () => possibleJobCost(Array<typeof part>(100).fill(part), 2, STORE);
    expect(job).toThrow(/^--replications .* TB of the store, and .* are free there/);
  });
});
