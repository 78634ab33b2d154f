/**
 * The audit: invariants of every run, checked against evidence gathered independently of the ledger. A run that fails
 * it is a defect of the program, and its numbers must not be used.
 */
import { InvariantError } from '../errors.ts';
import { CompensatedSum, sumOf } from '../stats/index.ts';
import type { Ledger } from './ledger.ts';
import { OUTCOMES, SESSION_OUTCOMES } from './outcome.ts';

/** Evidence gathered during the run, besides the ledger. */
export class AuditEvidence {
  /** Time in system inside the window, summed over attempts as they leave [s]. */
  readonly timeInSystem = new CompensatedSum();
  /** Tokens offered by requests that have no outcome yet: 0 at the end. */
  tokensOffered = 0;
  /** Output tokens as replicas count them, and as requests received them. */
  tokensEmitted = 0;
  tokensReceived = 0;
  /** Number of services that began before their request arrived, or first tokens before their service. */
  causality = 0;
  /** Users of closed loops, and those found thinking or waiting for an outcome at the end. */
  users = 0;
  usersFound = 0;
}

/** Tolerance: sums of the same terms in different orders differ by rounding only. */
const ROUNDING = 1e-9;

/** Records the checks in the ledger; throws `InvariantError` if one fails. */
export function auditRun(ledger: Ledger, evidence: AuditEvidence): void {
  const check = (name: string, passed: boolean, detail: string) =>
    ledger.audit.push({ name, passed, detail });
  const { window } = ledger.shape;
  const duration = window.to - window.from;

  const arrived = ledger.cohortTotal('arrived', null);
  const ended = sumOf(OUTCOMES.map((outcome) => ledger.cohortTotal(outcome, null)));
  const perTier = ledger.shape.tiers.every(
    (_, tier) =>
      ledger.cohortTotal('arrived', tier) ===
      sumOf(OUTCOMES.map((outcome) => ledger.cohortTotal(outcome, tier))),
  );
  check(
    'outcomes partition arrivals',
    arrived === ended && perTier,
    `${arrived} arrived, ${ended} have an outcome`,
  );

  const begun = ledger.sessionTotal('started', null, null);
  const decided = sumOf(SESSION_OUTCOMES.map((outcome) => ledger.sessionTotal(outcome, null, null)));
  const everyTier = ledger.shape.tiers.every(
    (_, tier) =>
      ledger.sessionTotal('started', tier, null) ===
      sumOf(SESSION_OUTCOMES.map((outcome) => ledger.sessionTotal(outcome, tier, null))),
  );
  check(
    'outcomes partition sessions',
    begun === decided && everyTier,
    `${begun} began, ${decided} have an outcome`,
  );
  check(
    'users of closed loops think or wait',
    evidence.users === evidence.usersFound,
    `${evidence.users} users, ${evidence.usersFound} think or wait`,
  );

  check(
    'every token offered is accounted for',
    evidence.tokensOffered === 0,
    `${evidence.tokensOffered} tokens belong to requests without an outcome`,
  );
  check(
    'tokens emitted are tokens received',
    evidence.tokensEmitted === evidence.tokensReceived,
    `replicas emitted ${evidence.tokensEmitted}, requests received ${evidence.tokensReceived}`,
  );
  check('no service before arrival', evidence.causality === 0, `${evidence.causality} out of order`);

  for (const pool of ledger.shape.pools) {
    const capacity = pool.capacitySeconds;
    check(
      `busy time within capacity: ${pool.name}`,
      pool.busySeconds <= capacity * (1 + ROUNDING),
      `${pool.busySeconds} s busy of ${capacity} s`,
    );
  }

  let gpus = 0;
  for (const pool of ledger.shape.pools) {
    const used = sumOf(Object.values(pool.gpuSecondsByUse));
    check(
      `GPU time adds up: ${pool.name}`,
      Math.abs(used - pool.gpuSeconds) <= ROUNDING * Math.max(pool.gpuSeconds, 1),
      `${used} GPU s by use of ${pool.gpuSeconds} GPU s`,
    );
    gpus += pool.gpus;
  }
  const gpuSeconds = sumOf(ledger.shape.pools.map((pool) => pool.gpuSeconds));
  check(
    'no GPU comes or goes',
    Math.abs(gpuSeconds - gpus * duration) <= ROUNDING * gpuSeconds,
    `${gpuSeconds} GPU s of ${gpus} GPUs over ${duration} s`,
  );

  // Little's law on the sample path: the area under the number in system is the time that requests spend in it.
  const area = sumOf([...ledger.meanInSystem].map((mean) => mean * duration));
  const spent = evidence.timeInSystem.value;
  check(
    "Little's law on the sample path",
    Math.abs(area - spent) <= ROUNDING * Math.max(area, spent, 1),
    `area ${area} s, time spent ${spent} s`,
  );

  const failed = ledger.audit.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    throw new InvariantError(failed.map(({ name, detail }) => `the audit failed: ${name} (${detail})`));
  }
}
