/** `run`: simulates scenarios and shows the results. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { runBatch } from '../../batch/run-batch.ts';
import { storedBatch } from '../../campaigns/batches.ts';
import { loadAll } from '../../campaigns/load-all.ts';
import { InputError } from '../../errors.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';
import type { OutcomeSeries } from '../../experiments/hourly-series.ts';
import { exactly, untilPrecise, type StoppingRule } from '../../experiments/precision.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { fileNameOf } from '../../files/file-name.ts';
import { makeFolder } from '../../files/folders.ts';
import { loadPlugins } from '../../files/plugin-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { outlineOf, type ScenarioOutline } from '../../store/batch-identity.ts';
import type { StoredBatch } from '../../store/stored-batch.ts';
import { inputFiles, printNotes } from '../shared/input.ts';
import { EXIT_INTERRUPTED, interruptible } from '../shared/interrupt.ts';
import { attemptWrite, checkOutputs, writeOutput } from '../shared/output-file.ts';
import { failureOf, runDocument, type FailedBatch, type RunDocument } from '../../campaigns/run.ts';
import { requireMetrics } from '../../campaigns/chosen-metrics.ts';
import { missedText, targetOf } from '../../campaigns/precision-report.ts';
import { Progress } from '../shared/progress.ts';
import { resultTable } from '../shared/result-table.ts';
import { statementTable } from '../shared/statement-table.ts';
import { SHORT_ID } from '../shared/store-options.ts';
import { openFor } from '../shared/job-store.ts';
import { notice, printLine } from '../shared/terminal.ts';
import type { VariantRequest } from '../../campaigns/variants.ts';
import { warmUpText, withPilotWarmUp, type WarmUpReport } from '../../campaigns/pilot-warm-up.ts';
import type { RunOptions } from './command.ts';

/**
 * Returns the exit code: 0, or 130 when it was interrupted. After every scenario has run, throws what kept replications
 * from a result: `InvariantError` for bugs in the program, `EnvironmentError` for threads that died.
 */
export async function run(files: readonly string[], options: RunOptions): Promise<number> {
  const log = pino({ level: options.logLevel, base: null }, process.stderr);
  if (options.requests !== undefined && files.length > 1) {
    throw new InputError([
      {
        kind: 'option',
        place: '--requests',
        path: '',
        message: 'writes the rows of one scenario; run one at a time',
      },
    ]);
  }
  const plugins = await loadPlugins(options.plugin);
  const target = targetOf({ ...options, plugins });
  const catalog = readCatalog();
  const read = inputFiles(options.quiet);
  const requests = files.map((file) => ({
    path: scenarioPath(file),
    overrides: options.set,
    files: read,
    plugins,
  }));
  const scenarios = loadAll(requests.map((request) => () => loadScenario(request, catalog)));
  scenarios.forEach(printNotes);
  for (const scenario of scenarios) requireMetrics(target?.metrics ?? null, scenario, options.byHour);
  if (options.out !== undefined) prepareFolder(options.out, scenarios);
  checkOutputs(options.requests);
  const say = (text: string) => options.quiet !== true && notice(text);
  const asked = scenarios.map((written, index): RunRequest => {
    const one = { request: requests[index]!, scenario: written };
    if (options.warmUp === undefined) return { ...one, warmUp: null };
    const warmed = withPilotWarmUp(one, options.seed, catalog);
    say(warmUpText(written.name, warmed.warmUp));
    return warmed;
  });
  const stop = target === null ? exactly(options.replications ?? DEFAULT_REPLICATIONS) : untilPrecise(target);
  const expected = asked.map((one) => ({ ...one, replications: stop.first }));
  const store = openFor(expected, options);
  const documents: RunDocument[] = [];
  const failed: FailedBatch[] = [];
  const runAll = async (signal: AbortSignal): Promise<void> => {
    const batches = asked.map(({ request, scenario }) =>
      storedBatch(store, scenario, request, options, notice),
    );
    // For the first batch, measured from the start of the process, as the shell sees it.
    let startedAt = 0;
    for (const [index, { request, scenario, warmUp }] of asked.entries()) {
      const outline = outlineOf(scenario, request.overrides);
      const batch = batches[index]!;
      if (options.fresh) batch.clear(options.force);
      const called = scenario.name;
      const name = `${called}, batch ${batch.id.slice(0, SHORT_ID)}`;
      if (options.store !== false) say(`${name} in ${store.path}${alreadyThere(batch, stop)}`);
      log.info({ scenario: scenario.name, hash: scenario.hash, seed: options.seed }, 'batch started');
      const progress = new Progress(called, options.quiet === true);
      const result = await runBatch({
        scenario: request,
        hash: scenario.hash,
        seed: options.seed,
        batch,
        stop,
        confidence: options.confidence,
        threads: options.threads ?? null,
        byHour: options.byHour,
        requestsFile: options.requests ?? null,
        signal,
        onNotice: notice,
        onProgress: (state) => {
          log.debug(state, 'batch progressed');
          progress.update(state);
        },
      }).finally(() => progress.stop());
      const endedAt = performance.now();
      const wallSeconds = (endedAt - startedAt) / 1_000;
      startedAt = endedAt;
      const { finished, failures, interrupted, planned } = result;
      log.info({ scenario: scenario.name, replications: finished.length, wallSeconds }, 'batch ended');
      if (interrupted) {
        const onwards = options.store === false ? '' : '; run the same command to resume';
        notice(`interrupted: ${finished.length} replications of ${called} were finished${onwards}`);
      }
      if (failures.length > 0) {
        failed.push({ name, ...result });
      } else if (finished.length > 0) {
        const { seed, confidence } = options;
        const document = runDocument(outline, batch, result, {
          seed,
          confidence,
          target,
          warmUp,
          wallSeconds,
        });
        const { precision = null } = document;
        const missed =
          precision === null || precision.reached || interrupted ? null : missedText(precision, planned);
        if (missed !== null) notice(`${called}: ${missed}`);
        documents.push(document);
        for (const text of document.warnings) notice(`warning: ${called}: ${text}`);
        if (!options.json) {
          process.stdout.write(resultTable(outline, document));
          if (missed !== null) {
            printLine(missed);
            printLine('');
          }
          if (options.statement) process.stdout.write(statementTable(outline, document.estimates));
        }
        if (options.out !== undefined)
          await writeResults(options.out, outline, document, batch.hourly(finished));
      }
      if (interrupted) break;
    }
  };
  let isInterrupted = false;
  try {
    isInterrupted = await interruptible(async (signal) => {
      await runAll(signal);
      return signal.aborted;
    });
  } finally {
    // Finished batches are reported even when a later scenario or the disk failed.
    store.close();
    if (options.json && documents.length > 0) {
      process.stdout.write(`${JSON.stringify(files.length === 1 ? documents[0] : documents, null, 2)}\n`);
    }
  }
  if (failed.length > 0) throw failureOf(failed);
  return isInterrupted ? EXIT_INTERRUPTED : 0;
}

interface RunRequest extends VariantRequest {
  readonly warmUp: WarmUpReport | null;
}

function alreadyThere(batch: StoredBatch, { first, most }: StoppingRule): string {
  const there = batch.done(most).length;
  if (there === 0) return '';
  return `: ${there} ${first === most ? `of ${most} ` : ''}replications were there already`;
}

/** Checks before anything runs that results can be written, and that no two would overwrite each other. */
function prepareFolder(folder: string, scenarios: readonly Scenario[]): void {
  const names = scenarios.map(({ name }) => fileNameOf(name));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new InputError([
      {
        kind: 'option',
        place: '--out',
        path: '',
        message: `two scenarios would both be written to ${twice}.json; rename one`,
      },
    ]);
  }
  attemptWrite(folder, () => {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  });
}

async function writeResults(
  folder: string,
  outline: ScenarioOutline,
  document: RunDocument,
  series: OutcomeSeries,
): Promise<void> {
  const { dayPicture } = await import('../shared/day-picture.ts');
  const write = (file: string, text: string) => writeOutput(join(folder, file), text);
  write(`${fileNameOf(outline.name)}.json`, `${JSON.stringify(document, null, 2)}\n`);
  write(`${fileNameOf(outline.name)}.svg`, dayPicture(outline, series));
}
