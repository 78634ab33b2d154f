/**
 * Types that the exports of `fleetyield` name in their signatures, beside those of `fleetyield/core`. They follow from
 * those exports: `tests/library/exported-types.test.ts` says which is missing.
 */
export type * from './core-types.ts';
export type { JobCost } from './batch/job-cost.ts';
export type { ReplicationTask, TaskObstacle, TaskOutcome } from './batch/replication-task.ts';
export type { BatchProgress, Threads } from './batch/run-batch.ts';
export type { CampaignContext } from './campaigns/context.ts';
export type { WarmUpReport } from './campaigns/pilot-warm-up.ts';
export type { PrecisionReport } from './campaigns/precision-report.ts';
export type { CampaignParametersOf } from './campaigns/requests.ts';
export type { PoolReplicas, ScalingPoint } from './campaigns/scaling-document.ts';
export type { MorrisOfMetric, TornadoBar, TornadoEnd, TornadoOfMetric } from './campaigns/sensitivity.ts';
export type { Month, MonthOfSize, SubscribersOfMonth } from './campaigns/subscribers-document.ts';
export type { Design } from './campaigns/choices.ts';
export type { SweptPoint, VariedPath } from './campaigns/sweep.ts';
export type { CatalogEntry } from './catalog/catalog.ts';
export type { Column, MetricLayout, Spread } from './experiments/observation-parts.ts';
export type { ComparisonOfScenarios, Difference, PairedScenario } from './experiments/compare.ts';
export type { Verdict } from './experiments/elasticity.ts';
export type { MetricAddress } from './experiments/metric-address.ts';
export type { PrecisionTarget } from './experiments/precision.ts';
export type {
  Advice,
  Arc,
  Bounds,
  Elasticities,
  Measure,
  RegimeChange,
  RegimeOf,
  Scaling,
  ShadowPrice,
} from './experiments/scaling.ts';
export type { ElementaryEffects } from './experiments/screening.ts';
export type { ReadingListener, ReadingProgress } from './files/file-bytes.ts';
export type { HeldFiles, InputFiles } from './files/input-files.ts';
export type { MeasuredFormat } from './files/measured-files.ts';
export type { ReadFile } from './files/text-file.ts';
export type { Admission, AdmissionEnvironment } from './gateway/admission/admission.ts';
export type { QueueLinks } from './gateway/disciplines/arrival-order.ts';
export type {
  DisciplineEnvironment,
  QueuedTier,
  ServiceAccount,
  WaitingQueue,
} from './gateway/disciplines/discipline.ts';
export type { RateLimit, RateLimitEnvironment } from './gateway/rate-limits/rate-limit.ts';
export type { RoutedRequest, Router, Routing } from './gateway/routing/routing.ts';
export type { QueueView } from './gateway/telemetry.ts';
export type { Scope } from './metrics/metric.ts';
export type { PluginFamily } from './plugins/define.ts';
export type {
  AttentionParallelism,
  StepTime,
  StepTimeEnvironment,
  StepWork,
} from './serving/step-time/step-time.ts';
export type { AuditCheck } from './simulation/ledger.ts';
export type { Measurement, Observation } from './stats/observation.ts';
export type { Holder } from './store/batch-claim.ts';
export type { ScenarioOutline } from './store/batch-identity.ts';
export type { BatchKey } from './store/batch-rows.ts';
export type { CampaignKind, CampaignScenario, CampaignToStore } from './store/campaign-identity.ts';
export type { Database, Statement, StoreFile, Waiting } from './store/database.ts';
export type {
  BatchFilter,
  BatchState,
  BatchStatus,
  Job,
  JobRequest,
  JobToRun,
  Jobs,
  SubmittedJob,
} from './store/jobs.ts';
export type {
  Adding,
  JobEvent,
  JobProblem,
  JobStatus,
  JobTables,
  LifeCycle,
  Progress,
  Submission,
  Submitted,
} from './store/life-cycle.ts';
export type { Idempotency } from './store/idempotency-keys.ts';
export type { PackedReplication } from './store/packed-replication.ts';
export type { Records } from './store/records.ts';
export type { Page } from './store/pages.ts';
export type { ProcessIdentity } from './store/runner.ts';
export type { Scope as TokenScope } from './store/scopes.ts';
export type { ReadBatch } from './store/store.ts';
export type {
  BatchOrigin,
  ReplicationFailure,
  ReplicationNumbers,
  ReplicationValue,
} from './store/stored-batch.ts';
export type {
  CampaignFilter,
  CampaignState,
  ShownScenario,
  StoredCampaigns,
  SubmittedCampaign,
} from './store/stored-campaigns.ts';
export type { ScenarioVersion, StoredScenarios } from './store/stored-scenarios.ts';
export type { Token, Tokens } from './store/tokens.ts';
export type { Slo } from './workload/tier.ts';
export type { BenchmarkFormat } from './workload/traces/format-names.ts';
export type { TraceFormat } from './workload/traces/index.ts';
