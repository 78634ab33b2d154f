/** Scenarios from code: a typed object, or a text that no file holds. They name no files of traces or weights. */
import { Catalog } from '../catalog/catalog.ts';
import { InputError, ParameterError } from '../errors.ts';
import { SourceDocument } from '../input/source-document.ts';
import type { ScenarioSources } from './named-files.ts';
import { readScenario, type Scenario } from './scenario.ts';
import type { ScenarioInput } from './schema.ts';

/** What a scenario from code is called in messages. */
export const IN_CODE = 'scenario';

/**
 * Reads a scenario written in code: an object as a user would write it, or YAML. Names of the catalogue (accelerators,
 * models, profiles, engine presets) are looked up in `catalog`, which is empty by default. Throws `InputError` with
 * every fault.
 *
 * @param overrides values to replace, each `PATH=VALUE`
 */
export function scenarioFrom(
  written: string | ScenarioInput,
  { catalog = new Catalog([]), overrides = [] }: { catalog?: Catalog; overrides?: readonly string[] } = {},
): Scenario {
  const document = new SourceDocument(typeof written === 'string' ? written : textOf(written), IN_CODE);
  for (const override of overrides) document.override(override);
  return readScenario(document, { catalog, ...noFiles('a scenario from code') });
}

/**
 * The sources of a scenario that may name no files: each throws a `ParameterError`.
 *
 * @param what what the scenario is called in the message
 * @param otherwise what else would do, after that
 */
export function noFiles(what: string, otherwise = ''): Pick<ScenarioSources, 'trace' | 'tenantWeights'> {
  const refuse = (): never => {
    throw new ParameterError(
      'file',
      `${what} names no files; write what is in it here (\`requests: […]\`, \`weights: […]\`)${otherwise}`,
    );
  };
  return { trace: refuse, tenantWeights: refuse };
}

/** The text of a scenario given as an object: JSON, which is YAML. Throws `InputError` for what it cannot say. */
export function textOf(scenario: ScenarioInput): string {
  return JSON.stringify(scenario, refuseUnwritable, 2);
}

/** Refuses what JSON would drop or change silently. */
function refuseUnwritable(key: string, value: unknown): unknown {
  const isWritable =
    typeof value === 'number'
      ? Number.isFinite(value)
      : ['string', 'boolean', 'object', 'undefined'].includes(typeof value);
  if (isWritable) return value;
  const message = `"${key}" is ${String(value)}; write a finite number, text, true or false, a list or a mapping`;
  throw new InputError([{ place: IN_CODE, path: '', message }]);
}
