/** Measurements of one replica: time averages and totals over the measured window. */
import { TimeAverage } from '../stats/index.ts';

export class ReplicaMeter {
  /** Servers busy, or 1 while a step runs. */
  readonly busy = new TimeAverage();
  /** KV tokens held. */
  readonly kvTokens = new TimeAverage();
  /** Steps ended. */
  steps = 0;
  /** Sequences scheduled in those steps, summed. */
  sequences = 0;
  /** Output tokens emitted since the start of the run, regardless of the window. */
  tokensEmitted = 0;

  /** Discards what was measured before the window opens; the current state stays. */
  restart(now: number): void {
    this.busy.restart(now);
    this.kvTokens.restart(now);
    this.steps = 0;
    this.sequences = 0;
  }
}
