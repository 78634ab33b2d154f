/** `fit-workload`: fits a workload to a trace and shows how good the fit is. */
import { basename } from 'node:path';
import { InputError, ParameterError } from '../../errors.ts';
import { loadTraceFile } from '../../files/trace-files.ts';
import { fitWorkload, type FitOptions, type WorkloadFit } from '../../fitting/fit-workload.ts';
import { parseDuration, parseWeekTime } from '../../units.ts';
import { someOfTier, type Trace } from '../../workload/traces/index.ts';
import { tierProperties } from '../../workload/tier.ts';
import { readingProgress, printLeftOut } from '../shared/input.ts';
import { checkOutputs, writeOutput } from '../shared/output-file.ts';
import { Progress } from '../shared/progress.ts';
import { workloadDocument, workloadFile } from './document.ts';
import { workloadTable } from './table.ts';
import type { FitWorkloadOptions } from './command.ts';

/**
 * Returns exit code 0, whether or not a distribution fits. Throws `InputError` for faults in the file or the options.
 */
export async function runFitWorkload(
  file: string,
  options: FitWorkloadOptions,
  version: string,
): Promise<number> {
  const { format, model, blockSize } = options;
  const chosen = atOptions(file, () => chosenOf(options));
  const blocks = blockSize === undefined ? {} : { blockSize };
  checkOutputs(options.out, options.picture);
  const trace = loadTraceFile(file, format, blocks, readingProgress(options.quiet ?? false));
  printLeftOut(file, trace);
  const tier = options.name ?? (trace.tierNames.length === 1 ? trace.tierNames[0]! : 'fitted');
  const fit = atOptions(file, () => fitted(someOfTier(trace, tier), options, chosen));
  const document = workloadDocument(fit, { version, file: basename(file), format, names: { tier, model } });
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : workloadTable(document));
  if (options.out !== undefined) writeOutput(options.out, workloadFile(document));
  if (options.picture !== undefined) {
    const { workloadPicture } = await import('./picture.ts');
    writeOutput(options.picture, workloadPicture(basename(file), fit));
  }
  return 0;
}

type Chosen = Pick<FitOptions, 'windows' | 'startOfWeek'>;

/**
 * Above this many requests in all simulations of a distribution, fewer simulations are run, unless a number was given.
 */
const MOST_SIMULATED = 1e7;
const MOST_RESAMPLES = 199;
const FEWEST_RESAMPLES = 39;

function fitted(
  trace: Trace,
  { resamples, seed, tenants, quiet }: FitWorkloadOptions,
  chosen: Chosen,
): WorkloadFit {
  const many = trace.at.length * MOST_RESAMPLES <= MOST_SIMULATED;
  const progress = new Progress('fit-workload', quiet ?? false, 'steps');
  try {
    return fitWorkload(trace, {
      ...chosen,
      resamples: resamples ?? (many ? MOST_RESAMPLES : FEWEST_RESAMPLES),
      seed,
      tenants,
      progress: (done, planned) =>
        progress.update({ finished: done, planned, worth: done, leastCertain: null }),
    });
  } finally {
    progress.stop();
  }
}

/** The permitted names of a tier, as in a scenario. */
const TIER_NAME = new RegExp((tierProperties.name as { readonly pattern?: string }).pattern!);

function chosenOf({ bins, start, name }: FitWorkloadOptions): Chosen {
  if (name !== undefined && !TIER_NAME.test(name))
    throw new ParameterError('name', `"${name}" is no name of a tier; use letters, digits, dots, dashes`);
  const windows = bins.split(',').map((text) => {
    const seconds = parseDuration(text);
    if (seconds === null || seconds === 0)
      throw new ParameterError('bins', `"${text}" is no window; expected durations such as 1s,10s,1min`);
    return seconds;
  });
  const startOfWeek = parseWeekTime(start);
  if (startOfWeek === null)
    throw new ParameterError('start', `"${start}" is no time of the week; expected one such as "Tue 13:00"`);
  return { windows, startOfWeek };
}

/** Runs `work` and attributes the faults it finds to their options, or to the file. */
function atOptions<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const place = error.path === '' ? file : `--${error.path}`;
    throw new InputError([{ kind: 'option', place, path: '', message: error.message }]);
  }
}
