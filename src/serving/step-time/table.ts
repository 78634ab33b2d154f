/**
 * The table step-time model: step times measured on the user's own engine, interpolated (docs/model.md). It knows the
 * points and no hardware; the time of a step that both prefills and decodes follows from the times of each alone.
 */
import { Type } from 'typebox';
import { ParameterError, within } from '../../errors.ts';
import { Count, Fields, PositiveDuration, WholeNumber } from '../../input/schema.ts';
import { contextBehind, stepTimeLaw, type StepTime, type StepWork } from './step-time.ts';
import { inMilliseconds, TimeGrid } from './time-grid.ts';

const counts = (description: string) =>
  Type.Array(Count({ description: 'A count.' }), { minItems: 2, description });
const contexts = (description: string) =>
  Type.Array(WholeNumber({ description: 'Tokens.' }), { minItems: 1, description });
const times = (description: string) =>
  Type.Array(Type.Array(PositiveDuration({ description: 'A measured step time.' })), {
    minItems: 2,
    description,
  });

/**
 * Times of steps that only decode, by sequences and mean context, and of steps that prefill one prompt, by the tokens
 * prefilled and the tokens before them.
 *
 * - Between points it is linear in either direction. KV enters as mean context, K / D, so that a decode step is
 *   piecewise linear in KV tokens. Prefill enters as one chunk of P tokens that attend to A / P tokens on average.
 * - Counts must span what the pool can reach, from 1 to `maxSequences` and to `maxBatchedTokens`. Kernels are not
 *   extrapolated to batches that were not measured, and whether such a batch can occur is known before the run.
 * - Contexts need not. Beyond those measured, to either side, the last segment is extrapolated linearly, because
 *   attention reads KV in proportion to context; a grid with a single context ignores context.
 * - A step that does both takes the sum of the two times less what both contain, the time of an empty step: weights
 *   stream and kernels launch once. That is the least of the decode times extrapolated to no sequence and no context,
 *   and of all rows extrapolated to no context. It is exact for times affine in P, S, K and A, and never makes a step
 *   shorter than either of its parts.
 *
 * For several prompts in one step the table uses only their tokens and mean context: the fixed cost of a further prompt
 * is left out. With speculation, a verified token counts as a sequence.
 */
export const table = stepTimeLaw({
  kind: 'table',
  summary: 'Step times measured on your own engine, over sequences and context, interpolated.',
  parameters: {
    decode: Fields(
      {
        sequences: counts('Sequences that decode, rising from 1 to maxSequences or more.'),
        context: contexts('KV tokens per sequence, rising.'),
        times: times('Time of a step: a row for each of sequences, with a time for each context.'),
      },
      { description: 'Steps in which all sequences decode.' },
    ),
    prefill: Fields(
      {
        tokens: counts('Prompt tokens read in the step, rising from 1 to maxBatchedTokens or more.'),
        context: contexts('Tokens of the prompt read before, rising; 0 for a prompt read in one step.'),
        times: times('Time of a step: a row for each of tokens, with a time for each context.'),
      },
      { description: 'Steps in which one prompt is prefilled.' },
    ),
  },
  example: {
    kind: 'table',
    decode: {
      sequences: [1, 64, 256],
      context: [128, 4096],
      times: [
        ['7.4ms', '7.5ms'],
        ['8.8ms', '17.2ms'],
        ['13.1ms', '46.8ms'],
      ],
    },
    prefill: {
      tokens: [1, 512, 8192],
      context: [0, 8192],
      times: [
        ['7.4ms', '7.7ms'],
        ['18ms', '20ms'],
        ['260ms', '285ms'],
      ],
    },
  },
  create: ({ decode, prefill }, { maxDecodeTokens, maxPrefillTokens }) => {
    const decoding = within('decode', () => {
      const grid = new TimeGrid({
        key: 'sequences',
        counts: decode.sequences,
        context: decode.context,
        times: decode.times,
        mean: (context) => context,
      });
      mustReach(grid, 'sequences', maxDecodeTokens, 'maxSequences');
      return grid;
    });
    const reading = within('prefill', () => {
      const grid = new TimeGrid({
        key: 'tokens',
        counts: prefill.tokens,
        context: prefill.context,
        times: prefill.times,
        // A token of a chunk attends to the tokens before the chunk and, on average, to half of the chunk.
        mean: (context, tokens) => context + tokens / 2,
      });
      mustReach(grid, 'tokens', maxPrefillTokens, 'maxBatchedTokens');
      return grid;
    });
    const empty = Math.min(
      leastTime('decode', decoding.leastAtNothing),
      leastTime('prefill', reading.leastAtNoContext),
    );
    return new Table(decoding, reading, empty);
  },
});

/** Refuses a grid that the batches of the pool can exceed. */
function mustReach({ most }: TimeGrid, key: string, needed: number, limit: string): void {
  if (most >= needed) return;
  throw new ParameterError(
    key,
    `end at ${most}, but a step of this pool may have ${needed}; measure up to that, or lower ${limit}`,
  );
}

/** The least time of a grid, which must not be negative. */
function leastTime(grid: string, least: number): number {
  if (least >= 0) return least;
  throw new ParameterError(
    `${grid}.times`,
    `extrapolate to ${inMilliseconds(least)} for the smallest step; measure smaller steps`,
  );
}

class Table implements StepTime {
  private readonly decoding: TimeGrid;
  private readonly reading: TimeGrid;
  /** Time of an empty step [s]. */
  private readonly empty: number;

  constructor(decoding: TimeGrid, reading: TimeGrid, empty: number) {
    this.decoding = decoding;
    this.reading = reading;
    this.empty = empty;
  }

  duration(work: StepWork): number {
    const { prefillTokens, decodeTokens } = work;
    if (prefillTokens === 0) return this.decoding.at(decodeTokens, work.kvTokens);
    const reading = this.reading.at(prefillTokens, work.prefillContext);
    if (decodeTokens === 0) return reading;
    return reading + this.decoding.at(decodeTokens, work.kvTokens - contextBehind(work)) - this.empty;
  }

  perKvToken({ decodeTokens, kvTokens }: StepWork): number {
    return this.decoding.perToken(decodeTokens, kvTokens);
  }

  kvLinearUntil({ decodeTokens, kvTokens }: StepWork): number {
    return this.decoding.linearUntil(decodeTokens, kvTokens);
  }
}
