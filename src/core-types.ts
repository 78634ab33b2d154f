/**
 * Types that the exports of `fleetyield/core` name in their signatures, so that users can write them. They follow from
 * those exports: `tests/library/exported-types.test.ts` says which is missing.
 */
export type { FittedRun } from './calibration/calibrate.ts';
export type { ComparedMetric, Comparison, Time as ComparedTime } from './calibration/comparison.ts';
export type { ReplayedRun } from './calibration/engine-replay.ts';
export type { FittedKind } from './calibration/fitted-step-times.ts';
export type { Accelerator } from './catalog/accelerator.ts';
export type { CatalogKind, CatalogKinds } from './catalog/catalog.ts';
export type { Engine } from './catalog/engine.ts';
export type { QuantileTable } from './catalog/lengths.ts';
export type { PublishedLimit, PublishedLimits, Renewal } from './catalog/limits.ts';
export type { Model } from './catalog/model.ts';
export type { OwnedGpuHour, TokenPrices } from './catalog/prices.ts';
export type { WeekProfile } from './catalog/profiles.ts';
export type { Confidence, Provenance } from './catalog/provenance.ts';
export type { Books } from './economics/books.ts';
export type { GpuHourCost, GpuHourLines } from './economics/costs/gpu-hour-cost.ts';
export type { Costs } from './economics/income-statement.ts';
export type { EconomicsRule } from './economics/price-book.ts';
export type { Bill, Course, RevenuePlan, Terms, Use } from './economics/revenue/revenue-plan.ts';
export type { SlaCredits } from './economics/revenue/sla-credits.ts';
export type {
  HourlySeries,
  OutcomeSeries,
  PoolHours,
  TierOutcomes,
  TierService,
} from './experiments/hourly-series.ts';
export type { FaultText } from './faults.ts';
export type { ArrivalCandidate, ArrivalChoice } from './fitting/arrival-candidates.ts';
export type { Figure, LengthFit, TenantFit, TriedCandidate } from './fitting/fit-workload.ts';
export type { TablePoint } from './fitting/length-table.ts';
export type { Observed, SessionSummary } from './fitting/observed.ts';
export type { TierNames } from './fitting/workload-yaml.ts';
export type { DegradationRule } from './gateway/degradation/index.ts';
export type { RateLimitRule } from './gateway/rate-limiter.ts';
export type { Spend, UsePrice } from './gateway/worth.ts';
export type { RequestRow } from './ids.ts';
export type { Path as ValuePath, Refusal } from './input/path.ts';
export type { AnyStrategy, Choice, ChoiceOf, Family, Strategy, WrittenChoice } from './input/strategy.ts';
export type { Defaulted, Written, WrittenFields, WrittenOf } from './input/written.ts';
export type { PluginFile, Plugins } from './plugins/plugins.ts';
export type { LoadedTrace, LoadedWeights } from './scenario/named-files.ts';
export type { Phase } from './serving/replica.ts';
export type { ServiceEnvironment } from './serving/service.ts';
export type { GatewayPlan, Link, NamedData, PoolPlan, TierPlan } from './simulation/cell.ts';
export type {
  FailurePlan,
  GpuUse,
  MaintenancePlan,
  PoolDynamics,
  ReallocationPlan,
  Treatment,
} from './simulation/dynamics/plan.ts';
export type {
  CohortCounter,
  FlowCounter,
  Latency,
  LedgerShape,
  PoolHour,
  PoolRecord,
  SessionCounter,
} from './simulation/ledger.ts';
export type { Sample } from './simulation/sample.ts';
export type { CounterStream } from './stats/counter-stream.ts';
export type {
  DurationDistributionChoice,
  DurationDistributionWritten,
  TokenDistributionChoice,
  TokenDistributionWritten,
} from './stats/distributions/choice.ts';
export type {
  DistributionEnvironment,
  QuantileTable as QuantilePairs,
} from './stats/distributions/distribution.ts';
export type { Moments } from './stats/moments.ts';
export type { QuantileSketch, QuantileSketchState } from './stats/quantile-sketch.ts';
export type { BoundedQueueMeans, QueueMeans } from './stats/queueing.ts';
export type { UniformSource } from './stats/uniform-source.ts';
export type { WeightSteps } from './stats/weight-steps.ts';
export type { CalendarMonths, ClockWindow, RunStart, WindowStart } from './units.ts';
export type { ArrivalEnvironment } from './workload/arrivals/arrival-process.ts';
export type { HourlyShape } from './workload/hourly-shape.ts';
export type { BlockId, PromptTree } from './workload/prompt-tree.ts';
export type { SourceEnvironment } from './workload/request-source.ts';
export type {
  BatchColumns,
  DeclaredColumns,
  EngineRecords,
  GrantedColumns,
  LatentColumns,
  ProgressColumns,
  RequestTable,
} from './workload/request-table.ts';
export type { TierRule } from './workload/tier.ts';
export type { TraceOptions } from './workload/traces/layout.ts';
export type { Trace } from './workload/traces/trace.ts';
