/** Notes on a fitted workload, in sentences, to read before using it. */
import type { WorkloadFit } from './fit-workload.ts';

/** States visited fewer times than this in a trace are too rare to extrapolate. */
const SELDOM = 20;

/** One sentence each, without a full stop; empty if there are no caveats. */
export function notesOf(fit: WorkloadFit): string[] {
  const { accepted, arrivals, figures, tick, isCoarse, seconds, sessions, notFitted, lengths } = fit;
  const notes: string[] = [];
  if (!accepted)
    notes.push(
      `none of the arrival processes tried reproduces all figures of the arrivals; ${arrivals.name} is the nearest: replay the trace where they matter`,
    );
  const outside = figures.filter(({ inside }) => !inside).map(({ name }) => name);
  if (outside.length > 0) notes.push(`outside the range of the simulations: ${outside.join(', ')}`);
  const slowest = longestStay(arrivals.choice);
  if (slowest !== null && seconds / slowest < SELDOM)
    notes.push(
      `the rate stays ${Math.round(slowest)} s in its slowest state, of which the trace has about ${Math.round(seconds / slowest)}: simulations vary widely, and the rate beyond the trace is a guess`,
    );
  if (isCoarse)
    notes.push(
      `arrivals are recorded in steps of ${tick} s: gaps, and windows of less than two steps, say nothing and are left out`,
    );
  if (seconds < 86_400) notes.push('the trace is shorter than a day: the workload has no shape of the day');
  if (arrivals.choice.kind === 'renewal')
    notes.push('a renewal process cannot be shared: the scenario needs cell.share 1');
  for (const quantity of ['prompt', 'output'] as const) {
    if (lengths[quantity] === null)
      notes.push(`not every request has a recorded ${quantity}: it is left out, and becomes one token`);
  }
  if (sessions !== null)
    notes.push(
      `${sessions.sessions} sessions of ${sessions.turns.toFixed(2)} requests, which repeat ${(100 * sessions.repeatedShare).toFixed(1)} % of the prompt tokens: the workload has none, so replay the trace where a prefix cache matters`,
    );
  if (notFitted.length > 0)
    notes.push(
      `the trace records ${notFitted.join(', ')}, which the workload does not include: replay the trace where that matters`,
    );
  return notes;
}

/** The longest mean stay in a state [s]; `null` for processes without states. */
function longestStay(choice: WorkloadFit['arrivals']['choice']): number | null {
  if (choice.kind === 'mmpp') return Math.max(...choice.meanStay);
  if (choice.kind !== 'superposition') return null;
  return Math.max(...choice.sources.map((source) => longestStay(source) ?? 0));
}
