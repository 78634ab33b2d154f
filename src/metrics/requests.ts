/** Counts and shares of requests by outcome, over the requests that arrive in the window. */
import { OUTCOMES } from '../simulation/outcome.ts';
import type { CohortCounter, Ledger } from '../simulation/ledger.ts';
import { SHARE } from '../units.ts';
import { ratio, tierOf, value, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'tier', 'hour'] as const;

/** A cohort counter over a scope. */
function counted(ledger: Ledger, counter: CohortCounter, scope: Scope): number {
  if (scope.kind !== 'hour') return ledger.cohortTotal(counter, tierOf(scope));
  return ledger.shape.tiers.reduce((sum, _, tier) => sum + ledger.cohortInHour(counter, tier, scope.hour), 0);
}

function count(name: string, counter: CohortCounter, summary: string, unit = 'requests'): Metric {
  return {
    name,
    unit,
    summary,
    scopes: SCOPES,
    observe: (ledger, scope) => value(counted(ledger, counter, scope)),
  };
}

function share(name: string, above: readonly CohortCounter[], below: CohortCounter, summary: string): Metric {
  return {
    name,
    unit: SHARE,
    summary,
    scopes: SCOPES,
    observe: (ledger, scope) =>
      ratio(
        above.reduce((sum, counter) => sum + counted(ledger, counter, scope), 0),
        counted(ledger, below, scope),
      ),
  };
}

const MEANINGS: Record<(typeof OUTCOMES)[number] | 'arrived' | 'degraded', string> = {
  arrived: 'that arrived in the window',
  served: 'served whole',
  limited: 'refused by a rate limit, retries exhausted',
  shed: 'refused for lack of room, retries exhausted, or deferrable and late',
  abandoned: 'whose client gave up, waiting or by its deadline',
  failed: 'that could never have been served, or went down with their replica',
  unfinished: 'without an outcome when the run ended',
  degraded: 'served with less than was declared',
};

const counters = ['arrived', ...OUTCOMES, 'degraded'] as const;

export const requestMetrics: readonly Metric[] = [
  ...counters.map((counter) => count(`requests.${counter}`, counter, `Requests ${MEANINGS[counter]}.`)),
  count('requests.withFeature', 'withFeature', 'Requests that asked for a feature and got it.'),
  count(
    'requests.late',
    'late',
    'Deferrable requests whose window closed before they were served, shed by then.',
  ),
  count('attempts', 'attempts', 'Attempts made by the requests that arrived.', 'attempts'),
  count('interruptions', 'interruptions', 'Times that running requests lost their replica.', 'interruptions'),
  count('preemptions', 'preemptions', 'Times that running requests lost their place.', 'preemptions'),
  ...[...OUTCOMES, 'degraded' as const].map((counter) =>
    share(`share.${counter}`, [counter], 'arrived', `Share of arrivals: requests ${MEANINGS[counter]}.`),
  ),
  share('share.withFeature', ['withFeature'], 'arrived', 'Share of arrivals: requests with a feature.'),
  share(
    'share.attemptsRefused',
    ['attemptsLimited', 'attemptsShed'],
    'attempts',
    'Attempts refused by a limit or for lack of room ÷ attempts.',
  ),
];
