/**
 * The library: what other programs import. Read as a table of contents: get a scenario, run it, read the numbers.
 */

// A scenario from code, one replication, its measurements and prices, closed forms, and what goes wrong.
export * from './core.ts';

// A scenario, run: the JSON document of `fleetyield run`.
export { run, type RunDocument, type RunOptions } from './campaigns/run.ts';
export type { ResultDocument } from './batch/result-document.ts';

// From a file to a scenario.
export { readCatalog } from './files/catalog-files.ts';
export { loadScenario, type ScenarioRequest } from './files/scenario-files.ts';

// Many replications, stored, and their estimates.
export { runBatch, type BatchRequest, type BatchResult } from './batch/run-batch.ts';
export { exactly, untilPrecise, type StoppingRule } from './experiments/precision.ts';
export type { BatchSummary } from './store/batch-summary.ts';
export { Store } from './store/store.ts';
export type { StoredBatch } from './store/stored-batch.ts';
export { outlineOf, type BatchDescription } from './store/batch-identity.ts';
export { runningProgram, type Program } from './files/program.ts';

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

// Measured runs and traces in files.
export type { Comparison } from './calibration/comparison.ts';
export { loadMeasuredRun } from './files/measured-files.ts';
export { loadTraceFile } from './files/trace-files.ts';

// The types that the signatures above name.
export type * from './library-types.ts';
