/** The audit: a doctored ledger or doctored evidence does not pass, whichever book was cooked. */
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/errors.ts';
import { AuditEvidence, auditRun } from '../../src/simulation/audit.ts';
import { Ledger } from '../../src/simulation/ledger.ts';

/** Books of a run of 100 s in which 3 requests arrived in one tier and 1 in another, and balance. */
function balanced(): { readonly ledger: Ledger; readonly evidence: AuditEvidence } {
  const ledger = new Ledger({
    tiers: ['a', 'b'],
    pools: [
      {
        name: 'main',
        replicas: 1,
        gpus: 1,

        busySeconds: 200,
        servers: 2,
        kvTokenSeconds: 0,
        kvCapacityTokens: null,
        kvCapacityTokenSeconds: null,
        capacitySeconds: 200,
        gpuSeconds: 100,
        gpuSecondsByUse: { up: 100, failed: 0, maintenance: 0, switching: 0, training: 0 },
        steps: 0,
        sequences: 0,
        failures: 0,
        crewSeconds: 0,
        crews: null,
        hours: [],
      },
    ],
    promised: [false, false],
    sessions: ['none', 'sessions'],
    window: { from: 50, to: 150 },
    startOfWeek: 0,
  });
  ledger.cohort.arrived.set([3, 1]);
  ledger.cohort.served.set([2, 0]);
  ledger.cohort.limited.set([1, 1]);
  ledger.sessions.started.set([0, 3]);
  ledger.sessions.completed.set([0, 2]);
  ledger.sessions.lost.set([0, 1]);
  // 0.5 + 0.25 in system on average is 75 s spent there.
  ledger.meanInSystem.set([0.5, 0.25]);
  const evidence = new AuditEvidence();
  evidence.timeInSystem.add(75);
  evidence.tokensEmitted = 40;
  evidence.tokensReceived = 40;
  evidence.users = 5;
  evidence.usersFound = 5;
  return { ledger, evidence };
}

type Books = ReturnType<typeof balanced>;

const FAULTS: readonly [string, string, (books: Books) => void][] = [
  [
    'a request without an outcome',
    'outcomes partition arrivals',
    ({ ledger }) => ledger.cohort.served.set([1, 0]),
  ],
  [
    'a request with two outcomes',
    'outcomes partition arrivals',
    ({ ledger }) => ledger.cohort.failed.set([1, 0]),
  ],
  [
    'an outcome in the books of another tier',
    'outcomes partition arrivals',
    ({ ledger }) => {
      ledger.cohort.served.set([1, 1]);
    },
  ],
  [
    'a session without an outcome',
    'outcomes partition sessions',
    ({ ledger }) => ledger.sessions.lost.set([0, 0]),
  ],
  [
    'a session with two outcomes',
    'outcomes partition sessions',
    ({ ledger }) => ledger.sessions.late.set([0, 1]),
  ],
  [
    'the outcome of a session in the books of another tier',
    'outcomes partition sessions',
    ({ ledger }) => {
      ledger.sessions.started.set([1, 2]);
    },
  ],
  [
    'a user who is nowhere',
    'users of closed loops think or wait',
    ({ evidence }) => {
      evidence.usersFound = 4;
    },
  ],
  [
    'a user who is in two places',
    'users of closed loops think or wait',
    ({ evidence }) => {
      evidence.usersFound = 6;
    },
  ],
  [
    'tokens of a request that was forgotten',
    'every token offered is accounted for',
    ({ evidence }) => {
      evidence.tokensOffered = 1;
    },
  ],
  [
    'a token that no request received',
    'tokens emitted are tokens received',
    ({ evidence }) => {
      evidence.tokensEmitted = 41;
    },
  ],
  [
    'a token that no replica emitted',
    'tokens emitted are tokens received',
    ({ evidence }) => {
      evidence.tokensReceived = 41;
    },
  ],
  [
    'a service before its request',
    'no service before arrival',
    ({ evidence }) => {
      evidence.causality = 1;
    },
  ],
  [
    'servers busier than there are',
    'busy time within capacity: main',
    ({ ledger }) => {
      ledger.shape.pools[0]!.busySeconds = 200.001;
    },
  ],
  [
    'a GPU that is for nothing',
    'GPU time adds up: main',
    ({ ledger }) => {
      ledger.shape.pools[0]!.gpuSecondsByUse.up = 99;
    },
  ],
  [
    'a GPU that comes from nowhere',
    'no GPU comes or goes',
    ({ ledger }) => {
      ledger.shape.pools[0]!.gpuSeconds = 101;
      ledger.shape.pools[0]!.gpuSecondsByUse.training = 1;
    },
  ],
  [
    'time in system that no request spent: one part in 100 million',
    "Little's law on the sample path",
    ({ evidence }) => evidence.timeInSystem.add(75e-8),
  ],
  [
    'time lost by one tier',
    "Little's law on the sample path",
    ({ ledger }) => ledger.meanInSystem.set([0.5, 0.24]),
  ],
  [
    'a number that is none',
    "Little's law on the sample path",
    ({ ledger }) => ledger.meanInSystem.set([0.5, NaN]),
  ],
  [
    'busy time that is no number',
    'busy time within capacity: main',
    ({ ledger }) => {
      ledger.shape.pools[0]!.busySeconds = NaN;
    },
  ],
];

describe('the audit', () => {
  test('passes books that balance, and says what it compared', () => {
    const { ledger, evidence } = balanced();
    auditRun(ledger, evidence);
    expect(ledger.audit.every(({ passed, detail }) => passed && /\d/.test(detail))).toBe(true);
  });

  test.each(FAULTS)('refuses %s', (_, check, cook) => {
    const books = balanced();
    cook(books);
    expect(() => auditRun(books.ledger, books.evidence)).toThrow(InvariantError);
    expect(books.ledger.audit.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([check]);
  });

  test('names every check that failed, not the first only', () => {
    const books = balanced();
    books.evidence.causality = 2;
    books.evidence.tokensOffered = 5;
    expect(() => auditRun(books.ledger, books.evidence)).toThrow(/accounted for.*\n.*before arrival/);
  });

  test('has a check of each kind that was cooked above', () => {
    const { ledger, evidence } = balanced();
    auditRun(ledger, evidence);
    expect(new Set(ledger.audit.map(({ name }) => name))).toEqual(new Set(FAULTS.map(([, check]) => check)));
  });
});
