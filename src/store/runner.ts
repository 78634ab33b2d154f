/**
 * The process that runs a batch: how it is distinguished from all others, and whether it is still alive. It knows
 * processes, and nothing of what they run.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, and enough to distinguish it from a later one with the same number. */
export interface ProcessIdentity {
  readonly host: string;
  /** Of this boot of the machine; `null` if the system does not provide it. */
  readonly boot: string | null;
  /** The PID namespace in which its number is valid: containers have their own. */
  readonly space: string | null;
  readonly pid: number;
  /** When it started, in ticks since the machine booted. */
  readonly started: string | null;
}

/**
 * The state of a visible process is looked up; an invisible one counts as dead after this long without a sign of life
 * [ms].
 */
const SILENCE = 120_000;
/** How often a runner gives a sign of life [ms]: it counts as dead only after it misses several. */
export const SIGN_INTERVAL = 20_000;

let self: ProcessIdentity | null = null;

/** This process. */
export function thisProcess(): ProcessIdentity {
  self ??= {
    host: hostname(),
    boot: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    space: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    started: stateOf(process.pid)?.started ?? null,
  };
  return self;
}

/** The process that a text describes; `null` if it cannot be read. */
export const processFrom = (text: string): ProcessIdentity | null =>
  readOrNull(() => JSON.parse(text) as ProcessIdentity | null);

/**
 * Whether the process that last gave a sign of life at `signedAt` is still alive: known at once if it is visible from
 * here, otherwise inferred from its silence.
 *
 * @param signedAt ISO 8601
 */
export function lives(other: ProcessIdentity, signedAt: string, now = Date.now()): boolean {
  const here = thisProcess();
  const silent = !(now - Date.parse(signedAt) < SILENCE);
  if (other.host !== here.host) return !silent;
  // The machine was rebooted since.
  if (other.boot !== here.boot) return false;
  if (other.space !== here.space) return !silent;
  if (here.started === null) return !silent && exists(other.pid);
  const state = stateOf(other.pid);
  return state !== null && state.started === other.started && !'ZX'.includes(state.state);
}

/**
 * The state of a process and when it started, from the system; `null` if there is no such process, or the system does
 * not provide this.
 */
function stateOf(pid: number): { readonly state: string; readonly started: string } | null {
  const text = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return null;
  // The second field is the name, which may contain blanks and brackets; the third is the state, the 22nd the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, started: fields[19]! };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
