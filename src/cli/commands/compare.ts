/** `compare`: what scenarios change against the first of them, under common random numbers. */
import { InputError } from '../../errors.ts';
import { compareScenarios, type Side } from '../../experiments/compare.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import { comparisonTable } from '../comparison-table.ts';
import { EXIT_INTERRUPTED, runVariants, type Variant, type VariantOptions } from '../variants.ts';

export interface CompareOptions extends Omit<VariantOptions, 'byHour'> {
  readonly set: readonly string[];
  readonly json: boolean;
}

/** The exit code. */
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
  const requests = files.map((file) => ({ path: scenarioPath(file), overrides: options.set }));
  const variants = await runVariants(requests, { ...options, byHour: false });
  if (variants === null) return EXIT_INTERRUPTED;
  const names = distinctNames(variants, files);
  const [baseline, ...others] = variants.map((variant, index) => sideOf(variant, names[index]!));
  const comparison = compareScenarios(baseline!, others, options.level);
  const { replications, level, seed } = options;
  const document = { fleetyield: version, seed, replications, level, ...comparison };
  process.stdout.write(
    options.json ? `${JSON.stringify(document, null, 2)}\n` : comparisonTable(comparison, options),
  );
  return 0;
}

/** The names of the scenarios, or the files' where two scenarios share a name. */
function distinctNames(variants: readonly Variant[], files: readonly string[]): readonly string[] {
  const names = variants.map(({ scenario }) => scenario.name);
  return new Set(names).size === names.length ? names : files;
}

function sideOf({ replications }: Variant, name: string): Side {
  return {
    name,
    measurements: replications.map(({ measurements }) => measurements),
    fingerprints: replications.map(({ fingerprints }) => fingerprints),
  };
}
