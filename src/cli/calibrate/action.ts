/** `calibrate`: fits a step-time model to a measured run and shows how good the fit is. */
import { basename } from 'node:path';
import { calibrate, type CalibrationOptions } from '../../calibration/calibrate.ts';
import { FITTED_KINDS, type FittedKind } from '../../calibration/fitted-step-times.ts';
import { fromQueue } from '../../calibration/measured-run.ts';
import { InputError, ParameterError } from '../../errors.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadMeasuredRun } from '../../files/measured-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import { parseDuration } from '../../units.ts';
import { alternatives } from '../../input/suggest.ts';
import { calibrationDocument } from './document.ts';
import { calibrationTable } from './table.ts';
import { readingProgress, printLeftOut } from '../shared/input.ts';
import { checkOutputs, writeOutput } from '../shared/output-file.ts';
import type { CalibrateOptions } from './command.ts';

/** Returns exit code 0. Throws `InputError` for faults in the files or the options. */
export async function runCalibration(
  file: string,
  options: CalibrateOptions,
  version: string,
): Promise<number> {
  const catalog = readCatalog();
  const scenario = loadScenario({ path: scenarioPath(options.scenario), overrides: options.set }, catalog);
  if (options.prompts !== undefined && options.format !== 'csv')
    throw new InputError([
      {
        kind: 'option',
        place: '--prompts',
        path: '',
        message: `says what the requests of a csv say; leave it out with ${options.format}`,
      },
    ]);
  checkOutputs(options.picture);
  const measured = loadMeasuredRun(file, options.format, options.prompts, readingProgress(false));
  printLeftOut(file, measured);
  const run = atOptions(() => (options.arrivals === 'queue' ? fromQueue(measured) : measured));
  const calibration = atOptions(() => calibrate(scenario.cell, run, chosen(options)));
  const document = calibrationDocument(calibration, { version, scenario, file, arrivals: options.arrivals });
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : calibrationTable(document));
  if (options.picture !== undefined) {
    const { calibrationPicture } = await import('./picture.ts');
    writeOutput(options.picture, calibrationPicture(basename(file), run, calibration));
  }
  return 0;
}

function chosen({ pool, stepTime, split, frontEnd }: CalibrateOptions): CalibrationOptions {
  return {
    pool,
    split,
    stepTime: stepTime === undefined ? undefined : kindOf(stepTime),
    frontEnd: secondsOf(frontEnd),
  };
}

function kindOf(stepTime: string): FittedKind {
  const kind = FITTED_KINDS.find((one) => one === stepTime);
  if (kind === undefined)
    throw new ParameterError(
      'step-time',
      `"${stepTime}" is not fitted; ${alternatives(stepTime, FITTED_KINDS)}`,
    );
  return kind;
}

/** The given time outside the engine [s]; `undefined` when it is to be fitted. */
function secondsOf(frontEnd: string | undefined): number | undefined {
  if (frontEnd === undefined) return undefined;
  const seconds = parseDuration(frontEnd);
  if (seconds === null)
    throw new ParameterError('front-end', `"${frontEnd}" is no duration; expected one such as 8ms or 0s`);
  return seconds;
}

/** Runs `work` and attributes the faults it finds to their options. */
function atOptions<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const place = error.path === '' ? '' : `--${error.path}`;
    throw new InputError([{ kind: 'option', place, path: '', message: error.message }]);
  }
}
