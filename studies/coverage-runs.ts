/** Macro-replications of the coverage study: what `run` would print, again and again, held against exact answers. */
import { estimate, type Estimate } from '../src/experiments/estimate.ts';
import { isSameMetric, type MetricAddress } from '../src/experiments/metric-address.ts';
import { untilPrecise, type StoppingRule } from '../src/experiments/precision.ts';
import { replicate } from '../src/experiments/replicate.ts';
import type { Measurement } from '../src/stats/index.ts';
import { scenarioOf } from '../tests/helpers/scenario.ts';
import { FIXED, SEQUENTIAL, type Answer, type CoverageCase } from './coverage-cases.ts';

const LEVEL = 0.95;
const SEED = 'coverage';

export interface Covered {
  readonly answer: Answer;
  /** Macro-replications whose interval contains the exact answer. */
  readonly covered: number;
  /** Mean of the point estimates, and its standard error: what is left of bias. */
  readonly mean: number;
  readonly standardError: number;
  /** Mean half-width as a share of the exact answer. */
  readonly width: number;
  /** Point estimates, by macro-replication. */
  readonly points: readonly number[];
}

export interface CaseCoverage {
  readonly studied: CoverageCase;
  readonly macros: number;
  /** Mean number of replications of one macro-replication, and the least and the most. */
  readonly replications: { readonly mean: number; readonly least: number; readonly most: number };
  readonly results: readonly Covered[];
}

export interface SequentialCoverage extends CaseCoverage {
  readonly relative: number;
  readonly watched: readonly string[];
}

/** Macro-replications of one case, each of as many replications as a rule asks for; none share any. */
export function coverageOf(
  studied: CoverageCase,
  stop: (confidence: number) => StoppingRule | number,
  macros: number,
  length: number,
): CaseCoverage {
  const scenario = scenarioOf(studied.text(length));
  const { answers } = studied;
  const rule = stop(LEVEL);
  const found = answers.map(() => ({ covered: 0, points: [] as number[], width: 0 }));
  const counts: number[] = [];
  let next = 0;
  const measured = (): Measurement[] => {
    const { measurements } = replicate(scenario, SEED, next++, { byHour: false });
    return measurements.filter(
      ({ scope, metric }) => scope === 'total' && answers.some((one) => one.metric === metric),
    );
  };
  for (let macro = 0; macro < macros; macro++) {
    const replications: Measurement[][] = [];
    const run = (count: number) => {
      for (let index = 0; index < count; index++) replications.push(measured());
    };
    if (typeof rule === 'number') run(rule);
    else {
      for (let more = rule.first; more > 0;) {
        run(more);
        more = rule.more(replications.length, () =>
          estimate(
            replications.map((one) => one.filter((name) => isWatched(rule, name))),
            LEVEL,
          ),
        );
      }
    }
    counts.push(replications.length);
    const estimates = estimate(replications, LEVEL);
    answers.forEach((answer, index) => {
      const { mean, halfWidth } = estimateOf(estimates, answer.metric);
      const one = found[index]!;
      one.points.push(mean);
      one.width += halfWidth / answer.exact / macros;
      if (Math.abs(mean - answer.exact) <= halfWidth) one.covered += 1;
    });
  }
  return {
    studied,
    macros,
    replications: {
      mean: sum(counts) / macros,
      least: Math.min(...counts),
      most: Math.max(...counts),
    },
    results: answers.map((answer, index) => {
      const { covered, points, width } = found[index]!;
      const mean = sum(points) / macros;
      const squares = sum(points.map((point) => (point - mean) ** 2));
      const standardError = Math.sqrt(squares / (macros - 1) / macros);
      return { answer, covered, mean, standardError, width, points };
    }),
  };
}

export interface CoverageStudy {
  readonly macros: number;
  readonly replications: number;
  readonly fixed: readonly CaseCoverage[];
  readonly sequential: readonly SequentialCoverage[];
}

export const REPLICATIONS = 10;

/** How much to simulate; `told` hears of each case that is done. */
export interface Scale {
  readonly macros: number;
  /** Windows are so many times as long as in the published study. */
  readonly length: number;
  told(name: string): void;
}

/** The cases of a fixed number of replications. */
export const runFixed = ({ macros, length, told }: Scale): CaseCoverage[] =>
  FIXED.map((studied) => {
    const result = coverageOf(studied, () => REPLICATIONS, macros, length);
    told(studied.name);
    return result;
  });

/** The cases that stop by precision. */
export const runSequential = ({ macros, length, told }: Scale): SequentialCoverage[] =>
  SEQUENTIAL.map(({ studied, relative, watched }) => {
    const metrics = watched.map((metric) => ({ scope: 'total', metric }));
    const rule = (confidence: number) => untilPrecise({ relative, confidence, metrics });
    const result = { ...coverageOf(studied, rule, macros, length), relative, watched };
    told(`${studied.name} to ${relative}`);
    return result;
  });

const isWatched = ({ watched }: StoppingRule, name: MetricAddress): boolean =>
  watched.some((one) => isSameMetric(one, name));

function estimateOf(estimates: readonly Estimate[], metric: string) {
  const { mean, halfWidth } = estimates.find((one) => one.metric === metric) ?? {};
  if (typeof mean !== 'number' || typeof halfWidth !== 'number') throw new Error(`${metric} has no interval`);
  return { mean, halfWidth };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
