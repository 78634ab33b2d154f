/**
 * Where the time of a run goes, by file of the program: samples of a processor profile. Node is to be started with
 * functions kept from being put in line, for a sample of one that was would count for the function around it; so shares
 * are somewhat unlike those of a run at full speed.
 */
import { Session, type Profiler } from 'node:inspector';

/** Between two samples [µs]. */
const INTERVAL = 500;

/** Runs, and says by file under `dist` the share of the time; what is of no file there is under `''`. */
export function sharesByFile(run: () => void): Record<string, number> {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
  session.post('Profiler.start');
  run();
  let shares: Record<string, number> | null = null;
  // The answer is there when the call returns.
  session.post('Profiler.stop', (error, answer) => {
    if (error !== null) throw error;
    shares = sharesOf(answer.profile);
  });
  session.disconnect();
  if (shares === null) throw new Error('the profiler did not answer');
  return shares;
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Record<string, number> {
  const fileOf = new Map(nodes.map(({ id, callFrame: { url } }) => [id, url.split('/dist/')[1] ?? '']));
  const total = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  const byFile: Record<string, number> = {};
  samples.forEach((id, n) => {
    const file = fileOf.get(id)!;
    byFile[file] = (byFile[file] ?? 0) + timeDeltas[n]! / total;
  });
  return byFile;
}
