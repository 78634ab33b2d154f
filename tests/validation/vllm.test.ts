/**
 * Calibration on two published runs of vLLM: how near a law fitted to a run comes to that run, and a law fitted to its
 * first half to the second. The bounds are those of docs/model.md and the brief of the study, chosen before it;
 * `results/reference/calibration.md` has the errors themselves, and those that are missed.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate, type Calibration } from '../../src/calibration/calibrate.ts';
import type { Comparison } from '../../src/calibration/comparison.ts';
import type { FittedKind } from '../../src/calibration/fitted-step-times.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { hasShared } from '../helpers/shared.ts';
import { engineText, measuredRun, VLLM_RUNS } from './vllm-runs.ts';

const STEP_TIMES: readonly FittedKind[] = ['affine', 'smooth-roofline'];

const errorOf = ({ metrics }: Comparison, name: string) =>
  Math.abs(metrics.find(({ metric }) => metric === name)!.error!);

describe.each(VLLM_RUNS.map((run, index) => ({ ...run, stepTime: STEP_TIMES[index]! })))(
  'a measured vLLM on the $gpu, $law (needs ../shared/data)',
  (run) => {
    describe.skipIf(!hasShared(run.folder))('as calibrated', () => {
      let found: Calibration;

      beforeAll(() => {
        const measured = measuredRun(run);
        found = calibrate(scenarioOf(engineText(run)).cell, measured, { stepTime: run.stepTime });
      });

      it('fitted to the whole run gives mean TPOT and E2E back within 1 %, mean TTFT within 2 %', () => {
        const { comparison } = found.whole;
        expect(errorOf(comparison, 'tpot.mean')).toBeLessThan(0.01);
        expect(errorOf(comparison, 'e2e.mean')).toBeLessThan(0.01);
        expect(errorOf(comparison, 'ttft.mean')).toBeLessThan(0.02);
      });

      it('fitted to the first half gives the means of the second within 3 %', () => {
        for (const name of ['ttft.mean', 'tpot.mean', 'e2e.mean'])
          expect(errorOf(found.split.tested, name), name).toBeLessThan(0.03);
      });

      it('each request has its time per token within 2 % on average', () => {
        expect(found.whole.comparison.perRequest.tpot).toBeLessThan(0.02);
      });

      it('gives throughput back within 1 %', () => {
        for (const name of ['throughput.requests', 'throughput.outputTokens'])
          expect(errorOf(found.whole.comparison, name), name).toBeLessThan(0.01);
      });
    });
  },
);
