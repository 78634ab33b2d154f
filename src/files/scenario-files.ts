/**
 * Scenario files: reads a scenario from disk with its bases and the traces it names. It knows paths, and not what the
 * files contain.
 */
import { dirname, isAbsolute, join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import { within } from '../errors.ts';
import { noFiles } from '../scenario/from-code.ts';
import { readScenario, type Scenario } from '../scenario/scenario.ts';
import type { TraceFormat } from '../workload/traces/index.ts';
import { STANDARD_INPUT } from './file-bytes.ts';
import { InputFiles } from './input-files.ts';
import { readScenarioDocument, readSentDocument } from './scenario-delta.ts';
import { atFile } from './text-file.ts';

/** Everything needed to read a scenario, here or in another thread. */
export interface ScenarioRequest {
  /** The path of the file, or the name of `text` in messages where that is given. */
  readonly path: string;
  /** The scenario itself where no file holds it. It must not name files either: its sender has none here. */
  readonly text?: string;
  /** Values to override, each `PATH=VALUE`. */
  readonly overrides: readonly string[];
  /** Files that have been read already; every file is read anew when omitted. */
  readonly files?: InputFiles;
  /** The user's own strategies and metrics; left out for none. */
  readonly plugins?: Plugins;
}

/** The text of a scenario request, before it is parsed. Throws `InputError` for a file that does not exist. */
export const scenarioText = ({ path, text, files = new InputFiles() }: ScenarioRequest): string =>
  text ?? atFile(path, () => files.text(path).content);

/**
 * The scenario in a file, or in a text. Throws `InputError` for a file that does not exist or is invalid,
 * `EnvironmentError` for one that cannot be read.
 */
export function loadScenario(
  { path, text, overrides, files = new InputFiles(), plugins = NO_PLUGINS }: ScenarioRequest,
  catalog: Catalog,
): Scenario {
  const { document, path: root } =
    text === undefined
      ? readScenarioDocument(path, files)
      : { document: readSentDocument(text, path), path: null };
  for (const override of overrides) document.override(override);
  if (root === null)
    return readScenario(document, {
      catalog,
      plugins,
      ...noFiles('a scenario that was sent', ', or run it with fleetyield run'),
    });
  return readScenario(document, {
    catalog,
    plugins,
    trace: (file, format, options) =>
      within('file', () => files.trace(namedFile(file, root), format as TraceFormat, options)),
    tenantWeights: (file) => within('file', () => files.weights(namedFile(file, root))),
  });
}

/**
 * A file named by the scenario at `scenarioPath`, resolved relative to it. So are those of scenarios that build on it.
 */
function namedFile(file: string, scenarioPath: string): string {
  return isAbsolute(file) || file === STANDARD_INPUT ? file : join(dirname(scenarioPath), file);
}
