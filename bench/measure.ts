/**
 * One measurement in a process of its own, so that nothing another case compiled or left in memory is in it. The case
 * comes as JSON in the first argument; the answer goes to standard output as JSON.
 */
import { catalogLengths, capacityOf, runEngine, traceLengths } from './engine.ts';
import { runQueue } from './event-queue.ts';
import { runPath, type PathSize } from './path.ts';
import { sharesByFile } from './profile.ts';

type EngineTask = {
  readonly kind: 'engine';
  readonly replicas: number;
  readonly requests: number;
  readonly rate: number;
};
type PathTask = { readonly kind: 'path' } & PathSize;

export type Task =
  | { readonly kind: 'queue'; readonly pending: number; readonly holds: number }
  | EngineTask
  | PathTask
  | { readonly kind: 'profile'; readonly of: EngineTask | PathTask }
  | ({ readonly kind: 'memory' } & PathSize)
  | { readonly kind: 'capacity'; readonly requests: number };

/** What a task answers: numbers and the hash of what was computed. */
export interface Answer {
  /** Of the first run in the process, and of a later one [s]. */
  readonly cold: number;
  readonly warm: number;
  /** Requests, or pairs of push and pop, in each run. */
  readonly work: number;
  readonly events: number;
  readonly steps: number;
  readonly hash: string;
}

export interface Capacity {
  readonly trace: { readonly source: string; readonly perSecond: number };
  readonly catalog: { readonly source: string; readonly perSecond: number };
}

/** The first run is cold; the one after it still compiles, and the third is reported as warm. */
function coldAndWarm(
  run: () => { seconds: number; work: number; events: number; steps: number; hash: string },
): Answer {
  const cold = run();
  run();
  const { seconds, ...warm } = run();
  if (warm.hash !== cold.hash) throw new Error(`two runs of one case differ: ${cold.hash} and ${warm.hash}`);
  return { cold: cold.seconds, warm: seconds, ...warm };
}

/** By file, its share of the time of a warm run; see `profile.ts`. */
export type Shares = Readonly<Record<string, number>>;

function answer(
  task: Task,
): Answer | Capacity | Shares | { readonly peakBytes: number; readonly requests: number } {
  switch (task.kind) {
    case 'queue':
      return coldAndWarm(() => {
        const { holds, ...rest } = runQueue(task);
        return { ...rest, work: holds, events: holds, steps: 0 };
      });
    case 'engine': {
      const lengths = traceLengths();
      return coldAndWarm(() => {
        const { seconds, requests, events, steps, hash } = runEngine(lengths, task);
        return { seconds, work: requests, events, steps, hash };
      });
    }
    case 'path':
      return coldAndWarm(() => {
        const { requests, hash, ...rest } = runPath(task);
        return { ...rest, work: requests, hash: hash() };
      });
    case 'profile': {
      const { of } = task;
      const lengths = traceLengths();
      const run = () => void (of.kind === 'engine' ? runEngine(lengths, of) : runPath(of));
      run();
      run();
      return sharesByFile(run);
    }
    case 'memory': {
      const { requests } = runPath(task);
      return { requests, peakBytes: process.resourceUsage().maxRSS * 1_024 };
    }
    case 'capacity': {
      const measured = (lengths: ReturnType<typeof traceLengths>) => ({
        source: lengths.source,
        perSecond: capacityOf(lengths, task.requests),
      });
      return { trace: measured(traceLengths()), catalog: measured(catalogLengths()) };
    }
  }
}

process.stdout.write(JSON.stringify(answer(JSON.parse(process.argv[2]!) as Task)));
