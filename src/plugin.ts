/**
 * What a plugin imports: the helpers that define strategies and metrics, and the parts that shipped strategies are made
 * of. It is also in the library; this entry loads fast, in each thread that runs replications.
 */
export * from './plugins/define.ts';
export { ParameterError } from './errors.ts';
export { NO_ROW, type RequestRow } from './ids.ts';
export {
  Count,
  Duration,
  Flag,
  List,
  NonNegative,
  OneOf,
  Positive,
  PositiveDuration,
  Probability,
  Share,
  WholeNumber,
} from './input/schema.ts';
export { ArrivalOrder, QueueLinks } from './gateway/disciplines/arrival-order.ts';
export {
  importanceOf,
  type DisciplineEnvironment,
  type QueuedTier,
  type ServiceAccount,
  type WaitingQueue,
} from './gateway/disciplines/discipline.ts';
export { KeyedQueue } from './gateway/disciplines/keyed-queue.ts';
export { tiersNamed, type Admission, type AdmissionEnvironment } from './gateway/admission/admission.ts';
export type { QueueView } from './gateway/telemetry.ts';
export { scaledLimit, type RateLimit, type RateLimitEnvironment } from './gateway/rate-limits/rate-limit.ts';
export { drawAmong, type RoutedRequest, type Router, type Routing } from './gateway/routing/routing.ts';
export type { StepTime, StepTimeEnvironment, StepWork } from './serving/step-time/step-time.ts';
export { poolOf, ratio, secondsOf, tierOf, value, type Metric, type Scope } from './metrics/metric.ts';
export type { Ledger } from './simulation/ledger.ts';
export type { Observation, UniformSource } from './stats/index.ts';
export type { Strategy } from './input/strategy.ts';
export { arrivedBefore, type DeclaredColumns } from './workload/request-table.ts';
