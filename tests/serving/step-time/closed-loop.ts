/**
 * A slow, obvious engine in a closed loop: a fixed number of clients, each of which sends its next request when the last
 * is done. For checking step-time models against measurements; it has no KV limit and no front end.
 */
import { emptyStepWork, type StepTime } from '../../../src/serving/step-time/step-time.ts';

export interface ClosedLoop {
  readonly clients: number;
  readonly prompt: number;
  readonly output: number;
  readonly tokensPerStep: number;
}

/** Mean time per output token [s] over two requests a client, from clients spread evenly over their answers. */
export function timePerOutputToken(
  stepTime: StepTime,
  { clients, prompt, output, tokensPerStep }: ClosedLoop,
): number {
  const sequences = Array.from({ length: clients }, (_, at) => ({
    prefilled: prompt,
    emitted: 1 + Math.floor(((output - 1) * at) / clients),
    firstTokenAt: NaN,
    chunk: 0,
  }));
  const work = emptyStepWork();
  let [now, finished, measured, total] = [0, 0, 0, 0];
  while (finished < 2 * clients) {
    Object.assign(work, emptyStepWork());
    for (const sequence of sequences) {
      if (sequence.prefilled < prompt) continue;
      work.decodeTokens++;
      work.sequences++;
      work.kvTokens += prompt + sequence.emitted - 1;
    }
    for (const sequence of sequences) {
      const budget = tokensPerStep - work.decodeTokens - work.prefillTokens;
      sequence.chunk = Math.min(budget, prompt - sequence.prefilled);
      if (sequence.chunk === 0) continue;
      work.prefillTokens += sequence.chunk;
      work.sequences++;
      work.kvTokens += sequence.prefilled;
      work.prefillContext += sequence.chunk * (sequence.prefilled + sequence.chunk / 2);
    }
    now += stepTime.duration(work);
    for (const sequence of sequences) {
      sequence.prefilled += sequence.chunk;
      if (sequence.prefilled < prompt) continue;
      sequence.emitted++;
      if (sequence.chunk > 0) sequence.firstTokenAt = now;
      if (sequence.emitted < output) continue;
      if (!Number.isNaN(sequence.firstTokenAt)) {
        total += (now - sequence.firstTokenAt) / (output - 1);
        measured++;
      }
      sequence.prefilled = 0;
      sequence.emitted = 0;
      finished++;
    }
  }
  return total / measured;
}
