/**
 * The library: what other programs import. Read as a table of contents: get a scenario, run it, read the numbers.
 */

// A scenario, run: the JSON document of `fleetyield run`.
export { run, type RunDocument, type RunOptions } from './campaigns/run.ts';
export type { ResultDocument } from './batch/result-document.ts';
export type { ScenarioInput } from './scenario/schema.ts';

// From a file to a scenario.
export { SourceDocument } from './input/source-document.ts';
export { scenarioFrom } from './scenario/from-code.ts';
export type { ScenarioSources } from './scenario/named-files.ts';
export { readScenario, type Scenario } from './scenario/scenario.ts';
export { scenarioSchema, type ScenarioFile } from './scenario/schema.ts';
export { readCatalog } from './files/catalog-files.ts';
export { loadScenario, type ScenarioRequest } from './files/scenario-files.ts';
export type { Catalog } from './catalog/catalog.ts';

// One replication, in this thread.
export { simulate, type SimulationListener } from './simulation/simulate.ts';
export type { RequestObserver, RequestView } from './simulation/request-observer.ts';
export type { Outcome } from './simulation/outcome.ts';
export type { Cell } from './simulation/cell.ts';
export type { Ledger } from './simulation/ledger.ts';
export { replicate, type ReplicationResult } from './experiments/replicate.ts';

// Many replications, stored, and their estimates.
export { runBatch, type BatchRequest, type BatchResult } from './batch/run-batch.ts';
export { exactly, untilPrecise, type StoppingRule } from './experiments/precision.ts';
export type { BatchSummary } from './store/batch-summary.ts';
export { Store } from './store/store.ts';
export type { StoredBatch } from './store/stored-batch.ts';
export { outlineOf, type BatchDescription } from './store/batch-identity.ts';
export { runningProgram, type Program } from './files/program.ts';
export { estimate, type Estimate } from './experiments/estimate.ts';

// Several batches, and what they show: compare, sweep, sensitivity, scaling, subscribers.
export * as campaigns from './campaigns/library.ts';
export { CampaignInterrupted, type CampaignProgress } from './campaigns/context.ts';
export type { ComparisonDocument } from './campaigns/compare.ts';
export type { SweepDocument } from './campaigns/sweep.ts';
export type { MorrisDocument, SensitivityDocument, TornadoDocument } from './campaigns/sensitivity.ts';
export type { ScalingDocument } from './campaigns/scaling-document.ts';
export type { SubscribersDocument } from './campaigns/subscribers-document.ts';

// Strategies and metrics of your own.
export {
  defineAdmission,
  defineDiscipline,
  defineMetric,
  defineRateLimit,
  defineRouting,
  defineStepTime,
  type Defined,
  type Definition,
} from './plugins/define.ts';
export { NO_PLUGINS, type PluginFile, type Plugins } from './plugins/plugins.ts';
export { loadPlugins } from './files/plugin-files.ts';

// From a measured run to a step-time model.
export { calibrate, type Calibration, type CalibrationOptions } from './calibration/calibrate.ts';
export { measuredRunOf, type MeasuredRequest, type MeasuredRun } from './calibration/measured-run.ts';
export type { Comparison } from './calibration/comparison.ts';
export { loadMeasuredRun } from './files/measured-files.ts';

// From a trace to a workload.
export { fitWorkload, type FitOptions, type WorkloadFit } from './fitting/fit-workload.ts';
export { workloadYaml } from './fitting/workload-yaml.ts';
export { loadTraceFile } from './files/trace-files.ts';

// A finished run, measured and priced.
export { measure, metrics, type Metric } from './metrics/index.ts';
export { incomeStatement, type IncomeStatement } from './economics/income-statement.ts';
export { measureMoney } from './economics/measure.ts';
export type { PriceBook } from './economics/price-book.ts';

// Closed forms of queueing theory, and the statistics of replications.
export { erlangB, erlangC, mg1, mm1, mmc, mmck, waitQuantile, waitTail } from './stats/index.ts';
export { meanInterval, ratioInterval, sectioningInterval, Streams, type Interval } from './stats/index.ts';

// What goes wrong.
export {
  codeOfError,
  codeOfFault,
  EnvironmentError,
  InputError,
  InvariantError,
  type Fault,
} from './errors.ts';
export { FAULT_KINDS, type FaultKind } from './faults.ts';

// The types that the signatures above name.
export type * from './library-types.ts';
