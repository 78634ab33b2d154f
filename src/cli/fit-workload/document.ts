/** The JSON document of `fit-workload`, for programs to read. */
import type { WorkloadFit } from '../../fitting/fit-workload.ts';
import { notesOf } from '../../fitting/notes.ts';
import { workloadYaml, type TierNames } from '../../fitting/workload-yaml.ts';

export interface WorkloadDocument {
  readonly fleetyield: string;
  readonly trace: {
    readonly file: string;
    readonly format: string;
    readonly requests: number;
    readonly seconds: number;
    readonly tick: number;
    readonly sessions: WorkloadFit['sessions'];
  };
  readonly arrivals: WorkloadFit['arrivals'] & Pick<WorkloadFit, 'accepted' | 'tried'>;
  readonly lengths: WorkloadFit['lengths'];
  readonly tenants: WorkloadFit['tenants'];
  readonly resamples: number;
  readonly chanceOutside: number;
  readonly figures: WorkloadFit['figures'];
  /** Dispersion by window. */
  readonly dispersion: WorkloadFit['curves']['dispersion'];
  readonly notes: readonly string[];
  readonly yaml: string;
}

export function workloadDocument(
  fit: WorkloadFit,
  of: { readonly version: string; readonly file: string; readonly format: string; readonly names: TierNames },
): WorkloadDocument {
  return {
    fleetyield: of.version,
    trace: {
      file: of.file,
      format: of.format,
      requests: fit.requests,
      seconds: fit.seconds,
      tick: fit.tick,
      sessions: fit.sessions,
    },
    arrivals: { ...fit.arrivals, accepted: fit.accepted, tried: fit.tried },
    lengths: fit.lengths,
    tenants: fit.tenants,
    resamples: fit.resamples,
    chanceOutside: fit.chanceOutside,
    figures: fit.figures,
    dispersion: fit.curves.dispersion,
    notes: notesOf(fit),
    yaml: workloadYaml(fit, of.names),
  };
}

/** The YAML, with comments above it on the data of the fit and its caveats. */
export function workloadFile({
  trace,
  resamples,
  chanceOutside,
  arrivals,
  notes,
  yaml,
}: WorkloadDocument): string {
  const comments = [
    `Fitted to ${trace.file} (${trace.requests} requests in ${Math.round(trace.seconds)} s) by fleetyield fit-workload: ${arrivals.name}.`,
    `Judged by ${resamples} simulations of the same length, outside of which ${percent(chanceOutside)} of right figures lie.`,
    ...notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
    'Paste it in place of a scenario’s workload.',
  ];
  return `${comments.map((line) => `# ${line}\n`).join('')}${yaml}`;
}

export const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
