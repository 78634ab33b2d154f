/** `compare`: compares scenarios with the first of them, under common random numbers. */
import { InputError } from '../../errors.ts';
import { compareScenarios, type Side } from '../../experiments/compare.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import { comparisonTable } from '../comparison-table.ts';
import { inputFiles } from '../input.ts';
import { loadAll } from '../load-all.ts';
import { EXIT_INTERRUPTED, withVariants, type VariantOptions } from '../variants.ts';
import { visible } from '../../shown.ts';

export interface CompareOptions extends Omit<VariantOptions, 'byHour'> {
  readonly set: readonly string[];
  readonly json: boolean;
}

/** Returns the exit code. */
export async function compare(
  files: readonly string[],
  options: CompareOptions,
  version: string,
): Promise<number> {
  if (files.length < 2) {
    throw new InputError([
      {
        place: 'compare',
        path: '',
        message: 'takes a baseline and at least one scenario to hold against it',
      },
    ]);
  }
  const catalog = readCatalog();
  const read = inputFiles(options.quiet);
  const requests = files.map((file) => ({ path: scenarioPath(file), overrides: options.set, files: read }));
  const scenarios = loadAll(requests.map((request) => () => loadScenario(request, catalog)));
  const names = distinctNames(
    scenarios.map(({ name }) => visible(name)),
    files,
  );
  const comparison = await withVariants(
    scenarios.map((scenario, index) => ({ scenario, request: requests[index]! })),
    { ...options, byHour: false },
    (variants) => {
      const [baseline, ...others] = variants.map(({ batch, replications }, index): Side => ({
        name: names[index]!,
        metrics: batch.metrics(),
        fingerprints: batch.fingerprints(replications),
        column: (place) => batch.column(place, replications),
      }));
      return compareScenarios(baseline!, others, options.confidence);
    },
  );
  if (comparison === null) return EXIT_INTERRUPTED;
  const { replications, confidence, seed } = options;
  const document = { fleetyield: version, seed, replications, confidence, ...comparison };
  process.stdout.write(
    options.json ? `${JSON.stringify(document, null, 2)}\n` : comparisonTable(comparison, options),
  );
  return 0;
}

/** The names of the scenarios, or of their files where two scenarios share a name. */
function distinctNames(names: readonly string[], files: readonly string[]): readonly string[] {
  return new Set(names).size === names.length ? names : files;
}
