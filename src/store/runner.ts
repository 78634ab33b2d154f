/**
 * Who runs a batch: a process, told from all others, and whether it still lives. It knows processes, and nothing of what
 * they run.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, and enough to know it from a later one of the same number. */
export interface ProcessIdentity {
  readonly host: string;
  /** Of this start of the machine; `null` where the system does not say. */
  readonly boot: string | null;
  /** The space in which its number means something: containers have their own. */
  readonly space: string | null;
  readonly pid: number;
  /** When it began, in ticks since the machine started. */
  readonly started: string | null;
}

/** A process that can be seen from here is asked; one that cannot is taken for dead after so long without a sign [ms]. */
const SILENCE = 120_000;
/** How often a runner gives a sign [ms]: several are lost before it is taken for dead. */
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

/** The process that a text names; `null` where it cannot be read. */
export const processFrom = (text: string): ProcessIdentity | null =>
  readOrNull(() => JSON.parse(text) as ProcessIdentity | null);

/**
 * Whether the process that last gave a sign at an instant still lives: known at once where it can be seen from here, and
 * else by its silence.
 *
 * @param signedAt ISO 8601
 */
export function lives(other: ProcessIdentity, signedAt: string, now = Date.now()): boolean {
  const here = thisProcess();
  const silent = !(now - Date.parse(signedAt) < SILENCE);
  if (other.host !== here.host) return !silent;
  // The machine was started anew since.
  if (other.boot !== here.boot) return false;
  if (other.space !== here.space) return !silent;
  if (here.started === null) return !silent && exists(other.pid);
  const state = stateOf(other.pid);
  return state !== null && state.started === other.started && !'ZX'.includes(state.state);
}

/** What the system says of a process: its state and when it began; `null` where there is none, or no such system. */
function stateOf(pid: number): { readonly state: string; readonly started: string } | null {
  const text = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return null;
  // The second field is the name, which may hold blanks and brackets; the third is the state, the 22nd the start.
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
