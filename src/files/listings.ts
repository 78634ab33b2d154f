/**
 * The lists behind `fleetyield list`: strategies with their schemas, metrics, and the facts and scenarios that ship. It
 * knows families, and nothing of how they are shown.
 */
import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import type { CatalogFile, CatalogKind } from '../catalog/catalog.ts';
import type { Provenance } from '../catalog/provenance.ts';
import { memberSchema } from '../input/strategy.ts';
import { SourceDocument } from '../input/source-document.ts';
import { gpuHours } from '../economics/costs/index.ts';
import { MONEY_METRICS, MONEY_RATIOS } from '../economics/measure.ts';
import { revenuePlans } from '../economics/revenue/index.ts';
import { COURSE_METRICS } from '../economics/subscribers.ts';
import { shippedCatalog } from './catalog-files.ts';
import { preparedSummaries } from './prepared.ts';
import { shippedScenarios } from './shipped-scenarios.ts';
import { admissions } from '../gateway/admission/index.ts';
import { actions, triggers } from '../gateway/degradation/index.ts';
import { disciplines } from '../gateway/disciplines/index.ts';
import { limitActions } from '../gateway/limit-actions/index.ts';
import { RESOURCES } from '../gateway/limited-resources.ts';
import { rateLimits } from '../gateway/rate-limits/index.ts';
import { routings } from '../gateway/routing/index.ts';
import { metrics } from '../metrics/index.ts';
import type { Plugins } from '../plugins/plugins.ts';
import { services } from '../serving/index.ts';
import { stepTimes } from '../serving/step-time/index.ts';
import { durationDistributions, tokenDistributions } from '../stats/index.ts';
import { unitText } from '../units.ts';
import { activities } from '../workload/activity/index.ts';
import { arrivals, batchSizes, gapDistributions } from '../workload/arrivals/index.ts';
import { TRACE_FORMATS } from '../workload/traces/index.ts';

/** One choice or metric. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** An example, and the schema of its parameters, where it is a strategy. */
  readonly example?: object;
  readonly schema?: TSchema;
  /** Where its numbers come from, where that is shown. */
  readonly sources?: readonly string[];
}

/** The entries of one family, in the order in which they are shown. */
export interface Listing {
  readonly summary: string;
  readonly entries: () => Entry[];
  /** Whether these are facts and scenarios that ship, and no code. */
  readonly ships?: true;
}

interface AnyFamily {
  readonly summary: string;
  readonly schema: TSchema;
  readonly strategies: readonly {
    readonly kind: string;
    readonly summary: string;
    readonly example: object;
  }[];
}

function family(of: AnyFamily): Listing {
  const schemas = (of.schema as { oneOf?: readonly TSchema[] }).oneOf ?? [];
  return {
    summary: of.summary,
    entries: () =>
      of.strategies.map(({ kind, summary, example }, index) => ({
        name: kind,
        summary,
        example,
        schema: schemas[index]!,
      })),
  };
}

function catalogue(kind: CatalogKind, summary: string): Listing {
  return { summary, entries: () => entriesOf(kind, false), ships: true };
}

/** The entries of one kind of the catalogue, with where each number comes from if that is asked for. */
function entriesOf(kind: CatalogKind, withSources: boolean): Entry[] {
  const entries = shippedCatalog().entries.filter((entry) => entry.kind === kind);
  return entries.map(({ name, summary, provenance }) => ({
    name,
    summary,
    ...(withSources ? { sources: [...new Set(provenance.map(sourceOf))] } : {}),
  }));
}

const sourceOf = ({ confidence, source, asOf }: Provenance): string => `${confidence}, ${asOf}: ${source}`;

/** By family. */
export const LISTINGS: Readonly<Record<string, Listing>> = {
  arrivals: family(arrivals),
  activity: family(activities),
  'batch-sizes': family(batchSizes),
  'gap-distributions': family(gapDistributions),
  'duration-distributions': family(durationDistributions),
  'token-distributions': family(tokenDistributions),
  traces: {
    summary: 'The layouts of trace files that can be replayed.',
    entries: () => Object.entries(TRACE_FORMATS).map(([name, { summary }]) => ({ name, summary })),
  },
  'rate-limits': family(rateLimits),
  'limit-resources': {
    summary: 'What a rate limit can count.',
    entries: () => Object.entries(RESOURCES).map(([name, { summary }]) => ({ name, summary })),
  },
  'limit-actions': family(limitActions),
  triggers: family(triggers),
  actions: family(actions),
  admission: family(admissions),
  disciplines: family(disciplines),
  routing: family(routings),
  serving: family(services),
  'step-times': family(stepTimes),
  revenue: family(revenuePlans),
  'gpu-hours': family(gpuHours),
  metrics: {
    summary: 'What a run measures.',
    entries: () => [
      ...metrics.map(({ name, summary, unit }) => ({ name, summary: withUnit(summary, unit) })),
      ...Object.entries(MONEY_METRICS).map(([name, summary]) => ({
        name,
        summary: withUnit(summary, 'USD'),
      })),
      ...Object.entries({ ...MONEY_RATIOS, ...COURSE_METRICS }).map(([name, { summary, unit }]) => ({
        name,
        summary: withUnit(summary, unit),
      })),
    ],
  },
  scenarios: {
    summary: 'The scenarios that ship with the program.',
    ships: true,
    entries: () => {
      const files = scenarioTexts();
      const summaries = preparedSummaries(files) ?? scenarioSummaries(files);
      return shippedScenarios().map(({ name }, index) => ({
        name,
        summary: summaries[index]!,
      }));
    },
  },
  accelerators: catalogue('accelerator', 'GPUs of the catalogue.'),
  models: catalogue('model', 'Models of the catalogue.'),
  limits: {
    summary: 'Published limits of providers, for `preset` in gateway.rateLimits.',
    ships: true,
    entries: () => {
      const counted = (name: string) =>
        new Set(
          shippedCatalog()
            .limits(name)!
            .limits.map(({ resource }) => resource),
        );
      return entriesOf('limits', true).map((entry) => ({
        ...entry,
        summary: `${entry.summary}; counts ${[...counted(entry.name)].join(', ')}`,
      }));
    },
  },
  engines: {
    summary: 'Settings of serving engines, for `preset` in serving.',
    ships: true,
    entries: () => entriesOf('engine', true),
  },
  profiles: catalogue('week-profile', 'Shapes of a week of demand.'),
  'quantile-tables': catalogue('quantile-table', 'Measured length distributions.'),
  'owned-gpu-hours': catalogue('owned-gpu-hour', 'Build-ups of the cost of an owned GPU-hour.'),
  'token-prices': catalogue('token-prices', 'Published prices per token.'),
};

/** What `--plugin` calls the members of a family, by the name of its list. */
const PLUGIN_LISTS: Readonly<Record<string, string>> = {
  disciplines: 'discipline',
  'rate-limits': 'rate limit',
  routing: 'routing',
  admission: 'admission',
  'step-times': 'step-time model',
};

/** The lists, with what plugins add to each at its end. */
export function listingsWith({ strategies, metrics: added }: Plugins): Readonly<Record<string, Listing>> {
  const withMore = (listing: Listing, more: readonly Entry[]): Listing =>
    more.length === 0 ? listing : { ...listing, entries: () => [...listing.entries(), ...more] };
  return Object.fromEntries(
    Object.entries(LISTINGS).map(([list, listing]) => {
      const members = strategies.get(PLUGIN_LISTS[list] ?? '') ?? [];
      const entries =
        list === 'metrics'
          ? added.map(({ name, summary, unit }) => ({ name, summary: withUnit(summary, unit) }))
          : members.map((one): Entry => ({
              name: one.kind,
              summary: one.summary,
              example: one.example,
              schema: memberSchema(one),
            }));
      return [list, withMore(listing, entries)];
    }),
  );
}

/** The texts of the scenarios that ship. */
export const scenarioTexts = (): CatalogFile[] =>
  shippedScenarios().map(({ path }) => ({ name: path, text: readFileSync(path, 'utf8') }));

/** The first line of each scenario's description; of its opening comment where it has none. */
export const scenarioSummaries = (files: readonly CatalogFile[]): string[] => files.map(aboutScenario);

function aboutScenario({ name, text }: CatalogFile): string {
  const { description } = new SourceDocument(text, name).toData() as { description?: string };
  const [first = ''] = (description?.trim() ?? text.replace(/^# ?/, '')).split('\n');
  return first;
}

function withUnit(summary: string, unit: string): string {
  return `${summary} [${unitText(unit)}]`;
}
