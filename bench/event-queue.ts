/** The event queue alone, in the hold model: pop the earliest event and put one back an exponential time later. */
import { EventQueue, Streams } from './built.ts';
import { startWatch } from './stopwatch.ts';

/** Increments are drawn before: the draw is not what is measured. */
const INCREMENTS = 65_536;

export interface QueueRun {
  readonly seconds: number;
  /** Pairs of one pop and one push. */
  readonly holds: number;
  readonly hash: string;
}

export function runQueue({ pending, holds }: { pending: number; holds: number }): QueueRun {
  const source = new Streams('bench', 2).stream('holds');
  const increments = Float64Array.from({ length: INCREMENTS }, () => -Math.log(1 - source.next()));
  const events = new EventQueue();
  for (let n = 0; n < pending; n++) events.push(increments[n % INCREMENTS]!, n & 3, n, 0);
  const elapsed = startWatch();
  let hash = 0;
  for (let n = 0; n < holds; n++) {
    events.pop();
    hash = (Math.imul(hash, 31) + events.subject) | 0;
    events.push(events.time + increments[n & (INCREMENTS - 1)]!, events.kind, events.subject, n);
  }
  const seconds = elapsed();
  return { seconds, holds, hash: (hash >>> 0).toString(16).padStart(8, '0') };
}
