/** Reading takes time in proportion to what is written, whatever is written many times. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const EXPONENTIAL = '{ kind: exponential, mean: 1s }';
const slotsOf = (serviceTime: string, more = '') =>
  `{ kind: slots, concurrency: 2, serviceTime: ${serviceTime}${more} }`;
const tierOf = (name: string, more = '') =>
  `    - { name: ${name}, model: any, arrivals: { kind: poisson, ratePerSecond: 0.01 }${more} }\n`;
const poolOf = (name: string, more = '', serviceTime = EXPONENTIAL) =>
  `    - { name: ${name}, model: any, replicas: 1, serving: ${slotsOf(serviceTime)}${more} }\n`;
const many = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index)).join('');

const textOf = (tiers: string, pools: string, rest = '') =>
  `fleetyield: 1\nname: many\nhorizon: { duration: 60s }\nworkload:\n  tiers:\n${tiers}fleet:\n  pools:\n${pools}${rest}`;

/** Processor time of reading a text [s], whatever comes of it: of this process alone, so that others do not matter. */
function secondsOf(text: string): number {
  const before = process.cpuUsage();
  try {
    scenarioOf(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Four times as much takes four times as long where reading is linear, and sixteen times where it is quadratic. */
const LIMIT = 9;
const TRIES = 4;

describe('four times as many take at most nine times as long to read', () => {
  const kinds: readonly (readonly [string, number, (count: number) => string])[] = [
    [
      'tiers',
      100,
      (n) =>
        textOf(
          many(n, (i) => tierOf(`t${i}`)),
          poolOf('a'),
        ),
    ],
    [
      'pools',
      200,
      (n) =>
        textOf(
          tierOf('t'),
          many(n, (i) => poolOf(`p${i}`)),
        ),
    ],
    [
      'pools of engines of the catalogue',
      100,
      (n) =>
        textOf(
          tierOf('t'),
          many(
            n,
            (i) =>
              `    - { name: p${i}, model: any, replicas: 1, serving: { kind: continuous-batching, preset: vllm-default, kv: { capacityTokens: 10000 }, stepTime: { kind: affine, base: 10ms } } }\n`,
          ),
        ),
    ],
    [
      'service times by tier',
      100,
      (n) =>
        textOf(
          many(n, (i) => tierOf(`t${i}`)),
          `    - { name: a, model: any, replicas: 1, serving: ${slotsOf(EXPONENTIAL, `, serviceTimeByTier: [ ${many(n, (i) => `{ tier: t${i}, serviceTime: ${EXPONENTIAL} }, `)} ]`)} }\n`,
        ),
    ],
    [
      'rate limits',
      300,
      (n) =>
        textOf(
          tierOf('t'),
          poolOf('a'),
          `gateway:\n  rateLimits:\n${many(n, () => '    - { scope: tenant, tiers: [t], resource: requests, algorithm: { kind: token-bucket, perMinute: 5, burst: 10 } }\n')}`,
        ),
    ],
    [
      'quantiles of a distribution',
      1_000,
      (n) =>
        textOf(
          tierOf('t'),
          poolOf(
            'a',
            '',
            `{ kind: empirical, quantiles: [ ${many(n, (i) => `[${i / (n - 1)}, ${i}ms], `)} ] }`,
          ),
        ),
    ],
    [
      'parts of a mixture',
      500,
      (n) =>
        textOf(
          tierOf('t'),
          poolOf(
            'a',
            '',
            `{ kind: mixture, of: [ ${many(n, () => `{ weight: 1, distribution: ${EXPONENTIAL} }, `)} ] }`,
          ),
        ),
    ],
    [
      'keys that are not known',
      1_000,
      (n) =>
        textOf(
          tierOf('t'),
          poolOf('a'),
          many(n, (i) => `key${i}: 1\n`),
        ),
    ],
    [
      'keys that stand twice',
      2_000,
      (n) =>
        textOf(
          tierOf('t'),
          poolOf('a'),
          many(n, () => 'name: b\n'),
        ),
    ],
    [
      'models that no pool serves',
      200,
      (n) =>
        textOf(
          many(n, (i) => tierOf(`t${i}`).replace('any', `m${i}`)),
          poolOf('a'),
        ),
    ],
  ];

  it.each(kinds)('%s', { timeout: 60_000 }, (_, count, write) => {
    const [few, more] = [write(count), write(4 * count)];
    // What is compiled at first use is not of either.
    secondsOf(few);
    const ratios = [];
    while (ratios.length < TRIES && !(Math.min(...ratios) < LIMIT))
      ratios.push(secondsOf(more) / secondsOf(few));
    expect(Math.min(...ratios)).toBeLessThan(LIMIT);
  });
});
