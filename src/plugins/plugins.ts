/**
 * Plugins: a user's own strategies and metrics, checked and ready to be used beside those that ship. They are a value
 * that is passed to the reader of scenarios: nothing is registered, and two scenarios in one process may have different
 * ones. It knows families, and nothing of files.
 */
import type { TSchema } from 'typebox';
import { MONEY_METRICS, MONEY_RATIOS } from '../economics/measure.ts';
import { COURSE_METRICS } from '../economics/subscribers.ts';
import { InputError } from '../errors.ts';
import { mapSchema } from '../input/schema.ts';
import { bindStrategy, memberSchema, type AnyStrategy } from '../input/strategy.ts';
import { metrics } from '../metrics/index.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Observation } from '../stats/index.ts';
import { FAMILY, PLUGIN_FAMILIES, type PluginFamily } from './define.ts';
import { EXTENDED_FAMILIES } from './families.ts';
import { checkedCall, guarded, OBJECT, type CalledAt, type Expected } from './guard.ts';

/** A plugin file, as it is kept with the batches that it was used in. */
export interface PluginFile {
  /** As it was given. */
  readonly file: string;
  /** SHA-256 of the file and of all that it imports. */
  readonly digest: string;
  /** The metrics that it adds. */
  readonly metrics: readonly { readonly name: string; readonly summary: string }[];
}

export interface Plugins {
  readonly files: readonly PluginFile[];
  /** What they add to each family, by what a member is called. */
  readonly strategies: ReadonlyMap<string, readonly AnyStrategy[]>;
  readonly metrics: readonly Metric[];
}

export const NO_PLUGINS: Plugins = { files: [], strategies: new Map(), metrics: [] };

/** The exports of a plugin file. */
export interface PluginModule {
  readonly file: string;
  readonly digest: string;
  /** Its default export, of whatever shape. */
  readonly exported: unknown;
}

/** Plugins from the exports of their files, in order. Throws `InputError` with all that is wrong with them. */
export function pluginsOf(modules: readonly PluginModule[]): Plugins {
  const strategies = new Map<string, AnyStrategy[]>();
  const added: Metric[] = [];
  const faults: { readonly file: string; readonly message: string }[] = [];
  /** Which file defines a name of a family. */
  const definedIn = new Map<string, string>();
  const files = modules.map(({ file, digest, exported }): PluginFile => {
    const refuse = (message: string) => void faults.push({ file, message });
    const own: Metric[] = [];
    for (const [index, one] of listOf(exported, refuse).entries()) {
      const wrong = shapeFault(one);
      if (wrong !== null) {
        refuse(`item ${index} of its default export ${wrong}`);
        continue;
      }
      const { family, name } = named(one as object);
      const called = `${family} ${name}`;
      const before = definedIn.get(called);
      if (before !== undefined) {
        refuse(`${called} is defined twice${before === file ? '' : `, also by ${before}`}; rename one`);
        continue;
      }
      definedIn.set(called, file);
      if (shippedNames(family).includes(name)) {
        refuse(`${called} ships with fleetyield; choose another ${family === 'metric' ? 'name' : 'kind'}`);
        continue;
      }
      const at = { file, name: called };
      if (family === 'metric') own.push(guardedMetric(at, one as Metric));
      else
        strategies.set(family, [
          ...(strategies.get(family) ?? []),
          guardedStrategy(at, family, one as AnyStrategy),
        ]);
    }
    added.push(...own);
    return { file, digest, metrics: own.map(({ name, summary }) => ({ name, summary })) };
  });
  if (faults.length > 0)
    throw new InputError(
      faults.map(({ file, message }) => ({ kind: 'plugin-file', place: file, path: '', message })),
    );
  return { files, strategies, metrics: added };
}

function listOf(exported: unknown, refuse: (message: string) => void): readonly unknown[] {
  if (Array.isArray(exported) && exported.length > 0) return exported as readonly unknown[];
  const found = exported === undefined ? 'has no default export' : 'has another default export';
  refuse(`${found}; it must be a list of what defineDiscipline, defineMetric and the like return`);
  return [];
}

type Unknown = Readonly<Record<string | symbol, unknown>>;

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isObject = (value: unknown): value is Unknown => OBJECT.holds(value);

const KIND = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const METRIC_NAME = /^[a-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$/;
const SCOPES: readonly unknown[] = ['total', 'tier', 'pool', 'hour'];

/** What is wrong with the shape of a definition, as part of a sentence; `null` where nothing is. */
function shapeFault(one: unknown): string | null {
  if (!isObject(one)) return 'is no object; use defineDiscipline, defineMetric or the like';
  const family = one[FAMILY];
  if (!(PLUGIN_FAMILIES as readonly unknown[]).includes(family))
    return 'was not made by defineDiscipline, defineMetric or the like';
  if (!isText(one['summary'])) return 'has no summary; it is one sentence for fleetyield list';
  return family === 'metric' ? metricFault(one) : strategyFault(one);
}

function metricFault({ name, unit, scopes, observe }: Unknown): string | null {
  if (!isText(name) || !METRIC_NAME.test(name)) return 'has no name such as queue.longest';
  if (!isText(unit)) return `(${name}) has no unit`;
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every((scope) => SCOPES.includes(scope)))
    return `(${name}) has no scopes; give some of ${SCOPES.join(', ')}`;
  return typeof observe === 'function' ? null : `(${name}) has no function observe`;
}

function strategyFault({ kind, parameters, example, create }: Unknown): string | null {
  if (!isText(kind) || !KIND.test(kind)) return 'has no kind such as longest-prompt-first';
  if (!isObject(parameters) || !Object.values(parameters).every(isObject))
    return `(${kind}) has no parameters; give an object of schemas, {} for none`;
  if ('kind' in parameters) return `(${kind}) has a parameter "kind", which is its own kind; rename it`;
  if (!isObject(example) || example['kind'] !== kind) return `(${kind}) has no example with kind: ${kind}`;
  return typeof create === 'function' ? null : `(${kind}) has no function create`;
}

function named(one: object): { readonly family: PluginFamily; readonly name: string } {
  const {
    [FAMILY]: family,
    kind,
    name,
  } = one as {
    readonly [FAMILY]: PluginFamily;
    readonly kind: string;
    readonly name: string;
  };
  return { family, name: family === 'metric' ? name : kind };
}

function shippedNames(family: PluginFamily): readonly string[] {
  if (family !== 'metric') return EXTENDED_FAMILIES[family].kinds;
  const money = Object.keys(MONEY_METRICS);
  return [
    ...metrics.map(({ name }) => name),
    ...money,
    ...money.map((name) => `${name}.perYear`),
    ...Object.keys({ ...MONEY_RATIOS, ...COURSE_METRICS }),
  ];
}

/** Whether a metric of a batch is a plugin's: no metric of this name ships. */
export const isOwnMetric = ({ metric }: { readonly metric: string }): boolean =>
  !shippedNames('metric').includes(metric);

function guardedStrategy(
  at: CalledAt,
  family: Exclude<PluginFamily, 'metric'>,
  strategy: AnyStrategy,
): AnyStrategy {
  const { contractOf, declares } = EXTENDED_FAMILIES[family];
  const made: AnyStrategy & { readonly declares?: object } = {
    kind: strategy.kind,
    summary: strategy.summary,
    parameters: strategy.parameters,
    example: strategy.example,
    create: (parameters, environment) => {
      const made = checkedCall(
        at,
        'create()',
        OBJECT,
        () => strategy.create(parameters, environment) as object,
      );
      return guarded(at, made, contractOf(made));
    },
    ...(declares === undefined ? {} : { declares }),
  };
  return made;
}

const OBSERVATION: Expected = {
  what: 'an observation such as { kind: "value", value: 1 }, with finite numbers or null',
  holds: (value) => isObject(value) && isObservation(value),
};

function isObservation({ kind, ...of }: Unknown): boolean {
  switch (kind as Observation['kind']) {
    case 'value':
      return of['value'] === null || Number.isFinite(of['value']);
    case 'ratio':
      return Number.isFinite(of['numerator']) && Number.isFinite(of['denominator']);
    case 'quantile':
      return Number.isFinite(of['p']) && isObject(of['sketch']);
    case 'spread':
      return ['count', 'mean', 'squares'].every((key) => Number.isFinite(of[key]));
    default:
      return false;
  }
}

const guardedMetric = (at: CalledAt, { name, unit, summary, scopes, observe }: Metric): Metric => ({
  name,
  unit,
  summary,
  scopes,
  observe: (ledger, scope) => checkedCall(at, 'observe()', OBSERVATION, () => observe(ledger, scope)),
});

/** A schema in which each family has the plugins' members too. */
export function extended<Schema extends TSchema>(schema: Schema, { strategies }: Plugins): Schema {
  return mapSchema(schema, (one) => {
    const added = typeof one['noun'] === 'string' ? strategies.get(one['noun']) : undefined;
    return added === undefined
      ? one
      : { ...one, oneOf: [...(one['oneOf'] as readonly unknown[]), ...added.map(memberSchema)] };
  }) as Schema;
}

/** The places of a scenario at which a plugin's strategy may be chosen. */
interface Choices {
  readonly gateway: {
    readonly discipline: object;
    readonly admission: object;
    readonly routing: object;
    readonly rateLimits: readonly object[];
  };
  readonly fleet: { readonly pools: readonly { readonly serving: object }[] };
}

/** Lets the choices of a scenario be made into the plugins' strategies, where they name one. */
export function bindPlugins({ gateway, fleet }: Choices, { strategies }: Plugins): void {
  const bind = (family: PluginFamily, choice: unknown) => {
    const found = strategies
      .get(family)
      ?.find(({ kind }) => kind === (choice as { kind?: unknown } | undefined)?.kind);
    if (found !== undefined) bindStrategy(choice as object, found);
  };
  bind('discipline', gateway.discipline);
  bind('admission', gateway.admission);
  bind('routing', gateway.routing);
  for (const rule of gateway.rateLimits) bind('rate limit', (rule as { algorithm?: unknown }).algorithm);
  for (const { serving } of fleet.pools)
    bind('step-time model', (serving as { stepTime?: unknown }).stepTime);
}
