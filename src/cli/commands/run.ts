/** `run`: simulates scenarios and shows what came of them. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { runBatch, type BatchResult } from '../../batch/run-batch.ts';
import { InputError } from '../../errors.ts';
import { meanSeries } from '../../experiments/hourly-series.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { attemptWrite, writeOutput } from '../output-file.ts';
import { Progress } from '../progress.ts';
import { resultDocument, type ResultDocument } from '../result-document.ts';
import { resultTable } from '../result-table.ts';

export interface RunOptions {
  readonly replications?: number | undefined;
  readonly precision?: number | undefined;
  readonly seed: string;
  readonly set: readonly string[];
  readonly workers?: number | undefined;
  readonly level: number;
  readonly byHour: boolean;
  readonly out?: string | undefined;
  readonly requests?: string | undefined;
  readonly json: boolean;
  readonly quiet?: boolean | undefined;
  readonly logLevel: string;
}

const DEFAULT_REPLICATIONS = 5;
const EXIT_INTERRUPTED = 130;

/** The exit code: 0, or 130 when it was interrupted. */
export async function run(files: readonly string[], options: RunOptions, version: string): Promise<number> {
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  if (options.requests !== undefined && files.length > 1) {
    throw new InputError([
      { place: '--requests', path: '', message: 'writes the rows of one scenario; run one at a time' },
    ]);
  }
  const catalog = readCatalog();
  const requestOf = (file: string) => ({ path: scenarioPath(file), overrides: options.set });
  const scenarios = loadAll(files.map((file) => () => loadScenario(requestOf(file), catalog)));
  if (options.out !== undefined) prepareFolder(options.out, scenarios);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const documents: ResultDocument[] = [];
  try {
    for (const [index, scenario] of scenarios.entries()) {
      log.info({ scenario: scenario.name, hash: scenario.hash, seed: options.seed }, 'batch started');
      const startedAt = performance.now();
      const progress = new Progress(scenario.name, options.quiet === true);
      const result = await runBatch({
        scenario: requestOf(files[index]!),
        hash: scenario.hash,
        seed: options.seed,
        stop:
          options.precision === undefined
            ? { replications: options.replications ?? DEFAULT_REPLICATIONS }
            : { precision: options.precision },
        level: options.level,
        workers: options.workers ?? null,
        byHour: options.byHour,
        requestsFile: options.requests ?? null,
        signal: interrupt.signal,
        onProgress: (state) => {
          log.debug(state, 'batch progressed');
          progress.update(state);
        },
      }).finally(() => progress.stop());
      const wallSeconds = (performance.now() - startedAt) / 1_000;
      log.info(
        { scenario: scenario.name, replications: result.replications.length, wallSeconds },
        'batch ended',
      );
      if (result.interrupted) {
        process.stderr.write(
          `interrupted: ${result.replications.length} replications of ${scenario.name} were finished\n`,
        );
      }
      if (result.replications.length > 0) {
        const document = resultDocument(scenario, result, { version, ...options, wallSeconds });
        documents.push(document);
        if (!options.json) process.stdout.write(resultTable(scenario, document));
        if (options.out !== undefined) await writeResults(options.out, scenario, document, result);
      }
      if (result.interrupted) break;
    }
  } finally {
    // Also when a later scenario or the disk failed: what is finished is told.
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    if (options.json && documents.length > 0) {
      process.stdout.write(`${JSON.stringify(files.length === 1 ? documents[0] : documents, null, 2)}\n`);
    }
  }
  return interrupt.signal.aborted ? EXIT_INTERRUPTED : 0;
}

/** Loads everything before anything runs, and tells every fault of every file at once. */
export function loadAll(loaders: readonly (() => Scenario)[]): Scenario[] {
  const scenarios: Scenario[] = [];
  const faults = [];
  for (const load of loaders) {
    try {
      scenarios.push(load());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  return scenarios;
}

/** Finds out before anything runs that results cannot be kept, or would take each other's place. */
function prepareFolder(folder: string, scenarios: readonly Scenario[]): void {
  const names = scenarios.map(fileName);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new InputError([
      {
        place: '--out',
        path: '',
        message: `two scenarios would both be written to ${twice}.json; rename one`,
      },
    ]);
  }
  attemptWrite(folder, () => {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  });
}

async function writeResults(
  folder: string,
  scenario: Scenario,
  document: ResultDocument,
  result: BatchResult,
): Promise<void> {
  const { dayPicture } = await import('../day-picture.ts');
  const series = meanSeries(result.replications.map(({ hourly }) => hourly));
  const write = (file: string, text: string) => writeOutput(join(folder, file), text);
  write(`${fileName(scenario)}.json`, `${JSON.stringify(document, null, 2)}\n`);
  write(`${fileName(scenario)}.svg`, dayPicture(scenario, series));
}

/** A scenario's name as a file name: what is not a letter, digit, dot or dash becomes a dash. */
function fileName({ name }: Scenario): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
}
