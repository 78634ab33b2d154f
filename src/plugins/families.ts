/** The families that plugins add to: their shipped members, and what each call of a new member must give. */
import { admissions, type AdmissionDeclarations } from '../gateway/admission/index.ts';
import { disciplines, type DisciplineDeclarations } from '../gateway/disciplines/index.ts';
import { rateLimits } from '../gateway/rate-limits/index.ts';
import { routings } from '../gateway/routing/index.ts';
import { stepTimes } from '../serving/step-time/index.ts';
import type { PluginFamily } from './define.ts';
import {
  BOOLEAN,
  COUNT,
  FINITE,
  NOT_NEGATIVE,
  NOTHING,
  NUMBER,
  ROW,
  WAIT,
  type Contract,
  type Expected,
  type Member,
} from './guard.ts';

const method = (gives: Expected): Member => ({ kind: 'method', gives });
const property = (gives: Expected): Member => ({ kind: 'property', gives });

const DISCIPLINE: Contract = {
  length: property(COUNT),
  steady: property(BOOLEAN),
  push: method(NOTHING),
  peek: method(ROW),
  remove: method(NOTHING),
  lastBehind: method(ROW),
  behind: method(COUNT),
  servedBehind: method(COUNT),
  lastOfTier: method(ROW),
  importance: method(FINITE),
  precedes: method(BOOLEAN),
  oldestAt: method(NUMBER),
  account: {
    kind: 'part',
    is: {
      started: method(NOTHING),
      ended: method(NOTHING),
    },
  },
};

const RATE_LIMIT: Contract = {
  untilEnd: property(BOOLEAN),
  delay: method(WAIT),
  delayUntilPositive: method(WAIT),
  debit: method(NOTHING),
  credit: method(NOTHING),
  level: method(FINITE),
};

const SHARED_QUEUE: Contract = {
  queue: property({ what: '"shared" or "per-replica"', holds: (value) => value === 'shared' }),
};

const PER_REPLICA: Contract = {
  queue: property({ what: '"shared" or "per-replica"', holds: (value) => value === 'per-replica' }),
  scrapeInterval: property({
    what: 'a number of seconds of zero or more, or undefined',
    holds: (value) => value === undefined || NOT_NEGATIVE.holds(value),
  }),
  createRouter: {
    kind: 'maker',
    makes: {
      choose: method({ what: 'the place of a replica', holds: COUNT.holds }),
      loadChanged: method(NOTHING),
    },
  },
};

const ADMISSION: Contract = {
  admits: method(BOOLEAN),
  displaces: property({
    what: '"none", "overtaken" or a list of tiers by index',
    holds: (value) =>
      value === 'none' || value === 'overtaken' || (Array.isArray(value) && value.every(COUNT.holds)),
  }),
  entersBeyondBound: method(BOOLEAN),
  readsRoom: property(BOOLEAN),
  readsGaps: property(BOOLEAN),
};

const STEP_TIME: Contract = {
  duration: method(NOT_NEGATIVE),
  perKvToken: method(NOT_NEGATIVE),
  kvLinearUntil: method(NUMBER),
};

/** A family that plugins add strategies to. */
export interface ExtendedFamily {
  /** The kinds that ship. */
  readonly kinds: readonly string[];
  /** What is taken of a plugin's member where shipped ones declare it of themselves. */
  readonly declares?: object;
  /** What is made by a member must keep this. */
  contractOf(made: object): Contract;
}

const kindsOf = ({ strategies }: { readonly strategies: readonly { readonly kind: string }[] }) =>
  strategies.map(({ kind }) => kind);

/** By what a member is called; metrics are no strategies. */
export const EXTENDED_FAMILIES: Readonly<Record<Exclude<PluginFamily, 'metric'>, ExtendedFamily>> = {
  discipline: {
    kinds: kindsOf(disciplines),
    // It may look at prices, for all that is known.
    declares: { ranks: 'none', looksAtPrices: true } satisfies DisciplineDeclarations,
    contractOf: () => DISCIPLINE,
  },
  'rate limit': { kinds: kindsOf(rateLimits), contractOf: () => RATE_LIMIT },
  routing: {
    kinds: kindsOf(routings),
    contractOf: (made) => ((made as { queue?: unknown }).queue === 'shared' ? SHARED_QUEUE : PER_REPLICA),
  },
  admission: {
    kinds: kindsOf(admissions),
    declares: { isStationary: true, looksAtPrices: true } satisfies AdmissionDeclarations,
    contractOf: () => ADMISSION,
  },
  'step-time model': { kinds: kindsOf(stepTimes), contractOf: () => STEP_TIME },
};
