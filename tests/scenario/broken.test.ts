/**
 * Broken scenarios: each kind of mistake is refused by the real command with the line, the path, the value and what
 * would do, and nothing runs. All files are checked by one process; some also go through `run` alone.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetyield, Folder, type Outcome } from '../helpers/command.ts';

/** Lines are numbered in the margin, so that a table row can be checked by eye. */
const RIGHT = [
  /*  1 */ 'fleetyield: 1',
  /*  2 */ 'name: base',
  /*  3 */ 'horizon: { start: Tue 00:00, warmUp: 1h, duration: 2h }',
  /*  4 */ 'cell: { share: 1 }',
  /*  5 */ 'workload:',
  /*  6 */ '  tiers:',
  /*  7 */ '    - name: paid',
  /*  8 */ '      priority: 0',
  /*  9 */ '      tenants: 20',
  /* 10 */ '      arrivals: { kind: poisson, ratePerSecond: 4 }',
  /* 11 */ '      lengths: { prompt: { kind: constant, value: 10 }, output: { kind: geometric, mean: 5 } }',
  /* 12 */ '      model: any',
  /* 13 */ '      slo: { ttft: 2s, target: 0.99 }',
  /* 14 */ '    - name: free',
  /* 15 */ '      arrivals: { kind: poisson, ratePerSecond: 8 }',
  /* 16 */ '      model: any',
  /* 17 */ '      patience: { kind: exponential, mean: 5s }',
  /* 18 */ '      retries: { maxAttempts: 3, backoff: { base: 1s } }',
  /* 19 */ 'fleet:',
  /* 20 */ '  pools:',
  /* 21 */ '    - name: main',
  /* 22 */ '      model: any',
  /* 23 */ '      replicas: 2',
  /* 24 */ '      serving: { kind: slots, concurrency: 10, serviceTime: { kind: exponential, mean: 1s } }',
  /* 25 */ 'gateway:',
  /* 26 */ '  rateLimits:',
  /* 27 */ '    - { scope: tenant, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perMinute: 3, burst: 5 } }',
  /* 28 */ '  degradation:',
  /* 29 */ "    - trigger: { kind: clock, windows: ['Mon-Fri 13:00-21:00'] }",
  /* 30 */ '      tiers: [free]',
  /* 31 */ '      action: { kind: cap-output, tokens: 400 }',
  /* 32 */ 'economics:',
  /* 33 */ '  gpuHour: { kind: rented, usdPerGpuHour: 2.5 }',
  '',
].join('\n');

/** The right scenario with one piece replaced. Throws when the piece is not in it exactly once. */
function mistake(piece: string, by: string): string {
  if (RIGHT.split(piece).length !== 2) throw new Error(`"${piece}" is not in the scenario exactly once`);
  return RIGHT.replace(piece, () => by);
}

const arrivals = (by: string) => mistake('{ kind: poisson, ratePerSecond: 8 }', by);
const limit = (by: string) =>
  mistake(
    'scope: tenant, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perMinute: 3, burst: 5 }',
    by,
  );
const mmpp = (rates: string, stays: string, jumps = '') =>
  `{ kind: mmpp, ratesPerSecond: [${rates}], meanStay: [${stays}]${jumps === '' ? '' : `, jumps: [${jumps}]`} }`;
const patience = (by: string) => mistake('{ kind: exponential, mean: 5s }', by);
/** Sessions of the tier `free`, in line 17. */
const session = (by: string) => mistake('patience: { kind: exponential, mean: 5s }', `session: { ${by} }`);
const TURNS = 'turns: { kind: geometric, mean: 3 }, think: { kind: exponential, mean: 5s }';
const serving = (by: string) =>
  mistake('{ kind: slots, concurrency: 10, serviceTime: { kind: exponential, mean: 1s } }', by);
/** A second pool, of a model of the catalogue, from line 25 on. */
const secondPool = (keys: string) =>
  mistake('gateway:', `    - { name: big, model: llama-3.1-70b, replicas: 1, ${keys} }\ngateway:`);

/** Further pools of a model of the file's own, one for each phase, from line 25 on. */
const prefillPool = (link: string) =>
  mistake(
    'gateway:',
    [
      `    - { name: read, model: toy, replicas: 1, phase: prefill, link: ${link}, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }`,
      '    - { name: decode, model: toy, replicas: 1, phase: decode, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }',
      'gateway:',
    ].join('\n'),
  );

const DURATION = 'write a number with a unit (ms s min h d week), such as 250ms or 1.5h';
const ROOFLINE = 'serving: { kind: continuous-batching, stepTime: { kind: roofline } }';

interface Mistake {
  readonly text: string;
  /** Each fault: the line and path it is told at, and pieces of what is told. */
  readonly faults: readonly (readonly [at: string, ...says: string[]])[];
}

const one = (text: string, at: string, ...says: string[]): Mistake => ({ text, faults: [[at, ...says]] });

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'an unknown key at the top': one(
    mistake('name: base', 'name: base\nhorison: 1'),
    '3 horison:',
    'unknown key "horison"; did you mean "horizon"? known: fleetyield, name,',
  ),
  'an unknown key of a tier': one(
    mistake('priority: 0', 'priorty: 0'),
    '8 workload.tiers[0].priorty:',
    'unknown key "priorty"; did you mean "priority"?',
  ),
  'an unknown key four levels down': one(
    mistake('base: 1s }', 'base: 1s, jiter: full }'),
    '18 workload.tiers[1].retries.backoff.jiter:',
    'unknown key "jiter"; did you mean "jitter"? known: base, factor, cap, jitter',
  ),
  'a key of another kind': one(
    serving('{ kind: continuous-batching, concurrency: 10, stepTime: { kind: affine, base: 10ms } }'),
    '24 fleet.pools[0].serving.concurrency:',
    'unknown key "concurrency"; known: kind, maxSequences,',
  ),
  'a key that every object has': one(
    mistake('share: 1 }', 'share: 1, __proto__: 3 }'),
    '4 cell.__proto__:',
    'unknown key "__proto__"; known: share',
  ),
  'an unknown kind that is close to one': one(
    mistake('token-bucket', 'tokenbucket'),
    '27 gateway.rateLimits[0].algorithm.kind:',
    'unknown rate limit "tokenbucket"; did you mean "token-bucket"? known: token-bucket',
  ),
  'an unknown kind that is close to none': one(
    arrivals('{ kind: bursty, ratePerSecond: 8 }'),
    '15 workload.tiers[1].arrivals.kind:',
    'unknown arrival process "bursty"; known: poisson, nonhomogeneous,',
  ),
  'a kind that is a number': one(
    mistake('token-bucket', '5'),
    '27 gateway.rateLimits[0].algorithm.kind:',
    'unknown rate limit 5; known: token-bucket',
  ),
  'a missing kind': one(
    patience('{ mean: 5s }'),
    '17 workload.tiers[1].patience.kind:',
    '"kind" is missing; known: constant, exponential,',
  ),
  'a missing section': one(
    mistake('horizon: { start: Tue 00:00, warmUp: 1h, duration: 2h }\n', ''),
    '1 horizon:',
    '"horizon" is missing (when the run starts and how long it is measured); give a mapping { key: value } with the keys start, warmUp, duration',
  ),
  'a missing key': one(
    mistake('model: any\n      slo', 'slo'),
    '7 workload.tiers[0].model:',
    '"model" is missing (the model asked for); give text',
  ),
  'a missing quantity': one(
    mistake(', duration: 2h', ''),
    '3 horizon.duration:',
    '"duration" is missing (length of the measured window); give a duration longer than zero',
    DURATION,
  ),
  'a tier without arrivals': one(
    mistake('      arrivals: { kind: poisson, ratePerSecond: 8 }\n', ''),
    '14 workload.tiers[1].arrivals:',
    '"arrivals" is missing; give a mapping { kind: … } of one of the kinds poisson, nonhomogeneous,',
  ),
  'a key without a value': one(
    arrivals(''),
    '15 workload.tiers[1].arrivals:',
    'has no value; expected a mapping { kind: … } of one of the kinds poisson,',
  ),
  'an unknown unit': one(
    mistake('duration: 2h', 'duration: 5 parsecs'),
    '3 horizon.duration:',
    `"5 parsecs" is not a duration longer than zero; ${DURATION}`,
  ),
  'a duration without unit': one(
    mistake('duration: 2h', 'duration: 7200'),
    '3 horizon.duration:',
    `7200 is not a duration longer than zero; ${DURATION}`,
  ),
  'zero where a positive duration is needed': one(
    mistake('duration: 2h', 'duration: 0s'),
    '3 horizon.duration:',
    `"0s" is not a duration longer than zero; ${DURATION}`,
  ),
  'a negative duration': one(
    mistake('warmUp: 1h', 'warmUp: -1h'),
    '3 horizon.warmUp:',
    `"-1h" is not a duration; ${DURATION}`,
  ),
  'a duration beyond all numbers': one(
    mistake('duration: 2h', 'duration: 1e999h'),
    '3 horizon.duration:',
    `"1e999h" is not a duration longer than zero; ${DURATION}`,
  ),
  'a horizon of many lives': one(
    mistake('duration: 2h', 'duration: 10000week'),
    '3 horizon.duration:',
    '70000 days is too long; at most 36524.25 days (100 years)',
  ),
  'a horizon that is a century by the calendar, and longer than 100 mean years': one(
    mistake('duration: 2h', 'duration: 36525d'),
    '3 horizon.duration:',
    '36525 days is too long; at most 36524.25 days (100 years)',
  ),
  'a horizon of less than a step of the clock': one(
    mistake('duration: 2h', 'duration: 1e-13s'),
    '3 horizon.duration:',
    '"1e-13s" is shorter than a clock step; give at least 1e-6ms',
  ),
  'a horizon that a long warm-up leaves no step of the clock': one(
    mistake('warmUp: 1h, duration: 2h', 'warmUp: 300d, duration: 1e-6ms'),
    '3 horizon.duration:',
    '1e-9 s is less than a clock step after a warm-up of 25920000 s; use a longer duration or a shorter warm-up',
  ),
  'a time of the week in other words': one(
    mistake('Tue 00:00', 'Tuesday 13h'),
    '3 horizon.start:',
    '"Tuesday 13h" is not a time of the week or a date; write a day and a time, such as Tue 13:00, or 2026-03-01 13:00 (no time zone)',
  ),
  'an hour that no day has': one(
    mistake('Tue 00:00', 'Tue 25:00'),
    '3 horizon.start:',
    '"Tue 25:00" is not a time of the week or a date',
  ),
  'a window that ends when it begins': one(
    mistake('13:00-21:00', '13:00-13:00'),
    '29 gateway.degradation[0].trigger.windows[0]:',
    '"Mon-Fri 13:00-13:00" is not a weekly window; write days and times, such as Mon-Fri 13:00-21:00, 22:00-06:00 into the next day, 00:00-24:00',
  ),
  'a negative rate': one(
    mistake('ratePerSecond: 8', 'ratePerSecond: -8'),
    '15 workload.tiers[1].arrivals.ratePerSecond:',
    '-8 is out of range; expected a number above 0',
  ),
  'no replicas': one(
    mistake('replicas: 2', 'replicas: 0'),
    '23 fleet.pools[0].replicas:',
    '0 is out of range; expected a whole number of 1 or more',
  ),
  'a share above one': one(
    mistake('share: 1', 'share: 2'),
    '4 cell.share:',
    '2 is out of range; expected a number above 0 and at most 1',
  ),
  'a priority beyond the last': one(
    mistake('priority: 0', 'priority: 100'),
    '8 workload.tiers[0].priority:',
    '100 is out of range; expected a whole number from 0 to 99',
  ),
  'more tenants than fit in memory': one(
    mistake('tenants: 20', 'tenants: 1e12'),
    '9 workload.tiers[0].tenants:',
    '1000000000000 × cell.share 1 exceeds the 100000000 that a cell can hold; lower the share',
  ),
  'more replicas than fit in memory': one(
    mistake('replicas: 2', 'replicas: 1e300'),
    '23 fleet.pools[0].replicas:',
    '1e+300 × cell.share 1 exceeds the 1000000 that a cell can hold; lower the share',
  ),
  'half a replica': one(
    mistake('replicas: 2', 'replicas: 2.5'),
    '23 fleet.pools[0].replicas:',
    '2.5 is not accepted; expected a whole number of 1 or more',
  ),
  'text for a number': one(
    mistake('replicas: 2', 'replicas: two'),
    '23 fleet.pools[0].replicas:',
    '"two" is not accepted; expected a whole number of 1 or more',
  ),
  'a number for text': one(
    mistake('name: base', 'name: 5'),
    '2 name:',
    '5 is not text; write it in quotes, "5"',
  ),
  'an empty name': one(mistake('name: base', "name: ''"), '2 name:', '"" is empty; write some text'),
  'a name that cannot stand in a path': one(
    mistake('name: main', 'name: main pool'),
    '21 fleet.pools[0].name:',
    '"main pool" is not accepted; expected a name of letters, digits, dots, dashes',
  ),
  'a list for a mapping': one(
    mistake('{ ttft: 2s, target: 0.99 }', '[2s]'),
    '13 workload.tiers[0].slo:',
    '["2s"] is not accepted; expected a mapping { key: value } with the keys ttft, tpot, e2e, target',
  ),
  'text for a list': one(
    mistake('tiers: [free], resource', 'tiers: free, resource'),
    '27 gateway.rateLimits[0].tiers:',
    '"free" is not accepted; expected a list, such as [ … ]',
  ),
  'text for a distribution': one(
    patience('5s'),
    '17 workload.tiers[1].patience:',
    '"5s" is not accepted; expected a mapping { kind: … } of one of the kinds constant,',
  ),
  'a unit where a number of tokens has none': one(
    mistake('value: 10', 'value: 10ms'),
    '11 workload.tiers[0].lengths.prompt.value:',
    '"10ms" is not accepted; expected a number from 0 to 1000000000',
  ),
  'yes for true': one(
    mistake('maxAttempts: 3', 'maxAttempts: 3, honourRetryAfter: yes'),
    '18 workload.tiers[1].retries.honourRetryAfter:',
    '"yes" is not accepted; expected true or false',
  ),
  infinity: one(
    mistake('ratePerSecond: 8', 'ratePerSecond: .inf'),
    '15 workload.tiers[1].arrivals.ratePerSecond:',
    '.inf is not accepted; expected a number above 0',
  ),
  'not a number': one(
    mistake('ratePerSecond: 8', 'ratePerSecond: .nan'),
    '15 workload.tiers[1].arrivals.ratePerSecond:',
    '.nan is not accepted; expected a number above 0',
  ),
  'another version of the layout': one(
    mistake('fleetyield: 1', 'fleetyield: 2'),
    '1 fleetyield:',
    '2 is not accepted; expected 1',
  ),
  'an unknown word': one(
    mistake('resource: requests', 'resource: request'),
    '27 gateway.rateLimits[0].resource:',
    'invalid value "request"; did you mean "requests"? known: requests, inputTokens, uncachedInputTokens, outputTokens, totalTokens',
  ),
  'no tiers and no pools': {
    text: 'fleetyield: 1\nname: x\nhorizon: { duration: 1s }\nworkload: { tiers: [] }\nfleet: { pools: [] }\n',
    faults: [
      ['4 workload.tiers:', 'the list has 0 items; expected at least 1'],
      ['5 fleet.pools:', 'the list has 0 items; expected at least 1'],
    ],
  },
  'a duplicate key': one(
    mistake('replicas: 2', 'replicas: 2\n      replicas: 3'),
    '24',
    'duplicate key replicas; keep one',
  ),
  'a bracket that is not closed': one(
    mistake('share: 1 }', 'share: 1'),
    '5',
    'not readable as YAML: ',
    'end with a }; fix the line',
  ),
  'a quote that is not closed': one(
    mistake('name: main', 'name: "main'),
    '21',
    'not readable as YAML: the " opened here is never closed; close it',
  ),
  'wrong indent': one(
    mistake('      replicas: 2', '     replicas: 2'),
    '23',
    'not readable as YAML: ',
    'fix the line (YAML 1.2, two spaces of indent)',
  ),
  'a tab': one(
    mistake('      replicas: 2', '\treplicas: 2'),
    '23',
    'not readable as YAML: a tab indents this line; indent with spaces',
  ),
  'an alias without its anchor': one(
    mistake('replicas: 2', 'replicas: *many'),
    '23',
    '*many refers to nothing; define &many above it, or write the value',
  ),
  'a tag': one(
    mistake('replicas: 2', 'replicas: !count 2'),
    '23',
    'the tag !count has no meaning here; remove it',
  ),
  'a key that is a list': one(
    mistake('share: 1', '[share]: 1'),
    '4',
    'the key of a value must be text, not a list or a mapping',
  ),
  'two documents': one(
    mistake('economics:', '---\neconomics:'),
    '32',
    'a second document starts here; keep one document per file',
  ),
  'an empty file': one('', '1', 'the file is empty; expected "key: value" lines'),
  'a file of comments': one('# soon\n', '1', 'the file is empty; expected "key: value" lines'),
  'a list for a scenario': one('- a\n', '1', 'the file does not hold a mapping; expected "key: value" lines'),
  'the same tier twice': {
    text: mistake('name: free', 'name: paid'),
    faults: [
      ['14 workload.tiers[1].name:', '"paid" is already the name of item 0; choose another name'],
      ['27 gateway.rateLimits[0].tiers[0]:', 'no tier is called "free"; known: paid'],
      ['30 gateway.degradation[0].tiers[0]:', 'no tier is called "free"; known: paid'],
    ],
  },
  'the same pool twice': one(
    mistake(
      'gateway:',
      '    - { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }\ngateway:',
    ),
    '25 fleet.pools[1].name:',
    '"main" is already the name of item 0; choose another name',
  ),
  'a model that no pool serves': one(
    mistake('model: any\n      slo', 'model: amy\n      slo'),
    '12 workload.tiers[0].model:',
    'no pool serves "amy"; did you mean "any"? known: any',
  ),
  'a limit on an unknown tier': one(
    mistake('tiers: [free], resource', 'tiers: [fre], resource'),
    '27 gateway.rateLimits[0].tiers[0]:',
    'no tier is called "fre"; did you mean "free"? known: paid, free',
  ),
  'a degradation of an unknown tier': one(
    mistake('      tiers: [free]\n', '      tiers: [free, trial]\n'),
    '30 gateway.degradation[0].tiers[1]:',
    'no tier is called "trial"; known: paid, free',
  ),
  'a degradation of prompts of any length': one(
    mistake('      tiers: [free]\n', '      tiers: [free]\n      promptTokens: {}\n'),
    '31 gateway.degradation[0].promptTokens:',
    'has no bounds; give atLeast or atMost',
  ),
  'a degradation of prompts of no length': one(
    mistake('      tiers: [free]\n', '      tiers: [free]\n      promptTokens: { atLeast: 9, atMost: 8 }\n'),
    '31 gateway.degradation[0].promptTokens.atLeast:',
    '9 is more than atMost (8)',
  ),
  'an unknown accelerator': one(
    mistake('replicas: 2', 'replicas: 2\n      accelerator: h100'),
    '24 fleet.pools[0].accelerator:',
    'unknown accelerator "h100"; did you mean "h100-sxm"? known: a100-sxm-80gb,',
  ),
  'a model that does not fit in memory': one(
    secondPool(`accelerator: h100-sxm, ${ROOFLINE}`),
    '25 fleet.pools[1].serving:',
    'llama-3.1-70b does not fit on 1 x h100-sxm:',
    'use gpusPerReplica of 2, or an accelerator of at least 158 GB',
  ),
  'a table of step times that ends before the batch does': one(
    serving(
      '{ kind: continuous-batching, stepTime: { kind: table, decode: { sequences: [1, 128], context: [100], times: [[9ms], [12ms]] }, prefill: { tokens: [1, 8192], context: [0], times: [[9ms], [300ms]] } } }',
    ),
    '24 fleet.pools[0].serving.stepTime.decode.sequences:',
    'end at 128, but a step of this pool may have 256; measure up to that, or lower maxSequences',
  ),
  'a table of step times that ends before what is verified does': one(
    serving(
      '{ kind: continuous-batching, speculation: { draftTokens: 3, acceptance: 0.7, draftTime: 2ms }, stepTime: { kind: table, decode: { sequences: [1, 256], context: [100], times: [[9ms], [12ms]] }, prefill: { tokens: [1, 8192], context: [0], times: [[9ms], [300ms]] } } }',
    ),
    '24 fleet.pools[0].serving.stepTime.decode.sequences:',
    'end at 256, but a step of this pool may have 1024;',
  ),
  'speculation surer than sure': one(
    serving(
      '{ kind: continuous-batching, speculation: { draftTokens: 3, acceptance: 70, draftTime: 2ms }, stepTime: { kind: affine, base: 10ms } }',
    ),
    '24 fleet.pools[0].serving.speculation.acceptance:',
    '70 is out of range; expected a number from 0 to 1',
  ),
  'a table of step times with a row too few': one(
    serving(
      '{ kind: continuous-batching, stepTime: { kind: table, decode: { sequences: [1, 256], context: [100], times: [[9ms]] }, prefill: { tokens: [1, 8192], context: [0], times: [[9ms], [300ms]] } } }',
    ),
    '24 fleet.pools[0].serving.stepTime.decode.times:',
    'the list has 1 item; expected at least 2',
  ),
  'pipeline stages that do not divide the GPUs': one(
    secondPool(
      'accelerator: h100-sxm, gpusPerReplica: 8, serving: { kind: continuous-batching, pipelineStages: 3, stepTime: { kind: roofline } }',
    ),
    '25 fleet.pools[1].serving.pipelineStages:',
    '3 stages do not divide 8 GPUs; write gpusPerReplica: 6 or 12, or pipelineStages: 2 or 4',
  ),
  'more pipeline stages than layers': one(
    secondPool(
      'accelerator: h100-sxm, gpusPerReplica: 160, serving: { kind: continuous-batching, pipelineStages: 160, stepTime: { kind: roofline } }',
    ),
    '25 fleet.pools[1].serving.pipelineStages:',
    '80 layers do not fill 160 stages; write pipelineStages: 80',
  ),
  'a precision of a model nobody knows': one(
    serving(
      '{ kind: continuous-batching, precision: { weights: fp8 }, kv: { capacityTokens: 1000 }, stepTime: { kind: affine, base: 10ms } }',
    ),
    '24 fleet.pools[0].serving.precision:',
    'applies only to a model of the catalogue, and the model of the pool is not in it; name one that `fleetyield list models` lists, or leave precision out',
  ),
  'an unknown precision': one(
    secondPool(
      'accelerator: h100-sxm, gpusPerReplica: 8, serving: { kind: continuous-batching, precision: { weights: fp16 }, stepTime: { kind: roofline } }',
    ),
    '25 fleet.pools[1].serving.precision.weights:',
    'known: bf16, fp8, fp4, int4',
  ),
  'a roofline without accelerator': one(
    secondPool(ROOFLINE),
    '25 fleet.pools[1].serving.stepTime.kind:',
    '"roofline" needs an accelerator; name one in the pool, or use affine',
  ),
  'a roofline of an unknown model': one(
    serving('{ kind: continuous-batching, stepTime: { kind: roofline } }'),
    '24 fleet.pools[0].serving.stepTime.kind:',
    '"roofline" needs a model of the catalogue, and the model of the pool is none; name one that fleetyield list models shows, or use affine',
  ),
  'a smaller model that no pool serves': one(
    mistake('kind: cap-output, tokens: 400', 'kind: smaller-model, model: mini'),
    '31 gateway.degradation[0].action.model:',
    'no pool serves "mini"; served: any',
  ),
  // 20 × 0.55 = 11 tenants, and 2 × 0.55 = 1.1 replicas; 1 ÷ 0.55 and 2 ÷ 0.55 are no counts.
  'a share that leaves a fraction of a replica': {
    text: mistake('share: 1', 'share: 0.55').replace(
      '    - name: free',
      '    - name: free\n      tenants: 20',
    ),
    faults: [
      [
        '24 fleet.pools[0].replicas:',
        '2 × cell.share 0.55 leaves 1.1 in the cell, which is not a whole number of one or more; change the count or the share',
      ],
    ],
  },
  // 250 × 0.01 = 2.5: 2 ÷ 0.01 = 200 and 3 ÷ 0.01 = 300 are the nearest that come out whole.
  'a share whose nearest counts are known': {
    text: mistake('share: 1', 'share: 0.01')
      .replace('tenants: 20', 'tenants: 100')
      .replace('    - name: free', '    - name: free\n      tenants: 100')
      .replace('replicas: 2', 'replicas: 250'),
    faults: [
      [
        '24 fleet.pools[0].replicas:',
        '250 × cell.share 0.01 leaves 2.5 in the cell,',
        '(nearest counts that do: 200 and 300)',
      ],
    ],
  },
  'a replay out of order': one(
    arrivals('{ kind: replay, requests: [{ at: 5s }, { at: 4s }] }'),
    '15 workload.tiers[1].arrivals.requests[1].at:',
    'arrives at 4 s, before the request above it (5 s); sort the requests by arrival',
  ),
  'a pool that decodes what nobody reads': one(
    mistake('replicas: 2', 'replicas: 2\n      phase: decode'),
    '24 fleet.pools[0].phase:',
    'is decode, but no pool of any is for prefill; add one',
  ),
  'a pool for prefill that sends its KV nowhere': {
    text: mistake('replicas: 2', 'replicas: 2\n      phase: prefill'),
    faults: [
      [
        '21 fleet.pools[0]:',
        'link is missing: give the link over which KV is sent to the decode pool; { latency: 0s } for an instant transfer',
      ],
      ['24 fleet.pools[0].phase:', 'is prefill, but no pool of any is for decode; add one'],
    ],
  },
  'a pool for decoding beside one for both': one(
    secondPool(`phase: decode, ${ROOFLINE}`)
      .replace('llama-3.1-70b', 'any')
      .replace('roofline', 'affine, base: 1ms'),
    '25 fleet.pools[1].phase:',
    'is decode, but another pool of any serves both phases; either all pools of a model serve both, or none',
  ),
  'a link of a pool that sends nothing': one(
    mistake('replicas: 2', 'replicas: 2\n      link: { latency: 1ms }'),
    '24 fleet.pools[0].link:',
    'only a prefill pool sends KV; drop link, or set phase: prefill',
  ),
  'KV of a token on a link without bandwidth': one(
    prefillPool('{ latency: 1ms, bytesPerToken: 100 }'),
    '25 fleet.pools[1].link.bytesPerToken:',
    'has no effect without bytesPerSecond; add that, or drop this',
  ),
  'a link with a bandwidth and KV of unknown size': one(
    prefillPool('{ latency: 1ms, bytesPerSecond: 100 }'),
    '25 fleet.pools[1].link:',
    'bytesPerToken is missing, and the catalogue has no model "toy" to derive it from; add it',
  ),
  'a session whose context is not recorded': one(
    arrivals('{ kind: replay, requests: [{ at: 5s, prompt: 5, session: a }] }'),
    '15 workload.tiers[1].arrivals.requests[0].session:',
    'a session needs recorded prompt and output, for its context grows by both; give them, or leave session out',
  ),
  'a session whose cached tokens are recorded besides': one(
    arrivals('{ kind: replay, requests: [{ at: 5s, prompt: 5, output: 2, cached: 1, session: a }] }'),
    '15 workload.tiers[1].arrivals.requests[0].cached:',
    'a request of a session finds in the cache what its replica kept; leave cached out, or session',
  ),
  'a session that does not say how long': one(
    session('think: { kind: exponential, mean: 5s }'),
    '17 workload.tiers[1].session.turns:',
    '"turns" is missing',
  ),
  'a run that goes on without a call': one(
    session(`${TURNS}, onFailure: continue, run: {}`),
    '17 workload.tiers[1].session.onFailure:',
    'an agent run that loses a call has failed; drop continue, or drop run',
  ),
  'a session with assumed hits besides': one(
    session(`${TURNS} }\n      lengths: { cachedShare: 0.5`),
    '18 workload.tiers[1].lengths.cachedShare:',
    'a request of a session finds in the cache what its replica kept; leave cachedShare out, or session',
  ),
  'a session of recorded requests': one(
    session(TURNS).replace(
      '{ kind: poisson, ratePerSecond: 8 }',
      '{ kind: replay, requests: [{ at: 5s, output: 2 }] }',
    ),
    '17 workload.tiers[1].session:',
    'a session draws its requests, and the trace records them; leave session out, or record arrivals and tenants only',
  ),
  'more users than a process can hold': one(
    arrivals('{ kind: closed-loop, users: 20000000, think: { kind: exponential, mean: 5s } }'),
    '15 workload.tiers[1].arrivals.users:',
    '20000000 users exceed the 10000000 that a cell can hold; lower cell.share',
  ),
  'a user who is shared out': {
    text: arrivals('{ kind: closed-loop, users: 5, think: { kind: exponential, mean: 5s } }').replace(
      'share: 1',
      'share: 0.5',
    ),
    faults: [
      [
        '15 workload.tiers[1].arrivals.users:',
        '5 × cell.share 0.5 leaves 2.5 in the cell, which is not a whole number of one or more; change the count or the share (nearest counts that do: 4 and 6)',
      ],
    ],
  },
  'a thought without its unit': one(
    arrivals('{ kind: closed-loop, users: 5, think: { kind: exponential, mean: 5 } }'),
    '15 workload.tiers[1].arrivals.think.mean:',
    DURATION,
  ),
  'a prompt that is cached whole': one(
    arrivals('{ kind: replay, requests: [{ at: 5s, prompt: 5, cached: 5 }] }'),
    '15 workload.tiers[1].arrivals.requests[0].cached:',
    '5 cached tokens leave nothing of a prompt of 5; cache fewer than the prompt has',
  ),
  'a tenant that is neither a name nor a number': one(
    arrivals('{ kind: replay, requests: [{ at: 5s, tenant: 2.5 }] }'),
    '15 workload.tiers[1].arrivals.requests[0].tenant:',
    '2.5 is not accepted; expected text or a whole number of 0 or more',
  ),
  'a trace of more tenants than the tier has': one(
    arrivals('{ kind: replay, requests: [{ at: 5s, tenant: a }, { at: 6s, tenant: b }] }'),
    '14 workload.tiers[1].tenants:',
    '1 tenants, but the trace names 2; give at least that many',
  ),
  'a day of 23 hours': one(
    arrivals(`{ kind: nonhomogeneous, ratePerSecond: 8, hourOfDay: [${Array(23).fill(1).join(', ')}] }`),
    '15 workload.tiers[1].arrivals.hourOfDay:',
    'the list has 23 items; expected 24',
  ),
  'an unknown profile': one(
    arrivals('{ kind: nonhomogeneous, ratePerSecond: 8, profile: azure }'),
    '15 workload.tiers[1].arrivals.profile:',
    'unknown profile "azure"; known: azure-2024-code,',
  ),
  'a rate that follows nothing': one(
    arrivals('{ kind: nonhomogeneous, ratePerSecond: 8 }'),
    '15 workload.tiers[1].arrivals:',
    'gives no shape; write profile, hourOfDay, dayOfWeek or growthPerWeek, or use kind: poisson',
  ),
  'a share of a renewal process': {
    text: arrivals('{ kind: renewal, ratePerSecond: 8, gap: { kind: gamma, cv: 2 } }')
      .replace('share: 1', 'share: 0.5')
      .replace('    - name: free', '    - name: free\n      tenants: 2'),
    faults: [
      [
        '16 workload.tiers[1].arrivals.kind:',
        'a share of a renewal process has gaps of another distribution, so cell.share must be 1; poisson, mmpp and batch have shares',
      ],
    ],
  },
  'gaps of a distribution that is not there': one(
    arrivals('{ kind: renewal, ratePerSecond: 8, gap: { kind: gama, cv: 2 } }'),
    '15 workload.tiers[1].arrivals.gap.kind:',
    'unknown distribution of gaps "gama"; did you mean "gamma"? known: constant,',
  ),
  'gaps that do not say how they vary': one(
    arrivals('{ kind: renewal, ratePerSecond: 8, gap: { kind: gamma } }'),
    '15 workload.tiers[1].arrivals.gap.cv:',
    '"cv" is missing (coefficient of variation of the gaps',
  ),
  'even gaps that vary': one(
    arrivals('{ kind: renewal, ratePerSecond: 8, gap: { kind: constant, cv: 1 } }'),
    '15 workload.tiers[1].arrivals.gap.cv:',
    'unknown key "cv"',
  ),
  'Weibull gaps that say nothing': one(
    arrivals('{ kind: renewal, ratePerSecond: 8, gap: { kind: weibull } }'),
    '15 workload.tiers[1].arrivals.gap.kind:',
    'weibull gaps take shape or cv, one of them',
  ),
  'gaps beyond a Weibull distribution': one(
    arrivals('{ kind: renewal, ratePerSecond: 8, gap: { kind: weibull, cv: 5000 } }'),
    '15 workload.tiers[1].arrivals.gap.cv:',
    '5000 is beyond what a Weibull distribution is fitted to; give 0.01 to 1000',
  ),
  'a world of one state': one(
    arrivals(mmpp('8', '1min, 1min')),
    '15 workload.tiers[1].arrivals.ratesPerSecond:',
    'the list has 1 item; expected at least 2',
  ),
  'states of silence': one(
    arrivals(mmpp('0, 0', '1s, 2s')),
    '15 workload.tiers[1].arrivals.ratesPerSecond:',
    'every rate is 0, so nothing would ever arrive; give some state a rate',
  ),
  'states that do not say how long they last': one(
    arrivals(mmpp('1, 2, 3', '1s, 2s')),
    '15 workload.tiers[1].arrivals.meanStay:',
    'has 2 times for 3 rates; give one for each',
  ),
  'three states that nothing leads between': one(
    arrivals(mmpp('1, 1, 1', '1s, 1s, 1s')),
    '15 workload.tiers[1].arrivals.jumps:',
    'is missing: of 3 states, give for each the relative chances of the others to come next',
  ),
  'chances of fewer states than there are': one(
    arrivals(mmpp('1, 1', '1s, 1s', '[0, 1]')),
    '15 workload.tiers[1].arrivals.jumps:',
    'has 1 rows for 2 states; give one for each',
  ),
  'chances for fewer states than there are': one(
    arrivals(mmpp('1, 1', '1s, 1s', '[0, 1], [1]')),
    '15 workload.tiers[1].arrivals.jumps[1]:',
    'has 1 chances for 2 states; give one for each',
  ),
  'a state that follows itself': one(
    arrivals(mmpp('1, 1', '1s, 1s', '[2, 1], [1, 0]')),
    '15 workload.tiers[1].arrivals.jumps[0][0]:',
    '2 is the chance to follow itself; write 0',
  ),
  'a state that nothing follows': one(
    arrivals(mmpp('1, 1', '1s, 1s', '[0, 0], [1, 0]')),
    '15 workload.tiers[1].arrivals.jumps[0]:',
    'every chance is 0; give some state a chance',
  ),
  'a state that is never left for another': one(
    arrivals(mmpp('1, 1, 1', '1s, 1s, 1s', '[0, 1, 0], [1, 0, 0], [1, 0, 0]')),
    '15 workload.tiers[1].arrivals.jumps:',
    'some state is never reached from some other, so no distribution says where to start; let jumps lead everywhere',
  ),
  'a batch of half a request': one(
    arrivals('{ kind: batch, ratePerSecond: 1, size: { kind: constant, value: 1.5 } }'),
    '15 workload.tiers[1].arrivals.size.value:',
    '1.5 is not accepted; expected a whole number of 1 or more',
  ),
  'a batch of no size': one(
    arrivals('{ kind: batch, ratePerSecond: 1, size: { kind: weights, weights: [0, 0] } }'),
    '15 workload.tiers[1].arrivals.size.weights:',
    'every weight is 0; give some size a weight',
  ),
  'a trace among other sources': one(
    arrivals('{ kind: superposition, sources: [{ kind: replay, requests: [{ at: 1s }] }] }'),
    '15 workload.tiers[1].arrivals.sources[0].kind:',
    'unknown arrival process of a source "replay"; known: poisson, nonhomogeneous, renewal, mmpp, batch',
  ),
  'no source': one(
    arrivals('{ kind: superposition, sources: [] }'),
    '15 workload.tiers[1].arrivals.sources:',
    'the list has 0 items; expected at least 1',
  ),
  'a wrong source': one(
    arrivals(
      '{ kind: superposition, sources: [{ kind: poisson, ratePerSecond: 1 }, { kind: renewal, ratePerSecond: 1, gap: { kind: weibull } }] }',
    ),
    '15 workload.tiers[1].arrivals.sources[1].gap.kind:',
    'weibull gaps take shape or cv, one of them',
  ),
  'a length of a trace that is played once': one(
    arrivals('{ kind: replay, requests: [{ at: 1s }], length: 5s }'),
    '15 workload.tiers[1].arrivals.length:',
    'has no effect on a trace that is played once; add repeat, or drop it',
  ),
  'a length shorter than the trace': one(
    arrivals('{ kind: replay, requests: [{ at: 1s }, { at: 9s }], repeat: 2, length: 5s }'),
    '15 workload.tiers[1].arrivals.length:',
    '5 s is shorter than the trace, whose last request arrives at 9 s; give at least that',
  ),
  'a trace without length that is repeated': one(
    arrivals('{ kind: replay, requests: [{ at: 1s }], repeat: 2 }'),
    '15 workload.tiers[1].arrivals.length:',
    'is missing: all requests of the trace arrive at once, so its length is unknown and it cannot be repeated',
  ),
  'more sessions than there are numbers': one(
    arrivals(
      '{ kind: replay, requests: [{ at: 1s, prompt: 5, output: 1, session: a }], repeat: 1e10, length: 5s }',
    ),
    '15 workload.tiers[1].arrivals.repeat:',
    '10000000000 times 1 sessions exceed the limit of 2147483647; repeat less',
  ),
  'a trace played half a time': one(
    arrivals('{ kind: replay, requests: [{ at: 1s }], repeat: 1.5 }'),
    '15 workload.tiers[1].arrivals.repeat:',
    '1.5 is not accepted; expected a whole number of 1 or more',
  ),
  'a trace at no pace': one(
    arrivals('{ kind: replay, requests: [{ at: 1s }], timeScale: 0 }'),
    '15 workload.tiers[1].arrivals.timeScale:',
    '0 is out of range; expected a number above 0',
  ),
  'a replay of nothing': one(
    arrivals('{ kind: replay }'),
    '15 workload.tiers[1].arrivals:',
    'needs either requests or file (with its format), and not both',
  ),
  'a replay of a list and a file': one(
    arrivals('{ kind: replay, requests: [{ at: 1s }], file: missing.csv, format: csv }'),
    '15 workload.tiers[1].arrivals:',
    'needs either requests or file (with its format), and not both',
  ),
  'a trace without its format': one(
    arrivals('{ kind: replay, file: trace.csv }'),
    '15 workload.tiers[1].arrivals.format:',
    '"format" is missing; `fleetyield list traces` shows the layouts',
  ),
  'a format without a trace': one(
    arrivals('{ kind: replay, format: csv }'),
    '15 workload.tiers[1].arrivals.format:',
    'describes a trace file, but none is given; add file or drop format',
  ),
  'a missing trace': one(
    arrivals('{ kind: replay, file: missing.csv, format: csv }'),
    '15 workload.tiers[1].arrivals.file:',
    'the file missing.csv does not exist; check the path',
  ),
  'a trace that is a folder': one(
    arrivals('{ kind: replay, file: ., format: csv }'),
    '15 workload.tiers[1].arrivals.file:',
    'the file . is a folder; name a file',
  ),
  'a trace that cannot be unpacked': one(
    arrivals('{ kind: replay, file: torn.csv.gz, format: csv }'),
    '15 workload.tiers[1].arrivals.file:',
    'the file torn.csv.gz looks like gzip and cannot be unpacked: ',
    '; fetch it again',
  ),
  'an empirical distribution of nothing': one(
    patience('{ kind: empirical }'),
    '17 workload.tiers[1].patience:',
    'needs exactly one of table and quantiles',
  ),
  'an unknown table': one(
    mistake('kind: constant, value: 10', 'kind: empirical, table: nowhere'),
    '11 workload.tiers[0].lengths.prompt.table:',
    'unknown quantile table "nowhere"',
  ),
  'quantiles that fall': one(
    patience('{ kind: empirical, quantiles: [[0, 1s], [0.5, 3s], [1, 2s]] }'),
    '17 workload.tiers[1].patience.quantiles[2][1]:',
    'value 2 must not be below the one before, 3',
  ),
  'a quantile of three numbers': one(
    patience('{ kind: empirical, quantiles: [[0, 1s, 4], [1, 3s]] }'),
    '17 workload.tiers[1].patience.quantiles[0]:',
    'the list has 3 items; expected 2',
  ),
  'a hyperexponential distribution that varies too little': one(
    patience('{ kind: hyperexponential, mean: 5s, cv: 0.5 }'),
    '17 workload.tiers[1].patience.cv:',
    'must be above 1, got 0.5; at 1 use exponential, below it gamma or erlang',
  ),
  'a fault of a distribution inside a mixture': one(
    patience(
      '{ kind: mixture, of: [{ weight: 1, distribution: { kind: hyperexponential, mean: 5s, cv: 0.5 } }] }',
    ),
    '17 workload.tiers[1].patience.of[0].distribution.cv:',
    'must be above 1, got 0.5',
  ),
  'a wrong quantity of a distribution inside a mixture': one(
    patience('{ kind: mixture, of: [{ weight: 1, distribution: { kind: exponential, mean: 5 } }] }'),
    '17 workload.tiers[1].patience.of[0].distribution.mean:',
    `5 is not a duration longer than zero; ${DURATION}`,
  ),
  'an unknown distribution inside a truncation': one(
    patience('{ kind: truncated, max: 9s, distribution: { kind: constantt, value: 1s } }'),
    '17 workload.tiers[1].patience.distribution.kind:',
    'unknown distribution of durations "constantt"; did you mean "constant"?',
  ),
  'a truncation that keeps nothing': one(
    patience('{ kind: truncated, max: 1ms, distribution: { kind: constant, value: 1s } }'),
    '17 workload.tiers[1].patience.max:',
    'keeps practically nothing of the distribution (0 of 1000 trial values); raise it',
  ),
  'a bucket without a rate': one(
    mistake('perMinute: 3, burst: 5', 'burst: 5'),
    '27 gateway.rateLimits[0].algorithm:',
    'needs either perMinute or perSecond, and not both',
  ),
  'a bucket with two rates': one(
    mistake('perMinute: 3,', 'perMinute: 3, perSecond: 1,'),
    '27 gateway.rateLimits[0].algorithm:',
    'needs either perMinute or perSecond, and not both',
  ),
  'a bucket of requests in flight': one(
    mistake('resource: requests', 'resource: requestsInFlight'),
    '27 gateway.rateLimits[0].resource:',
    'token-bucket cannot count requests in flight; write resource: requests, or use the algorithm concurrency',
  ),
  'a concurrency that settles when what it bounds is over': one(
    limit('scope: tenant, resource: totalTokens, algorithm: { kind: concurrency, limit: 3, settle: post }'),
    '27 gateway.rateLimits[0].algorithm.settle:',
    'invalid value "post"; known: reserve, pre',
  ),
  'half a request in a window': one(
    limit('scope: tenant, resource: requests, algorithm: { kind: quota, limit: 2.5, window: 5h }'),
    '27 gateway.rateLimits[0].algorithm.limit:',
    '2.5 is not a whole number, and only limits in usd have fractions',
  ),
  'a share that leaves a fraction of a limit': one(
    limit('scope: everyone, resource: requests, algorithm: { kind: fixed-window, limit: 3, window: 1min }')
      .replace('share: 1', 'share: 0.5')
      .replace('- name: free', '- name: free\n      tenants: 2'),
    '28 gateway.rateLimits[0].algorithm.limit:',
    '3 × cell.share 0.5 leaves 1.5 in the cell, which is not a whole number of one or more;',
    '(nearest that do: 2 and 4)',
  ),
  'a window shorter than the step of the clock': one(
    limit('scope: tenant, resource: requests, algorithm: { kind: sliding-window, limit: 3, window: 1e-7ms }'),
    '27 gateway.rateLimits[0].algorithm.window:',
    '"1e-7ms" is shorter than a clock step; give at least 1e-6ms',
  ),
  'an unknown end of a quota': one(
    limit(
      'scope: tenant, resource: requests, algorithm: { kind: quota, limit: 3, window: 5h, resets: never }',
    ),
    '27 gateway.rateLimits[0].algorithm.resets:',
    'invalid value "never"; known: rolling, first-use',
  ),
  'an unknown action of a limit': one(
    mistake('burst: 5 }', 'burst: 5 }, onExceed: { kind: drop }'),
    '27 gateway.rateLimits[0].onExceed.kind:',
    'unknown limit action "drop"; known: refuse, hold, downgrade',
  ),
  'a downgrade to a model that nobody serves': one(
    mistake('burst: 5 }', 'burst: 5 }, onExceed: { kind: downgrade, model: tiny }'),
    '27 gateway.rateLimits[0].onExceed.model:',
    'no pool serves "tiny"; served: any',
  ),
  'a downgrade to no model': one(
    mistake('burst: 5 }', 'burst: 5 }, onExceed: { kind: downgrade }'),
    '27 gateway.rateLimits[0].onExceed.model:',
    '"model" is missing',
  ),
  'a promise of nothing': one(
    mistake('ttft: 2s, target', 'target'),
    '13 workload.tiers[0].slo:',
    'the SLO has no target; give at least one of ttft, tpot, e2e',
  ),
  'a load trigger that ends above where it starts': one(
    mistake(
      "kind: clock, windows: ['Mon-Fri 13:00-21:00']",
      'kind: load, signal: waiting, above: 1s, below: 2s',
    ),
    '29 gateway.degradation[0].trigger.below:',
    '2 s is more than above (1 s); give a bound of at most above',
  ),
  'an unknown preset of prices': one(
    mistake('kind: rented, usdPerGpuHour: 2.5', 'kind: owned, preset: h200'),
    '33 economics.gpuHour.preset:',
    '"h200" is not in the catalogue; `fleetyield list` shows what is',
  ),
  'several faults of the same file, of every depth': {
    text: mistake('replicas: 2', 'replicas: none')
      .replace('warmUp: 1h', 'warmUp: 1 fortnight')
      .replace('priority: 0', 'prio: 0')
      .replace('token-bucket', 'bucket'),
    faults: [
      ['3 horizon.warmUp:', '"1 fortnight" is not a duration;'],
      ['8 workload.tiers[0].prio:', 'unknown key "prio"; did you mean "priority"?'],
      ['23 fleet.pools[0].replicas:', '"none" is not accepted; expected a whole number'],
      ['27 gateway.rateLimits[0].algorithm.kind:', 'unknown rate limit "bucket"; known: token-bucket'],
    ],
  },
  'several faults of meaning': {
    text: mistake('model: any\n      slo', 'model: other\n      slo')
      .replace('      replicas: 2', '      replicas: 2\n      accelerator: z80')
      .replace('tiers: [free], resource', 'tiers: [gone], resource')
      .replace('duration: 2h', 'duration: 101week')
      .replace('share: 1', 'share: 0.05')
      .replace('    - name: free', '    - name: free\n      tenants: 20'),
    faults: [
      ['12 workload.tiers[0].model:', 'no pool serves "other"'],
      [
        '24 fleet.pools[0].replicas:',
        '2 × cell.share 0.05 leaves 0.1 in the cell,',
        'nearest counts that do: 20',
      ],
      ['25 fleet.pools[0].accelerator:', 'unknown accelerator "z80"'],
      ['29 gateway.rateLimits[0].tiers[0]:', 'no tier is called "gone"'],
    ],
  },
};

/** Those that go through `run` in a process of their own. */
const RUN_ALONE = [
  'an unknown key of a tier',
  'an unknown unit',
  'a tab',
  'a missing trace',
  'a model that does not fit in memory',
  'a share that leaves a fraction of a replica',
];

const fileOf = (title: string) => `${Object.keys(MISTAKES).indexOf(title)}.yaml`;

const folder = new Folder({
  'right.yaml': RIGHT,
  'torn.csv.gz': gzipSync('at\n1\n').subarray(0, 12),
  'bad-line.csv': 'at,prompt\n1,10\n2,ten\n',
  'bad-cells.csv': 'at,prompt\n1,10,5\n',
  'bad-header.csv': 'when,prompt\n1,10\n',
  'bad-order.csv': 'at,prompt\n1,10\n\n0.5,10\n',
  'bad-number.csv': 'arrival_s,input_tokens,output_tokens\n1,10,0\n',
  'bad-burst.csv':
    'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,GPT-4,10,0,10,API log\n',
  'bad-blocks.jsonl': '{"timestamp": 0, "input_length": 1200, "output_length": 1, "hash_ids": [0]}\n',
});
for (const [title, { text }] of Object.entries(MISTAKES)) folder.write(fileOf(title), text);
afterAll(() => folder.remove());

/** Asserts that each line of a message tells the fault of the same place. */
function expectFaults(lines: readonly string[], file: string, { faults }: Mistake): void {
  const told = lines.toSorted((a, b) => lineOf(a) - lineOf(b));
  expect(told, 'one line for each fault').toHaveLength(faults.length);
  faults.forEach(([at, ...says], index) => {
    expect(told[index]!.slice(0, `${file}:${at} `.length)).toBe(`${file}:${at} `);
    for (const piece of says) expect(told[index]).toContain(piece);
  });
}

const lineOf = (told: string): number => Number(/:(\d+) /.exec(told)?.[1]);

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('a broken scenario', () => {
  let checked: Outcome;

  beforeAll(async () => {
    checked = await fleetyield(['validate', 'right.yaml', ...Object.keys(MISTAKES).map(fileOf)], {
      cwd: folder.path,
    });
  });

  it('makes the command end with 2, without a word on standard output', () => {
    expect(checked.code).toBe(2);
    expect(checked.stdout).toBe('');
  });

  it.each(Object.keys(MISTAKES))('is told by line, path, value and remedy: %s', (title) => {
    const file = fileOf(title);
    const lines = linesOf(checked.stderr).filter((line) => line.startsWith(`${file}:`));
    expectFaults(lines, file, MISTAKES[title]!);
  });

  it('is not said of the right one, and nothing is said but faults', () => {
    const files = Object.keys(MISTAKES).map((title) => `${fileOf(title)}:`);
    const stray = linesOf(checked.stderr).filter((line) => !files.some((file) => line.startsWith(file)));
    expect(stray).toEqual([]);
  });

  it('is told without the words of the libraries inside', () => {
    expect(checked.stderr).not.toMatch(
      /must NOT|must match|anyOf|oneOf|instancePath|undefined|\[object|parseAll|Infinity|NaN/,
    );
  });

  it.each(RUN_ALONE)('is not run: %s', async (title) => {
    const file = fileOf(title);
    const { code, stdout, stderr } = await fleetyield(['run', file], { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expectFaults(linesOf(stderr), file, MISTAKES[title]!);
  });

  it('stops the right ones beside it from being run', async () => {
    const { code, stdout } = await fleetyield(['run', 'right.yaml', fileOf('a tab')], { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('a broken trace', () => {
  const TRACES: Readonly<Record<string, readonly [format: string, message: string]>> = {
    'bad-line.csv': [
      'csv',
      'bad-line.csv:3 prompt is "ten"; expected a decimal number of at least 1 [FY-300]',
    ],
    'bad-cells.csv': [
      'csv',
      'bad-cells.csv:2 has 3 cells where the header has 2; give each column a cell, empty where there is nothing [FY-300]',
    ],
    'bad-header.csv': [
      'csv',
      'bad-header.csv:1 the header is "when,prompt"; expected at (seconds) and any of prompt, output, cached, tenant, session, patience, tier, priority, finished [FY-300]',
    ],
    'bad-order.csv': [
      'csv',
      'bad-order.csv:4 arrives at 0.5 s, before the request above it (1 s); sort the requests by arrival [FY-300]',
    ],
    'bad-number.csv': [
      'azure-llm-2023',
      'bad-number.csv:2 output tokens is "0"; expected a decimal number of at least 1 [FY-300]',
    ],
    'bad-burst.csv': [
      'burstgpt',
      'bad-burst.csv:2 Response tokens is "0", a failed request; replay a file of the release without fails, or take such lines out [FY-300]',
    ],
    'bad-blocks.jsonl': [
      'mooncake',
      'bad-blocks.jsonl:1 has 1 hash_ids for 1200 prompt tokens; expected 3, one for each block of 512. If blocks are of another size, say so: blockSize beside the file, --block-size of fit-workload [FY-300]',
    ],
  };

  it('is told by file and line, all traces at once', async () => {
    const names = Object.keys(TRACES);
    for (const name of names) {
      const [format] = TRACES[name]!;
      folder.write(`${name}.yaml`, arrivals(`{ kind: replay, file: ${name}, format: ${format} }`));
    }
    const files = names.map((name) => `${name}.yaml`);
    const { code, stdout, stderr } = await fleetyield(['validate', ...files], { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(linesOf(stderr)).toEqual(names.map((name) => TRACES[name]![1]));
  });

  it('does not hide other faults of the scenario', async () => {
    const text = arrivals('{ kind: replay, file: bad-line.csv, format: csv }').replace(
      'model: any\n      slo',
      'model: x\n      slo',
    );
    folder.write('two-faults.yaml', text);
    const { stderr } = await fleetyield(['validate', 'two-faults.yaml'], { cwd: folder.path });
    expect(linesOf(stderr)).toEqual([
      'two-faults.yaml:12 workload.tiers[0].model: no pool serves "x"; known: any [FY-201]',
      'bad-line.csv:3 prompt is "ten"; expected a decimal number of at least 1 [FY-300]',
    ]);
  });
});
