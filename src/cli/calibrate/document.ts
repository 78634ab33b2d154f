/** The JSON document of `calibrate`, for programs to read. */
import type { Calibration, FittedRun } from '../../calibration/calibrate.ts';
import type { Comparison } from '../../calibration/comparison.ts';
import type { Scenario } from '../../scenario/scenario.ts';

/** A fitted step-time model in the document: everything except the individual requests. */
type DocumentedFit = Omit<FittedRun, 'replayed'>;

export interface CalibrationDocument {
  readonly fleetyield: string;
  readonly scenario: { readonly name: string; readonly hash: string };
  readonly pool: string;
  readonly measured: {
    readonly file: string;
    readonly requests: number;
    /** Which instant was used as the arrival of a request, from which TTFT and E2E are measured. */
    readonly arrivals: 'arrival' | 'queue';
  };
  readonly stepTime: string;
  readonly whole: DocumentedFit &
    Pick<Calibration['whole'], 'comparison' | 'engineTtftError' | 'doubt' | 'sensitivity'>;
  readonly split: DocumentedFit & { readonly fitted: Comparison; readonly tested: Comparison };
}

export function calibrationDocument(
  { pool, stepTime, requests, whole, split }: Calibration,
  of: {
    readonly version: string;
    readonly scenario: Scenario;
    readonly file: string;
    readonly arrivals: 'arrival' | 'queue';
  },
): CalibrationDocument {
  const { replayed: _whole, ...wholeFit } = whole;
  const { replayed: _split, ...splitFit } = split;
  return {
    fleetyield: of.version,
    scenario: { name: of.scenario.name, hash: of.scenario.hash },
    pool,
    measured: { file: of.file, requests, arrivals: of.arrivals },
    stepTime,
    whole: wholeFit,
    split: splitFit,
  };
}
