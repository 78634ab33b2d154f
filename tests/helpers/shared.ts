/**
 * The workplace's shared folder of oracles, traces and measured runs. It is not part of the repository: a test that
 * needs it is skipped, by name, where it is absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../shared/', import.meta.url));
const ORACLES = 'oracles/oracles.json';

/** The path of a file of the shared folder. */
export const sharedPath = (name: string): string => `${FOLDER}${name}`;

export const hasShared = (name: string): boolean => existsSync(sharedPath(name));

/** Why tests that need the oracles are skipped; `null` when the oracles are there. */
export const NO_ORACLES = hasShared(ORACLES) ? null : `${sharedPath(ORACLES)} is not there`;

export interface OracleCase {
  readonly id: string;
  readonly title: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each case has parameters of its own
  readonly params: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- and answers of its own
  readonly metrics: any;
  readonly rel_precision?: number;
}

let cases: readonly OracleCase[] | null = null;

function all(): readonly OracleCase[] {
  cases ??= (JSON.parse(readFileSync(sharedPath(ORACLES), 'utf8')) as { cases: OracleCase[] }).cases;
  return cases;
}

/** The ids of all oracle cases. Throws where the shared folder is absent. */
export const oracleIds = (): string[] => all().map(({ id }) => id);

/** The oracle case of that id. Answers have 10 significant digits. Throws where the shared folder is absent. */
export function oracle(id: string): OracleCase {
  const found = all().find((one) => one.id === id);
  if (found === undefined) throw new Error(`no oracle ${id}`);
  return found;
}

/** Whether two numbers agree to a relative error, 1e-9 unless told: the oracles' digits. */
export function near(actual: number | null, expected: number, relative = 1e-9): boolean {
  return actual !== null && Math.abs(actual - expected) <= relative * Math.abs(expected);
}
