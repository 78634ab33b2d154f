/**
 * One engine, step by step, worked by hand (oracles J01 to J06). A step takes
 * a + b P + c S + d K ms with a = 10, b = 0.1, c = 1 and d = 0 or 0.01.
 */

export interface StepRequest {
  readonly id: string;
  /** Arrival [ms], prompt and output tokens. */
  readonly t: number;
  readonly p: number;
  readonly o: number;
  readonly prio?: number;
}

export interface StepCase {
  readonly id: string;
  readonly behaviour: string;
  readonly requests: readonly StepRequest[];
  readonly perKv: number;
  /** What differs from an engine of 256 sequences without bounds on tokens or KV, in blocks of one token. */
  readonly settings: Partial<Record<'maxSequences' | 'maxBatchedTokens' | 'capacityTokens', number>> & {
    readonly priorityPreemption?: true;
  };
  /** Token times by request [ms], and who was pre-empted. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  readonly preempted: readonly string[];
  /** Ends of the steps, and time in them [ms]. */
  readonly steps: readonly number[];
  readonly busy: number;
}

export const STEP_CASES: readonly StepCase[] = [
  {
    id: 'J01',
    behaviour: 'lets a prompt join a decode step: 10 + 10 + 1, then 10 + 5 + 2, then 10 + 2 ms',
    requests: [
      { id: 'R1', t: 0, p: 100, o: 3 },
      { id: 'R2', t: 5, p: 50, o: 2 },
    ],
    perKv: 0,
    settings: {},
    tokens: { R1: [21, 38, 50], R2: [38, 50] },
    preempted: [],
    steps: [21, 38, 50],
    busy: 50,
  },
  {
    id: 'J02',
    behaviour: 'reads a prompt of 150 in chunks of 63, 63 and 24 beside a decode when a step has 64 tokens',
    requests: [
      { id: 'R1', t: 0, p: 20, o: 6 },
      { id: 'R2', t: 1, p: 150, o: 2 },
    ],
    perKv: 0,
    settings: { maxBatchedTokens: 64 },
    tokens: { R1: [13, 31.3, 49.6, 64, 76, 87], R2: [64, 76] },
    preempted: [],
    steps: [13, 31.3, 49.6, 64, 76, 87],
    busy: 87,
  },
  {
    id: 'J03',
    behaviour: 'counts the KV resident at the start of a step, and idles from 83.03 to 100 ms',
    requests: [
      { id: 'R1', t: 0, p: 200, o: 4 },
      { id: 'R2', t: 10, p: 100, o: 2 },
      { id: 'R3', t: 100, p: 50, o: 1 },
    ],
    perKv: 0.01,
    settings: { maxSequences: 2 },
    tokens: { R1: [31, 55, 70.01, 83.03], R2: [55, 70.01], R3: [116] },
    preempted: [],
    steps: [31, 55, 70.01, 83.03, 116],
    busy: 99.03,
  },
  {
    id: 'J04',
    behaviour: 'pre-empts the last of two when 84 tokens of KV are full, which reads 40 + 3 tokens again',
    requests: [
      { id: 'R1', t: 0, p: 40, o: 6 },
      { id: 'R2', t: 0, p: 40, o: 5 },
    ],
    perKv: 0.01,
    settings: { capacityTokens: 84 },
    tokens: { R1: [20, 32.8, 45.62, 57.04, 68.47, 79.91], R2: [20, 32.8, 45.62, 95.21, 106.64] },
    preempted: ['R2'],
    steps: [20, 32.8, 45.62, 57.04, 68.47, 79.91, 95.21, 106.64],
    busy: 106.64,
  },
  {
    id: 'J05',
    behaviour: 'pre-empts the worst of two for one that is more important, at the next step',
    requests: [
      { id: 'L1', t: 0, p: 30, o: 6, prio: 1 },
      { id: 'L2', t: 0, p: 30, o: 6, prio: 1 },
      { id: 'H', t: 25, p: 60, o: 2, prio: 0 },
    ],
    perKv: 0,
    settings: { maxSequences: 2, priorityPreemption: true },
    tokens: {
      L1: [18, 30, 48, 60, 75.2, 87.2],
      L2: [18, 30, 75.2, 87.2, 98.2, 109.2],
      H: [48, 60],
    },
    preempted: ['L2'],
    steps: [18, 30, 48, 60, 75.2, 87.2, 98.2, 109.2],
    busy: 109.2,
  },
  {
    id: 'J06',
    behaviour: 'lets the more important wait for a place where nobody is pre-empted',
    requests: [
      { id: 'L1', t: 0, p: 30, o: 6, prio: 1 },
      { id: 'L2', t: 0, p: 30, o: 6, prio: 1 },
      { id: 'H', t: 25, p: 60, o: 2, prio: 0 },
    ],
    perKv: 0,
    settings: { maxSequences: 2 },
    tokens: {
      L1: [18, 30, 42, 54, 66, 78],
      L2: [18, 30, 42, 54, 66, 78],
      H: [95, 106],
    },
    preempted: [],
    steps: [18, 30, 42, 54, 66, 78, 95, 106],
    busy: 106,
  },
];

/** The engine of a case, with what it leaves out filled in. */
export function engineOf({ settings }: StepCase) {
  return {
    maxSequences: 256,
    maxBatchedTokens: 1_000_000,
    capacityTokens: 1_000_000,
    priorityPreemption: false,
    ...settings,
  };
}
