/** Scenarios in tests: written as YAML, read and run exactly as the command line does, without a process around it. */
import { SourceDocument } from '../../src/input/source-document.ts';
import { estimate, type Estimate } from '../../src/experiments/estimate.ts';
import { replicate, type ReplicationResult } from '../../src/experiments/replicate.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { readScenario, type Scenario } from '../../src/scenario/scenario.ts';
import type { SimulationListener } from '../../src/simulation/simulate.ts';

const catalog = readCatalog();

/** The scenario that a text describes, with the facts that ship or others. */
export function scenarioOf(yaml: string, overrides: readonly string[] = [], facts = catalog): Scenario {
  const document = new SourceDocument(yaml, 'test.yaml');
  for (const override of overrides) document.override(override);
  return readScenario(document, {
    catalog: facts,
    trace: (file) => {
      throw new Error(`a test names the trace ${file}; load the scenario from disk instead`);
    },
  });
}

export function replications(
  scenario: Scenario,
  count: number,
  options: { readonly seed?: string; readonly byHour?: boolean } & SimulationListener = {},
): ReplicationResult[] {
  const { seed = 'test', byHour = false, ...listener } = options;
  return Array.from({ length: count }, (_, index) =>
    replicate(scenario, seed, index, { byHour, ...listener }),
  );
}

/** Estimates by scope and metric. */
export class Estimates {
  readonly all: readonly Estimate[];

  constructor(results: readonly ReplicationResult[], confidence = 0.95) {
    this.all = estimate(
      results.map(({ measurements }) => measurements),
      confidence,
    );
  }

  /** Throws for a name that does not exist, so that a test cannot pass on a misspelt metric. */
  of(metric: string, scope = 'total'): Estimate {
    const found = this.all.find((one) => one.metric === metric && one.scope === scope);
    if (found === undefined) throw new Error(`there is no ${metric} of ${scope}`);
    return found;
  }

  /** The point estimate; throws when there is no data. */
  mean(metric: string, scope = 'total'): number {
    const { mean } = this.of(metric, scope);
    if (mean === null) throw new Error(`${metric} of ${scope} has no data`);
    return mean;
  }
}
