/** Replications of the rationing study. */
import { Estimates, replications, scenarioOf } from '../tests/helpers/scenario.ts';
import { capacityText, casesOf, type Figure, type RationingCase, type Scale } from './rationing-cases.ts';
import type { CaseResult, Study } from './rationing-report.ts';

export function runCase(studied: RationingCase, scale: Scale): CaseResult {
  const estimates = estimatesOf(studied.text(scale), scale);
  return { studied, figures: studied.checks.map((check) => check.figure(estimates)) };
}

export function measureCapacity(scale: Scale): Figure {
  const { mean, halfWidth } = estimatesOf(capacityText(scale), scale).of('throughput.requests');
  return { value: mean!, halfWidth };
}

/** The whole study, or `only` some of its cases; `told` hears of each that is done. */
export function runStudy(
  scale: Scale,
  told: (name: string) => void,
  only: (name: string) => boolean = () => true,
): Study {
  const capacity = measureCapacity(scale);
  const cases = casesOf(capacity.value)
    .filter(({ name }) => only(name))
    .map((studied) => {
      const result = runCase(studied, scale);
      told(studied.name);
      return result;
    });
  return { replications: scale.replications, capacity, cases };
}

function estimatesOf(text: string, { replications: count }: Scale): Estimates {
  return new Estimates(replications(scenarioOf(text), count, { seed: 'rationing' }));
}
