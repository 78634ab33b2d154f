/**
 * The page: what was simulated, the batches side by side, each in full, and how to read it all. One file, no scripts.
 */
import type { ComparisonOfScenarios } from '../../experiments/compare.ts';
import { visible } from '../../shown.ts';
import { number, seconds, tenths, usd } from '../shared/format.ts';
import { span, windowStart } from '../shared/result-table.ts';
import { SHORT_ID } from '../shared/store-options.ts';
import type { BatchReport } from './batch-report.ts';
import { comparisonSection } from './comparison.ts';
import { fleetSection } from './fleet.ts';
import { limitsSection } from './limits.ts';
import { Html, markup, type Content } from './markup.ts';
import { moneySection } from './money.ts';
import { pluginsSection } from './plugins.ts';
import { promisesSection } from './promises.ts';
import { latencySection, requestsSection } from './requests.ts';
import type { ScalingFile } from './scaling-file.ts';
import { scalingSection } from './scaling.ts';
import { estimated, table } from './table.ts';

export interface Report {
  /** The first is the baseline of the comparison. */
  readonly batches: readonly BatchReport[];
  /** `null` for a single batch. */
  readonly comparison: (ComparisonOfScenarios & { readonly replications: number }) | null;
  /** `null` where none was given. */
  readonly scaling: ScalingFile | null;
}

export function reportPage({ batches, comparison, scaling }: Report): string {
  const [first] = batches;
  const title = batches.map(({ name }) => name).join(' and ');
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>${new Html(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${comparison === null ? null : comparisonSection(comparison, first!.summary.confidence)}
          ${batches.map((batch) => batchSection(batch, batches.length > 1))}
          ${
            scaling === null
              ? null
              : scalingSection(
                  scaling,
                  batches.map(({ outline }) => outline.hash),
                )
          }
        </main>
      </body>
    </html>
`;
  return page.text;
}

function batchSection(report: BatchReport, isOneOfSeveral: boolean): Html {
  const { outline } = report;
  return markup`<article>
    <h2>${isOneOfSeveral ? report.name : 'In short'}</h2>
    ${outline.description === null ? null : markup`<p class="description">${outline.description.trim()}</p>`}
    ${[warnings, headline, reading].map((part) => part(report))}
    ${SECTIONS.map((section) => section(report))}
  </article>`;
}

/** Each returns `null` where it has no content. */
const SECTIONS: readonly ((report: BatchReport) => Html | null)[] = [
  requestsSection,
  latencySection,
  promisesSection,
  limitsSection,
  sessionsSection,
  fleetSection,
  moneySection,
  pluginsSection,
  auditSection,
  provenance,
];

function warnings({ summary, failures }: BatchReport): Html | null {
  const { done, planned, status } = summary;
  if (failures.length > 0) {
    const [one] = failures;
    return markup`<p class="warning">
      ${failures.length} replications failed; the estimates exclude them and may be biased; replication
      ${one!.replication}: ${one!.message}
    </p>`;
  }
  return status === 'unfinished'
    ? markup`<p class="warning">Not finished: ${done} of ${planned} replications are done.</p>`
    : null;
}

const HEADLINE = [
  ['share.served', 'of requests served', tenths],
  ['slo.attainment', 'within their service level', tenths],
  ['utilisation.busy', 'of the fleet busy', tenths],
  ['ttft.p99', 'TTFT p99 of all', seconds],
  ['revenue.perYear', 'revenue a year', usd],
  ['cost.perYear', 'cost a year', usd],
  ['margin.perYear', 'result a year', usd],
] as const;

const OF_SALES: readonly string[] = ['revenue.perYear', 'margin.perYear'];

function headline({ of }: BatchReport): Html {
  // Without revenue there is a cost but no result.
  const isSold = (of('revenue')?.mean ?? 0) !== 0;
  const entries = HEADLINE.filter(([metric]) => isSold || !OF_SALES.includes(metric)).flatMap(
    ([metric, name, show]) => {
      const found = of(metric);
      return (found?.mean ?? null) === null
        ? []
        : [markup`<div><dt>${name}</dt><dd>${estimated(found, show)}</dd></div>\n`];
    },
  );
  return markup`<dl class="headline">${entries}</dl>`;
}

/** What the numbers mean, explained once. */
function reading({ summary, outline }: BatchReport): Html {
  const { window, share } = outline;
  const { done, confidence } = summary;
  const cell =
    share === 1
      ? 'the whole fleet'
      : `one cell, of which ${number(1 / share)} make the provider: counts and rates in tables are the cell’s, those in pictures the provider’s`;
  const uncertainty =
    done === 1
      ? 'One replication: nothing is said of how sure the numbers are.'
      : `Numbers are estimates from n = ${number(done)} independent replications. ± and whiskers are ${number(100 * confidence)} % confidence intervals over replications, each by itself.`;
  return markup`<p>
    Simulated: ${span(window.to - window.from)} from ${windowStart(outline)}, ${cell}.
    ${uncertainty} A dash means that there is no data.
  </p>`;
}

const SESSIONS = ['started', 'completed', 'lost', 'late', 'full', 'unfinished'];

function sessionsSection({ outline, of }: BatchReport): Html | null {
  const tiers = outline.tiers.filter(
    (name) => (of('sessions.started', `tier:${name}`)?.mean ?? null) !== null,
  );
  if (tiers.length === 0) return null;
  const rows = tiers.map((name) => [
    name,
    ...SESSIONS.map((outcome) => estimated(of(`sessions.${outcome}`, `tier:${name}`), number)),
    estimated(of('share.runsSucceeded', `tier:${name}`), tenths),
  ]);
  return markup`<section>
    <h3>Sessions and agent runs</h3>
    ${table('Sessions that began in the window, a replication, and how they ended; agent runs are sessions with an outcome.', ['tier', ...SESSIONS, 'runs succeeded'], rows)}
  </section>`;
}

function auditSection({ audit, summary }: BatchReport): Html {
  const rows = audit.map(({ name, passed, detail }) => [name, passed ? 'passed' : 'failed', detail]);
  return markup`<section>
    <h3>Audit</h3>
    ${table(`Each of the ${number(summary.done)} replications balanced its books, or it would not be among them. What was compared in the first:`, ['check', 'result', 'in numbers'], rows, ['result', 'in numbers'])}
  </section>`;
}

function provenance({ summary, outline, origin, text, overrides }: BatchReport): Html {
  const time = (at: string) => `${at.slice(0, 16).replace('T', ' ')} UTC`;
  const facts: readonly (readonly [string, Content])[] = [
    ['scenario', visible(outline.name)],
    ['digest of the scenario', outline.hash],
    ['replaced in it', overrides.length === 0 ? 'nothing' : overrides.join('; ')],
    ['batch', summary.id.slice(0, SHORT_ID)],
    ['seed', summary.seed],
    ['replications', `${number(summary.done)} of ${number(summary.planned)} asked for`],
    ['run', `${time(origin.firstFinishedAt)} to ${time(origin.lastFinishedAt)}`],
    ['on', origin.machines.join('; ')],
    ['by', `fleetyield ${summary.version}, Node ${summary.node}`],
  ];
  return markup`<section>
    <h3>Where this comes from</h3>
    ${table('The same scenario, seed and version give the same numbers.', ['', 'value'], facts, ['value'])}
    <details>
      <summary>The scenario as it was written</summary>
      <pre>${text}</pre>
    </details>
  </section>`;
}

const STYLE = `:root { color-scheme: light; background: #ffffff; color: #1a1a1a }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; padding: 0 1rem }
h1 { font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere }
h2 { border-top: 2px solid #1a1a1a; font-size: 1.45rem; margin-top: 2.5rem; padding-top: 0.6rem; overflow-wrap: anywhere }
h3 { font-size: 1.15rem; margin-top: 2.2rem }
.description { font-size: 1.1rem; white-space: pre-line }
.warning { background: #fff3cd; border-left: 4px solid #b26a00; padding: 0.6rem 0.8rem }
.note { color: #555555 }
.headline { display: grid; gap: 0.8rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); margin: 1.2rem 0 }
.headline div { border: 1px solid #cccccc; border-radius: 4px; display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 0.6rem 0.8rem }
.headline dd { font-size: 1.3rem; font-weight: 600; margin: 0 }
.headline dt { color: #555555; font-size: 0.85rem }
small { color: #555555; font-size: 0.8em; font-weight: 400 }
small, data { display: inline-block; white-space: nowrap }
small { margin-left: 0.3em }
td small { display: block }
.table { overflow-x: auto }
table { border-collapse: collapse; font-size: 0.84rem; margin: 0.8rem 0; width: 100% }
caption { color: #555555; padding-bottom: 0.4rem; text-align: left }
th, td { border-bottom: 1px solid #dddddd; padding: 0.28rem 0.5rem; text-align: left; vertical-align: top }
thead th { border-bottom: 1px solid #1a1a1a }
tbody th { font-weight: 400 }
.number { font-variant-numeric: tabular-nums; text-align: right }
td { overflow-wrap: anywhere }
td.number { overflow-wrap: normal }
figure { margin: 1.2rem 0; overflow-x: auto }
figcaption { color: #555555; font-size: 0.9rem }
figure > svg { display: block; height: auto; max-width: 100%; min-width: 38rem; margin-top: 0.4rem }
.legend { display: flex; flex-wrap: wrap; font-size: 0.85rem; gap: 0.2rem 1.1rem; list-style: none; margin: 0.4rem 0; padding: 0 }
.legend svg { margin-right: 0.35rem }
pre { background: #f6f6f6; font-size: 0.75rem; overflow-x: auto; padding: 0.8rem }
@media print {
  body { font-size: 10pt; margin: 0; max-width: none; padding: 0 }
  article { break-before: page }
  article:first-of-type { break-before: auto }
  h2, h3, figcaption, caption, .legend { break-after: avoid }
  tr, svg, .table, .headline div { break-inside: avoid }
  .table, figure { overflow: visible }
  figure > svg { min-width: 0 }
  table { font-size: 8pt }
  pre { white-space: pre-wrap }
}
@page { margin: 15mm }
`;
