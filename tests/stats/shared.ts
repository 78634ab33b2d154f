/** The team's oracles, which live beside the repository and may be absent. */
import { existsSync, readFileSync } from 'node:fs';

const ORACLES = new URL('../../../shared/oracles/oracles.json', import.meta.url);

export const NO_ORACLES = existsSync(ORACLES) ? null : `${ORACLES.pathname} is not there`;

export interface Oracle {
  readonly id: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each case has parameters of its own
  readonly params: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- and answers of its own
  readonly metrics: any;
}

/** The oracle case of that id. Answers have 10 significant digits. */
export function oracle(id: string): Oracle {
  const { cases } = JSON.parse(readFileSync(ORACLES, 'utf8')) as { cases: Oracle[] };
  const found = cases.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no oracle ${id}`);
  return found;
}

/** Whether two numbers agree to a relative error, 1e-9 unless told: the oracles' digits. */
export function near(actual: number | null, expected: number, relative = 1e-9): boolean {
  return actual !== null && Math.abs(actual - expected) <= relative * Math.abs(expected);
}
