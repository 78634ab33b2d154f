/**
 * The helpers that a plugin is written with: each marks a strategy with its family, so that a module can export
 * strategies of several families in one list. The mark is the same for every copy of the program, so a plugin may
 * import another one than the one that runs it.
 */
import type { TProperties } from 'typebox';
import type { AdmissionEnvironment, Admission } from '../gateway/admission/admission.ts';
import type { DisciplineEnvironment, WaitingQueue } from '../gateway/disciplines/discipline.ts';
import type { RateLimit, RateLimitEnvironment } from '../gateway/rate-limits/rate-limit.ts';
import type { Routing } from '../gateway/routing/routing.ts';
import type { Strategy } from '../input/strategy.ts';
import type { Metric } from '../metrics/metric.ts';
import type { StepTime, StepTimeEnvironment } from '../serving/step-time/step-time.ts';

/** The key of a definition under which its family is. */
export const FAMILY = Symbol.for('fleetyield.plugin-family');

/** The families that plugins add to, as messages call their members. */
export const PLUGIN_FAMILIES = [
  'discipline',
  'rate limit',
  'routing',
  'admission',
  'step-time model',
  'metric',
] as const;
export type PluginFamily = (typeof PLUGIN_FAMILIES)[number];

/** One thing that a plugin defines: a strategy or a metric, marked with its family. */
export interface Definition {
  readonly [FAMILY]: PluginFamily;
}

/** A member of a plugin's list with its own type. */
export type Defined<Of> = Of & Definition;

const marked = <Of extends object>(family: PluginFamily, of: Of): Defined<Of> => ({
  ...of,
  [FAMILY]: family,
});

const definerOf =
  <Environment, Product>(family: PluginFamily) =>
  <const Kind extends string, const P extends TProperties>(
    strategy: Strategy<Kind, P, Environment, Product>,
  ): Defined<Strategy<Kind, P, Environment, Product>> =>
    marked(family, strategy);

/**
 * Defines a queue discipline: the order in which waiting requests are served. `create` is called once for each queue of
 * a replication and returns a `WaitingQueue`; `KeyedQueue` is one for every order by a key that is fixed when a request
 * joins.
 *
 * @example
 * export default [
 *   defineDiscipline({
 *     kind: 'longest-prompt-first',
 *     summary: 'The longest prompt first.',
 *     parameters: {},
 *     example: { kind: 'longest-prompt-first' },
 *     create: (_, environment) =>
 *       new KeyedQueue(environment, (row) => -environment.declared.promptTokens[row]),
 *   }),
 * ];
 */
export const defineDiscipline = definerOf<DisciplineEnvironment, WaitingQueue>('discipline');

/**
 * Defines a rate-limit algorithm: how much each key may use, and when more conforms. `create` is called once for each
 * rule of a replication; `RateLimitEnvironment` has the number of keys and the scale of the cell.
 *
 * @example
 * defineRateLimit({
 *   kind: 'one-at-a-time',
 *   summary: 'One unit in use for each key.',
 *   parameters: {},
 *   example: { kind: 'one-at-a-time' },
 *   create: (_, { keys }) => {
 *     const used = new Float64Array(keys);
 *     return {
 *       untilEnd: true,
 *       delay: (key, amount) => (used[key] + amount <= 1 ? 0 : NaN),
 *       delayUntilPositive: (key) => (used[key] < 1 ? 0 : NaN),
 *       debit: (key, amount) => void (used[key] += amount),
 *       credit: (key, amount) => void (used[key] -= amount),
 *       level: (key) => 1 - used[key],
 *     };
 *   },
 * });
 */
export const defineRateLimit = definerOf<RateLimitEnvironment, RateLimit>('rate limit');

/**
 * Defines a routing: which replica of its model a request is sent to. `create` is called once a replication, and the
 * router it makes once for each model.
 *
 * @example
 * defineRouting({
 *   kind: 'first-that-can',
 *   summary: 'The first replica that could ever serve the request.',
 *   parameters: {},
 *   example: { kind: 'first-that-can' },
 *   create: () => ({
 *     queue: 'per-replica',
 *     createRouter: (loads) => ({
 *       choose: (request) => loads.findIndex((_, place) => request.isHeldBy(place)),
 *       loadChanged: () => {},
 *     }),
 *   }),
 * });
 */
export const defineRouting = definerOf<null, Routing>('routing');

/**
 * Defines an admission rule: which requests may enter the queue. `create` is called once a replication.
 *
 * @example
 * defineAdmission({
 *   kind: 'short-prompts',
 *   summary: 'Prompts of at most a number of tokens.',
 *   parameters: { most: Count({ description: 'The longest prompt admitted [tokens].' }) },
 *   example: { kind: 'short-prompts', most: 4000 },
 *   create: ({ most }, { declared }) => ({
 *     admits: (row) => declared.promptTokens[row] <= most,
 *     displaces: 'none',
 *     entersBeyondBound: () => false,
 *     readsRoom: false,
 *     readsGaps: false,
 *   }),
 * });
 */
export const defineAdmission = definerOf<AdmissionEnvironment, Admission>('admission');

/**
 * Defines a step-time model: how long one step of an engine takes, given its work [s]. `create` is called once for each
 * pool of a replication.
 *
 * @example
 * defineStepTime({
 *   kind: 'per-sequence',
 *   summary: 'A fixed time, and more for each sequence.',
 *   parameters: { base: Duration({ description: 'An empty step.' }) },
 *   example: { kind: 'per-sequence', base: '10ms' },
 *   create: ({ base }) => ({
 *     duration: (work) => base + 0.001 * work.sequences,
 *     perKvToken: () => 0,
 *     kvLinearUntil: () => Infinity,
 *   }),
 * });
 */
export const defineStepTime = definerOf<StepTimeEnvironment, StepTime>('step-time model');

/**
 * Defines a metric: a function from the books of a replication (`Ledger`) to an observation. It is estimated, stored,
 * compared and reported as the shipped ones are.
 *
 * @example
 * defineMetric({
 *   name: 'share.mine',
 *   unit: '1',
 *   summary: 'Share of arrivals that were served whole.',
 *   scopes: ['total', 'tier'],
 *   observe: (ledger, scope) =>
 *     ratio(ledger.cohortTotal('served', tierOf(scope)), ledger.cohortTotal('arrived', tierOf(scope))),
 * });
 */
export const defineMetric = (metric: Metric): Defined<Metric> => marked('metric', metric);
