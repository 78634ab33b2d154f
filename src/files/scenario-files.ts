/**
 * Scenario files: reads a scenario from disk with the traces it names. It knows paths and compression, and nothing of
 * what the files say.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Catalog } from '../catalog/catalog.ts';
import { SourceDocument } from '../document.ts';
import { EnvironmentError, InputError, ParameterError, within } from '../errors.ts';
import { readScenario, type LoadedTrace, type Scenario } from '../scenario/scenario.ts';
import { TRACE_FORMATS, type TraceFormat } from '../workload/traces/index.ts';

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
  const document = new SourceDocument(readScenarioText(path), path);
  for (const override of overrides) document.override(override);
  return readScenario(document, { catalog, trace: (file, format) => loadTrace(file, format, path) });
}

function readScenarioText(path: string): string {
  try {
    return readText(path).text;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([{ place: path, path: '', message: error.message }]);
  }
}

/** A trace named by the scenario at `scenarioPath`, relative to it. */
function loadTrace(file: string, format: string, scenarioPath: string): LoadedTrace {
  const path = isAbsolute(file) ? file : join(dirname(scenarioPath), file);
  const { text, digest } = within('file', () => readText(path));
  return { trace: TRACE_FORMATS[format as TraceFormat].read(text, path), digest };
}

const GZIP_MAGIC = [0x1f, 0x8b];

/** The text of a file, unpacked where it is gzip, and the digest of its bytes. Throws `ParameterError`. */
function readText(path: string): { readonly text: string; readonly digest: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') {
      const what = code === 'EISDIR' ? 'is a folder' : 'does not exist';
      throw new ParameterError('', `the file ${path} ${what}; check the path`);
    }
    throw new EnvironmentError(`${path} cannot be read: ${message}`, { cause: error });
  }
  return {
    text: unpack(bytes, path).toString('utf8'),
    digest: createHash('sha256').update(bytes).digest('hex'),
  };
}

function unpack(bytes: Buffer, path: string): Buffer {
  if (!GZIP_MAGIC.every((byte, at) => bytes[at] === byte)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new ParameterError(
      '',
      `the file ${path} looks like gzip and cannot be unpacked: ${(error as Error).message}; fetch it again`,
    );
  }
}
