/**
 * How long a run takes to forget that it began empty: MSER-5 over pilot replications. It knows what is under way over
 * time, and nothing of files or of what the run is for. Source: docs/methodology.md
 */
import type { Cell } from '../simulation/cell.ts';
import { simulate } from '../simulation/simulate.ts';
import { mser5 } from '../stats/index.ts';

/** Replications whose mean is looked at. */
export const PILOT_REPLICATIONS = 5;
/** Equal parts of the run, each with a mean of its own: 200 batches of five. */
const PARTS = 1_000;

/** What is followed: the requests that have arrived and not ended, and the prompt and output tokens they want. */
export const FOLLOWED = ['requests', 'tokens'] as const;
export type Followed = (typeof FOLLOWED)[number];

export interface PilotWarmUp {
  /** When the run has settled [s], the later of what is followed; `null` when one of them had not by half of it. */
  readonly seconds: number | null;
  /** The same of each. */
  readonly of: Readonly<Record<Followed, number | null>>;
}

/**
 * The warm-up that a cell needs, from pilots as long as its run. Their seed is their own, so that what is measured later
 * does not choose where it begins.
 */
export function pilotWarmUp(cell: Cell, seed: string): PilotWarmUp {
  const length = cell.window.to;
  const paths = { requests: new Path(length), tokens: new Path(length) };
  for (let replication = 0; replication < PILOT_REPLICATIONS; replication++) {
    simulate(cell, `${seed}/pilot`, replication, {
      onClosed: ({ progress, declared, latent }, row, _outcome, now) => {
        const from = progress.arrivedAt[row]!;
        paths.requests.add(from, now, 1);
        paths.tokens.add(from, now, declared.promptTokens[row]! + latent.outputTokens[row]!);
      },
    });
  }
  const of = { requests: paths.requests.settledAt(), tokens: paths.tokens.settledAt() };
  const seconds = of.requests === null || of.tokens === null ? null : Math.max(of.requests, of.tokens);
  return { seconds, of };
}

/** The mean of a step function over each part of a run, from the intervals it consists of. */
class Path {
  private readonly part: number;
  private readonly sums = new Float64Array(PARTS);
  /** What begins and ends with whole parts, added up in the end. */
  private readonly changes = new Float64Array(PARTS + 1);

  constructor(length: number) {
    this.part = length / PARTS;
  }

  add(from: number, to: number, weight: number): void {
    const [first, last] = [this.partOf(from), this.partOf(to)];
    if (first === last) {
      this.sums[first]! += weight * (to - from);
      return;
    }
    this.sums[first]! += weight * ((first + 1) * this.part - from);
    this.sums[last]! += weight * (to - last * this.part);
    this.changes[first + 1]! += weight * this.part;
    this.changes[last]! -= weight * this.part;
  }

  /** When it has settled [s], `null` when not by half of the run. */
  settledAt(): number | null {
    let whole = 0;
    const means = Array.from(this.sums, (sum, index) => sum + (whole += this.changes[index]!));
    const { cut, tooShort } = mser5(means)!;
    return tooShort ? null : cut * this.part;
  }

  private partOf(instant: number): number {
    return Math.min(PARTS - 1, Math.floor(instant / this.part));
  }
}
