/** `sweep`: runs a scenario with some of its values varied, under common random numbers. */
import { gridOf, latinHypercube, SOBOL_FACTORS, sobolPoints } from '../experiments/designs.ts';
import type { Estimate } from '../experiments/estimate.ts';
import type { Factor } from '../experiments/factors.ts';
import { runningProgram } from '../files/program.ts';
import { Streams } from '../stats/index.ts';
import { refusal, type Campaign, type CampaignInputs } from './campaign.ts';
import type { Design } from './choices.ts';
import { readMetrics } from './chosen-metrics.ts';
import {
  estimatesAt,
  pointsCampaign,
  readFactors,
  requireFewPoints,
  type PointsRequest,
  type Values,
} from './points.ts';

/** What `sweep` is asked. The document has the metrics named, or all of them where none is. */
export interface SweepRequest extends PointsRequest {
  readonly design: Design;
  /** Points of a design that samples; `null` for a grid. */
  readonly points: number | null;
}

/** The JSON document of `sweep`. */
export interface SweepDocument {
  readonly fleetyield: string;
  readonly scenario: string;
  /** The overrides applied at every point. */
  readonly changes: readonly string[];
  readonly design: Design;
  readonly seed: string;
  readonly replications: number;
  readonly confidence: number;
  /** The varied paths with their values, or with the distribution that was sampled. */
  readonly varied: readonly VariedPath[];
  readonly points: readonly SweptPoint[];
}

export type VariedPath =
  | { readonly path: string; readonly values: readonly string[] | null }
  | { readonly path: string; readonly distribution: string };

/** One point of a sweep and its results. */
export interface SweptPoint {
  /** The value at each varied path. */
  readonly values: Readonly<Record<string, string>>;
  readonly estimates: readonly Estimate[];
}

/** Reads the scenario at every point. Throws `InputError` for what the request or a point has wrong. */
export function sweepCampaign(request: SweepRequest, inputs: CampaignInputs): Campaign<SweepDocument> {
  const { scenario, design, seed, replications, confidence } = request;
  const factors = readFactors(request.vary, inputs);
  const metrics = readMetrics(request.metrics, inputs.option('metric'), scenario.plugins);
  const points = pointsOf(factors, request, inputs);
  requireFewPoints(points.length, inputs);
  return pointsCampaign(request, factors, points, metrics, inputs, (variants) => ({
    fleetyield: runningProgram().version,
    scenario: variants[0]!.scenario.name,
    changes: scenario.overrides,
    design,
    seed,
    replications,
    confidence,
    varied: factors.map(({ path, values, distribution }) =>
      distribution === null ? { path, values } : { path, distribution },
    ),
    points: variants.map((variant, point) => ({
      values: Object.fromEntries(points[point]!.map((value, index) => [factors[index]!.path, value])),
      estimates: estimatesAt(variant, confidence, metrics),
    })),
  }));
}

function pointsOf(
  factors: readonly Factor[],
  { design, points, seed }: SweepRequest,
  inputs: CampaignInputs,
): Values[] {
  const { option } = inputs;
  if (design === 'grid') {
    if (points !== null)
      throw refusal(
        option('points'),
        `is of a design that samples; add ${option('design')} latin-hypercube or sobol`,
      );
    const sampled = factors.find(({ values }) => values === null);
    if (sampled !== undefined)
      throw refusal(
        `${option('vary')} ${sampled.path}=${sampled.distribution}`,
        `a grid takes values; list them, or sample the distribution with ${option('design')} latin-hypercube ${option('points')} 50`,
      );
    requireFewPoints(
      factors.reduce((product, { values }) => product * values!.length, 1),
      inputs,
    );
    return gridOf(factors.map(({ values }) => values!.length)).map((choice) =>
      choice.map((index, factor) => factors[factor]!.values![index]!),
    );
  }
  if (points === null)
    throw refusal(`${option('design')} ${design}`, `samples: say how often with ${option('points')} 50`);
  requireFewPoints(points, inputs);
  if (design === 'sobol' && factors.length > SOBOL_FACTORS)
    throw refusal(
      `${option('design')} sobol`,
      `varies at most ${SOBOL_FACTORS} values; take latin-hypercube`,
    );
  const source = new Streams(seed, 0).stream(`design/${design}`);
  const sample = design === 'sobol' ? sobolPoints : latinHypercube;
  return sample(points, factors.length, source).map((point) =>
    point.map((share, factor) => factors[factor]!.at(share)),
  );
}
