/**
 * The oracles' engine cases on each replica by itself, without gateway or scenario: the slow twin is what the fast one
 * is held against, so it must be right on its own.
 */
import { describe, expect, test } from 'vitest';
import { BatchingReplica } from '../../src/serving/batching-replica.ts';
import { stepTimes } from '../../src/serving/step-time/index.ts';
import { BARE } from '../serving/step-time/step-time-of.ts';
import { engineOf, STEP_CASES, type StepCase } from '../oracles/step-cases.ts';
import { answerOf, type Case, type ReplicaClass } from './single-replica.ts';
import { StepByStepReplica } from './step-by-step-replica.ts';

const MS = 1e-3;

/** Ending at an instant shows how many tokens each request has by then. */
function caseOf(one: StepCase, endsAt: number): Case {
  const { capacityTokens, ...engine } = engineOf(one);
  const perKvToken = one.perKv * MS;
  return {
    arrivals: one.requests.map(({ t, p, o, prio = 0 }) => ({
      at: t * MS,
      prompt: p,
      output: o,
      priority: prio,
      cached: 0,
      session: null,
      prefix: 0,
      patience: null,
      deadline: null,
      deferrable: false,
    })),
    settings: {
      ...engine,
      chunkedPrefill: true,
      prefixCache: false,
      reserveFullPrompt: false,
      prompts: null,
      blocks: capacityTokens,
      blockSize: 1,
      stepTime: stepTimes.create(
        {
          kind: 'affine',
          base: 0.01,
          perPrefillToken: 1e-4,
          perSequence: MS,
          perKvToken,
          perPrefillContext: 0,
        },
        BARE,
      ),
      fits: () => true,
    },
    phase: 'both',
    discipline: 'strict-priority',
    reserve: 0,
    opensAt: 0,
    endsAt,
  };
}

describe.each<[string, ReplicaClass]>([
  ['the twin', StepByStepReplica],
  ['the fast replica', BatchingReplica],
])('%s', (_, Kind) => {
  for (const one of STEP_CASES) {
    test(`${one.behaviour} (${one.id})`, () => {
      for (const [n, ends] of one.steps.entries()) {
        // No step of these cases is shorter than 11 ms.
        const { requests, counts } = answerOf(Kind, caseOf(one, (ends + 1) * MS));
        expect(counts[0], 'steps').toBe(n + 1);
        one.requests.forEach(({ id }, place) => {
          const emitted = one.tokens[id]!.filter((at) => at <= ends);
          expect(requests[place]!.outputDone).toBe(emitted.length);
          const last = emitted.at(-1);
          if (last !== undefined) expect(requests[place]!.lastTokenAt / MS).toBeCloseTo(last, 9);
        });
      }
      const { requests } = answerOf(Kind, caseOf(one, 1));
      expect(requests.map(({ preemptions }) => preemptions)).toEqual(
        one.requests.map(({ id }) => (one.preempted.includes(id) ? 1 : 0)),
      );
    });
  }
});
