/**
 * Where the time of a task goes, by file of the program: samples of a processor profile. Functions are kept from being
 * put in line, for a sample of one that was would count for the function around it; so shares are somewhat unlike those
 * of a run at full speed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is used of the format of V8's profiles. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly url: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The last of three runs of a task is within this last part of its process. */
const WARM_PART = 0.28;

/** By file under `dist`, its share of the time of the last run; what is of no file there is under `''`. */
export function sharesByFile(program: string, task: string): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetyield-profile-'));
  try {
    const flags = [
      '--no-turbo-inlining',
      '--cpu-prof',
      '--cpu-prof-interval',
      '500',
      '--cpu-prof-dir',
      folder,
    ];
    execFileSync(process.execPath, [...flags, program, task]);
    const [name] = readdirSync(folder);
    return shares(JSON.parse(readFileSync(join(folder, name!), 'utf8')) as Profile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shares({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const fileOf = new Map(nodes.map(({ id, callFrame: { url } }) => [id, url.split('/dist/')[1] ?? '']));
  const total = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  const byFile = new Map<string, number>();
  let passed = 0;
  samples.forEach((id, n) => {
    passed += timeDeltas[n]!;
    if (passed < (1 - WARM_PART) * total) return;
    const file = fileOf.get(id)!;
    byFile.set(file, (byFile.get(file) ?? 0) + timeDeltas[n]! / (WARM_PART * total));
  });
  return byFile;
}
