/** The SLOs of the tiers, and whether they were met. */
import type { Estimate } from '../../experiments/estimate.ts';
import type { Slo } from '../../workload/tier.ts';
import { percent, seconds, tenths } from '../shared/format.ts';
import { hasHours, type BatchReport } from './batch-report.ts';
import { BLUE, certainty, figure, INK } from './figure.ts';
import { shareDrawing } from './hour-drawings.ts';
import { markup, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

/** `null` where there is no SLO. */
export function promisesSection(report: BatchReport): Html | null {
  const { outline, of, hours, summary } = report;
  const promised = outline.tiers.flatMap((name, index) => {
    const attained = of('slo.attainment', `tier:${name}`);
    return (attained?.mean ?? null) === null
      ? []
      : [{ name, slo: outline.slos?.[index] ?? null, attained: attained!, index }];
  });
  if (promised.length === 0) return null;
  const rows = promised.map(({ name, slo, attained }) => [
    name,
    slo === null ? 'not kept in this store' : promiseOf(slo),
    slo === null ? '–' : percent(slo.target),
    estimated(attained, tenths),
    estimated(of('slo.attainmentServed', `tier:${name}`), tenths),
    slo === null ? '' : kept(attained, slo.target),
  ]);
  const drawings = promised.flatMap(({ name, slo, index }) => {
    const { attainment } = hours.tiers[index]!;
    return attainment === null || !hasHours(report)
      ? []
      : [
          shareDrawing(
            name,
            { what: 'service level kept', shares: attainment, target: slo?.target ?? null },
            hours.hourOfWeek,
          ),
        ];
  });
  return markup`<section>
    <h3>What was promised, and kept</h3>
    ${table(
      'Share of requests served within every bound of their tier’s service level. Who was refused was not served within it.',
      ['tier', 'promise', 'target', 'of those that arrived', 'of those served', 'target met'],
      rows,
      ['promise', 'target met'],
    )}${
      drawings.length === 0
        ? null
        : figure(
            `Share of those that arrived in each hour that was served within its bounds, with ${certainty(summary.confidence)}.`,
            [
              { name: 'kept', colour: BLUE },
              { name: 'target (dashed)', colour: INK },
            ],
            drawings,
          )
    }
  </section>`;
}

function promiseOf({ ttft, tpot, e2e }: Slo): string {
  const bounds = Object.entries({ TTFT: ttft, TPOT: tpot, E2E: e2e });
  const written = bounds.flatMap(([name, bound]) =>
    bound === undefined ? [] : [`${name} ≤ ${seconds(bound)}`],
  );
  return written.length === 0 ? 'to be served' : written.join(', ');
}

/** Decided by the whole interval; without one nothing is decided. */
function kept({ mean, halfWidth }: Estimate, target: number): string {
  if (halfWidth === null) return 'undecided';
  if (mean! - halfWidth >= target) return 'yes';
  return mean! + halfWidth < target ? 'no' : 'undecided';
}
