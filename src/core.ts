/**
 * The pure half of the library: reading scenarios, simulating, measuring and pricing one replication after another, in
 * whatever runs JavaScript. No database, no threads, no files: it runs in a browser. `fleetyield` has the rest.
 */

// A scenario from code, and the facts that it may name.
export { scenarioFrom } from './scenario/from-code.ts';
export type { ScenarioSources } from './scenario/named-files.ts';
export { readScenario, type Scenario } from './scenario/scenario.ts';
export { scenarioSchema, type ScenarioFile, type ScenarioInput } from './scenario/schema.ts';
export { SourceDocument } from './input/source-document.ts';
export { Catalog, parseCatalog, type CatalogEntry, type CatalogFile } from './catalog/catalog.ts';

// One replication.
export { simulate, type SimulationListener } from './simulation/simulate.ts';
export type { RequestObserver, RequestView } from './simulation/request-observer.ts';
export type { Outcome } from './simulation/outcome.ts';
export type { Cell } from './simulation/cell.ts';
export type { AuditCheck, Ledger } from './simulation/ledger.ts';
export { replicate, type ReplicationResult } from './experiments/replicate.ts';

// Replications as estimates.
export { estimate, type Estimate } from './experiments/estimate.ts';

// A finished run, measured and priced.
export { measure, metrics, type Metric, type Scope } from './metrics/index.ts';
export { incomeStatement, type IncomeStatement } from './economics/income-statement.ts';
export { measureMoney } from './economics/measure.ts';
export type { PriceBook } from './economics/price-book.ts';

// From a measured run to a step-time model, and from a trace to a workload.
export { calibrate, type Calibration, type CalibrationOptions } from './calibration/calibrate.ts';
export { measuredRunOf, type MeasuredRequest, type MeasuredRun } from './calibration/measured-run.ts';
export { fitWorkload, type FitOptions, type WorkloadFit } from './fitting/fit-workload.ts';
export { workloadYaml } from './fitting/workload-yaml.ts';

// Closed forms of queueing theory, and the statistics of replications.
export { erlangB, erlangC, mg1, mm1, mmc, mmck, waitQuantile, waitTail } from './stats/index.ts';
export { meanInterval, ratioInterval, sectioningInterval, Streams, type Interval } from './stats/index.ts';
export type { Measurement, Observation } from './stats/index.ts';

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
export type * from './core-types.ts';
