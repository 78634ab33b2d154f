/** `--warm-up mser5`: a scenario whose warm-up is chosen from pilot replications before anything is measured. */
import type { Catalog } from '../catalog/catalog.ts';
import { InputError } from '../errors.ts';
import { admissions } from '../gateway/admission/index.ts';
import { triggers } from '../gateway/degradation/index.ts';
import type { Cell } from '../simulation/cell.ts';
import { arrivals } from '../workload/arrivals/index.ts';
import { FOLLOWED, PILOT_REPLICATIONS, pilotWarmUp } from '../experiments/warm-up.ts';
import { loadScenario } from '../files/scenario-files.ts';
import type { VariantRequest } from './variants.ts';

/** How the warm-up of a run was chosen, as reported in its document. */
export interface WarmUpReport {
  readonly rule: 'mser5';
  readonly pilotReplications: number;
  /** The warm-up used [s]: the later of what MSER-5 found and what the scenario specifies. */
  readonly seconds: number;
  readonly found: number;
  readonly written: number;
}

/**
 * The scenario with the longer of its own warm-up and the one found by MSER-5, set as the override `horizon.warmUp`,
 * which becomes part of the batch's identity. The measured window keeps its length. Throws `InputError` where no
 * warm-up can be found.
 */
export function withPilotWarmUp(
  { request, scenario }: VariantRequest,
  seed: string,
  catalog: Catalog,
): VariantRequest & { readonly warmUp: WarmUpReport } {
  const refuse = (message: string): never => {
    throw new InputError([{ kind: 'option', place: '--warm-up mser5', path: scenario.name, message }]);
  };
  const bound = boundToTime(scenario.cell);
  if (bound !== undefined)
    refuse(`what is ${bound} follows the clock and never settles; set horizon.warmUp in the scenario`);
  const { window } = scenario.cell;
  const { seconds: found, of } = pilotWarmUp(scenario.cell, seed);
  if (found === null) {
    const unsettled = FOLLOWED.filter((followed) => of[followed] === null).join(' and ');
    return refuse(
      `${unsettled} under way had not settled by half of its ${window.to} s; lengthen horizon.duration`,
    );
  }
  // Rounded up to the millisecond, so that it can be written as a duration.
  const seconds = Math.max(window.from, Math.ceil(found * 1_000) / 1_000);
  const report = { rule: 'mser5', pilotReplications: PILOT_REPLICATIONS, seconds, found } as const;
  const warmUp = { ...report, written: window.from };
  if (seconds === window.from) return { request, scenario, warmUp };
  const overrides = [...request.overrides, `horizon.warmUp=${seconds}s`];
  return {
    request: { ...request, overrides },
    scenario: loadScenario({ ...request, overrides }, catalog),
    warmUp,
  };
}

/** The message about the warm-up before the batch begins. */
export function warmUpText(
  name: string,
  { seconds, found, written, pilotReplications }: WarmUpReport,
): string {
  const settled = `${name}: ${pilotReplications} pilot replications had settled after ${Number(found.toPrecision(4))} s (MSER-5)`;
  return seconds === written
    ? `${settled}; the warm-up of the scenario, ${written} s, is kept`
    : `${settled}: that is the warm-up, in place of ${written} s`;
}

/** A kind that makes a run depend on the time of day or on elapsed time, so that it has no steady state. */
function boundToTime({ tiers, reallocation, gateway }: Cell): string | undefined {
  const choices = [
    ...[...reallocation, ...gateway.degradation].map(({ trigger }) => ({
      kind: trigger.kind,
      isBound: triggers.declared(trigger, 'follows') === 'clock',
    })),
    {
      kind: gateway.admission.kind,
      isBound: !admissions.declared(gateway.admission, 'isStationary'),
    },
    ...tiers.map(({ rule }) => ({
      kind: rule.arrivals.kind,
      isBound: !arrivals.declared(rule.arrivals, 'isStationary'),
    })),
  ];
  return choices.find(({ isBound }) => isBound)?.kind;
}
