/**
 * Scenario files: reads a scenario from disk with what it builds on and the traces it names. It knows paths, and nothing of what the files
 * say.
 */
import { dirname, isAbsolute, join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { within } from '../errors.ts';
import { readScenario, type LoadedTrace, type Scenario } from '../scenario/scenario.ts';
import { TRACE_FORMATS, type TraceFormat } from '../workload/traces/index.ts';
import { readScenarioDocument } from './scenario-delta.ts';
import { readText } from './text-file.ts';

/** What is needed to read a scenario, here or in another thread. */
export interface ScenarioRequest {
  /** The path of the file. */
  readonly path: string;
  /** Values to replace, each `PATH=VALUE`. */
  readonly overrides: readonly string[];
}

/**
 * The scenario in a file. Throws `InputError` for a file that is not there or not right, `EnvironmentError` for one
 * that cannot be read.
 */
export function loadScenario({ path, overrides }: ScenarioRequest, catalog: Catalog): Scenario {
  const { document, path: root } = readScenarioDocument(path);
  for (const override of overrides) document.override(override);
  return readScenario(document, { catalog, trace: (file, format) => loadTrace(file, format, root) });
}

/** A trace named by the scenario at `scenarioPath`, relative to it. Where scenarios build on it, theirs are relative to it too. */
function loadTrace(file: string, format: string, scenarioPath: string): LoadedTrace {
  const path = isAbsolute(file) ? file : join(dirname(scenarioPath), file);
  const { text, digest } = within('file', () => readText(path));
  return { trace: TRACE_FORMATS[format as TraceFormat].read(text, path), digest };
}
