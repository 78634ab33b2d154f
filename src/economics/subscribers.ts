/**
 * Projects how a window's quality of service changes a tier's subscribers of the provider over the year ahead. Each
 * replication projects its own course; nothing is simulated beyond the window.
 */
import type { Ledger } from '../simulation/ledger.ts';
import type { Measurement } from '../stats/index.ts';
import { SHARE, SHARE_PER_MONTH } from '../units.ts';
import type { PriceBook } from './price-book.ts';

/** Months for which subscribers are reported. */
const TOLD_MONTHS = [1, 6, 12] as const;

export const COURSE_METRICS = {
  servedWell: {
    unit: SHARE,
    summary:
      'Share of arrivals within their SLO, or served where there is none, times the mean quality of what is completed.',
  },
  churn: {
    unit: SHARE_PER_MONTH,
    summary: 'Share of the subscribers who leave in a month if service stays as it was in the window.',
  },
  ...Object.fromEntries(
    TOLD_MONTHS.flatMap((month) => [
      [
        `subscribers.month${month}`,
        { unit: 'tenants', summary: `Subscribers of the provider after ${months(month)} of such service.` },
      ],
      [
        `revenue.month${month}`,
        { unit: 'USD/month', summary: `What they pay the provider for a month after ${months(month)}.` },
      ],
    ]),
  ),
} satisfies Readonly<Record<string, { readonly unit: string; readonly summary: string }>>;

function months(count: number): string {
  return count === 1 ? 'a month' : `${count} months`;
}

/** Courses of the tiers whose plan has one; for the total, only quantities that add up. */
export function measureCourses(ledger: Ledger, book: PriceBook): Measurement[] {
  const measure = (scope: string, metric: string, value: number | null): Measurement => ({
    scope,
    metric,
    unit: (COURSE_METRICS as Readonly<Record<string, { unit: string }>>)[metric]!.unit,
    observation: { kind: 'value', value },
  });
  const totals = new Map<string, number | null>();
  const ofTiers = ledger.shape.tiers.flatMap((name, tier): Measurement[] => {
    const course = book.plans[tier]?.course;
    if (course === undefined) return [];
    const servedWell = servedWellOf(ledger, tier);
    const scope = `tier:${name}`;
    const projected = servedWell === null ? null : course(book.tenants[tier]! / book.share, servedWell);
    const monthly = TOLD_MONTHS.flatMap((month) => {
      const subscribers = projected?.subscribers[month - 1] ?? null;
      const usd = subscribers === null ? null : subscribers * projected!.usdPerSubscriberMonth;
      return [
        [`subscribers.month${month}`, subscribers],
        [`revenue.month${month}`, usd],
      ] as const;
    });
    for (const [metric, value] of monthly) {
      const before = totals.get(metric);
      totals.set(metric, value === null || before === null ? null : (before ?? 0) + value);
    }
    return [
      measure(scope, 'servedWell', servedWell),
      measure(scope, 'churn', projected?.churnPerMonth ?? null),
      ...monthly.map(([metric, value]) => measure(scope, metric, value)),
    ];
  });
  return [...[...totals].map(([metric, value]) => measure('total', metric, value)), ...ofTiers];
}

/** `null` when no request arrived, or when none was completed, so that there is no quality. */
function servedWellOf(ledger: Ledger, tier: number): number | null {
  const arrived = ledger.cohortTotal('arrived', tier);
  if (arrived === 0) return null;
  const well = ledger.cohortTotal(ledger.shape.promised[tier]! ? 'withinSlo' : 'served', tier) / arrived;
  if (well === 0) return 0;
  const completed = ledger.flowTotal('completed', tier, null);
  return completed === 0 ? null : well * (1 - ledger.flowTotal('qualityLost', tier, null) / completed);
}
