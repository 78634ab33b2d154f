/** Outcomes of sessions, and of the agent runs among them, by start time. Tiers without them have no data. */
import type { Ledger, SessionCounter } from '../simulation/ledger.ts';
import { SHARE } from '../units.ts';
import { ratio, tierOf, value, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'tier', 'hour'] as const;

type Kind = 'sessions' | 'runs';

/** Whether a tier has sessions of this kind: each agent run is also a session. */
const isOf = (kind: Kind, tier: Ledger['shape']['sessions'][number]) =>
  kind === 'runs' ? tier === 'runs' : tier !== 'none';

/** Counters over the tiers of a scope that have such sessions; `null` when none has. */
function counted(
  ledger: Ledger,
  kind: Kind,
  counters: readonly SessionCounter[],
  scope: Scope,
): number | null {
  const only = tierOf(scope);
  const hour = scope.kind === 'hour' ? scope.hour : null;
  let total: number | null = null;
  ledger.shape.sessions.forEach((has, tier) => {
    if (!isOf(kind, has) || (only !== null && only !== tier)) return;
    for (const counter of counters) total = (total ?? 0) + ledger.sessionTotal(counter, tier, hour);
  });
  return total;
}

function count(name: string, kind: Kind, counters: readonly SessionCounter[], summary: string): Metric {
  return {
    name: `${kind}.${name}`,
    unit: kind,
    summary,
    scopes: SCOPES,
    observe: (ledger, scope) => value(counted(ledger, kind, counters, scope)),
  };
}

export const sessionMetrics: readonly Metric[] = [
  count('started', 'sessions', ['started'], 'Sessions whose first request arrived in the window.'),
  count('completed', 'sessions', ['completed'], 'Sessions that made all their requests.'),
  count('lost', 'sessions', ['lost'], 'Sessions that a lost request ended.'),
  count('late', 'sessions', ['late'], 'Sessions that the deadline of their run ended.'),
  count('full', 'sessions', ['full'], 'Sessions that a full context ended.'),
  count('unfinished', 'sessions', ['unfinished'], 'Sessions under way when the run ended.'),
  count('started', 'runs', ['started'], 'Agent runs whose first call arrived in the window.'),
  count('succeeded', 'runs', ['completed'], 'Agent runs whose calls were all served within the deadline.'),
  count('failed', 'runs', ['lost', 'late', 'full'], 'Agent runs that failed, for whatever reason.'),
  count(
    'callLost',
    'runs',
    ['lost'],
    'Agent runs of which a call was refused, abandoned or failed for good.',
  ),
  count('deadlineMissed', 'runs', ['late'], 'Agent runs whose deadline passed.'),
  count('contextFull', 'runs', ['full'], 'Agent runs whose next prompt would have been too long.'),
  count('unfinished', 'runs', ['unfinished'], 'Agent runs under way when the simulation ended.'),
  {
    name: 'share.runsSucceeded',
    unit: SHARE,
    summary: 'Agent runs that succeeded ÷ agent runs that began.',
    scopes: SCOPES,
    observe: (ledger, scope) =>
      ratio(
        counted(ledger, 'runs', ['completed'], scope) ?? 0,
        counted(ledger, 'runs', ['started'], scope) ?? 0,
      ),
  },
];
